"""Evidence, cut: only the granted fields pass, and only persons of the request are named."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from onceonly.domain.calendar import Month
from onceonly.domain.catalogue import Condition, Profile
from onceonly.domain.errors import ProviderUnreadable
from onceonly.domain.persons import Person

_NAMES = ("family_name", "given_names", "date_of_birth")
_Tree = dict[str, "_Tree"]


@dataclass(frozen=True, slots=True)
class Cut:
    """What may be delivered, and how many members beyond it were discarded unread."""

    content: Mapping[str, object]
    excess: int


@dataclass(frozen=True, slots=True)
class SealedEvidence:
    """Evidence or a question as it is held: under a data key of its own, wrapped by the day's."""

    retrieval: UUID
    day: date
    wrapped_key: bytes
    sealed: bytes
    until: datetime


def cut(
    content: Mapping[str, object],
    *,
    fields: Iterable[str],
    profile: Profile,
    persons: Iterable[Person],
    reference_month: Month,
    faults: Callable[[object], list[str]],
) -> Cut:
    """Leave only the granted fields of an answer, in their right form.

    `faults` names the paths that break the profile's schema.

    Raises:
        ProviderUnreadable: a field of the right name has the wrong form.
    """
    tree = _tree(fields)
    several = "months" not in tree and isinstance(content.get("months"), list)
    records = content["months"] if several else [content]
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise ProviderUnreadable("the content is not an object")
    excess = len(content) - 1 if several else 0
    kept: list[object] = []
    for record in records:
        beyond = _Counter()
        granted = _prune(record, tree, beyond)
        _drop_unfulfilled(granted, profile, reference_month, beyond)
        kept.append(granted)
        excess += beyond.count
    shaped: object = {"months": kept} if several else kept[0]
    broken = faults(shaped)
    if broken:
        raise ProviderUnreadable(f"wrong form at {', '.join(broken[:5])}")
    named = _name_persons(shaped, list(persons))
    return Cut(named if isinstance(named, dict) else {}, excess)


class _Counter:
    """Counts what goes beyond the grant."""

    def __init__(self) -> None:
        self.count = 0


def _tree(fields: Iterable[str]) -> _Tree:
    tree: _Tree = {}
    for path in fields:
        here = tree
        for step in path.split("."):
            here = here.setdefault(step.removesuffix("[]"), {})
    return tree


def _prune(value: object, tree: _Tree, beyond: _Counter) -> dict[str, object]:
    """The members of an object that the tree knows; a leaf's own value passes whole."""
    if not isinstance(value, dict):
        raise ProviderUnreadable("a container is not an object")
    kept: dict[str, object] = {}
    for name, member in value.items():
        if name in tree:
            kept[name] = _pruned_member(member, tree[name], beyond)
        elif "ref" in tree and name in _NAMES:
            kept[name] = member
        else:
            beyond.count += 1
    return kept


def _pruned_member(member: object, tree: _Tree, beyond: _Counter) -> object:
    if not tree or member is None:
        return member
    if isinstance(member, list):
        return [_prune(one, tree, beyond) for one in member]
    return _prune(member, tree, beyond)


def _drop_unfulfilled(
    record: dict[str, object], profile: Profile, reference_month: Month, beyond: _Counter
) -> None:
    """Take out fields whose condition fails: the office should have left them out."""
    seen = dict(record)
    for field in profile.fields:
        top = field.path.split(".", 1)[0].removesuffix("[]")
        if field.condition is None or top != field.path or top not in record:
            continue
        if not _fulfilled(field.condition, seen, reference_month):
            del record[top]
            beyond.count += 1


def _fulfilled(condition: Condition, record: Mapping[str, object], reference_month: Month) -> bool:
    match condition.kind:
        case "field":
            value = record.get(condition.name)
            text = str(value).lower() if isinstance(value, bool) else value
            return text in condition.values
        case "overlaps":
            if "from_month" not in record:
                return False
            last = record.get("to_month")
            return last is None or str(last) >= str(reference_month)
        case _:
            return True


def _name_persons(value: object, persons: list[Person]) -> object:
    """Put the request's references where the office named persons; drop everybody else."""
    if isinstance(value, list):
        named = [_name_persons(one, persons) for one in value]
        return [one for one in named if one is not None]
    if not isinstance(value, dict):
        return value
    nested = value.get("ref")
    names = nested if isinstance(nested, dict) else value
    if "date_of_birth" in names and ("family_name" in names or "given_names" in names):
        ref = _ref_of(names, persons)
        if ref is None:
            return None
        rest = {k: v for k, v in value.items() if k not in (*_NAMES, "ref")}
        return {"ref": ref, **{k: _name_persons(v, persons) for k, v in rest.items()}}
    named_members = {k: _name_persons(v, persons) for k, v in value.items()}
    return {
        k: one["ref"] if k.endswith("_ref") and isinstance(one, dict) and "ref" in one else one
        for k, one in named_members.items()
        if one is not None or value[k] is None
    }


def _ref_of(names: Mapping[str, object], persons: list[Person]) -> str | None:
    given = names.get("given_names")
    wanted = (
        _plain(names.get("family_name")),
        " ".join(_plain(one) for one in given) if isinstance(given, list) else _plain(given),
        names.get("date_of_birth"),
    )
    found = [
        person.ref
        for person in persons
        if wanted
        == (
            _plain(person.family_name),
            " ".join(_plain(one) for one in person.given_names),
            person.date_of_birth,
        )
    ]
    return found[0] if len(found) == 1 else None


def _plain(name: object) -> str:
    return unicodedata.normalize("NFC", str(name or "")).casefold().replace("’", "'")
