"""Consents (§ 67b SGB X, Art. 7 DSGVO): what a person permits, and what became of it.

    (asked)    ──▶ requested ─┬─▶ given · refused · revoked · expired · invalidated
    (recorded) ──▶ given ─────┼─▶ renewed · withdrawn · revoked · expired · invalidated
                   renewed ───┴─▶ renewed · withdrawn · revoked · expired · invalidated

Exactly `given` and `renewed` permit. The states are those of the Data Privacy Vocabulary: withdrawn
by the person, revoked by the office, expired by its day, invalidated because it never counted.
A state once stored is never renamed. What has no arrow out has ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from onceonly.domain.calendar import Month, Months, age_on, german_day
from onceonly.domain.errors import NotYoursToGive, OutOfTurn
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person
from onceonly.domain.representation import ACTS_FROM


class State(StrEnum):
    """Where a consent stands."""

    REQUESTED = "requested"
    REFUSED = "refused"
    GIVEN = "given"
    RENEWED = "renewed"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"

    @property
    def permits(self) -> bool:
        """Whether it is valid for processing."""
        return self in _PERMITTING


_PERMITTING = frozenset({State.GIVEN, State.RENEWED})
_ENDS = frozenset({State.REVOKED, State.EXPIRED, State.INVALIDATED})
_STANDS = _ENDS | {State.RENEWED, State.WITHDRAWN}

MOVES: Mapping[State, frozenset[State]] = {
    State.REQUESTED: _ENDS | {State.GIVEN, State.REFUSED},
    State.GIVEN: _STANDS,
    State.RENEWED: _STANDS,
}
STARTS = frozenset({State.REQUESTED, State.GIVEN})
LIVES = frozenset(MOVES)
"""States from which something can still happen."""

LONGEST_MONTHS = 12
"""How long a consent lasts at most. Source: issue of the record; § 67b (2) SGB X, not standing."""

_SELF, _GUARDIAN = "self", "guardian"
CAPACITIES = (_SELF, _GUARDIAN, "betreuer", "entrusting-person")
PERIODS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a repeated consent may be used: so many times in each German calendar period."""

    times: int
    per: str

    def begins(self, day: date) -> date:
        """The first day of the period that a day lies in."""
        match self.per:
            case "day":
                return day
            case "week":
                return day - timedelta(days=day.weekday())
            case "month":
                return day.replace(day=1)
            case "quarter":
                return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
            case _:
                return date(day.year, 1, 1)


@dataclass(frozen=True, slots=True)
class Opened:
    """One kind of evidence a consent names."""

    evidence_type: str
    profile: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose consent it is, who acts for them (None: themself), whose data it opens."""

    person: Person
    by: Person | None
    about: tuple[Person, ...]

    @property
    def giver(self) -> Person:
        """Who says yes or no."""
        return self.by or self.person


@dataclass(frozen=True, slots=True)
class Terms:
    """What is consented to; it never changes. `frequency` None: one time for each thing it opens.

    `notice_hash` and `language`: what the person read. `capacity`: self guardian betreuer
    entrusting-person.
    """

    provider: str
    procedure: str
    case_reference: str
    opens: tuple[Opened, ...]
    frequency: Frequency | None
    months: Months | None
    expires_on: date
    notice: str
    notice_hash: str
    language: str
    form: str
    capacity: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One move on record: to which state, when, by whom (`person` `office` `hub`), in which entry."""

    state: State
    at: datetime
    by: str
    entry: UUID


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent as it stands. `revision` moves with every change of it.

    `special_categories` and `release_from_secrecy` are the ticks of the newest act of the person.
    """

    id: UUID
    office: str
    terms: Terms
    state: State
    revision: int
    requested_at: datetime
    given_at: datetime | None = None
    special_categories: bool = False
    release_from_secrecy: bool = False
    history: tuple[Happening, ...] = ()

    @property
    def ended_on(self) -> date | None:
        """The German day of its last move, when nothing can happen to it any more."""
        return None if self.state in LIVES else german_day(self.history[-1].at)

    def as_of(self, day: date) -> State:
        """Its state on that German day: what ran out has expired, whether or not it is on record."""
        over = self.state in LIVES and self.terms.expires_on < day
        return State.EXPIRED if over else self.state


def last_day(begins: date) -> date:
    """The last day a consent from that day may have."""
    month = Month.of(begins).plus(LONGEST_MONTHS)
    return min(month.last_day, month.first_day + timedelta(days=begins.day - 1))


def move(consent: Consent, to: State, *, at: datetime, by: str, entry: UUID) -> Consent:
    """The consent in its next state.

    Raises:
        OutOfTurn: there is no arrow from here to there, or its last day is over.
    """
    stands = consent.as_of(german_day(at))
    if to is not State.EXPIRED and stands is not consent.state:
        raise OutOfTurn(stands)
    if to not in MOVES.get(consent.state, frozenset()):
        raise OutOfTurn(consent.state)
    return replace(
        consent,
        state=to,
        revision=consent.revision + 1,
        history=(*consent.history, Happening(to, at, by, entry)),
    )


def give(
    consent: Consent,
    *,
    special_categories: bool,
    release_from_secrecy: bool,
    at: datetime,
    by: str,
    entry: UUID,
) -> Consent:
    """The person says yes; again, on a later day or with other ticks, it is renewed.

    Raises:
        OutOfTurn: it was refused, or has ended.
    """
    first = consent.state is State.REQUESTED
    to = State.GIVEN if first else State.RENEWED
    return replace(
        move(consent, to, at=at, by=by, entry=entry),
        given_at=at,
        special_categories=special_categories,
        release_from_secrecy=release_from_secrecy,
    )


def says_the_same(
    consent: Consent, *, special_categories: bool, release_from_secrecy: bool, day: date
) -> bool:
    """Whether a yes only repeats the one that stands: a call that was sent twice."""
    return (
        consent.as_of(day).permits
        and consent.given_at is not None
        and german_day(consent.given_at) == day
        and consent.special_categories == special_categories
        and consent.release_from_secrecy == release_from_secrecy
    )


def check_answering(parties: Parties, capacity: str, who: Person, day: date) -> None:
    """Whether a citizen, found among the parties, may say yes or no on that day.

    For oneself from 15; for somebody else under 15, or under the mandate that the record states.
    Source: § 36 SGB I; contract annex, 5.

    Raises:
        NotYoursToGive: they may not.
    """
    themself = capacity == _SELF or who == parties.person
    if who not in (parties.person, parties.giver):
        raise NotYoursToGive
    if themself and age_on(who.date_of_birth, day) < ACTS_FROM:
        raise NotYoursToGive
    if not themself and capacity != _GUARDIAN:
        return
    others = [one for one in (parties.person, *parties.about) if one != who]
    if any(age_on(one.date_of_birth, day) >= ACTS_FROM for one in others):
        raise NotYoursToGive
