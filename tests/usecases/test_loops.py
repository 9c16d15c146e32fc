"""The worker's loops: who leads does the rounds, and who cannot lets another."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from errno import ENOSPC
from io import StringIO

import pytest
from typing_extensions import override

from onceonly.domain.errors import Busy, LogUnavailable
from onceonly.embedded import Addresses
from onceonly.security.keys import KeyTrouble
from onceonly.store.database import Database, Rejected
from onceonly.store.leadership import Leadership
from onceonly.telemetry import set_up_logs
from onceonly.usecases.world import Errands, World
from onceonly.worker import Loop, _run


class Rounds:
    """Counts its rounds; fails as told."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.done = 0
        self.fault = fault
        self.tried = asyncio.Event()

    async def __call__(self, _: World) -> None:
        self.tried.set()
        if self.fault is not None:
            raise self.fault
        self.done += 1


@pytest.fixture
async def candidates(world: World, addresses: Addresses) -> AsyncIterator[list[World]]:
    """Two workers' worlds over one database."""
    made = [
        replace(
            world,
            errands=Errands(),
            leadership=Leadership(await Database.open(addresses.app, size=1, idle_s=60)),
        )
        for _ in range(2)
    ]
    yield made
    for one in made:
        await one.leadership.resign()


async def until_tried(rounds: Rounds) -> None:
    async with asyncio.timeout(60):
        await rounds.tried.wait()


async def test_only_the_leader_does_the_rounds(candidates: list[World]) -> None:
    leader, other = candidates
    first, second, own = Rounds(), Rounds(), Rounds()
    assert await leader.leadership.of("sweep")
    running = [
        asyncio.create_task(_run(Loop("sweep", 0.01, first), leader)),
        asyncio.create_task(_run(Loop("sweep", 0.01, second), other)),
        asyncio.create_task(_run(Loop("sweep", 0.01, own, led=False), other)),
    ]

    await until_tried(first)
    await until_tried(own)
    for one in candidates:
        one.errands.stop()
    await asyncio.gather(*running)

    assert first.done
    assert own.done
    assert not second.done


@pytest.mark.parametrize(
    "fault", [LogUnavailable(), Busy(), KeyTrouble("full"), ZeroDivisionError()]
)
async def test_a_leader_whose_rounds_fail_lets_another_lead(
    candidates: list[World], fault: Exception
) -> None:
    leader, other = candidates
    failing, well = Rounds(fault), Rounds()
    assert await leader.leadership.of("sweep")
    running = [
        asyncio.create_task(_run(Loop("sweep", 0.2, failing), leader)),
        asyncio.create_task(_run(Loop("sweep", 0.01, well), other)),
    ]

    await until_tried(well)
    for one in candidates:
        one.errands.stop()
    await asyncio.gather(*running)

    assert failing.tried.is_set()
    assert well.done


@pytest.mark.parametrize("led", [True, False])
@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (LogUnavailable(), "loop waits"),
        (KeyTrouble("the disk is full"), "loop waits"),
        (Rejected("42501", None), "loop refused"),
    ],
)
async def test_trouble_that_lasts_is_said_once(
    candidates: list[World],
    fault: Exception,
    line: str,
    led: bool,  # noqa: FBT001 -- a parameter
    capsys: pytest.CaptureFixture[str],
) -> None:
    world, failing = candidates[0], Rounds(fault)
    times = iter(range(20))

    async def again_and_again(_: World) -> None:
        if next(times, None) is None:
            world.errands.stop()
        await failing(world)

    set_up_logs()
    await _run(Loop("sweep", 0.01, again_and_again, led=led), world)

    said = capsys.readouterr().err
    assert said.count(line) == 1
    assert said.count("leading") <= 1
    assert "bug" not in said


async def test_a_log_that_cannot_be_written_ends_no_loop(candidates: list[World]) -> None:
    world, rounds = candidates[0], Rounds(LogUnavailable())

    class Full(StringIO):
        @override
        def write(self, _: str) -> int:
            raise OSError(ENOSPC, "No space left on device")

    async def twice(one: World) -> None:
        if rounds.tried.is_set():
            one.errands.stop()
        await rounds(one)

    set_up_logs(to=Full)
    try:
        await _run(Loop("sweep", 0.01, twice, led=False), world)
    finally:
        set_up_logs()

    assert world.errands.stopping
