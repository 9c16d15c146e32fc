"""The working process: what nobody waits for. Any number may run; each row moves once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from onceonly.domain.errors import Busy, LogUnavailable, Stopping
from onceonly.store.access import forget_assertions
from onceonly.telemetry import log
from onceonly.usecases.endings import end_lost
from onceonly.usecases.evidence import destroy_day_keys, destroy_due
from onceonly.usecases.later import ask_deferred, end_unanswered
from onceonly.usecases.world import World

_LEEWAY = timedelta(minutes=10)
_PIECE_S = 0.1

Loop = Callable[[World], Awaitable[None]]


async def _renew(world: World) -> None:
    await world.snapshots.renew(world.database)


async def _ask_deferred(world: World) -> None:
    for one in world.snapshots.all():
        await ask_deferred(one.municipality, world)


async def _end_unanswered(world: World) -> None:
    for one in world.snapshots.all():
        await end_unanswered(one.municipality, world)


async def _end_lost(world: World) -> None:
    for one in world.snapshots.all():
        count = await end_lost(one.municipality, world)
        if count:
            log.warning("retrievals presumed lost", count=count, municipality=one.municipality)


async def _destroy_due(world: World) -> None:
    for one in world.snapshots.all():
        await destroy_due(one.municipality, world)


async def _destroy_keys(world: World) -> None:
    destroy_day_keys(world)
    for one in world.snapshots.all():
        async with world.database.within(one.municipality) as connection:
            await forget_assertions(connection, world.clock() - _LEEWAY)


LOOPS: tuple[tuple[str, float, Loop], ...] = (
    ("renew", 1.0, _renew),
    ("ask-deferred", 0.5, _ask_deferred),
    ("end-unanswered", 60.0, _end_unanswered),
    ("end-lost", 2.0, _end_lost),
    ("destroy-due", 2.0, _destroy_due),
    ("destroy-keys", 600.0, _destroy_keys),
)
"""What is done, and how many seconds are between two rounds."""


async def work(world: World) -> None:
    """Every loop until the errands stop, its round finished; one that fails tries again.

    A round is never cut: a question put on record and not asked would be presumed lost.
    """
    await asyncio.gather(*[_loop(world, *one) for one in LOOPS])


async def _loop(world: World, name: str, every_s: float, loop: Loop) -> None:
    failing = False
    while not world.errands.stopping:
        try:
            await loop(world)
            failing = False
        except (Busy, Stopping):
            pass
        except LogUnavailable:
            if not failing:
                log.warning("loop waits for the database", loop=name)
            failing = True
        except Exception as error:  # noqa: BLE001 -- one bug must not end the other loops
            log.error("bug", error=type(error).__name__, loop=name)
        await _pause(world, every_s)


async def _pause(world: World, length_s: float) -> None:
    """Sleep in short pieces: who was told to stop is soon done."""
    end = time.monotonic() + length_s
    while not world.errands.stopping and (left := end - time.monotonic()) > 0:  # noqa: ASYNC110 -- it also ends by itself
        await asyncio.sleep(min(left, _PIECE_S))
