"""The person looks first: previews shown, used or withheld; silence is never use."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from onceonly.domain.acts import AHEAD
from onceonly.domain.calendar import german_day
from onceonly.domain.decision import Decision
from onceonly.domain.errors import (
    Fault,
    Invalid,
    NotFound,
    NotYoursToGive,
    OutOfTurn,
)
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.representation import may_act
from onceonly.domain.retrievals import Retrieval, State, discard, move
from onceonly.security.seals import leaf_hash, open_evidence, seal_evidence
from onceonly.store import evidence, previews, retrievals
from onceonly.usecases.evidence import EVIDENCE
from onceonly.usecases.log import entry
from onceonly.usecases.questions import Asked, decide_again, open_question
from onceonly.usecases.world import HOLD_FOR, Caller, World

_WORDS = {State.RELEASED: "use", State.WITHHELD: "do-not-use"}


@dataclass(frozen=True, slots=True)
class UseDecision:
    """What the person decided: `use` or `do-not-use`. `session` is sealed and never sent on."""

    word: str
    made_by: str
    made_at: datetime
    session: str


@dataclass(frozen=True, slots=True)
class _Held:
    """A preview with the question behind it."""

    retrieval: Retrieval
    asked: Asked
    plain: bytes


async def look(retrieval: UUID, by: str, caller: Caller, world: World) -> bytes:
    """The evidence exactly as it would be released, for somebody who may see it; JSON.

    Raises:
        NotFound: there is no such retrieval of this office.
        OutOfTurn: it is not being previewed.
        NotYoursToGive: `by` neither chose nor may act for the person.
        LogUnavailable: the look is not on record, so nothing is shown.
    """
    held = await _held(retrieval, caller, world)
    now = world.clock()
    _check_actor(held, by, now, world)
    shown = _entry(Event.PREVIEW_SHOWN, held, {"by": by}, caller, now, world)
    async with world.database.within(caller.municipality) as connection:
        if not await previews.record_look(connection, retrieval, [shown]):
            raise OutOfTurn(State.EXPIRED)
    return held.plain


async def decide_use(
    retrieval: UUID, decision: UseDecision, caller: Caller, world: World
) -> Retrieval:
    """End a preview: `use` releases, `do-not-use` destroys and closes the case's other ways.

    Raises:
        NotFound: there is no such retrieval of this office.
        OutOfTurn: it is not being previewed, or ended with the other word.
        NotYoursToGive: who decided neither chose nor may act for the person.
        Invalid: the decision is dated ahead.
        LogUnavailable: it is not on record, so it did not happen.
    """
    now = world.clock()
    if decision.made_at > now + AHEAD:
        raise Invalid([Fault("#/made_at", "ahead")])
    while True:
        ended = await _ended(retrieval, decision.word, caller, world)
        if ended is not None:
            return ended
        held = await _held(retrieval, caller, world)
        _check_actor(held, decision.made_by, now, world)
        decided = _entry(
            Event.USE_DECIDED,
            held,
            {
                "word": decision.word,
                "by": decision.made_by,
                "made_at": decision.made_at.isoformat(),
                "session": decision.session,
            },
            caller,
            now,
            world,
        )
        if decision.word == "use":
            moved = await _use(held, decided, caller, world, now=now)
        else:
            moved = await _withhold(held, decided, caller, world, now=now)
        if moved is not None:
            return moved


async def _ended(retrieval: UUID, word: str, caller: Caller, world: World) -> Retrieval | None:
    """The retrieval when its preview ended with this word already."""
    office = "" if caller.office is None else caller.office.code
    async with world.database.within(caller.municipality) as connection:
        found = await retrievals.of_office(connection, retrieval, office=office)
    if found is None:
        raise NotFound
    one = found[0]
    if one.state is State.PREVIEWING:
        return None
    if "preview" in one.decision.obligations and _WORDS.get(one.state) == word:
        return one
    raise OutOfTurn(one.state)


async def _held(retrieval: UUID, caller: Caller, world: World) -> _Held:
    office = "" if caller.office is None else caller.office.code
    now = world.clock()
    async with world.database.within(caller.municipality) as connection:
        found = await retrievals.of_office(connection, retrieval, office=office)
        sealed = await evidence.of_retrieval(connection, retrieval)
        question = await previews.question_of(connection, retrieval, until=now)
    if found is None:
        raise NotFound
    if found[0].state is not State.PREVIEWING or sealed is None or question is None:
        raise OutOfTurn(found[0].state)
    if sealed[0].until <= now:
        raise OutOfTurn(State.EXPIRED)
    plain = open_evidence(
        sealed[0], municipality=caller.municipality, purpose=EVIDENCE, keys=world.keys
    )
    asked = open_question(question, municipality=caller.municipality, office=office, world=world)
    if plain is None or asked is None:
        raise OutOfTurn(State.EXPIRED)
    return _Held(found[0], asked, plain)


def _check_actor(held: _Held, by: str, now: datetime, world: World) -> None:
    """Who looks or decides is who chose, or may act for the person on this day."""
    request = held.asked.request
    (item,) = request.items
    if by not in request.by_ref:
        raise NotYoursToGive
    if any(one.made_by == by for one in item.choices):
        return
    type_ = world.law.catalogue.evidence_types[item.evidence_type]
    ways = may_act(request, item.person, type_, german_day(now))
    if not any(by in way for way in ways):
        raise NotYoursToGive


async def _use(
    held: _Held, decided: SealedEntry, caller: Caller, world: World, *, now: datetime
) -> Retrieval | None:
    snapshot = world.snapshots.of(caller.municipality)
    again = await decide_again(held.asked, snapshot, world, now=now)
    if again is None or not _grants(again[1], held.retrieval.decision):
        return await _discard(held, decided, caller, world, now=now)
    moved = move(held.retrieval, State.RELEASED)
    released = _entry(Event.EVIDENCE_RELEASED, held, {}, caller, now, world)
    leaf = leaf_hash(released.commitment)
    envelope = json.loads(held.plain) | {"log": {"entry": str(released.id), "leaf": leaf.hex()}}
    sealed: SealedEvidence = seal_evidence(
        json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode(),
        retrieval=moved.id,
        municipality=caller.municipality,
        purpose=EVIDENCE,
        day=german_day(now),
        until=now + HOLD_FOR,
        keys=world.keys,
    )
    async with world.database.within(caller.municipality) as connection:
        recorded = await previews.record_use(
            connection,
            sealed,
            [decided, released],
            release_entry=released.id,
            release_leaf=leaf,
            version=snapshot.version,
        )
    if recorded is None:
        await world.snapshots.renew(world.database)
    return replace(moved, release_entry=released.id) if recorded else None


def _grants(again: Decision, before: Decision) -> bool:
    """Whether everything that was shown may still be released."""
    return again.permits and set(before.fields) <= set(again.fields)


async def _withhold(
    held: _Held, decided: SealedEntry, caller: Caller, world: World, *, now: datetime
) -> Retrieval | None:
    destroyed = _entry(Event.EVIDENCE_DESTROYED, held, {}, caller, now, world)
    async with world.database.within(caller.municipality) as connection:
        recorded = await previews.record_withholding(
            connection, held.retrieval.id, [decided, destroyed], at=now
        )
    return move(held.retrieval, State.WITHHELD) if recorded else None


async def _discard(
    held: _Held, decided: SealedEntry, caller: Caller, world: World, *, now: datetime
) -> Retrieval | None:
    """What the law carried when asked it does not carry any more."""
    moved = discard(held.retrieval, "no-longer-permitted")
    gone = _entry(Event.EVIDENCE_DISCARDED, held, {"problem": moved.problem}, caller, now, world)
    async with world.database.within(caller.municipality) as connection:
        recorded = await evidence.record_discard(
            connection,
            moved.id,
            [decided, gone],
            seen=State.PREVIEWING.value,
            problem="no-longer-permitted",
        )
    return moved if recorded else None


def _entry(  # noqa: PLR0917 -- one entry, whole
    event: Event,
    held: _Held,
    told: dict[str, object],
    caller: Caller,
    at: datetime,
    world: World,
) -> SealedEntry:
    one = held.retrieval
    return entry(
        event,
        {
            "client": caller.client.client_id,
            "consumer": held.asked.office,
            "provider": one.provider,
            "evidence_type": one.evidence_type,
            "person": one.person,
            **told,
        },
        world,
        municipality=caller.municipality,
        at=at,
        retention=one.decision.retention,
        retrieval=one.id,
    )
