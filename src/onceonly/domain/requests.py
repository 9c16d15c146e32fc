"""Evidence requests: what one caseworker or online application asks in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from onceonly.domain.calendar import Month, Months
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person, Relationship, Representation


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
    def by_ref(self) -> Mapping[str, Person]:
        """Its persons by their reference."""
        return {person.ref: person for person in self.persons}

    @cached_property
    def applicants(self) -> tuple[Person, ...]:
        """Whoever is named as applicant."""
        return tuple(person for person in self.persons if person.role == "applicant")
