"""Evidence, cut: only the granted fields pass, and only persons of the request are named."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from onceonly.domain.calendar import Month, Months
from onceonly.domain.catalogue import Condition, Profile
from onceonly.domain.errors import ProviderUnreadable
from onceonly.domain.persons import Person

PERSON = "person-ref"
"""Format of a field where the office names a person and the hub puts the request's reference."""

NAMES = ("family_name", "given_names", "date_of_birth")
"""How an office names a person inside an evidence."""

OPEN_END = "to_month"
"""The one field that may be null: the period has no end. Any other null is an absent field."""


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


@dataclass(slots=True)
class _Node:
    """What is granted here: the members of a container, a person, or (neither) a value."""

    is_person: bool = False
    members: "dict[str, _Node]" = field(default_factory=dict)

    @property
    def names_a_person(self) -> bool:
        """The office may put the names into the container itself."""
        return "ref" in self.members and self.members["ref"].is_person


@dataclass(slots=True)
class _Excess:
    """Counts what goes beyond the grant."""

    count: int = 0


def cut(
    content: Mapping[str, object],
    *,
    fields: Iterable[str],
    profile: Profile,
    persons: Iterable[Person],
    reference_month: Month,
    faults: Callable[[object], list[str]],
    months: Months | None = None,
) -> Cut:
    """Leave only the granted fields of an answer, in their right form.

    `fields` are leaf paths. `faults` names the paths that break the form; it sees what is granted,
    every person as the office named it, at its `ref`. `months` bounds monthly records (None: no
    bound).

    Raises:
        ProviderUnreadable: a field of the right name has the wrong form.
    """
    granted, excess = _granted(fields, profile), _Excess()
    monthly = "month" in granted.members and isinstance(content.get("months"), list)
    if monthly:
        excess.count += len(content) - 1
    kept: list[dict[str, object]] = []
    for record in _list(content["months"]) if monthly else [content]:
        pruned = _prune(record, granted, excess)
        _drop_unfulfilled(pruned, profile, reference_month, excess)
        if _lies_within(pruned.get("month"), months):
            kept.append(pruned)
        else:
            excess.count += len(pruned)
    broken = faults(_shape(kept, monthly=monthly))
    if broken:
        raise ProviderUnreadable(f"wrong form at {', '.join(broken[:5])}")
    known = list(persons)
    named = [_name_persons(one, granted, known) or {} for one in kept]
    return Cut(_shape(named, monthly=monthly), excess.count)


def _shape(records: list[dict[str, object]], *, monthly: bool) -> dict[str, object]:
    if monthly:
        return {"months": records}
    return records[0] if records else {}


def _granted(fields: Iterable[str], profile: Profile) -> _Node:
    persons = {one.path for one in profile.fields if one.format == PERSON}
    root = _Node()
    for path in fields:
        here = root
        for step in path.split("."):
            here = here.members.setdefault(step.removesuffix("[]"), _Node())
        here.is_person = path in persons
    return root


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _prune(value: object, node: _Node, excess: _Excess) -> dict[str, object]:
    """The granted members of a container; a value passes whole, its form is judged later."""
    if not isinstance(value, dict):
        raise ProviderUnreadable("a container is not an object")
    kept: dict[str, object] = {}
    inline: dict[str, object] = {}
    for name, member in value.items():
        granted = node.members.get(name)
        if granted is not None:
            if member is not None or name == OPEN_END:
                kept[name] = _pruned_member(member, granted, excess)
        elif node.names_a_person and name in NAMES:
            inline[name] = member
        else:
            excess.count += 1
    if inline:
        kept.setdefault("ref", inline)
    return kept


def _pruned_member(member: object, node: _Node, excess: _Excess) -> object:
    if node.is_person and isinstance(member, dict):
        kept = {name: member[name] for name in NAMES if name in member}
        excess.count += len(member) - len(kept)
        return kept
    if not node.members:
        return member
    if isinstance(member, list):
        return [_prune(one, node, excess) for one in member]
    return _prune(member, node, excess)


def _drop_unfulfilled(
    record: dict[str, object], profile: Profile, reference_month: Month, excess: _Excess
) -> None:
    """Take out fields whose condition fails: the office should have left them out.

    Again until nothing falls: a field that fell fails the condition of those that hang on it.
    """
    conditional = [
        (one.path.removesuffix("[]"), one.condition)
        for one in profile.fields
        if one.condition is not None and "." not in one.path
    ]
    before = -1
    while before != len(record):
        before = len(record)
        for name, condition in conditional:
            if name in record and not _fulfilled(condition, record, reference_month):
                del record[name]
                excess.count += 1


def _fulfilled(condition: Condition, record: Mapping[str, object], reference_month: Month) -> bool:
    match condition.kind:
        case "field":
            value = record.get(condition.name)
            return (str(value).lower() if isinstance(value, bool) else value) in condition.values
        case "overlaps":
            last = record.get(OPEN_END)
            return "from_month" in record and (last is None or str(last) >= str(reference_month))
        case _:
            # By procedure or role: known before anybody was asked, so never among the granted.
            return True


def _lies_within(month: object, months: Months | None) -> bool:
    """Whether a record's month was asked for; one that is no month is left to the form's check."""
    if months is None or not isinstance(month, str):
        return True
    first, last = months.first, months.last
    return (first is None or str(first) <= month) and (last is None or month <= str(last))


def _name_persons(
    container: Mapping[str, object], node: _Node, persons: list[Person]
) -> dict[str, object] | None:
    """The same with references for persons; None when it is about a person not in the request."""
    named: dict[str, object] = {}
    for name, member in container.items():
        found = _named_member(member, node.members[name], persons)
        if found is not None or member is None:
            named[name] = found
    return None if node.names_a_person and "ref" in container and "ref" not in named else named


def _named_member(member: object, node: _Node, persons: list[Person]) -> object:
    if node.is_person:
        return _ref_of(member, persons) if isinstance(member, dict) else None
    if not node.members:
        return member
    if isinstance(member, list):
        named = [_name_persons(one, node, persons) for one in member]
        return [one for one in named if one is not None]
    return _name_persons(member, node, persons) if isinstance(member, dict) else None


def _ref_of(names: Mapping[str, object], persons: list[Person]) -> str | None:
    """The one person of the request with this name or alias and birth date; two are nobody."""
    wanted = (_plain(names.get("family_name")), _plain(names.get("given_names")))
    born = str(names.get("date_of_birth"))
    found = [
        person.ref
        for person in persons
        if _may_be_the_same_day(born, person.date_of_birth) and wanted in _called(person)
    ]
    return found[0] if len(found) == 1 else None


def _called(person: Person) -> set[tuple[str, str]]:
    names = [(person.family_name, person.given_names)]
    names += [(alias.family_name, alias.given_names) for alias in person.aliases]
    return {(_plain(family), _plain(list(given))) for family, given in names}


def _may_be_the_same_day(one: str, other: str) -> bool:
    """Equal where both are known; `00` is unknown."""
    pairs = zip(one.split("-"), other.split("-"), strict=False)
    return len(one) == len(other) and all(a == b or "00" in {a, b} for a, b in pairs)


def _plain(name: object) -> str:
    text = " ".join(str(one) for one in name) if isinstance(name, list) else str(name or "")
    return unicodedata.normalize("NFC", text).casefold().replace("’", "'")
