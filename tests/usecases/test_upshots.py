"""What went wrong on the way becomes a task afterwards, of whoever must know it, once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from builders import (
    GRANTED,
    SOON,
    AnOffice,
    delivered,
)
from onceonly.domain.errors import Invalid, OutOfTurn
from onceonly.domain.retrievals import Nothing
from onceonly.store import log
from onceonly.usecases.tasks import DONE
from onceonly.usecases.upshots import open_tasks
from onceonly.usecases.world import World
from usecases.clerks import BY_HAND, asked, by_hand, later, todo

Logged = Callable[[], Awaitable[list[str]]]
Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]


async def test_nothing_outside_the_seal_leads_from_a_question_without_result_to_its_task(
    world: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Nothing("unknown")
    await asked(world, "k1")
    jobcenter.answer = lambda _: Nothing("protected")
    await asked(world, "k2")
    await open_tasks(1, world)

    async with world.database.within(1) as connection:
        entries = [one.entry for one in await log.all_entries(connection)]
    told = {one.event: one for one in entries if one.event.startswith(("task:", "upshot:"))}
    assert told.keys() == {"task:opened", "upshot:settled"}
    assert {one.retrieval for one in told.values()} == {None}
    assert len({(len(one.sealed), one.retention) for one in told.values()}) == 1


async def test_two_who_fit_are_a_task_without_a_name_and_one_who_is_unknown_is_none(
    world: World, jobcenter: AnOffice, payloads: Payloads
) -> None:
    jobcenter.answer = lambda _: Nothing("unknown")
    await asked(world, "k1")
    jobcenter.answer = lambda _: Nothing("ambiguous")
    two = await asked(world, "k2")

    assert await open_tasks(1, world) == 1
    assert await open_tasks(1, world) == 0

    (task,) = await todo(world)
    assert (task.kind, task.reference) == ("clarify-identity", two.id)
    assert len(await payloads("upshot:settled")) == 1
    (opened,) = await payloads("task:opened")
    assert "Mustermann" not in str(opened)


async def test_excess_is_one_task_a_day_for_the_office(world: World, jobcenter: AnOffice) -> None:
    jobcenter.answer = lambda _: delivered({**GRANTED, "total_ct": 1})
    first = await asked(world, "k1")
    await asked(world, "k2")
    await open_tasks(1, world)
    await by_hand((await todo(world))[0].id, DONE, world)
    await asked(world, "k3")
    await open_tasks(1, world)
    done = await todo(world)
    await asked(world, "k4")
    await open_tasks(1, later(world, days=1))

    assert done == []
    (task,) = await todo(world)
    assert task.kind == "correct-evidence"
    assert task.reference != first.id


async def test_a_flag_is_told_to_the_office_that_raised_it_without_content_once_a_day(
    world: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Nothing("protected")
    await asked(world, "k1")
    await asked(world, "k2")

    assert await open_tasks(1, world) == 1

    (task,) = await todo(world)
    assert (task.kind, task.reference, task.evidence_type) == ("check-protection", None, None)
    assert (task.consumer, task.procedure) == (None, None)


async def test_a_task_that_asks_nothing_is_done_once_and_takes_no_evidence(
    world: World, jobcenter: AnOffice, logged: Logged
) -> None:
    jobcenter.answer = lambda _: Nothing("ambiguous")
    await asked(world)
    await open_tasks(1, world)
    (task,) = await todo(world)

    with pytest.raises(Invalid):
        await by_hand(task.id, BY_HAND, world)
    await by_hand(task.id, DONE, world)
    with pytest.raises(OutOfTurn):
        await by_hand(task.id, DONE, world)

    assert await todo(world) == []
    assert (await logged()).count("task:answered") == 1


async def test_two_workers_open_a_task_once(world: World, jobcenter: AnOffice) -> None:
    jobcenter.answer = lambda _: Nothing("ambiguous")
    for number in range(5):
        await asked(world, f"k{number}")

    opened = await asyncio.wait_for(
        asyncio.gather(*[open_tasks(1, world) for _ in range(4)]), SOON.total_seconds()
    )

    assert sum(opened) == 5
    assert len(await todo(world)) == 5
