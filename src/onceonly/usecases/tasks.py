"""Tasks: looked at, and answered by a person at the providing office."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from onceonly.connectors.answers import sound
from onceonly.connectors.orders import written
from onceonly.domain.decision import Decision
from onceonly.domain.errors import Fault, Invalid, NotFound, OutOfTurn, ProviderRefused
from onceonly.domain.gates import manual_retention
from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.offices import Office
from onceonly.domain.retrievals import (
    Answer,
    Delivered,
    Nothing,
    Retrieval,
    State,
    discard,
    still_granted,
    why_not_delivered,
)
from onceonly.domain.tasks import Kind, Task
from onceonly.store import tasks
from onceonly.store.tasks import Waiting
from onceonly.usecases.later import end
from onceonly.usecases.log import entry
from onceonly.usecases.questions import BY_HAND, Asked, decide_again, open_question, order_of
from onceonly.usecases.retrievals import take_in
from onceonly.usecases.world import ANSWERED_WITHIN, Caller, World

DONE = Nothing("outside")
"""Answered elsewhere, or nothing to answer: whoever asked learns nothing by it."""

ByHand = Answer | ProviderRefused
"""What a person answers: evidence, a refusal, or that it is done."""


async def look(
    task: UUID, office: Office, caller: Caller, world: World
) -> tuple[Task, Mapping[str, object] | None]:
    """A task, and the question while it waits for an answer by hand; that look is on record.

    The question is decided again first: to show it is to ask it.

    Raises:
        NotFound: there is no such task of this office.
        OutOfTurn: the law carries the question no more; it is discarded.
        LogUnavailable: the look is not on record, so no question is shown.
    """
    while True:
        found = await _found(task, office, caller, world)
        held = await _waiting(found, office, caller, world)
        asked = None if held is None else _asked(held, caller, world)
        if held is None or asked is None:
            return found, None
        snapshot = world.snapshots.of(caller.municipality)
        again = await decide_again(asked, snapshot, world, now=world.clock())
        granted = None if again is None else _granted(held.retrieval, asked, again[1])
        if again is None or granted is None:
            problem = why_not_delivered(again and again[1])
            await end(discard(held.retrieval, problem), snapshot, world, seen=State.MANUAL)
            raise OutOfTurn(State.DISCARDED)
        order = order_of(granted, again[0], again[0].service, snapshot, world)
        shown = _entry(Event.TASK_SHOWN, found, {}, caller, world)
        async with world.database.within(caller.municipality) as connection:
            if await tasks.record_look(connection, task, [shown], version=snapshot.version):
                return found, written(order)
        await world.snapshots.renew(world.database)


async def answer(task: UUID, given: ByHand, office: Office, caller: Caller, world: World) -> Task:
    """Answer a task. Evidence goes on as after a provider's answer: decided again, checked, cut.

    Raises:
        NotFound: there is no such task of this office.
        OutOfTurn: it was answered, or its question has ended.
        Invalid: this kind of task cannot be answered so.
        LogUnavailable: it is not on record, so it did not happen.
    """
    found = await _found(task, office, caller, world)
    if not found.open:
        raise OutOfTurn(found.state)
    if found.kind is Kind.ANSWER_BY_HAND:
        await _answer_by_hand(found, given, office, caller, world)
        return found
    if given is not DONE:
        raise Invalid([Fault("#/result", "done-only")])
    done = _entry(Event.TASK_ANSWERED, found, {"result": "done"}, caller, world)
    async with world.database.within(caller.municipality) as connection:
        if not await tasks.record_done(
            connection, task, [done], office=office.code, at=world.clock()
        ):
            raise OutOfTurn("done")
    return found


async def _answer_by_hand(
    found: Task, given: ByHand, office: Office, caller: Caller, world: World
) -> None:
    if isinstance(given, Delivered) and not sound(given.content):
        raise Invalid([Fault("#/content", "form")])
    held = await _waiting(found, office, caller, world)
    asked = None if held is None else _asked(held, caller, world)
    if held is None or asked is None:
        now_at = await _found(found.id, office, caller, world)
        raise OutOfTurn(State.EXPIRED if now_at.open else now_at.state)
    answered = _entry(Event.TASK_ANSWERED, found, {"result": _word(given)}, caller, world)
    moved = await take_in(held.retrieval, asked, given, world, beside=[answered])
    if moved is None:
        raise OutOfTurn((await _found(found.id, office, caller, world)).state)


def _word(given: ByHand) -> str:
    match given:
        case Delivered():
            return "evidence"
        case ProviderRefused():
            return "refused"
        case _:
            return "done"


async def _found(task: UUID, office: Office, caller: Caller, world: World) -> Task:
    async with world.database.within(caller.municipality) as connection:
        found = await tasks.by_id(connection, task, office=office.code)
    if found is None:
        raise NotFound
    return found


async def _waiting(found: Task, office: Office, caller: Caller, world: World) -> Waiting | None:
    """The question behind a task, while there is still time to answer it."""
    now = world.clock()
    if found.kind is not Kind.ANSWER_BY_HAND or found.since + ANSWERED_WITHIN <= now:
        return None
    async with world.database.within(caller.municipality) as connection:
        return await tasks.waiting(connection, found.id, office=office.code, until=now)


def _asked(held: Waiting, caller: Caller, world: World) -> Asked | None:
    return open_question(
        held.question,
        municipality=caller.municipality,
        office=held.office,
        world=world,
        purpose=BY_HAND,
    )


def _granted(retrieval: Retrieval, asked: Asked, again: Decision) -> Retrieval | None:
    """The retrieval for what both decisions grant; None when that is nothing."""
    narrower = retrieval.decision.narrowed_to(again, asked.whole.reference_month)
    if not still_granted(retrieval, again) or not narrower.fields:
        return None
    return replace(retrieval, decision=narrower)


def _entry(
    event: Event, found: Task, told: Mapping[str, object], caller: Caller, world: World
) -> SealedEntry:
    return entry(
        event,
        {
            "client": caller.client.client_id,
            "office": "" if caller.office is None else caller.office.code,
            "task": str(found.id),
            "kind": found.kind,
            **told,
        },
        world,
        municipality=caller.municipality,
        at=world.clock(),
        retention=manual_retention(world.law),
        retrieval=found.reference,
    )
