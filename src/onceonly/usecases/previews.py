"""The person looks first: previews shown, used or withheld; silence is never use."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
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
from onceonly.domain.profiles import third_party
from onceonly.domain.representation import may_act
from onceonly.domain.retrievals import Retrieval, State, discard, move, why_not_delivered
from onceonly.domain.tasks import Protecting
from onceonly.merkle.tree import leaf_hash
from onceonly.security.citizens import found_among
from onceonly.security.seals import open_evidence, seal_evidence
from onceonly.store import evidence, previews
from onceonly.usecases.evidence import EVIDENCE, spoken_of
from onceonly.usecases.log import entry
from onceonly.usecases.protection import protecting
from onceonly.usecases.questions import Asked, decide_again, open_question
from onceonly.usecases.upshots import discarded
from onceonly.usecases.use_decisions import UseDecision, ended_before, said, standing
from onceonly.usecases.world import HOLD_FOR, Caller, Visitor, World


@dataclass(frozen=True, slots=True)
class _Held:
    """A preview with the question behind it; `by`: who looks or decides, by their reference."""

    retrieval: Retrieval
    asked: Asked
    plain: bytes
    by: str


async def look(retrieval: UUID, by: str | None, caller: Caller | Visitor, world: World) -> bytes:
    """The evidence exactly as it would be released, for somebody who may see it; JSON.

    Raises:
        NotFound: there is no such retrieval of this office, or none of this citizen.
        OutOfTurn: it is not being previewed.
        NotYoursToGive: `by` neither chose nor may act for the person.
        LogUnavailable: the look is not on record, so nothing is shown.
    """
    while True:
        held = await _held(retrieval, by, caller, world)
        now = world.clock()
        _check_actor(held, now, world)
        protections = world.snapshots.of(caller.municipality).protections.version
        if _protected_by(held, caller, world, now=now):
            await _discard(held, [], caller, world, now=now)
            raise OutOfTurn(State.DISCARDED)
        shown = _entry(Event.PREVIEW_SHOWN, held, {}, caller, now, world)
        async with world.database.within(caller.municipality) as connection:
            if await previews.record_look(connection, retrieval, [shown], protections=protections):
                return held.plain
        await world.snapshots.renew(world.database)


async def decide_use(
    retrieval: UUID, decision: UseDecision, caller: Caller | Visitor, world: World
) -> Retrieval:
    """End a preview: `use` releases, `do-not-use` destroys and closes the case's other ways.

    Raises:
        NotFound: there is no such retrieval of this office, or none of this citizen.
        OutOfTurn: it is not being previewed, or ended with the other word.
        NotYoursToGive: who decided neither chose nor may act for the person.
        Invalid: the decision is dated ahead.
        LogUnavailable: it is not on record, so it did not happen.
    """
    now = world.clock()
    if decision.made_at > now + AHEAD:
        raise Invalid([Fault("#/made_at", "ahead")])
    while True:
        ended = await ended_before(retrieval, decision.word, caller, world)
        if ended is not None:
            return ended
        held = await _held(retrieval, decision.made_by, caller, world)
        _check_actor(held, now, world, uses=decision.word == "use")
        decided = _entry(
            Event.USE_DECIDED,
            held,
            {
                "word": decision.word,
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


async def _held(retrieval: UUID, by: str | None, caller: Caller | Visitor, world: World) -> _Held:
    now = world.clock()
    found = await standing(retrieval, caller, world)
    one, office = found.retrieval, found.office
    async with world.database.within(caller.municipality) as connection:
        sealed = await evidence.of_retrieval(connection, retrieval)
        question = await previews.question_of(connection, retrieval, until=now)
    if one.state is not State.PREVIEWING or sealed is None or question is None:
        raise _not_previewing(caller, one.state)
    asked = open_question(question, municipality=caller.municipality, office=office, world=world)
    if asked is None:
        raise _not_previewing(caller, State.EXPIRED)
    who = _acting(by, caller, asked)
    plain = open_evidence(
        sealed[0], municipality=caller.municipality, purpose=EVIDENCE, keys=world.keys
    )
    if plain is None or sealed[0].until <= now:
        raise OutOfTurn(State.EXPIRED)
    return _Held(one, asked, plain, who)


def _not_previewing(caller: Caller | Visitor, state: State) -> NotFound | OutOfTurn:
    """Whether a citizen is of a request is known as long as its question is kept, and no longer."""
    return NotFound() if isinstance(caller, Visitor) else OutOfTurn(state)


def _acting(by: str | None, caller: Caller | Visitor, asked: Asked) -> str:
    """Who looks or decides, by their reference: who the portal says, or who the token vouches for.

    Raises:
        NotFound: the citizen is nobody of the request, or could be two.
        NotYoursToGive: the citizen names somebody else.
    """
    if isinstance(caller, Caller):
        return by or ""
    found = found_among(asked.whole.persons, caller.citizen)
    if found is None:
        raise NotFound
    if by not in (None, found):
        raise NotYoursToGive
    return found


def _check_actor(held: _Held, now: datetime, world: World, *, uses: bool = False) -> None:
    """Who looks or decides may act for the person today, or could on the day they chose.

    A choice that nobody needed makes nobody a chooser. Where the evidence speaks of others too,
    whoever chose for one of them looks and may say no; use is the person's own word.

    Raises:
        NotYoursToGive: it is none of these.
    """
    request = held.asked.request
    (item,) = request.items
    if held.by not in request.by_ref:
        raise NotYoursToGive
    type_ = world.law.catalogue.evidence_types[item.evidence_type]
    chose = {german_day(one.made_at) for one in item.choices if one.made_by == held.by}
    whom = {item.person} if uses else {item.person, *_others_in(held, world)}
    acts = [(item.person, german_day(now)), *product(whom, chose)]
    if not any(held.by in way for ref, day in acts for way in may_act(request, ref, type_, day)):
        raise NotYoursToGive


def _others_in(held: _Held, world: World) -> Iterator[str]:
    """Who else had to choose, because what was granted speaks of them."""
    one = held.retrieval
    profiles = world.law.catalogue.evidence_types[one.evidence_type].profiles
    if third_party(profiles[one.decision.profile or one.profile], one.decision.fields):
        yield from (
            person.ref
            for person in spoken_of(one, held.asked, world.law_of(held.asked.municipality))
        )


async def _use(
    held: _Held, decided: SealedEntry, caller: Caller | Visitor, world: World, *, now: datetime
) -> Retrieval | None:
    snapshot = world.snapshots.of(caller.municipality)
    again = await decide_again(held.asked, snapshot, world, now=now)
    hidden = _protected_by(held, caller, world, now=now)
    if again is None or hidden or not _grants(again[1], held.retrieval.decision):
        problem = why_not_delivered(again and again[1])
        return await _discard(held, [decided], caller, world, problem, now=now)
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
            ended_by=said("use", held.asked.office, caller, world),
            version=snapshot.version,
            protections=snapshot.protections.version,
        )
    if recorded is None:
        await world.snapshots.renew(world.database)
    return replace(moved, release_entry=released.id) if recorded else None


def _protected_by(
    held: _Held, caller: Caller | Visitor, world: World, *, now: datetime
) -> tuple[Protecting, ...]:
    """Who protects the person since they were asked about: nothing of them is shown any more."""
    person = held.asked.whole.by_ref[held.retrieval.person]
    snapshot = world.snapshots.of(caller.municipality)
    return protecting(person, snapshot, world, today=german_day(now))


def _grants(again: Decision, before: Decision) -> bool:
    """Whether everything that was shown may still be released."""
    return again.permits and set(before.fields) <= set(again.fields)


async def _withhold(
    held: _Held, decided: SealedEntry, caller: Caller | Visitor, world: World, *, now: datetime
) -> Retrieval | None:
    destroyed = _entry(Event.EVIDENCE_DESTROYED, held, {}, caller, now, world)
    async with world.database.within(caller.municipality) as connection:
        recorded = await previews.record_withholding(
            connection,
            held.retrieval.id,
            [decided, destroyed],
            at=now,
            ended_by=said("do-not-use", held.asked.office, caller, world),
        )
    return move(held.retrieval, State.WITHHELD) if recorded else None


async def _discard(
    held: _Held,
    decided: list[SealedEntry],
    caller: Caller | Visitor,
    world: World,
    problem: str = "no-longer-permitted",
    *,
    now: datetime,
) -> Retrieval | None:
    """What the law carried when asked it does not carry any more, or nothing may be told of them."""
    moved = discard(held.retrieval, problem)
    hidden = _protected_by(held, caller, world, now=now)
    upshot = discarded(moved, world, municipality=caller.municipality, at=now, protected_by=hidden)
    gone = _entry(Event.EVIDENCE_DISCARDED, held, {"problem": problem}, caller, now, world)
    async with world.database.within(caller.municipality) as connection:
        recorded = await evidence.record_discard(
            connection,
            moved.id,
            [*decided, gone],
            seen=State.PREVIEWING.value,
            problem=problem,
            upshots=[upshot],
            ended_by=said("use", held.asked.office, caller, world) if decided else None,
        )
    return moved if recorded else None


def _entry(  # noqa: PLR0917 -- one entry, whole
    event: Event,
    held: _Held,
    told: dict[str, object],
    caller: Caller | Visitor,
    at: datetime,
    world: World,
) -> SealedEntry:
    one = held.retrieval
    return entry(
        event,
        {
            **caller.door,
            "by": held.by,
            "consumer": held.asked.office,
            "provider": one.provider,
            "evidence_type": one.evidence_type,
            "person": one.person,
            "procedure": held.asked.whole.procedure,
            "case_reference": held.asked.whole.case_reference,
            **told,
        },
        world,
        municipality=caller.municipality,
        at=at,
        retention=one.decision.retention,
        retrieval=one.id,
    )
