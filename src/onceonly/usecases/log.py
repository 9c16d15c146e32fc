"""Entries of the log: what each event says, and reading it, which is an event itself."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from uuid import UUID

from onceonly.domain.calendar import german_day, instant
from onceonly.domain.errors import NotFound
from onceonly.domain.events import FIELDS
from onceonly.domain.log import Entry, Event, Filed, SealedEntry
from onceonly.security.seals import Broken, open_entry, seal_entry
from onceonly.store import log
from onceonly.store.database import Connection
from onceonly.usecases.world import World

ADMINISTRATION = "configuration"
"""Retention class of what happens outside any exchange."""


def entry(
    event: Event,
    payload: Mapping[str, object],
    world: World,
    *,
    municipality: int,
    at: datetime,
    retention: str,
    retrieval: UUID | None = None,
    id_: UUID | None = None,
) -> SealedEntry:
    """One event, sealed and committed to, ready to be written beside its fact.

    `id_`: the one it has because it is the only one of its kind; a fresh one otherwise.

    Raises:
        ValueError: the payload says what no entry of this event may say.
    """
    if not payload.keys() <= FIELDS[event]:
        raise ValueError(f"{event}: {', '.join(sorted(payload.keys() - FIELDS[event]))}")
    return seal_entry(
        Entry(id_ or world.new_id(), event, at, german_day(at), retention, retrieval, payload),
        municipality=municipality,
        keys=world.keys,
    )


async def read_log(
    world: World, *, municipality: int, retrieval: UUID | None, reader: str
) -> AsyncIterator[dict[str, object]]:
    """Entries in clear, oldest first; that they were read is on record before the first is given.

    A destroyed payload is None; so is that of an entry that was changed, which says `broken`.
    `position` is null until the entry is sequenced.

    Raises:
        LogUnavailable: the reading is not on record, so nothing is shown.
    """
    async with world.database.within(municipality) as connection:
        of = None if retrieval is None else str(retrieval)
        await record_reading(connection, world, reader=reader, municipality=municipality, of=of)
        if retrieval is None:
            entries = await log.all_entries(connection)
        else:
            entries = await log.of_retrieval(connection, retrieval)
    for one in entries:
        yield in_clear(one, municipality, world)


async def read_entry(
    world: World, *, municipality: int, wanted: UUID, reader: str
) -> dict[str, object]:
    """One entry in clear; that it was read is on record before it is given.

    Raises:
        NotFound: there is none of this municipality.
        LogUnavailable: the reading is not on record, so nothing is shown.
    """
    async with world.database.within(municipality) as connection:
        found = await log.by_id(connection, wanted)
        if found is None:
            raise NotFound
        await record_reading(
            connection, world, reader=reader, municipality=municipality, of=f"entry {wanted}"
        )
    return in_clear(found, municipality, world)


async def record_reading(
    connection: Connection, world: World, *, reader: str, municipality: int, of: str | None
) -> None:
    """Put on record who reads, and of what: a retrieval, an entry, an export; None: all there is.

    Raises:
        LogUnavailable: it is not on record, so nothing may be shown.
    """
    read = entry(
        Event.LOG_READ,
        {"reader": reader, "of": of},
        world,
        municipality=municipality,
        at=world.clock(),
        retention=ADMINISTRATION,
    )
    await log.record(connection, [read])


def in_clear(one: Filed, municipality: int, world: World) -> dict[str, object]:
    """An entry as it is shown to whoever may read it."""
    sealed = one.entry
    return {
        "entry": str(sealed.id),
        "position": one.position,
        "at": instant(sealed.at),
        "event": sealed.event,
        "retrieval": None if sealed.retrieval is None else str(sealed.retrieval),
        **_opened(sealed, municipality, world),
    }


def _opened(one: SealedEntry, municipality: int, world: World) -> dict[str, object]:
    """Its payload; an entry that was changed must not hide those after it."""
    try:
        return {"payload": open_entry(one, municipality=municipality, keys=world.keys)}
    except Broken:
        return {"payload": None, "broken": True}
