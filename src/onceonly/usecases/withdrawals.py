"""Consents withdrawn, revoked, run out: what is under way under them ends before anybody is told."""

from uuid import UUID

from onceonly.domain.calendar import german_day
from onceonly.domain.consents import Consent, State, move
from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.retrievals import Retrieval, discard
from onceonly.domain.retrievals import State as Progress
from onceonly.domain.tasks import Protecting
from onceonly.store import consents, evidence, uses
from onceonly.usecases.answering import Answered, record_act
from onceonly.usecases.consents import HUB, OFFICE, PERSON, consent_entry, found
from onceonly.usecases.log import entry
from onceonly.usecases.upshots import discarded, protecting_postponed
from onceonly.usecases.world import Caller, Visitor, World

WITHDRAWN = "withdrawn-before-delivery"
"""The problem of a retrieval whose consent was taken back."""


async def withdraw(
    consent: UUID,
    answered: Answered,
    who: Caller | Visitor,
    world: World,
    *,
    by_office: bool = False,
) -> Consent:
    """The person takes it back (or the office does); told only when nothing can follow under it.

    Whoever gave it, whose it is or whose data it opens may; a client records what reached its
    office.

    Raises:
        NotFound: there is no such consent of this office or citizen.
        OutOfTurn: it was never given, or has ended otherwise.
        LogUnavailable: it is not on record, so it did not happen.
    """
    now = world.clock()
    becomes = State.REVOKED if by_office and isinstance(who, Caller) else State.WITHDRAWN
    while True:
        row, person = await found(consent, who, world)
        moved = row.consent
        if moved.state is becomes:
            break
        made = world.new_id()
        by = OFFICE if becomes is State.REVOKED else PERSON
        moved = move(moved, becomes, at=now, by=by, entry=made)
        if await record_act(row, moved, person, answered, who, world, entry_id=made):
            break
    await stop_all(consent, who.municipality, world)
    return moved


async def end_over(municipality: int, world: World) -> int:
    """Put on record which consents ran out, and which rest on a text nobody can have read."""
    now = world.clock()
    today = german_day(now)
    notices = {one.id: one.hash for one in world.law.notices.values()}
    async with world.database.within(municipality) as connection:
        ending = [(row, State.EXPIRED) for row in await consents.expired(connection, today)]
        unread = await consents.unread(connection, today=today, notices=notices)
        ending += [(row, State.INVALIDATED) for row in unread]
        for row, state in ending:
            made = world.new_id()
            moved = move(row.consent, state, at=now, by=HUB, entry=made)
            told = consent_entry(made, moved, {}, municipality, world)
            await consents.record_end(connection, moved, [told])
    return len(ending)


async def stop_all(consent: UUID, municipality: int, world: World) -> None:
    """End what is kept for later, waits for a person, is looked at, or was released and not read.

    Of what was read the hub's copy is destroyed, so that nobody reads it again.

    Nothing moves on under a consent that does not permit: the database sees to it. What is being
    fetched ends with its answer, unread.
    """
    async with world.database.within(municipality) as connection:
        for one, office in await uses.in_flight(connection, consent):
            gone = discard(one, WITHDRAWN)
            told = [_discarded(gone, office, consent, municipality, world)]
            # What was released was looked up then; of what waits for a clerk nobody was told.
            hidden: tuple[Protecting, ...] = ()
            if one.state is Progress.DEFERRED:
                hidden = await protecting_postponed(one, office, connection, municipality, world)
            upshots = [
                discarded(
                    gone, world, municipality=municipality, at=world.clock(), protected_by=hidden
                )
            ]
            if one.state is Progress.RELEASED:
                unread = await uses.record_discard_unread(
                    connection, one.id, told, problem=WITHDRAWN, upshots=upshots
                )
                if not unread:
                    # It has reached the office; from the hub it is not to be had again.
                    last = [_destroyed(one, office, municipality, world)]
                    await evidence.record_receipt(connection, one.id, last, at=world.clock())
                continue
            await evidence.record_discard(
                connection,
                one.id,
                told,
                seen=one.state.value,
                problem=WITHDRAWN,
                # Who was to answer by hand has sent nothing: their task is gone, that is all.
                upshots=() if one.state is Progress.MANUAL else upshots,
            )


def _destroyed(one: Retrieval, office: str, municipality: int, world: World) -> SealedEntry:
    return entry(
        Event.EVIDENCE_DESTROYED,
        {
            "consumer": office,
            "provider": one.provider,
            "evidence_type": one.evidence_type,
            "person": one.person,
        },
        world,
        municipality=municipality,
        at=world.clock(),
        retention=one.decision.retention,
        retrieval=one.id,
    )


def _discarded(
    one: Retrieval, office: str, consent: UUID, municipality: int, world: World
) -> SealedEntry:
    return entry(
        Event.EVIDENCE_DISCARDED,
        {
            "consumer": office,
            "provider": one.provider,
            "evidence_type": one.evidence_type,
            "person": one.person,
            "problem": one.problem,
            "consent": str(consent),
        },
        world,
        municipality=municipality,
        at=world.clock(),
        retention=one.decision.retention,
        retrieval=one.id,
    )
