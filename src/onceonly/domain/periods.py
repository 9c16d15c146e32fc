"""Which months a question may reach: row and fact both bind. Words: the head of the rules."""

from onceonly.domain.calendar import Month, Months, youngest_birth
from onceonly.domain.requests import EvidenceRequest, Item

REFERENCE = "reference"
"""The reference month and no other."""

CLAIM = "claim"
"""The months of a claim or review, which only the item itself can name."""

_CHILD = "child"
_YEAR = 12


def allowed(words: str, request: EvidenceRequest, item: Item) -> Months | None:
    """The months those words allow; None when no month fits them.

    Raises:
        ValueError: no rule file can hold these words.
    """
    reference = request.reference_month
    name, _, count = words.partition(":")
    match name:
        case "reference":
            found = Months(reference, reference)
        case "from-reference":
            found = Months(reference, None)
        case "last":
            found = Months(reference.plus(1 - int(count)), reference)
        case "before-application":
            found = _before(reference, int(count))
        case "previous-calendar-year":
            found = Months(Month(reference.year - 1, 1), Month(reference.year - 1, _YEAR))
        case _:
            return _told(words, request, item)
    return found


def _told(words: str, request: EvidenceRequest, item: Item) -> Months | None:
    """Months that only the request can tell."""
    if words == CLAIM:
        return item.months
    birth = _youngest_child(request)
    if not words.startswith("before-birth:"):
        raise ValueError("months in words that no rule knows")
    return None if birth is None else _before(birth, int(words.partition(":")[2]))


def reach(bounds: tuple[str, ...], request: EvidenceRequest, item: Item) -> Months | None:
    """What of the months asked for lies within every bound; None when nothing is left.

    Without a bound the question is about the reference month alone; without months of its own
    an item asks for the whole bound.
    """
    reference = Months(request.reference_month, request.reference_month)
    left = item.months
    for words in bounds:
        bound = allowed(words, request, item)
        left = bound if left is None or bound is None else left.within(bound)
        if left is None:
            return None
    if bounds:
        return left
    return reference if left is None else left.within(reference)


def is_cut(asked: Months | None, left: Months) -> bool:
    """Whether fewer months are left than the item named."""
    return asked is not None and left != asked


def _before(month: Month, count: int) -> Months:
    return Months(month.plus(-count), month.plus(-1))


def _youngest_child(request: EvidenceRequest) -> Month | None:
    births = [youngest_birth(one.date_of_birth) for one in request.persons if one.role == _CHILD]
    return Month.of(max(births)) if births else None
