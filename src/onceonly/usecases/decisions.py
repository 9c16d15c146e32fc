"""Dry runs: decided by what a live call is decided by, never carried out, on record all the same."""

from datetime import datetime

from onceonly.domain.judge import Judged
from onceonly.domain.log import Event
from onceonly.domain.offices import Office
from onceonly.domain.requests import EvidenceRequest
from onceonly.security.ids import id_of
from onceonly.store import log
from onceonly.usecases.log import entry
from onceonly.usecases.questions import judge_all, one_provider_each
from onceonly.usecases.world import Caller, World

DECISIONS = "decisions"
_RETENTION = "dry-run"


async def try_out(
    request: EvidenceRequest, office: Office, caller: Caller, world: World
) -> tuple[Judged, ...]:
    """What a live call would be answered at this instant, item by item.

    Raises:
        ChoiceOfProvider: several offices could answer an item.
        LogUnavailable: the refusals could not be read, or the dry run is not on record.
    """
    now, snapshot = world.clock(), world.snapshots.of(caller.municipality)
    judged, _ = await judge_all(request, office, snapshot, world, now=now)
    one_provider_each(judged)
    await put_on_record(DECISIONS, office, caller, world, now=now)
    return judged


async def put_on_record(
    kind: str, office: Office, caller: Caller, world: World, *, now: datetime
) -> None:
    """One entry for each client, kind and minute, before the first answer of that minute.

    Its id hangs on these alone, so that processes side by side write it once.

    Raises:
        LogUnavailable: it is not on record.
    """
    client, minute = caller.client.client_id, now.replace(second=0, microsecond=0)
    if world.tried.get((client, kind)) == minute:
        return
    payload = {
        "client": client,
        "consumer": office.code,
        "kind": kind,
        "minute": minute.isoformat(timespec="minutes").replace("+00:00", "Z"),
    }
    digest = world.names.keyed_hash("dry-run", "\0".join(payload.values()).encode())
    made = entry(
        Event.DRY_RUN_MADE,
        payload,
        world,
        municipality=caller.municipality,
        at=now,
        retention=_RETENTION,
        id_=id_of(minute, digest),
    )
    async with world.database.within(caller.municipality) as connection:
        await log.record_once(connection, made)
    world.tried[client, kind] = minute
