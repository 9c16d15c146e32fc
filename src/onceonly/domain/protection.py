"""Protection: persons about whom nothing may be told, known to the hub by pseudonyms alone.

A person is spelled in forms: a family name, a given name, a birth date. Who protects somebody leaves
every form of them, as it is and with parts left out; who asks about somebody tests the same. Two fit
where each part is equal or one side does not know it, and so unknown parts hide nobody. A form never
stands anywhere but as the keyed hash of one office.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

from onceonly.domain.persons import Person
from onceonly.domain.retrievals import Answer, Delivered, Nothing
from onceonly.domain.rules import Law
from onceonly.domain.tasks import Protecting

PROTECTED = "protected"
"""Why an answer is dropped, as its sealed entry says it."""

_OWN, _LESS = "own", "less"
_YEARS = re.compile(r"P(\d+)Y", re.ASCII)
_FLAG = "protection-flag-"
_LEAP_DAY = (2, 29)

Spelling = Callable[[str], str]
"""Gives a name its search form."""


@dataclass(frozen=True, slots=True)
class Protection:
    """One office protects one person, until that German day (None: without end); no marks: lifted.

    `partial`: a part of the person is unknown, so that more forms must be tested.
    """

    office: str
    subject: bytes
    marks: tuple[bytes, ...]
    partial: bool
    until: date | None

    @property
    def key(self) -> tuple[str, bytes]:
        """Whose it is, and of whom."""
        return self.office, self.subject


@dataclass(frozen=True, slots=True)
class Protections:
    """Everybody a municipality protects; `version` says whether that is still so.

    `offices`: who protects anybody -> whether any of them is known in part only.
    """

    version: int
    rows: Mapping[tuple[str, bytes], Protection]
    offices: Mapping[str, bool]
    by_mark: Mapping[bytes, tuple[Protection, ...]]

    def changed(self, version: int, rows: Iterable[Protection]) -> "Protections":
        """The same after these changes."""
        standing, by_mark = dict(self.rows), dict(self.by_mark)
        for one in rows:
            before = standing.pop(one.key, None)
            for mark in () if before is None else before.marks:
                left = tuple(other for other in by_mark.pop(mark) if other.key != one.key)
                by_mark |= {mark: left} if left else {}
            if one.marks:
                standing[one.key] = one
            for mark in one.marks:
                by_mark[mark] = (*by_mark.get(mark, ()), one)
        offices: dict[str, bool] = {}
        for one in standing.values():
            offices[one.office] = offices.get(one.office, False) or one.partial
        return Protections(version, standing, offices, by_mark)

    def protecting(self, tested: Iterable[bytes], today: date) -> tuple[Protecting, ...]:
        """The offices that protect whoever has one of these marks today.

        Every mark is looked up, found or not: the time tells nothing.
        """
        found = {one.key: one.until for mark in tested for one in self.by_mark.get(mark, ())}
        return tuple(
            Protecting(office, subject.hex())
            for (office, subject), until in sorted(found.items())
            if until is None or today <= until
        )


NOBODY = Protections(0, {}, {}, {})
"""Where no office protects anybody."""


def drop(answer: Answer, protecting: tuple[Protecting, ...]) -> Answer:
    """What may be told of an answer: about somebody who is protected, as if nobody were known."""
    if protecting and isinstance(answer, Delivered | Nothing):
        return Nothing(PROTECTED)
    return answer


def left_forms(person: Person, spelled: Spelling) -> frozenset[str]:
    """Every form of a person that is protected."""
    return frozenset(_forms(person, spelled, _left))


def sought_forms(person: Person, spelled: Spelling, *, partial: bool) -> frozenset[str]:
    """Every form to look for; without `partial` only such as fit somebody known in every part."""
    test = _tested if partial or is_partial(person) else _exact
    return frozenset(_forms(person, spelled, test))


def is_partial(person: Person) -> bool:
    """Whether a name or a part of the birth date is unknown."""
    return not (person.family_name and person.given_names) or "00" in person.date_of_birth[5:]


def called(person: Person, spelled: Spelling) -> str:
    """What tells a person from others in one office's protections."""
    names = (spelled(person.family_name or ""), *map(spelled, person.given_names))
    return "\0".join((*names, person.date_of_birth))


def last_day(kinds: Iterable[str], until: date | None, today: date, law: Law) -> date | None:
    """How long a protection of these kinds holds; None: as long as it is not lifted.

    Each kind no longer than its law lets it, all of them as long as the longest.
    """
    ends = [_end(until, _term(kind, today, law)) for kind in kinds]
    return None if None in ends else max(one for one in ends if one is not None)


def _term(kind: str, today: date, law: Law) -> date | None:
    bound = law.retention.get(f"{_FLAG}{kind}")
    years = None if bound is None else _YEARS.fullmatch(bound.ceiling)
    if years is None:
        return None
    leap = (today.month, today.day) == _LEAP_DAY
    return (today.replace(day=28) if leap else today).replace(year=today.year + int(years[1]))


def _end(until: date | None, term: date | None) -> date | None:
    return min((one for one in (until, term) if one is not None), default=None)


Part = Callable[[tuple[str, ...]], Iterator[str]]
_Names = list[tuple[str, ...]]


def _forms(person: Person, spelled: Spelling, part: Part) -> Iterator[str]:
    """Products of all parts; at least one name is always among them."""
    born = _less_and_less(person.date_of_birth)
    for families, givens in _namings(person, spelled):
        for one in product(families, givens, (born,)):
            for family, given, day in product(*map(part, one)):
                if not (family.endswith(":") and given.endswith(":")):
                    yield f"{family}|{given}|{day}"


def _left(values: tuple[str, ...]) -> Iterator[str]:
    """A part as it is, and as less of it is known."""
    yield f"{_OWN}:{values[0]}"
    for one in values[1:]:
        yield f"{_LESS}:{one}"


def _tested(values: tuple[str, ...]) -> Iterator[str]:
    """Who is known as well or less, and, where this itself is little, who is known better."""
    for one in values:
        yield f"{_OWN}:{one}"
    yield f"{_LESS}:{values[0]}"


def _exact(values: tuple[str, ...]) -> Iterator[str]:
    yield f"{_OWN}:{values[0]}"


def _namings(person: Person, spelled: Spelling) -> Iterator[tuple[_Names, _Names]]:
    """Family names with the given names that go with them; an alias lends what it has not."""
    families = _names(spelled(one) for one in (person.family_name, person.birth_name) if one)
    givens = _givens(person.given_names, spelled)
    yield families, givens
    for alias in person.aliases:
        own = _names([spelled(alias.family_name)]) if alias.family_name else families
        yield own, _givens(alias.given_names, spelled) if alias.given_names else givens


def _givens(names: tuple[str, ...], spelled: Spelling) -> _Names:
    """Each given name counts alone, and all of them written together."""
    single = (one for name in names for one in name.split())
    return _names(spelled(one) for one in (*single, "".join(names)) if one)


def _names(forms: Iterable[str]) -> _Names:
    return [(one, "") for one in dict.fromkeys(forms) if one] or [("",)]


def _less_and_less(born: str) -> tuple[str, ...]:
    """A birth date, and the same with its day and then its month unknown."""
    year = born[:4]
    return tuple(dict.fromkeys((born, f"{born[:7]}-00", f"{year}-00-00")))
