"""How the hub is: what it depends on, and when each last worked."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from onceonly.domain.errors import LogUnavailable
from onceonly.domain.offices import DataService
from onceonly.usecases.world import World

PATIENCE_S = 2


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
    """Every provider as it was when last looked at."""
    checks: list[Check] = []
    for name in sorted(_services(world)):
        seen = world.last_success.get(name)
        ok = name not in world.down
        remedy = None if ok else "ask the office to start its system, or see its base_url"
        checks.append(Check(f"provider:{name}", ok, seen, remedy))
    return checks


async def look_at_providers(world: World) -> None:
    """Ask every provider's system whether it is well."""

    async def look(name: str, services: list[tuple[str, DataService]]) -> None:
        alive = await asyncio.gather(*[world.connect(*one).alive() for one in services])
        if all(alive):
            world.last_success[name] = world.clock()
            world.down.discard(name)
        else:
            world.down.add(name)

    services = _services(world)
    world.down.intersection_update(services)
    await asyncio.gather(*[look(*one) for one in services.items()])


def _services(world: World) -> dict[str, list[tuple[str, DataService]]]:
    """Every office's data services, one for each system that answers them."""
    found: dict[str, dict[str, tuple[str, DataService]]] = {}
    for one in world.snapshots.all():
        code = one.configuration.code
        for service in one.configuration.data_services:
            systems = found.setdefault(f"{code}/{service.office}", {})
            systems[service.connector.base_url] = (code, service)
    return {name: list(systems.values()) for name, systems in found.items()}


async def _database(world: World) -> Check:
    try:
        async with asyncio.timeout(PATIENCE_S):
            there = await world.database.schema() is not None
    except (LogUnavailable, TimeoutError):
        there = False
    if there:
        world.last_success["database"] = world.clock()
    seen = world.last_success.get("database")
    remedy = None if there else "start PostgreSQL and run `onceonly doctor`"
    return Check("database", there, seen, remedy, essential=True)


def _keys(world: World) -> Check:
    faults = world.keys.faults()
    if not faults:
        world.last_success["keys"] = world.clock()
    remedy = faults[0] if faults else None
    return Check("keys", not faults, world.last_success.get("keys"), remedy, essential=True)
