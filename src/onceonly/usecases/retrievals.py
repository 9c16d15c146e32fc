"""Asking one provider, recording what came, ending what never came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from onceonly.domain.calendar import german_day
from onceonly.domain.decision import Decision, Question
from onceonly.domain.errors import LogUnavailable, ProviderError
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import ANSWERS, Event, SealedEntry
from onceonly.domain.protection import drop
from onceonly.domain.retrievals import (
    Answer,
    Delivered,
    Later,
    Nothing,
    Retrieval,
    State,
    discard,
    fail,
    receive,
    still_granted,
    why_not_delivered,
)
from onceonly.domain.rules import Mode
from onceonly.merkle.tree import leaf_hash
from onceonly.security.keys import KeyTrouble
from onceonly.store import log as stored_log
from onceonly.store.answers import Arrival
from onceonly.telemetry import PROVIDER_EXCESS, RETRIEVALS, log
from onceonly.usecases.evidence import Received, receive_evidence, seal_released
from onceonly.usecases.log import entry
from onceonly.usecases.protection import protecting
from onceonly.usecases.questions import (
    Asked,
    decide_again,
    order_of,
    seal_question,
)
from onceonly.usecases.upshots import upshots_of
from onceonly.usecases.world import (
    HOLD_FOR,
    REPEAT_FOR,
    Snapshot,
    World,
)

FRESH_FOR = timedelta(hours=24)
"""How old an answer under choice may be. Source: contract annex, 5."""

_PROFESSIONAL_SECRECY = "professional_secrecy"


@dataclass
class Inline:
    """Whether the caller still waits to read released evidence in the answer, and what they read."""

    wanted: bool = False
    reading: set[UUID] = field(default_factory=set)
    evidence: dict[UUID, bytes] = field(default_factory=dict)

    def begin(self, retrieval: UUID) -> bool:
        """Whether this one is read inline; the caller then waits for it to be on record."""
        if self.wanted:
            self.reading.add(retrieval)
        return self.wanted


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a retrieval, ready to be recorded."""

    moved: Retrieval
    entries: tuple[SealedEntry, ...]
    held: SealedEvidence | None = None
    kept: SealedEvidence | None = None
    read_at: datetime | None = None
    leaf: bytes | None = None
    plain: bytes | None = None
    excess: int = 0


async def fetch(
    retrieval: Retrieval, asked: Asked, question: Question, world: World, inline: Inline
) -> Retrieval:
    """Ask one provider and record what came, whatever came.

    What cannot be recorded is dropped: the retrieval stays `fetching` and is presumed lost later.
    """
    snapshot = world.snapshots.of(asked.municipality)
    with world.spans.around("retrieval"):
        answer = await _answer(retrieval, question, snapshot, world)
        try:
            moved = await _record(retrieval, asked, answer, world, inline)
        except (LogUnavailable, KeyTrouble):
            log.error(
                "answer not recorded", retrieval=str(retrieval.id), provider=retrieval.provider
            )
            return retrieval
    return retrieval if moved is None else moved


async def take_in(
    retrieval: Retrieval,
    asked: Asked,
    answer: Answer | ProviderError,
    world: World,
    *,
    beside: Sequence[SealedEntry],
) -> Retrieval | None:
    """Record what a person answered, with entries beside it; None: it had moved on.

    Raises:
        LogUnavailable: it could not be recorded, or the confirmation was lost.
    """
    return await _record(retrieval, asked, answer, world, Inline(), beside)


async def _answer(
    retrieval: Retrieval, question: Question, snapshot: Snapshot, world: World
) -> Answer | ProviderError:
    service = question.service
    if service is None:
        raise ValueError("a question without a data service is never fetched")
    order = order_of(retrieval, question, service, snapshot, world)
    connector = world.connect(snapshot.configuration.code, service)
    name = f"{snapshot.configuration.code}/{service.office}"
    with world.spans.asking(name, order.evidence_type) as say:
        try:
            answer = await connector.fetch(order)
        except ProviderError as error:
            say(error.problem if error.asked else "not-asked")
            return error
        # Not more: what was answered about whom the law protects is told to nobody.
        say("answered")
    world.last_success[name] = world.clock()
    world.down.discard(name)
    return answer


