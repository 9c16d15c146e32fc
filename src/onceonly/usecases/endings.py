"""How retrievals end without an answer: the case is closed, or nobody can be answering any more."""

from dataclasses import replace
from uuid import UUID

from onceonly.domain.errors import NotFound, OutOfTurn
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import Event
from onceonly.domain.retrievals import MOVES, Retrieval, State, discard
from onceonly.store import evidence as held_evidence
from onceonly.store import retrievals
from onceonly.store.answers import Arrival
from onceonly.store.database import Connection
from onceonly.telemetry import RETRIEVALS
from onceonly.usecases.log import entry
from onceonly.usecases.upshots import protecting_postponed, unanswered
from onceonly.usecases.world import LOST_AFTER, Caller, World


async def cancel(retrieval: UUID, caller: Caller, world: World) -> Retrieval:
    """The case is closed: what is held or kept for the retrieval is destroyed.

    Raises:
        NotFound: there is no such retrieval of this office.
        OutOfTurn: it has ended otherwise.
    """
    office = "" if caller.office is None else caller.office.code
    while True:
        async with world.database.within(caller.municipality) as connection:
            found = await retrievals.of_office(connection, retrieval, office=office)
        if found is None:
            raise NotFound
        now_at = found[0]
        if now_at.state is State.DISCARDED and now_at.problem == "no-longer-needed":
            return now_at
        if State.DISCARDED not in MOVES.get(now_at.state, frozenset()) or now_at.collected_at:
            raise OutOfTurn(now_at.state)
        moved = discard(now_at, "no-longer-needed")
        one = entry(
            Event.EVIDENCE_DISCARDED,
            {
                **caller.door,
                "consumer": office,
                "provider": now_at.provider,
                "evidence_type": now_at.evidence_type,
                "person": now_at.person,
                "procedure": found[1],
                "case_reference": found[2],
                "problem": moved.problem,
            },
            world,
            municipality=caller.municipality,
            at=world.clock(),
            retention=now_at.decision.retention,
            retrieval=retrieval,
        )
        async with world.database.within(caller.municipality) as connection:
            if await held_evidence.record_discard(
                connection,
                retrieval,
                [one],
                seen=now_at.state.value,
                problem="no-longer-needed",
                upshots=await _told(now_at, office, connection, caller.municipality, world),
            ):
                return moved


async def _told(
    one: Retrieval, office: str, connection: Connection, municipality: int, world: World
) -> list[SealedEvidence]:
    """Whoever protects the person hears of a question though nobody waits for its answer."""
    if one.state is not State.DEFERRED:
        return []
    hidden = await protecting_postponed(one, office, connection, municipality, world)
    return [
        unanswered(one, world, municipality=municipality, at=world.clock(), protected_by=hidden)
    ]


async def end_lost(municipality: int, world: World) -> int:
    """End what still waits though nobody can be answering it; how many."""
    now = world.clock()
    snapshot = world.snapshots.of(municipality)
    ended = 0
    async with world.database.within(municipality) as connection:
        found = await retrievals.lost(connection, now - LOST_AFTER)
    for one in found:
        record = entry(
            Event.PRESUMED_LOST,
            {
                "provider": one.provider,
                "evidence_type": one.evidence_type,
                "person": one.person,
            },
            world,
            municipality=municipality,
            at=now,
            retention=one.decision.retention,
            retrieval=one.id,
        )
        lost = replace(
            one,
            state=State.FAILED,
            problem="presumed-lost",
            fetching_until=None,
            answer_entry=record.id,
        )
        arrival = Arrival(lost, State.FETCHING, [record])
        if await world.answers.record_alone(arrival, snapshot.judging):
            RETRIEVALS.labels(one.provider, lost.state.value).inc()
            ended += 1
    return ended
