"""Evidence requests: what one caseworker or online application asks in one go."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar, cast
from uuid import UUID

from onceonly.domain.calendar import Month, Months
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person, Relationship, Representation

_ALL = 100
_Known = TypeVar("_Known")


@dataclass(frozen=True, slots=True)
class Choice:
    """A person chose retrieval, having read a notice in their `language`; `session` stays here.

    Source: § 67f (1) S. 1 Nr. 2 SGB X.
    """

    made_by: str
    made_at: datetime
    notice: str
    session: str
    language: str = "de"


@dataclass(frozen=True, slots=True)
class Justification:
    """Why the person is not asked. Source: § 67a (2) S. 3 SGB X, § 62 (3) SGB VIII."""

    norm: str
    reason: str
    text: str
    asked_once_on: date | None


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a rule asks the consumer to state."""

    code: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One evidence about one person. `fact` is why it is necessary."""

    ref: str
    person: str
    evidence_type: str
    profile: str
    fact: str
    necessity_text: str | None = None
    provider: str | None = None
    origin: Origin = Origin.ISSUED
    replaces: UUID | None = None
    months: Months | None = None
    choices: tuple[Choice, ...] = ()
    choice_refused: bool = False
    justification: Justification | None = None
    consents: tuple[UUID, ...] = ()
    assertions: tuple[Assertion, ...] = ()


@dataclass(frozen=True)
class EvidenceRequest:
    """Everything asked in one go; every reference inside it is known to resolve."""

    procedure: str
    case_reference: str
    channel: str
    reference_month: Month
    caseworker: str | None
    persons: tuple[Person, ...]
    relationships: tuple[Relationship, ...]
    representations: tuple[Representation, ...]
    items: tuple[Item, ...]

    @cached_property
    def _known(self) -> dict[Hashable, object]:
        return {}

    def once(self, what: Hashable, work_out: Callable[[], _Known]) -> _Known:
        """What follows from it alone, worked out for the first of its items and gone with it."""
        if what not in self._known:
            self._known[what] = work_out()
        return cast("_Known", self._known[what])

    @cached_property
    def by_ref(self) -> Mapping[str, Person]:
        """Its persons by their reference."""
        return {person.ref: person for person in self.persons}

    @cached_property
    def living(self) -> Mapping[frozenset[str], int]:
        """Who lives with whom, as pairs, and how much of the time in percent."""
        stated: dict[frozenset[str], int] = {}
        for one in self.relationships:
            if one.kind == "lives-with":
                share = _ALL if one.share_percent is None else one.share_percent
                stated.setdefault(frozenset((one.person, one.to)), share)
        return stated

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """By child, everybody stated as its parent, the applicant first."""
        applicants = {one.ref for one in self.applicants}
        stated: dict[str, dict[str, None]] = defaultdict(dict)
        for one in self.relationships:
            if one.kind == "parent":
                stated[one.to][one.person] = None
        return {
            child: tuple(sorted(some, key=lambda ref: ref not in applicants))
            for child, some in stated.items()
        }

    @cached_property
    def applicants(self) -> tuple[Person, ...]:
        """Whoever is named as applicant."""
        return tuple(person for person in self.persons if person.role == "applicant")
