"""`log-append`: an exchange's entries with commitment and inbox, against the same rows without."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.figures import ROUNDS, SECONDS, Figure, figure, ratio
from bench.log_ground import entries, log_ground
from onceonly.store.database import Connection, Database, Statement
from onceonly.store.log import RECORD, given

MANY = 32
_CLIENTS = (1, 8, MANY)
_PLAIN = Statement(
    "insert into log_entry (id, class, day, event, at, retrieval, sealed)"
    " select given.id, given.class, given.day, given.event, given.at, given.retrieval, given.sealed"
    " from unnest(cast(:entries as entry_row[])) as given"
)
Append = Callable[[Connection], Awaitable[object]]


def measured(directory: Path) -> list[Figure]:
    """By clients: the ratio, and how far more clients carry."""
    with log_ground(directory) as addresses:
        return asyncio.run(_measured(addresses.app))


async def _measured(app: str) -> list[Figure]:
    database = await Database.open(app, size=MANY)
    figures: list[Figure] = []
    speeds: dict[int, list[tuple[float, float]]] = {}
    for clients in _CLIENTS:
        rounds = [
            (await _rate(database, clients, _with), await _rate(database, clients, _without))
            for _ in range(ROUNDS)
        ]
        speeds[clients] = rounds
        named = f"log-append, {clients} clients"
        figures.append(ratio(named, rounds, of="plain inserts", goal=0.9))
    pairs = list(zip(speeds[MANY], speeds[1], strict=True))
    carried = [more / one for (more, _), (one, _) in pairs]
    figures.append(figure("log-append, 32 clients to 1", carried, unit="times", goal=">= 1.5"))
    # What this machine gives to anybody who inserts: without commitment and inbox.
    floor = [more / one for (_, more), (_, one) in pairs]
    figures.append(figure("  the same, plain inserts", floor, unit="times", goal="none"))
    await database.close()
    return figures


async def _with(connection: Connection) -> object:
    return await RECORD.rows(connection, **given(entries(4)))


async def _without(connection: Connection) -> object:
    return await _PLAIN.rows(connection, **given(entries(4)))


async def _rate(database: Database, clients: int, append: Append) -> float:
    """Exchanges a second."""
    end = time.perf_counter() + SECONDS

    async def client() -> int:
        done = 0
        async with database.within(1) as connection:
            while time.perf_counter() < end:
                await append(connection)
                done += 1
        return done

    return sum(await asyncio.gather(*[client() for _ in range(clients)])) / SECONDS
