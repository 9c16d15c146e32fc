"""Asking again: providers that said "later", at their time or by a schedule, for 72 hours."""

from dataclasses import replace
from datetime import datetime, timedelta

from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.retrievals import Retrieval, State, discard
from onceonly.store import retrievals
from onceonly.store.retrievals import Kept
from onceonly.usecases.log import entry
from onceonly.usecases.questions import decide_again, open_question
from onceonly.usecases.retrievals import Inline, fetch
from onceonly.usecases.world import HOLD_FOR, Snapshot, World


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
    if retrieval.asked_at + HOLD_FOR <= now:
        await _end(replace(retrieval, state=State.EXPIRED, problem="unanswered"), snapshot, world)
        return False
    asked = open_question(kept.question, municipality=municipality, office=kept.office, world=world)
    again = None if asked is None else await decide_again(asked, snapshot, world, now=now)
    if asked is None or again is None or not again[1].permits or again[0].service is None:
        await _end(discard(retrieval, "no-longer-permitted"), snapshot, world)
        return False
    timeout = timedelta(seconds=again[0].service.connector.timeout_s)
    fetching = replace(retrieval, state=State.FETCHING, fetching_until=now + timeout)
    question = _entry(Event.QUESTION_PERMITTED, fetching, municipality, world, now=now)
    with world.errands.promise(1):
        async with world.database.within(municipality) as connection:
            moved = await retrievals.record_asking(
                connection, fetching, [question], version=snapshot.version
            )
        if not moved:
            return False
        _ = world.errands.start(fetch(fetching, asked, again[0], world, Inline()))
    return True


async def _end(ended: Retrieval, snapshot: Snapshot, world: World) -> None:
    one = _entry(Event.EVIDENCE_DISCARDED, ended, snapshot.municipality, world, now=world.clock())
    async with world.database.within(snapshot.municipality) as connection:
        await retrievals.record_answer(
            connection,
            replace(ended, answer_entry=one.id),
            [one],
            seen=State.DEFERRED,
            version=snapshot.version,
        )


def _entry(
    event: Event, retrieval: Retrieval, municipality: int, world: World, *, now: datetime
) -> SealedEntry:
    return entry(
        event,
        {
            "provider": retrieval.provider,
            "evidence_type": retrieval.evidence_type,
            "problem": retrieval.problem,
        },
        world,
        municipality=municipality,
        at=now,
        retention=retrieval.decision.retention,
        retrieval=retrieval.id,
    )
