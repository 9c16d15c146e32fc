"""How the hub is: what it depends on, and when each last worked."""

import asyncio
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from onceonly.domain.errors import LogUnavailable
from onceonly.domain.offices import ConnectorSettings, DataService
from onceonly.readers.layers import misfits
from onceonly.store import sequencing
from onceonly.store.database import Rejected
from onceonly.telemetry import LAYER_MISFITS, LOG_WAITING, PROVIDER_CUT_OFF, PROVIDER_WELL
from onceonly.usecases.world import World

PATIENCE_S = 2
BEHIND = timedelta(seconds=10)
"""How long an entry waits for its position before something is wrong; it takes one second."""

Services = list[tuple[str, DataService]]


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency; `essential` ones unready the process, the others degrade it."""

    name: str
    ok: bool
    last_success_at: datetime | None
    remedy: str | None
    essential: bool = False


async def essentials(world: World) -> list[Check]:
    """Whether this process may have traffic."""
    checks = [await _database(world), _keys(world)]
    if world.errands.stopping:
        checks.append(Check("process", False, None, "it is stopping", essential=True))  # noqa: FBT003 -- reads as it is
    return checks


def providers(world: World) -> list[Check]:
    """Every provider as it was when last looked at or asked."""
    checks: list[Check] = []
    for name, services in sorted(_services(world).items()):
        ok, dead = name not in world.down, _cut_off(services, world)
        remedy = None
        if dead:
            remedy = "no call was answered, so it is asked only now and then; start its system"
        elif not ok:
            remedy = "ask the office to start its system, or see its base_url"
        seen = world.last_success.get(name)
        checks.append(Check(f"provider:{name}", ok and not dead, seen, remedy))
    return checks


def layers(world: World) -> list[Check]:
    """Every municipality whose layers no longer fit the law: what they may mean is closed."""
    return [
        Check(
            f"layers:{one.configuration.code}",
            ok=False,
            last_success_at=None,
            remedy=f"{len(unfit)} of their parts fit the law no more; `onceonly doctor` names them",
        )
        for one in world.snapshots.all()
        if (unfit := misfits(world.law, one.configuration.layers))
    ]


async def positions(world: World) -> Check:
    """Whether entries get their positions; when they last did is when the last head was signed."""
    found = await _standing(world)
    if found is None:
        return Check("log", False, None, "start PostgreSQL and run `onceonly doctor`")  # noqa: FBT003 -- reads as it is
    waited, signed = found
    remedy = None
    if waited > BEHIND:
        remedy = (
            f"entries have waited {waited.total_seconds():.0f} s for their positions; see that"
            " `onceonly work` runs, and what it says"
        )
    return Check("log", remedy is None, signed, remedy)


async def _standing(world: World) -> tuple[timedelta, datetime | None] | None:
    """How long the oldest entry has waited, and when the last head was signed; None: who knows."""
    try:
        async with asyncio.timeout(PATIENCE_S), world.database.outside() as connection:
            since, signed = await sequencing.standing(connection)
    except (LogUnavailable, Rejected, TimeoutError):
        return None
    now = world.clock()
    return max(now - (since or now), timedelta(0)), signed


async def take_stock(world: World) -> None:
    """Put how each provider is among the figures; who left the file leaves them too."""
    found = await _standing(world)
    LAYER_MISFITS.clear()
    for one in world.snapshots.all():
        unfit = misfits(world.law, one.configuration.layers)
        LAYER_MISFITS.labels(one.configuration.code).set(len(unfit))
    LOG_WAITING.set(math.nan if found is None else found[0].total_seconds())
    PROVIDER_WELL.clear()
    PROVIDER_CUT_OFF.clear()
    for name, services in _services(world).items():
        PROVIDER_WELL.labels(name).set(name not in world.down)
        PROVIDER_CUT_OFF.labels(name).set(_cut_off(services, world))


def _cut_off(services: Services, world: World) -> bool:
    return any(world.connect(*one).cut_off for one in services)


async def look_at_providers(world: World) -> None:
    """Ask every provider's system whether it is well."""

    async def look(name: str, services: Services) -> None:
        alive = await asyncio.gather(*[world.connect(*one).alive() for one in services])
        if all(alive):
            world.last_success[name] = world.clock()
            world.down.discard(name)
        else:
            world.down.add(name)

    services = _services(world)
    world.down.intersection_update(services)
    await asyncio.gather(*[look(*one) for one in services.items()])


def _services(world: World) -> dict[str, Services]:
    """Every office's data services, one for each system that answers them."""
    found: dict[str, dict[ConnectorSettings, tuple[str, DataService]]] = {}
    for one in world.snapshots.all():
        code = one.configuration.code
        for service in one.configuration.data_services:
            systems = found.setdefault(f"{code}/{service.office}", {})
            systems[replace(service.connector, timeout_s=0)] = (code, service)
    return {name: list(systems.values()) for name, systems in found.items()}


async def _database(world: World) -> Check:
    remedy = await _database_remedy(world)
    if remedy is None:
        world.last_success["database"] = world.clock()
    seen = world.last_success.get("database")
    return Check("database", remedy is None, seen, remedy, essential=True)


async def _database_remedy(world: World) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            if await world.database.schema() is None:
                return "it is empty; run `onceonly migrate`"
            if not await world.database.writable():
                return "nothing can be written in it; run `onceonly doctor`"
    except Rejected:
        return "it refuses its user; run `onceonly doctor`"
    except (LogUnavailable, TimeoutError):
        return "start PostgreSQL and run `onceonly doctor`"
    return None


def _keys(world: World) -> Check:
    faults = world.keys.faults()
    if not faults:
        world.last_success["keys"] = world.clock()
    remedy = faults[0] if faults else None
    return Check("keys", not faults, world.last_success.get("keys"), remedy, essential=True)
