"""Limits that are coming near, put among the figures: seen before anybody hits one."""

import asyncio
import math
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from prometheus_client import Gauge

from onceonly.connectors.looking import certificate_end, shows_nothing
from onceonly.domain.calendar import Month, german_day
from onceonly.domain.errors import LogUnavailable
from onceonly.domain.findings import endings
from onceonly.domain.offices import ConnectorSettings
from onceonly.security.keys import KeyTrouble
from onceonly.security.tls_files import Credentials, folder_of, read_credentials
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
    OWN_CERTIFICATE_LEFT,
    POOL_LIMIT,
    POOL_TAKEN,
    SESSIONS_LIMIT,
    SESSIONS_TAKEN,
    WORKERS_LEAD,
)
from onceonly.usecases.world import World

_System = tuple[str, str, ConnectorSettings]
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
    await _measure_own_certificates(world)
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
    systems = _systems(world)
    own = await asyncio.to_thread(_own, world.keys.directory, systems)
    ends = await asyncio.gather(*[_end_of(one, own.get(one)) for one in systems])
    CERTIFICATE_LEFT.clear()
    left: dict[str, float] = {}
    for (name, _, _), end in zip(systems, ends, strict=True):
        if end is not None:
            left[name] = min(_left(end), left.get(name, math.inf))
    for name, seconds in left.items():
        CERTIFICATE_LEFT.labels(name).set(seconds)


async def _end_of(system: _System, own: Credentials | None) -> datetime | None:
    with suppress(KeyTrouble):  # the files may be exchanged at this moment
        return await certificate_end(
            system[2].base_url, show=shows_nothing if own is None else own.show
        )
    return None


async def _measure_own_certificates(world: World) -> None:
    """How long what the hub shows and trusts by TLS lasts; files that are of no use do not."""
    systems = [one for one in _systems(world) if one[2].tls is not None]
    own = await asyncio.to_thread(_own, world.keys.directory, systems)
    OWN_CERTIFICATE_LEFT.clear()
    left: dict[str, float] = {}
    for one in systems:
        seconds = _left(own[one].end) if one in own else 0.0
        left[one[0]] = min(seconds, left.get(one[0], math.inf))
    for name, seconds in left.items():
        OWN_CERTIFICATE_LEFT.labels(name).set(seconds)


def _systems(world: World) -> list[_System]:
    """Every office's systems: what they are called, whose they are, how they are reached."""
    return list(
        dict.fromkeys(
            (
                f"{one.configuration.code}/{service.office}",
                one.configuration.code,
                service.connector,
            )
            for one in world.snapshots.all()
            for service in one.configuration.data_services
        )
    )


def _own(directory: Path, systems: Iterable[_System]) -> dict[_System, Credentials]:
    found: dict[_System, Credentials] = {}
    for one in systems:
        _, code, settings = one
        if settings.tls is not None:
            with suppress(KeyTrouble):
                found[one] = read_credentials(folder_of(directory, code), settings.tls)
    return found


def _left(end: datetime) -> float:
    return end.timestamp() - time.time()