async def _record(  # noqa: PLR0917 -- everything an answer hangs on
    retrieval: Retrieval,
    asked: Asked,
    answer: Answer | ProviderError,
    world: World,
    inline: Inline,
    beside: Sequence[SealedEntry] = (),
) -> Retrieval | None:
    while True:
        snapshot = world.snapshots.of(asked.municipality)
        # Looked up for every answer, whatever it says.
        person, today = asked.whole.by_ref[retrieval.person], german_day(world.clock())
        protected_by = protecting(person, snapshot, world, today=today)
        taken = answer if isinstance(answer, ProviderError) else drop(answer, protected_by)
        outcome = await _outcome(retrieval, asked, taken, snapshot, world, inline)
        arrival = Arrival(
            outcome.moved,
            retrieval.state,
            (*outcome.entries, *beside),
            held=outcome.held,
            kept=outcome.kept,
            first_read_at=outcome.read_at,
            due_at=_due(outcome.moved, world.clock()),
            release_leaf=outcome.leaf,
            upshots=upshots_of(
                outcome.moved, answer, protected_by, asked, world, exceeded=outcome.excess > 0
            ),
        )
        # A consent that moved stops one answer; it must not stop those beside it.
        alone = bool(asked.item.consents)
        write = world.answers.record_alone if alone else world.answers.record
        with world.spans.around("record answer"):
            recorded = await write(arrival, snapshot.judging)
        if recorded is not None:
            break
        await world.snapshots.renew(world.database)
    if not recorded:
        await _record_late(retrieval, asked.municipality, world)
        return None
    RETRIEVALS.labels(retrieval.provider, outcome.moved.state.value).inc()
    if outcome.excess:
        PROVIDER_EXCESS.labels(retrieval.provider, retrieval.evidence_type).inc(outcome.excess)
    if outcome.plain is not None and outcome.read_at is not None:
        inline.evidence[retrieval.id] = outcome.plain
    return outcome.moved


def _due(moved: Retrieval, now: datetime) -> datetime | None:
    if moved.state is not State.DEFERRED:
        return None
    soonest = now + timedelta(seconds=1)
    latest = moved.asked_at + HOLD_FOR
    return min(max(moved.available_at or soonest, soonest), latest)


async def _outcome(  # noqa: PLR0917 -- everything an answer hangs on
    retrieval: Retrieval,
    asked: Asked,
    answer: Answer | ProviderError,
    snapshot: Snapshot,
    world: World,
    inline: Inline,
) -> _Outcome:
    now = world.clock()
    if isinstance(answer, ProviderError):
        # On record, and yet nobody was asked: the story must say so.
        told = {} if answer.asked else {"asked": False}
        return _plain_outcome(fail(retrieval, answer), told, now, asked, world)
    # What was lawful when asked may not be when delivered.
    again = await decide_again(asked, snapshot, world, now=now, before=retrieval.decision)
    if again is None or not still_granted(retrieval, again[1]):
        return _plain_outcome(
            discard(retrieval, why_not_delivered(again and again[1])), {}, now, asked, world
        )
    match answer:
        case Nothing():
            # Of equal length, so that the sealed entry does not tell either.
            why = {"why": f"{answer.why:<10}"}
            return _plain_outcome(receive(retrieval, answer), why, now, asked, world)
        case Later():
            outcome = _plain_outcome(receive(retrieval, answer), {}, now, asked, world)
            kept = seal_question(asked, retrieval.id, world, at=now)
            return replace(outcome, kept=kept)
        case Delivered():
            return _delivered(retrieval, asked, answer, again[1], now, world, inline)


