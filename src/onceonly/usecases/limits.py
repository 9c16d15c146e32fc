"""Limits that are coming near, put among the figures: seen before anybody hits one."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import Gauge

from onceonly.connectors.looking import certificate_end
from onceonly.domain.calendar import Month, german_day
from onceonly.domain.errors import LogUnavailable
from onceonly.domain.findings import endings
from onceonly.store import condition
from onceonly.store.condition import Backlog
from onceonly.telemetry import (
    AGREEMENT_LEFT,
    BACKLOG,
    CERTIFICATE_LEFT,
    CLIENT_KEY_LEFT,
    DISK_FREE,
    ERRANDS_LIMIT,
    MONTHS_AHEAD,
    POOL_LIMIT,
    POOL_TAKEN,
    SESSIONS_LIMIT,
    SESSIONS_TAKEN,
    WORKERS_LEAD,
)
from onceonly.usecases.world import World

_FURTHEST = 3
_LEFT: Mapping[str, Gauge] = {"agreement": AGREEMENT_LEFT, "client-key": CLIENT_KEY_LEFT}


async def measure(world: World, places: Mapping[str, Path]) -> None:
    """Look at everything that has a limit; what the database does not tell stays as it was.

    `places`: directories whose disks must not fill, by what they are called.
    """
    ERRANDS_LIMIT.set(world.errands.limit)
    taken, most = world.database.lent
    POOL_TAKEN.set(taken)
    POOL_LIMIT.set(most)
    _measure_endings(world)
    await asyncio.to_thread(_measure_disks, places)
    with suppress(LogUnavailable):
        await _measure_database(world)


def _measure_endings(world: World) -> None:
    for one in world.snapshots.all():
        configuration = one.configuration
        found = endings(configuration)
        for kind, gauge in _LEFT.items():
            first = next((end.at for end in found if end.kind == kind), None)
            if first is None:
                with suppress(KeyError):
                    gauge.remove(configuration.code)
            else:
                left = (first - world.clock()).total_seconds()
                gauge.labels(configuration.code).set(left)


def _measure_disks(places: Mapping[str, Path]) -> None:
    for name, place in places.items():
        with suppress(OSError):
            usage = shutil.disk_usage(place)
            DISK_FREE.labels(name).set(usage.free / usage.total)


async def _measure_database(world: World) -> None:
    month = Month.of(german_day(world.clock()))
    ahead = 0
    async with world.database.outside() as connection:
        backlog: Backlog = await condition.backlog(connection)
        led = await condition.leaders(connection) > 0
        taken, most = await condition.sessions(connection)
        while ahead < _FURTHEST and await condition.month_is_there(
            connection, month.plus(ahead + 1).first_day
        ):
            ahead += 1
    BACKLOG.set(backlog.waiting)
    WORKERS_LEAD.set(led)
    SESSIONS_TAKEN.set(taken)
    SESSIONS_LIMIT.set(most)
    MONTHS_AHEAD.set(ahead)


async def look_at_certificates(world: World) -> None:
    """See how long the TLS certificates of the offices' systems last, by the real day."""
    now = datetime.fromtimestamp(time.time(), UTC)
    systems = {
        f"{one.configuration.code}/{service.office}": service.connector.base_url
        for one in world.snapshots.all()
        for service in one.configuration.data_services
    }
    ends = await asyncio.gather(*[certificate_end(url) for url in systems.values()])
    CERTIFICATE_LEFT.clear()
    for name, end in zip(systems, ends, strict=True):
        if end is not None:
            CERTIFICATE_LEFT.labels(name).set((end - now).total_seconds())
