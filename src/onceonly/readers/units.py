"""One unit out of `law/units.yaml`, which explains every key."""

from onceonly.domain.rules import Shape, Unit
from onceonly.readers.documents import Members
from onceonly.readers.rows import Known

_SHAPES = tuple(one.value for one in Shape)


def unit(code: str, opened: Members, known: Known) -> Unit:
    """Read one unit; faults are noted where they stand."""
    shape = opened.word("shape", _SHAPES, "shape")
    found = Unit(
        code=code,
        title=opened.title("title"),
        law=opened.texts("law"),
        procedures=opened.words("procedures", known.catalogue.procedures, "procedure"),
        shape=Shape(shape) if shape in _SHAPES else Shape.FAMILY,
        child_under=opened.number("child_under"),
        second_home_from=opened.number("second_home_from"),
        main_home_above=opened.number("main_home_above"),
        ties=opened.words("ties", known.words["ties"], "relationship"),
        with_child=opened.flag("with_child"),
        unmarried=opened.flag("unmarried"),
    )
    if not found.law:
        opened.fault("law", "is missing", "name the norms it rests on")
    if not found.procedures:
        opened.fault("procedures", "is missing", "name the procedures that look at it")
    if found.shape is not Shape.HOME and found.child_under is None:
        opened.fault("child_under", "is missing", "say until which age a child is one")
    if (found.shape is Shape.HOME) != bool(found.ties):
        opened.fault("ties", "belongs to a home and to nothing else", "add or remove it")
    opened.close()
    return found