def _delivered(  # noqa: PLR0917 -- everything a delivery hangs on
    retrieval: Retrieval,
    asked: Asked,
    answer: Delivered,
    again: Decision,
    now: datetime,
    world: World,
    inline: Inline,
) -> _Outcome:
    if answer.content is None:
        why = {"why": f"{'nothing':<10}"}
        return _plain_outcome(receive(retrieval, answer), why, now, asked, world)
    if _PROFESSIONAL_SECRECY in answer.flags and not again.secrecy_lifted:
        return _plain_outcome(discard(retrieval, "no-longer-permitted"), {}, now, asked, world)
    if retrieval.decision.mode is Mode.CHOICE and (answer.as_of or now) < now - FRESH_FOR:
        failed = replace(
            receive(retrieval, Nothing("")), state=State.FAILED, problem="refresh-required"
        )
        return _plain_outcome(failed, {}, now, asked, world)
    try:
        received = receive_evidence(retrieval, asked, answer, again, world)
    except ProviderError as error:
        return _plain_outcome(fail(retrieval, error), {}, now, asked, world)
    return _released(retrieval, asked, answer, received, now, world, inline)


def _released(  # noqa: PLR0917 -- everything a release hangs on
    retrieval: Retrieval,
    asked: Asked,
    answer: Delivered,
    received: Received,
    now: datetime,
    world: World,
    inline: Inline,
) -> _Outcome:
    moved = receive(retrieval, answer)
    told = {"fields": list(received.fields), "excess": received.excess}
    entries = [_entry(ANSWERS[moved.state], moved, told, now, asked, world)]
    leaf: bytes | None = None
    read_at: datetime | None = None
    if moved.state is State.RELEASED:
        entries.append(_entry(Event.EVIDENCE_RELEASED, moved, told, now, asked, world))
        leaf = leaf_hash(entries[1].commitment)
        if inline.begin(retrieval.id):
            read_at = now
            entries.append(_entry(Event.EVIDENCE_READ, moved, {}, now, asked, world))
    moved = replace(
        moved,
        answer_entry=entries[0].id,
        release_entry=None if leaf is None else entries[1].id,
    )
    if received.excess:
        count = {"count": received.excess}
        entries.append(_entry(Event.PROVIDER_EXCEEDED, moved, count, now, asked, world))
    plain, held = seal_released(moved, asked, answer, received, world, at=now, leaf=leaf)
    if read_at is not None:
        held = replace(held, until=min(held.until, now + REPEAT_FOR))
    # Whoever looks must be told apart, and what they release is decided once more.
    previewing = moved.state is State.PREVIEWING
    kept = seal_question(asked, moved.id, world, at=now) if previewing else None
    return _Outcome(
        moved,
        tuple(entries),
        held=held,
        kept=kept,
        read_at=read_at,
        leaf=leaf,
        plain=plain,
        excess=received.excess,
    )


def _plain_outcome(
    moved: Retrieval, told: Mapping[str, object], now: datetime, asked: Asked, world: World
) -> _Outcome:
    event = ANSWERS[moved.state]
    one = _entry(event, moved, told, now, asked, world)
    return _Outcome(replace(moved, answer_entry=one.id), (one,))


def _entry(  # noqa: PLR0917 -- one entry, whole
    event: Event,
    moved: Retrieval,
    told: Mapping[str, object],
    now: datetime,
    asked: Asked,
    world: World,
) -> SealedEntry:
    none = moved.state is State.NO_RESULT
    return entry(
        event,
        {
            "consumer": asked.office,
            "provider": moved.provider,
            "evidence_type": moved.evidence_type,
            "person": moved.person,
            "procedure": asked.whole.procedure,
            "case_reference": asked.whole.case_reference,
            "state": moved.state.value,
            "problem": moved.problem,
            "problem_reason": moved.problem_reason,
            **told,
        },
        world,
        municipality=asked.municipality,
        at=now,
        retention="no-result" if none else moved.decision.retention,
        retrieval=moved.id,
    )


async def _record_late(retrieval: Retrieval, municipality: int, world: World) -> None:
    late = entry(
        Event.ANSWER_LATE,
        {
            "provider": retrieval.provider,
            "evidence_type": retrieval.evidence_type,
            "person": retrieval.person,
        },
        world,
        municipality=municipality,
        at=world.clock(),
        retention=retrieval.decision.retention,
        retrieval=retrieval.id,
    )
    async with world.database.within(municipality) as connection:
        await stored_log.record(connection, [late])
