"""`log-integrate`: how fast a backlog gets positions, and how old an entry is when it has one."""

import asyncio
import os
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure
from bench.log_ground import entries, log_ground
from onceonly.domain.log import SealedEntry
from onceonly.embedded import Addresses
from onceonly.security.keys import KeyFiles
from onceonly.store import log
from onceonly.store.database import Database
from onceonly.usecases.opening import open_world
from onceonly.usecases.sequencing import take_in
from onceonly.usecases.world import World

BACKLOG = int(os.environ.get("BENCH_BACKLOG", "1000000"))
STEADY_S = float(os.environ.get("BENCH_STEADY_S", "60"))
A_SECOND = 1_000
_PIECE = 25
_FILL = (
    "insert into log_inbox select (lpad(to_hex(n), 12, '0') || substr(md5(n::text), 1, 20))::uuid,"
    " decode(md5(n::text) || md5(n::text), 'hex')"
    " from generate_series(1, $1) as n"
)


def measured(directory: Path) -> list[Figure]:
    """A backlog, then a steady load."""
    keys = KeyFiles(directory / "keys", create=True)
    with log_ground(directory) as addresses:
        return asyncio.run(_measured(addresses, keys))


async def _measured(addresses: Addresses, keys: KeyFiles) -> list[Figure]:
    url = addresses.sequencer
    async with open_world(
        url, keys=keys, issuer="http://127.0.0.1:1", clock=_now, sequencer=url
    ) as world:
        speed = await _backlog(addresses.owner, world)
        print(f"log-integrate: {speed:,.0f} leaves/s of a backlog of {BACKLOG:,}; goal 100,000")
        late = await _steady(world)
    high = statistics.quantiles(late, n=100)[98]
    print(f"log-integrate, p99 until signed: {high:.2f} s at {A_SECOND}/s; goal 1.0")
    return [
        {"name": "log-integrate", "leaves_per_s": speed, "backlog": BACKLOG},
        {"name": "log-integrate, p99 until signed", "s": high, "for_s": STEADY_S},
    ]


async def _backlog(owner: str, world: World) -> float:
    filling = await Database.open(owner, role=None, size=1)
    async with filling.outside() as connection:
        await connection.execute(_FILL.replace("$1", str(BACKLOG)), timeout=600)
    await filling.close()
    began = time.perf_counter()
    while await take_in(world):
        pass
    return BACKLOG / (time.perf_counter() - began)


async def _steady(world: World) -> list[float]:
    """Seconds from an entry's instant to the commit of the head over it."""
    waiting: list[datetime] = []
    late: list[float] = []
    over = asyncio.Event()

    async def write() -> None:
        end = time.perf_counter() + STEADY_S
        due = time.perf_counter()
        while due < end:
            made = [_at(one) for one in entries(_PIECE)]
            async with world.database.within(1) as connection:
                await log.record(connection, made)
            waiting.extend(one.at for one in made)
            due += _PIECE / A_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        over.set()

    async def sequence() -> None:
        while not (over.is_set() and not waiting):
            # What was written before this round is under its head; what came meanwhile may be.
            before = len(waiting)
            await take_in(world)
            now = _now()
            late.extend((now - one).total_seconds() for one in waiting[:before])
            del waiting[:before]
            await asyncio.sleep(0.2)

    await asyncio.gather(write(), sequence())
    return late


def _at(one: SealedEntry) -> SealedEntry:
    return replace(one, at=_now())


def _now() -> datetime:
    return datetime.now(UTC)
