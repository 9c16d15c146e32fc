"""The working process: what nobody waits for. Any number may run; each loop is led by one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from onceonly.domain.errors import Busy, LogUnavailable, Stopping
from onceonly.security.keys import KeyTrouble
from onceonly.store.access import forget_assertions
from onceonly.store.database import Rejected
from onceonly.telemetry import log
from onceonly.usecases.endings import end_lost
from onceonly.usecases.evidence import destroy_day_keys, destroy_due
from onceonly.usecases.later import ask_deferred, end_unanswered
from onceonly.usecases.protection import forget_ended
from onceonly.usecases.retention import destroy_due_entries
from onceonly.usecases.sequencing import (
    BATCH,
    LogShorter,
    keep_months_ahead,
    take_in,
    thin_heads,
)
from onceonly.usecases.upshots import open_tasks
from onceonly.usecases.withdrawals import end_over
from onceonly.usecases.world import World

_LEEWAY = timedelta(minutes=10)
_PIECE_S = 0.1


@dataclass(frozen=True, slots=True)
class Loop:
    """What is done again and again, so many seconds after it was done last.

    Led: by one process of all that run it, and another takes over when that one is gone. For a
    moment two may be at it, so a round must stand up to a second one at the same time.
    """

    name: str
    every_s: float
    round: Callable[[World], Awaitable[None]]
    led: bool = True


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


async def _open_tasks(world: World) -> None:
    for one in world.snapshots.all():
        await open_tasks(one.municipality, world)


async def _end_consents(world: World) -> None:
    for one in world.snapshots.all():
        await end_over(one.municipality, world)


async def _destroy_due(world: World) -> None:
    for one in world.snapshots.all():
        await destroy_due(one.municipality, world)


async def _sequence(world: World) -> None:
    while await take_in(world) >= BATCH:
        pass


async def _keep_months(world: World) -> None:
    await keep_months_ahead(world)


async def _thin_heads(world: World) -> None:
    await thin_heads(world)


async def _forget(world: World) -> None:
    count = await destroy_due_entries(world)
    if count:
        log.info("entries destroyed", count=count)


async def _destroy_keys(world: World) -> None:
    destroy_day_keys(world)
    world.keys.clear_retired()
    for one in world.snapshots.all():
        async with world.database.within(one.municipality) as connection:
            await forget_assertions(connection, world.clock() - _LEEWAY)
        await forget_ended(one.municipality, world)


LOOPS = (
    Loop("renew", 1.0, _renew, led=False),
    # Led by the lock of its own transaction.
    Loop("sequence", 0.2, _sequence, led=False),
    Loop("keep-months", 3600.0, _keep_months),
    Loop("thin-heads", 3600.0, _thin_heads),
    Loop("ask-deferred", 0.5, _ask_deferred),
    Loop("end-unanswered", 60.0, _end_unanswered),
    Loop("end-lost", 2.0, _end_lost),
    Loop("open-tasks", 1.0, _open_tasks),
    Loop("end-consents", 60.0, _end_consents),
    Loop("destroy-due", 2.0, _destroy_due),
    Loop("forget", 60.0, _forget),
    Loop("destroy-keys", 600.0, _destroy_keys),
)
"""Everything a worker does."""


async def work(world: World) -> None:
    """Every loop until the errands stop, its round finished; one that fails tries again.

    A round is never cut: a question put on record and not asked would be presumed lost.
    """
    try:
        await asyncio.gather(*[_run(one, world) for one in LOOPS])
    finally:
        await world.leadership.resign()


async def _run(loop: Loop, world: World) -> None:
    failing = leading = False
    while not world.errands.stopping:
        try:
            leading = await _leads(loop, world, before=leading or failing)
            if leading:
                await loop.round(world)
            failing = False
        except Stopping:
            pass
        except (Busy, LogUnavailable, LogShorter, KeyTrouble, Rejected) as error:
            if not failing:
                _say(error, loop)
            failing = True
        except Exception as error:  # noqa: BLE001 -- one bug must not end the other loops
            log.error("bug", error=type(error).__name__, loop=loop.name)
            failing = True
        if failing and leading:
            leading = await _step_down(world)
        await _pause(world, loop.every_s)


def _say(trouble: Exception, loop: Loop) -> None:
    """Trouble that lasts is said once."""
    if isinstance(trouble, Rejected):
        # Most often a right that was taken away: `onceonly doctor` names it.
        log.error("loop refused", loop=loop.name, error=trouble.state)
    elif not isinstance(trouble, Busy):
        log.warning("loop waits", loop=loop.name, error=type(trouble).__name__)


async def _step_down(world: World) -> bool:
    """A round failed: another process may have room, or a way to the database. Leads no more."""
    with suppress(LogUnavailable):
        await world.leadership.step_down()
    return False


async def _leads(loop: Loop, world: World, *, before: bool) -> bool:
    if not loop.led:
        return True
    leads = await world.leadership.of(loop.name)
    if leads and not before:
        log.info("leading", loop=loop.name)
    return leads


async def _pause(world: World, length_s: float) -> None:
    """Sleep in short pieces: who was told to stop is soon done."""
    end = time.monotonic() + length_s
    while not world.errands.stopping and (left := end - time.monotonic()) > 0:  # noqa: ASYNC110 -- it also ends by itself
        await asyncio.sleep(min(left, _PIECE_S))
