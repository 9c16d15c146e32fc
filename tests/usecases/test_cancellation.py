"""The case is closed: whatever its retrieval waits for, nothing of the person is kept for it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from builders import (
    BUT,
    NOW,
    WOHNGELD,
    AnOffice,
    a_call,
    a_caller,
    a_municipality,
    a_request,
    an_item,
    delivered,
)
from onceonly.domain.errors import OutOfTurn
from onceonly.domain.requests import Choice
from onceonly.domain.retrievals import Later, Retrieval, State
from onceonly.usecases import configuration
from onceonly.usecases.endings import cancel
from onceonly.usecases.evidence import confirm_receipt, read
from onceonly.usecases.later import ask_deferred
from onceonly.usecases.previews import decide_use
from onceonly.usecases.requests import ask
from onceonly.usecases.use_decisions import UseDecision
from onceonly.usecases.world import Caller, World

Logged = Callable[[], Awaitable[list[str]]]

PORTAL = a_caller("wohngeld-online")
CHOICE = Choice("p1", NOW, "wahl-67f-v1", "session-0123456789")


async def deferred(world: World, _: World, office: AnOffice) -> tuple[Retrieval, Caller]:
    office.answer = lambda _: Later(None)
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    return standing.retrievals[0], a_caller()


async def manual(world: World, owner: World, _: AnOffice) -> tuple[Retrieval, Caller]:
    await configuration.apply(a_municipality(agreements=[]), owner, actor="test")
    await world.snapshots.renew(world.database)
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    return standing.retrievals[0], a_caller()


async def previewing(world: World, _: World, office: AnOffice) -> tuple[Retrieval, Caller]:
    office.answer = lambda _: delivered({"role": "recipient", "state": "ended"})
    request = a_request(
        an_item(profile="WOG", fact="wogg-7-ausschluss", choices=(CHOICE,)),
        procedure="wohngeld.mietzuschuss",
        channel="online",
        caseworker=None,
    )
    standing = await ask(request, WOHNGELD, PORTAL, world, a_call())
    return standing.retrievals[0], PORTAL


async def released(world: World, *_: object) -> tuple[Retrieval, Caller]:
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    await read(standing.retrievals[0].id, a_caller(), world)
    return standing.retrievals[0], a_caller()


async def kept(world: World) -> int:
    async with world.database.within(1) as connection:
        return int(
            await connection.fetchval(
                "select (select count(*) from evidence) + (select count(*) from question)"
            )
        )


@pytest.mark.parametrize("waiting", [deferred, manual, previewing, released])
async def test_a_closed_case_keeps_nothing_of_the_person_and_is_closed_once(
    world: World,
    owner: World,
    jobcenter: AnOffice,
    logged: Logged,
    waiting: Callable[[World, World, AnOffice], Awaitable[tuple[Retrieval, Caller]]],
) -> None:
    retrieval, caller = await waiting(world, owner, jobcenter)
    assert retrieval.state.value == waiting.__name__
    assert await kept(world) > 0

    ended = [await cancel(retrieval.id, caller, world) for _ in range(2)]

    assert [(one.state, one.problem) for one in ended] == [
        (State.DISCARDED, "no-longer-needed")
    ] * 2
    assert await kept(world) == 0
    assert (await logged()).count("evidence:discarded") == 1


async def test_what_is_cancelled_is_neither_used_nor_asked_again(
    world: World, owner: World, jobcenter: AnOffice
) -> None:
    looked_at, _ = await previewing(world, owner, jobcenter)
    jobcenter.answer = lambda _: Later(None)
    standing = await ask(a_request(), BUT, a_caller(), world, a_call("k2"))
    asked = len(jobcenter.asked)

    await cancel(looked_at.id, PORTAL, world)
    await cancel(standing.retrievals[0].id, a_caller(), world)

    with pytest.raises(OutOfTurn, match="discarded"):
        await decide_use(
            looked_at.id, UseDecision("use", "p1", NOW, "session-0123456789"), PORTAL, world
        )
    later = replace(world, clock=lambda: NOW.replace(hour=20))
    assert await ask_deferred(1, later) == 0
    assert len(jobcenter.asked) == asked


async def test_what_was_collected_is_not_cancelled(world: World) -> None:
    retrieval, caller = await released(world)
    await confirm_receipt(retrieval.id, caller, world)

    with pytest.raises(OutOfTurn, match="released"):
        await cancel(retrieval.id, caller, world)
