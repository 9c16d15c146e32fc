"""Tasks: what a person at a providing office must do, and what makes them arise.

A `manual` retrieval is itself the task to answer it, for as long as it waits. All others arise from
an upshot: what became of a question, told to the worker, who opens the tasks afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What is to be done."""

    ANSWER_BY_HAND = "answer-by-hand"
    CLARIFY_IDENTITY = "clarify-identity"
    CHECK_PROTECTION = "check-protection"
    DELIVERY_DISCARDED = "delivery-discarded"
    CORRECT_EVIDENCE = "correct-evidence"


class Happened(StrEnum):
    """What became of a question, as far as somebody must do something about it."""

    NOTHING_FOUND = "nothing-found"
    DISCARDED = "discarded"
    EXCEEDED = "exceeded"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `reference` is the retrieval it is about; None where nothing may be told.

    `consumer` and `procedure` are those of the question; who may not know them is not shown them.
    """

    id: UUID
    kind: Kind
    reference: UUID | None
    evidence_type: str | None
    since: datetime
    consumer: str | None = None
    procedure: str | None = None
    state: str = "open"

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Protecting:
    """An office that protects a person, and its own pseudonym for them (hex)."""

    office: str
    subject: str


@dataclass(frozen=True, slots=True)
class Upshot:
    """What became of one question; sealed, and of one length whatever it was.

    `why` is why nothing was found, as the provider said it. `at_provider` is the person as only the
    provider could call them, `protecting` are the offices that protect them.
    """

    happened: Happened
    provider: str
    retrieval: UUID
    evidence_type: str
    retention: str
    why: str = ""
    at_provider: str = ""
    protecting: tuple[Protecting, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """A task that arises. Of equal `once` only the first does."""

    office: str
    kind: Kind
    reference: UUID | None
    evidence_type: str | None
    once: tuple[str, ...]


_AMBIGUOUS, _PROTECTED, _ENTRUSTED = "ambiguous", "protected", "entrusted"


def arising(upshot: Upshot, today: date) -> tuple[Due, ...]:
    """The tasks of an upshot, in a fixed order, none twice."""
    return tuple({one.once: one for one in _arising(upshot, today)}.values())


def _arising(upshot: Upshot, today: date) -> Iterator[Due]:
    match upshot.happened:
        case Happened.DISCARDED:
            yield _about(upshot, Kind.DELIVERY_DISCARDED)
        case Happened.EXCEEDED:
            once = (Kind.CORRECT_EVIDENCE, upshot.provider, today.isoformat())
            yield _about(upshot, Kind.CORRECT_EVIDENCE, *once)
        case Happened.NOTHING_FOUND:
            if upshot.why == _AMBIGUOUS:
                yield _about(upshot, Kind.CLARIFY_IDENTITY)
            if upshot.why == _ENTRUSTED:
                yield _about(upshot, Kind.DELIVERY_DISCARDED)
            if upshot.why == _PROTECTED:
                yield _protection(Protecting(upshot.provider, upshot.at_provider), today)
    for one in upshot.protecting:
        yield _protection(one, today)


def _about(upshot: Upshot, kind: Kind, *once: str) -> Due:
    key = once or (kind, str(upshot.retrieval))
    return Due(upshot.provider, kind, upshot.retrieval, upshot.evidence_type, key)


def _protection(by: Protecting, today: date) -> Due:
    """Content-free: neither who asked nor for what, only that somebody did."""
    once = (Kind.CHECK_PROTECTION, by.office, by.subject, today.isoformat())
    return Due(by.office, Kind.CHECK_PROTECTION, None, None, once)
