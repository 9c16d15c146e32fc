"""What becomes of questions nobody answers, answers nobody waits for, and offices that say later."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from builders import (
    BUT,
    NOW,
    SOON,
    AnOffice,
    a_call,
    a_caller,
    a_municipality,
    a_request,
    delivered,
)
from onceonly.domain.errors import ProviderUnavailable
from onceonly.domain.retrievals import Answer, Later, Order
from onceonly.usecases import configuration
from onceonly.usecases.endings import cancel, end_lost
from onceonly.usecases.later import ask_deferred, end_unanswered
from onceonly.usecases.requests import Standing, ask, standing_of
from onceonly.usecases.world import World

Logged = Callable[[], Awaitable[list[str]]]


class Hanging(AnOffice):
    """Answers when its gate opens."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    @override
    async def fetch(self, order: Order) -> Answer:
        await self.gate.wait()
        return await super().fetch(order)


def later(world: World, **by: float) -> World:
    moment = NOW + timedelta(**by)
    return replace(world, clock=lambda: moment)


async def look(standing: Standing, world: World) -> tuple[str, str | None]:
    found = await standing_of(standing.request.id, BUT, a_caller(), world, patience=timedelta(0))
    return found.retrievals[0].state.value, found.retrievals[0].problem


async def test_a_retrieval_past_its_time_is_presumed_lost_and_not_before(
    world: World, logged: Logged
) -> None:
    office = Hanging()
    hanging = replace(world, connect=lambda *_: office)
    standing = await ask(a_request(), BUT, a_caller(), hanging, a_call(patience=timedelta(0)))

    assert await end_lost(1, later(world, seconds=5 + 29)) == 0
    assert await end_lost(1, later(world, seconds=5 + 31)) == 1

    assert await look(standing, world) == ("failed", "presumed-lost")
    office.gate.set()
    await world.errands.finish()
    assert await look(standing, world) == ("failed", "presumed-lost")
    assert await logged() == ["answer:late", "question:permitted", "retrieval:presumed-lost"]


async def test_an_answer_to_a_closed_case_is_dropped_and_logged_as_late(
    world: World, logged: Logged
) -> None:
    office = Hanging()
    hanging = replace(world, connect=lambda *_: office)
    standing = await ask(a_request(), BUT, a_caller(), hanging, a_call(patience=timedelta(0)))

    await cancel(standing.retrievals[0].id, a_caller(), world)
    office.gate.set()
    await world.errands.finish()

    assert await look(standing, world) == ("discarded", "no-longer-needed")
    assert "answer:late" in await logged()


