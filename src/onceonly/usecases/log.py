"""Entries of the log: what each event says, and reading it, which is an event itself."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from uuid import UUID

from onceonly.domain.calendar import german_day
from onceonly.domain.log import Entry, Event, SealedEntry
from onceonly.security.seals import Broken, open_entry, seal_entry
from onceonly.store import log
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
    """
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
        read = entry(
            Event.LOG_READ,
            {"reader": reader, "of": None if retrieval is None else str(retrieval)},
            world,
            municipality=municipality,
            at=world.clock(),
            retention=ADMINISTRATION,
        )
        await log.record(connection, [read])
        if retrieval is None:
            entries = await log.all_entries(connection)
        else:
            entries = await log.of_retrieval(connection, retrieval)
    for one in entries:
        yield {
            "entry": str(one.id),
            "position": None,
            "at": one.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "event": one.event,
            "retrieval": None if one.retrieval is None else str(one.retrieval),
            **_opened(one, municipality, world),
        }


def _opened(one: SealedEntry, municipality: int, world: World) -> dict[str, object]:
    """Its payload; an entry that was changed must not hide those after it."""
    try:
        return {"payload": open_entry(one, municipality=municipality, keys=world.keys)}
    except Broken:
        return {"payload": None, "broken": True}
