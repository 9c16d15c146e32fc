"""Asking again: providers that said "later", at their time or by a schedule, for 72 hours."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.retrievals import Retrieval, State, discard, why_not_delivered
from onceonly.store import retrievals
from onceonly.store.answers import Arrival
from onceonly.store.retrievals import Kept
from onceonly.usecases.log import entry
from onceonly.usecases.questions import Asked, decide_again, open_question
from onceonly.usecases.retrievals import Inline, fetch
from onceonly.usecases.upshots import discarded, protecting_asked, unanswered
from onceonly.usecases.world import ANSWERED_WITHIN, HOLD_FOR, Snapshot, World

POSTPONED_FOR = timedelta(seconds=5)
"""How long a question waits whose provider takes no calls."""


async def ask_deferred(municipality: int, world: World) -> int:
    """Ask what is due once more; how many were asked."""
    now = world.clock()
    async with world.database.within(municipality) as connection:
        due = await retrievals.deferred_before(connection, now)
    count = 0
    for kept in due:
        count += await _ask(kept, municipality, world, now=now)
    return count


async def _ask(kept: Kept, municipality: int, world: World, *, now: datetime) -> bool:
    snapshot = world.snapshots.of(municipality)
    retrieval = kept.retrieval
    asked = open_question(kept.question, municipality=municipality, office=kept.office, world=world)
    if retrieval.asked_at + HOLD_FOR <= now:
        over = replace(retrieval, state=State.EXPIRED, problem="unanswered")
        await _end(over, asked, snapshot, world)
        return False
    again = None if asked is None else await decide_again(asked, snapshot, world, now=now)
    if asked is None or again is None or not again[1].permits or again[0].service is None:
        over = discard(retrieval, why_not_delivered(again and again[1]))
        await _end(over, asked, snapshot, world)
        return False
    granted = retrieval.decision.narrowed_to(again[1], asked.whole.reference_month)
    if not granted.fields:
        await _end(discard(retrieval, "no-longer-permitted"), asked, snapshot, world)
        return False
    service = again[0].service
    if not world.connect(snapshot.configuration.code, service).takes:
        # Nobody would be asked, and the answer would be lost: it waits for a better moment.
        async with world.database.within(municipality) as connection:
            await retrievals.postpone(connection, retrieval.id, until=now + POSTPONED_FOR)
        return False
    timeout = timedelta(seconds=service.connector.timeout_s)
    fetching = replace(retrieval, state=State.FETCHING, fetching_until=now + timeout)
    # Asked, and on record, for what both decisions grant; the first stays as it was recorded.
    narrower = replace(fetching, decision=granted)
    question = _entry(
        Event.QUESTION_PERMITTED, narrower, municipality, world, now=now, consumer=kept.office
    )
    with world.errands.promise(1):
        async with world.database.within(municipality) as connection:
            moved = await retrievals.record_asking(
                connection, fetching, [question], version=snapshot.version
            )
        if not moved:
            return False
        _ = world.errands.start(fetch(narrower, asked, again[0], world, Inline()))
    # Begun before the next is looked at, so that a system is not tried by many at once.
    await asyncio.sleep(0)
    return True


async def end_unanswered(municipality: int, world: World) -> int:
    """End questions that nobody answered by hand within 30 days; how many."""
    snapshot = world.snapshots.of(municipality)
    before = world.clock() - ANSWERED_WITHIN
    async with world.database.within(municipality) as connection:
        waiting = await retrievals.manual_before(connection, before)
    for one in waiting:
        ended = replace(one, state=State.EXPIRED, problem="unanswered")
        await end(ended, snapshot, world, seen=State.MANUAL)
    return len(waiting)


async def _end(ended: Retrieval, asked: Asked | None, snapshot: Snapshot, world: World) -> None:
    """Record that a postponed question ended without an answer; whoever protects the person hears.

    Its provider is told when it is not delivered although it might be prepared.
    """
    tell = unanswered if ended.state is State.EXPIRED else discarded
    told = tell(
        ended,
        world,
        municipality=snapshot.municipality,
        at=world.clock(),
        protected_by=protecting_asked(asked, ended.person, world),
    )
    await end(ended, snapshot, world, seen=State.DEFERRED, upshots=[told])


async def end(
    ended: Retrieval,
    snapshot: Snapshot,
    world: World,
    *,
    seen: State,
    upshots: Sequence[SealedEvidence] = (),
) -> None:
    """Record that a question ended without an answer."""
    event = Event.RETRIEVAL_EXPIRED if ended.state is State.EXPIRED else Event.EVIDENCE_DISCARDED
    one = _entry(event, ended, snapshot.municipality, world, now=world.clock())
    arrival = Arrival(replace(ended, answer_entry=one.id), seen, [one], upshots=upshots)
    await world.answers.record_alone(arrival, snapshot.judging)


def _entry(
    event: Event,
    retrieval: Retrieval,
    municipality: int,
    world: World,
    *,
    now: datetime,
    consumer: str | None = None,
) -> SealedEntry:
    return entry(
        event,
        {
            "consumer": consumer,
            "provider": retrieval.provider,
            "evidence_type": retrieval.evidence_type,
            "person": retrieval.person,
            "problem": retrieval.problem,
            "rule": retrieval.decision.rule,
            "law": list(retrieval.decision.law),
            "fields": list(retrieval.decision.fields),
        },
        world,
        municipality=municipality,
        at=now,
        retention=retrieval.decision.retention,
        retrieval=retrieval.id,
    )