async def test_an_office_that_says_later_is_asked_again_with_the_same_reference(
    world: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(NOW + timedelta(minutes=5))
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    jobcenter.answer = lambda _: delivered()

    assert await ask_deferred(1, later(world, minutes=4)) == 0
    assert await ask_deferred(1, later(world, minutes=6)) == 1
    await world.errands.finish()

    assert await look(standing, world) == ("released", None)
    assert len({order.reference for order in jobcenter.asked}) == 1
    assert len(jobcenter.asked) == 2


async def test_asking_again_is_on_record_with_who_asks_and_for_what(
    world: World,
    jobcenter: AnOffice,
    payloads: Callable[[str], Awaitable[list[dict[str, object]]]],
) -> None:
    jobcenter.answer = lambda _: Later(None)
    await ask(a_request(), BUT, a_caller(), world, a_call())
    jobcenter.answer = lambda _: delivered()

    await ask_deferred(1, later(world, minutes=1))
    await world.errands.finish()

    again = (await payloads("question:permitted"))[-1]
    assert again["consumer"] == "but"
    assert again["fields"] == list(jobcenter.asked[-1].fields)


async def test_an_office_that_never_answers_is_left_alone_after_72_hours(
    world: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(None)
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())

    assert await ask_deferred(1, later(world, hours=72)) == 0

    assert await look(standing, world) == ("expired", "unanswered")


async def test_a_question_kept_for_later_is_sealed_and_forgotten_when_answered(
    world: World, jobcenter: AnOffice
) -> None:
    async def kept() -> list[bytes]:
        async with world.database.within(1) as connection:
            rows = await connection.fetch("select sealed from question")
        return [row["sealed"] for row in rows]

    jobcenter.answer = lambda _: Later(None)
    await ask(a_request(), BUT, a_caller(), world, a_call())
    (sealed,) = await kept()
    jobcenter.answer = lambda _: delivered()
    await ask_deferred(1, later(world, minutes=1))
    await asyncio.wait_for(world.errands.finish(), SOON.total_seconds())

    assert b"Mustermann" not in sealed
    assert await kept() == []


async def test_a_provider_cannot_put_a_question_off_beyond_72_hours(
    world: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(NOW + timedelta(days=3650))
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())

    await ask_deferred(1, later(world, hours=72, seconds=1))

    assert await look(standing, world) == ("expired", "unanswered")


async def test_an_office_that_named_its_time_is_told_of_no_longer_when_it_answered(
    world: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(NOW + timedelta(minutes=5))
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    jobcenter.answer = lambda _: delivered()

    await ask_deferred(1, later(world, minutes=6))
    await world.errands.finish()

    found = await standing_of(standing.request.id, BUT, a_caller(), world, patience=SOON)
    assert found.retrievals[0].available_at is None


async def test_a_question_that_nobody_answers_by_hand_ends_after_30_days(
    world: World, owner: World, logged: Logged
) -> None:
    await configuration.apply(a_municipality(agreements=[]), owner, actor="test")
    await world.snapshots.renew(world.database)
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())

    assert await look(standing, world) == ("manual", None)
    assert await end_unanswered(1, later(world, days=30)) == 0
    assert await end_unanswered(1, later(world, days=30, seconds=1)) == 1

    assert await look(standing, world) == ("expired", "unanswered")
    assert "retrieval:expired" in await logged()
    async with world.database.within(1) as connection:
        assert await connection.fetchval("select count(*) from question") == 0


async def test_an_answer_meant_for_a_law_that_ended_is_not_asked_for_again(
    world: World, owner: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(None)
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    await configuration.apply(a_municipality(agreements=[]), owner, actor="test")
    await world.snapshots.renew(world.database)

    await ask_deferred(1, later(world, minutes=1))

    assert await look(standing, world) == ("discarded", "no-longer-permitted")
    assert len(jobcenter.asked) == 1


async def due_in(world: World) -> float:
    """Seconds from the world's clock to when the one question is asked again."""
    async with world.database.within(1) as connection:
        due: datetime = await connection.fetchval("select due_at from retrieval")
    return (due - world.clock()).total_seconds()


@pytest.mark.parametrize("says", [None, NOW - timedelta(days=1)])
async def test_an_office_that_names_no_time_to_come_is_asked_ever_more_rarely(
    world: World, jobcenter: AnOffice, says: datetime | None
) -> None:
    jobcenter.answer = lambda _: Later(says)
    await ask(a_request(), BUT, a_caller(), world, a_call())

    waits, now = [], world
    for _ in range(11):
        waits.append(await due_in(now))
        now = later(world, seconds=sum(waits) + len(waits))
        await ask_deferred(1, now)
        await world.errands.finish()

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


async def test_the_schedule_begins_when_the_named_time_is_over(
    world: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(NOW + timedelta(minutes=5))
    await ask(a_request(), BUT, a_caller(), world, a_call())
    jobcenter.answer = lambda _: Later(None)
    assert await due_in(world) == 300

    now = later(world, minutes=6)
    await ask_deferred(1, now)
    await world.errands.finish()

    assert await due_in(now) == 1


async def test_who_takes_no_calls_is_not_asked_and_loses_no_question(
    world: World, jobcenter: AnOffice, logged: Logged
) -> None:
    jobcenter.answer = lambda _: Later(None)
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    jobcenter.answer, jobcenter.takes = (lambda _: delivered()), False

    assert await ask_deferred(1, later(world, minutes=1)) == 0
    assert await look(standing, world) == ("deferred", None)
    assert (await logged()).count("question:permitted") == 1
    jobcenter.takes = True
    assert await ask_deferred(1, later(world, minutes=1, seconds=6)) == 1
    await world.errands.finish()

    assert await look(standing, world) == ("released", None)


@pytest.mark.parametrize("asked", [True, False])
async def test_a_question_that_never_left_is_on_record_as_not_asked(
    world: World,
    jobcenter: AnOffice,
    payloads: Callable[[str], Awaitable[list[dict[str, object]]]],
    *,
    asked: bool,
) -> None:
    jobcenter.answer = lambda _: ProviderUnavailable(asked=asked)

    standing = await ask(a_request(), BUT, a_caller(), world, a_call())

    assert await look(standing, world) == ("failed", "provider-unavailable")
    (entry,) = await payloads("answer:failed")
    assert entry.get("asked", True) is asked
