"""What is on record: one entry for every event, sealed, with its commitment.

Source: § 67f (2) S. 3 SGB X, § 79 (4) SGB X; § 76 BDSG and § 40 BMG for what an entry says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from onceonly.domain.consents import State as Stands
from onceonly.domain.retrievals import State


class Event(StrEnum):
    """What happened. A word once written is never renamed."""

    QUESTION_PERMITTED = "question:permitted"
    QUESTION_REFUSED = "question:refused"
    ANSWER_RECEIVED = "answer:received"
    ANSWER_NONE = "answer:none"
    ANSWER_DEFERRED = "answer:deferred"
    ANSWER_FAILED = "answer:failed"
    ANSWER_LATE = "answer:late"
    PREVIEW_SHOWN = "preview:shown"
    USE_DECIDED = "use:decided"
    EVIDENCE_RELEASED = "evidence:released"
    EVIDENCE_READ = "evidence:read"
    EVIDENCE_DISCARDED = "evidence:discarded"
    EVIDENCE_DESTROYED = "evidence:destroyed"
    CONSENT_REQUESTED = "consent:requested"
    CONSENT_REFUSED = "consent:refused"
    CONSENT_GIVEN = "consent:given"
    CONSENT_RENEWED = "consent:renewed"
    CONSENT_WITHDRAWN = "consent:withdrawn"
    CONSENT_REVOKED = "consent:revoked"
    CONSENT_EXPIRED = "consent:expired"
    CONSENT_INVALIDATED = "consent:invalidated"
    PROVIDER_EXCEEDED = "provider:exceeded"
    TASK_OPENED = "task:opened"
    TASK_SHOWN = "task:shown"
    TASK_ANSWERED = "task:answered"
    UPSHOT_SETTLED = "upshot:settled"
    RETRIEVAL_EXPIRED = "retrieval:expired"
    PRESUMED_LOST = "retrieval:presumed-lost"
    CONFIGURATION_CHANGED = "configuration:changed"
    RULES_CHANGED = "rules:changed"
    DRY_RUN_MADE = "dry-run:made"
    PROTECTION_CHANGED = "protection:changed"
    LOG_READ = "log:read"
    LOG_RECOVERED = "log:recovered"
    ENTRY_HELD = "entry:held"
    PAYLOAD_DESTROYED = "payload:destroyed"


ANSWERS: Mapping[State, Event] = {
    State.PREVIEWING: Event.ANSWER_RECEIVED,
    State.RELEASED: Event.ANSWER_RECEIVED,
    State.NO_RESULT: Event.ANSWER_NONE,
    State.DEFERRED: Event.ANSWER_DEFERRED,
    State.FAILED: Event.ANSWER_FAILED,
    State.DISCARDED: Event.EVIDENCE_DISCARDED,
}
"""What an answer's entry is called, by the state it moved its retrieval to."""


CONSENTS: Mapping[Stands, Event] = {
    Stands.REQUESTED: Event.CONSENT_REQUESTED,
    Stands.REFUSED: Event.CONSENT_REFUSED,
    Stands.GIVEN: Event.CONSENT_GIVEN,
    Stands.RENEWED: Event.CONSENT_RENEWED,
    Stands.WITHDRAWN: Event.CONSENT_WITHDRAWN,
    Stands.REVOKED: Event.CONSENT_REVOKED,
    Stands.EXPIRED: Event.CONSENT_EXPIRED,
    Stands.INVALIDATED: Event.CONSENT_INVALIDATED,
}
"""What the entry of a consent is called, by the state it moved to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in clear; `payload` is canonical JSON material. `day` is the German day of `at`."""

    id: UUID
    event: Event
    at: datetime
    day: date
    retention: str
    retrieval: UUID | None
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """The same, as it is stored; `commitment` is the leaf's data, 32 bytes."""

    id: UUID
    event: str
    at: datetime
    day: date
    retention: str
    retrieval: UUID | None
    sealed: bytes
    commitment: bytes


def hold_of(entry: UUID) -> str:
    """The purpose of the key that holds an entry beyond the day of its own."""
    return f"hold-{entry}"


@dataclass(frozen=True, slots=True)
class Filed:
    """An entry as it lies in the log: `position` is None until it is sequenced.

    `held`: a copy under a key of its own, kept beyond the day its own key was destroyed.
    """

    entry: SealedEntry
    position: int | None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """What stays of an entry for ever."""

    generation: int
    position: int
    entry: UUID
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The log as it was last signed: generation, size and root, and the note that says so."""

    generation: int
    size: int
    root: bytes
    note: str
