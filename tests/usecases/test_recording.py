"""Answers that arrive together are recorded together, and none takes another along."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from typing_extensions import override

from builders import BUT, AnOffice, a_call, a_caller, a_request, an_item
from onceonly.domain.errors import LogUnavailable
from onceonly.domain.log import SealedEntry
from onceonly.domain.retrievals import Answer, Order, State
from onceonly.store.answers import Arrival
from onceonly.store.database import Rejected
from onceonly.usecases import recording
from onceonly.usecases.endings import end_lost
from onceonly.usecases.recording import AnswerRecorder, As
from onceonly.usecases.requests import Standing, ask, standing_of
from onceonly.usecases.world import World


class Counting(AnswerRecorder):
    """A recorder that remembers how many answers went into each statement."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database)
        self.batches: list[int] = []
        self.fails: Exception | None = None

    @override
    async def _write(self, facts: Sequence[Arrival], judged: As) -> list[bool | None]:
        self.batches.append(len(facts))
        if self.fails is not None and len(facts) > 1:
            raise self.fails
        return await super()._write(facts, judged)


class Slow(Counting):
    """The same, which writes nothing before it is told to go on."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.goes_on = asyncio.Event()

    @override
    async def _write(self, facts: Sequence[Arrival], judged: As) -> list[bool | None]:
        await self.goes_on.wait()
        return await super()._write(facts, judged)


class Together(AnOffice):
    """Answers nobody until everybody has asked."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.barrier = asyncio.Barrier(count)

    @override
    async def fetch(self, order: Order) -> Answer:
        await self.barrier.wait()
        return await super().fetch(order)


COUNT = 12


def twelve() -> list[str]:
    return [f"i{place}" for place in range(COUNT)]


async def ask_for_twelve(world: World, recorder: AnswerRecorder) -> Standing:
    office = Together(COUNT)
    asking = replace(world, connect=lambda *_: office, answers=recorder)
    return await ask(
        a_request(*[an_item(ref) for ref in twelve()]), BUT, a_caller(), asking, a_call()
    )


async def states(standing: Standing, world: World) -> list[str]:
    found = await standing_of(standing.request.id, BUT, a_caller(), world, patience=timedelta(0))
    return [one.state.value for one in found.retrievals]


async def test_answers_that_come_while_one_is_written_share_the_next_statement(
    world: World,
) -> None:
    recorder = Counting(world)

    standing = await ask_for_twelve(world, recorder)

    assert sum(recorder.batches) == COUNT
    assert len(recorder.batches) < COUNT
    assert [one.state for one in standing.retrievals] == [State.RELEASED] * COUNT
    assert await states(standing, world) == ["released"] * COUNT


async def test_each_answer_has_its_own_evidence_and_its_own_entries(world: World) -> None:
    standing = await ask_for_twelve(world, Counting(world))

    async with world.database.within(1) as connection:
        for one in standing.retrievals:
            held = await connection.fetch("select 1 from evidence where retrieval = $1", one.id)
            events = await connection.fetch(
                "select event from log_entry where retrieval = $1 order by event", one.id
            )

            assert len(held) == 1
            assert [row["event"] for row in events] == [
                "answer:received",
                "evidence:released",
                "question:permitted",
            ]


async def test_a_statement_that_is_refused_is_tried_for_each_alone(world: World) -> None:
    recorder = Counting(world)
    recorder.fails = Rejected("23505", "somebody_elses")

    standing = await ask_for_twelve(world, recorder)

    assert await states(standing, world) == ["released"] * COUNT


async def test_without_a_database_nobody_is_told_that_it_was_recorded(world: World) -> None:
    recorder = Counting(world)
    recorder.fails = LogUnavailable("OSError")

    standing = await ask_for_twelve(world, recorder)

    # Whoever came first was written alone; the others wait to be presumed lost.
    assert sorted(await states(standing, world)) == ["fetching"] * (COUNT - 1) + ["released"]


async def test_what_nobody_foresaw_is_told_to_everybody_who_waits(world: World) -> None:
    recorder = Counting(world)
    recorder.fails = AttributeError("a bug of the driver's")

    async with asyncio.timeout(5):
        standing = await ask_for_twelve(world, recorder)
        await world.errands.finish()

    assert sorted(await states(standing, world)) == ["fetching"] * (COUNT - 1) + ["released"]


@pytest.mark.parametrize("refused", [None, Rejected("23505", "somebody_elses")])
async def test_who_goes_away_while_waiting_leaves_nobody_without_an_answer(
    world: World, refused: Exception | None
) -> None:
    """A process that ends calls off what its callers wait for."""
    (moved,) = (await ask(a_request(), BUT, a_caller(), world, a_call())).retrievals
    recorder = Slow(world)
    recorder.fails = refused
    late, judged = Arrival(moved, State.FETCHING, ()), world.snapshots.of(1).judging
    waiting = [asyncio.create_task(recorder.record(late, judged)) for _ in range(4)]
    await asyncio.sleep(0)

    # The first is being written; the second goes while it waits, before two who stay.
    waiting[1].cancel()
    recorder.goes_on.set()
    async with asyncio.timeout(5):
        told = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(told[1], asyncio.CancelledError)
    assert [told[0], *told[2:]] == [False] * 3


async def test_who_moved_meanwhile_is_late_and_the_others_are_not(world: World) -> None:
    office = Together(COUNT + 1)
    asking = replace(world, connect=lambda *_: office, answers=Counting(world))
    standing = await ask(
        a_request(*[an_item(ref) for ref in twelve()]),
        BUT,
        a_caller(),
        asking,
        a_call(patience=timedelta(0)),
    )
    lost = standing.retrievals[5].id
    async with world.database.within(1) as connection:
        await connection.execute(
            "update retrieval set fetching_until = '2020-01-01T00:00Z' where id = $1", lost
        )
    assert await end_lost(1, world) == 1

    await office.barrier.wait()
    await world.errands.finish()

    assert await states(standing, world) == [
        "failed" if one.id == lost else "released" for one in standing.retrievals
    ]
    async with world.database.within(1) as connection:
        late = await connection.fetch("select retrieval from log_entry where event = 'answer:late'")
    assert [row["retrieval"] for row in late] == [lost]


async def test_what_is_large_is_not_heaped_into_one_statement(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "LARGEST", 1)
    recorder = Counting(world)

    standing = await ask_for_twelve(world, recorder)

    assert recorder.batches == [1] * COUNT
    assert await states(standing, world) == ["released"] * COUNT


async def test_an_answer_is_not_recorded_with_what_tells_of_another(world: World) -> None:
    standing = await ask_for_twelve(world, Counting(world))
    one, other = standing.retrievals[:2]
    entry = SealedEntry(
        *(UUID(int=1), "answer:none", one.asked_at, one.asked_at.date(), "refused"),
        *(other.id, b"", b""),
    )

    with pytest.raises(ValueError, match="belongs"):
        Arrival(one, State.FETCHING, [entry])
