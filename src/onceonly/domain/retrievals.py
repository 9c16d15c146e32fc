"""Retrievals: one question, decided, and what became of it.

    (decided) ─┬─▶ refused · choice-required · consent-required
               ├─▶ manual ───▶ released · no-result · failed · expired · discarded
               └─▶ fetching ─┬─▶ previewing ─▶ released · withheld · expired · discarded
                    ▲  │     ├─▶ released ───▶ expired · discarded
                    │  ▼     └─▶ no-result · failed · discarded
                  deferred ────▶ failed · expired · discarded

A state once stored is never renamed. What has no arrow out has ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.errors import OutOfTurn, ProviderError, ProviderRefused
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person


class State(StrEnum):
    """Where a retrieval stands."""

    REFUSED = "refused"
    CHOICE_REQUIRED = "choice-required"
    CONSENT_REQUIRED = "consent-required"
    MANUAL = "manual"
    FETCHING = "fetching"
    DEFERRED = "deferred"
    PREVIEWING = "previewing"
    RELEASED = "released"
    WITHHELD = "withheld"
    NO_RESULT = "no-result"
    FAILED = "failed"
    DISCARDED = "discarded"
    EXPIRED = "expired"


MOVES: Mapping[State, frozenset[State]] = {
    State.FETCHING: frozenset(
        {
            State.PREVIEWING,
            State.RELEASED,
            State.NO_RESULT,
            State.DEFERRED,
            State.FAILED,
            State.DISCARDED,
        }
    ),
    State.DEFERRED: frozenset({State.FETCHING, State.FAILED, State.EXPIRED, State.DISCARDED}),
    State.MANUAL: frozenset(
        {State.RELEASED, State.NO_RESULT, State.FAILED, State.EXPIRED, State.DISCARDED}
    ),
    State.PREVIEWING: frozenset({State.RELEASED, State.WITHHELD, State.EXPIRED, State.DISCARDED}),
    State.RELEASED: frozenset({State.EXPIRED, State.DISCARDED}),
}

UNSETTLED = frozenset({State.FETCHING, State.DEFERRED})
STARTS: Mapping[Outcome, State] = {
    Outcome.PERMIT: State.FETCHING,
    Outcome.PARTIAL: State.FETCHING,
    Outcome.MANUAL: State.MANUAL,
    Outcome.CHOICE_REQUIRED: State.CHOICE_REQUIRED,
    Outcome.CONSENT_REQUIRED: State.CONSENT_REQUIRED,
    Outcome.DENY: State.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What one provider is asked: exactly what the decision granted, and about whom.

    `period` is first and last month (None: open). `law` empty and `purpose_code` set or
    `requesting_body` given where the provider may not know who asks and why.
    """

    reference: UUID
    evidence_type: str
    profile: str
    fields: tuple[str, ...]
    reference_month: str
    period: tuple[str, str | None]
    person: Person
    match_on: tuple[str, ...]
    consumer: str | None
    procedure: str | None
    rule: str | None
    law: tuple[str, ...]
    requesting_body: str | Mapping[str, str] | None = None
    purpose_code: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """Exactly one person matched; `content` is what was sent, not yet checked or cut."""

    content: Mapping[str, object] | None
    document_date: date | None
    as_of: datetime | None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Nothing:
    """Unknown, ambiguous or protected: outside they are one. `why` stands in the sealed entry."""

    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """The provider answers later, at `available_at` if it said so readably."""

    available_at: datetime | None


Answer = Delivered | Nothing | Later


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One person × one evidence type × one provider, decided, as it stands."""

    id: UUID
    request: UUID
    item: str
    person: str
    evidence_type: str
    profile: str
    provider: str | None
    origin: Origin
    state: State
    decision: Decision
    asked_at: datetime
    question_entry: UUID
    fetching_until: datetime | None = None
    available_at: datetime | None = None
    collected_at: datetime | None = None
    problem: str | None = None
    problem_reason: str | None = None
    replaces: UUID | None = None
    answer_entry: UUID | None = None
    release_entry: UUID | None = None

    @property
    def settled(self) -> bool:
        """Nothing moves by itself any more."""
        return self.state not in UNSETTLED


def move(retrieval: Retrieval, to: State) -> Retrieval:
    """The retrieval in its next state.

    Raises:
        OutOfTurn: there is no arrow from here to there.
    """
    if to not in MOVES.get(retrieval.state, frozenset()):
        raise OutOfTurn(retrieval.state)
    return replace(retrieval, state=to, fetching_until=None, available_at=None)


def still_granted(retrieval: Retrieval, again: Decision) -> bool:
    """Whether what was lawful when asked may still be delivered, by hand if so it was asked."""
    by_hand = retrieval.state is State.MANUAL and again.outcome is Outcome.MANUAL
    return again.permits or by_hand


def receive(retrieval: Retrieval, answer: Answer) -> Retrieval:
    """Take in what the provider answered.

    Raises:
        OutOfTurn: the retrieval is not waiting for an answer.
    """
    match answer:
        case Delivered(content=None):
            return move(retrieval, State.NO_RESULT)
        case Delivered() if "preview" in retrieval.decision.obligations:
            return move(retrieval, State.PREVIEWING)
        case Delivered():
            return move(retrieval, State.RELEASED)
        case Nothing():
            return move(retrieval, State.NO_RESULT)
        case Later():
            return replace(move(retrieval, State.DEFERRED), available_at=answer.available_at)


def fail(retrieval: Retrieval, error: ProviderError) -> Retrieval:
    """The provider did not answer, refused, or could not be read."""
    reason = error.reason if isinstance(error, ProviderRefused) else None
    return replace(move(retrieval, State.FAILED), problem=error.problem, problem_reason=reason)


def discard(retrieval: Retrieval, problem: str) -> Retrieval:
    """What came, or may still come, is not delivered."""
    return replace(move(retrieval, State.DISCARDED), problem=problem)


def why_not_delivered(again: Decision | None) -> str:
    """The problem of what was permitted when asked and is not any more."""
    withdrawn = again is not None and again.reason == "consent-withdrawn"
    return "withdrawn-before-delivery" if withdrawn else "no-longer-permitted"
