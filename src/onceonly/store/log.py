"""Entries of the log: written by the statement of the fact they record, never later."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import asyncpg
import orjson

from onceonly.domain.log import Filed, SealedEntry, hold_of
from onceonly.store.database import Connection, Statement


def beside(fact: str) -> str:
    """Two more parts for a statement: its entries, written if and only if `fact` has its row."""
    return f"""
    entered as (
        insert into log_entry (id, class, day, event, at, retrieval, sealed)
        select given.id, given.class, given.day, given.event, given.at, given.retrieval, given.sealed
        from {fact}, unnest(cast(:entries as entry_row[])) as given
        returning id),
    queued as (
        insert into log_inbox (entry_id, commitment)
        select given.id, given.commitment
        from {fact}, unnest(cast(:entries as entry_row[])) as given)
    """  # noqa: S608 -- names of our own, no input


def beside_each(facts: str) -> str:
    """The same for facts that are rows of their own: each entry hangs on its retrieval's."""
    return f"""
    entered as (
        insert into log_entry (id, class, day, event, at, retrieval, sealed)
        select given.id, given.class, given.day, given.event, given.at, given.retrieval, given.sealed
        from {facts} join unnest(cast(:entries as entry_row[])) as given
            on given.retrieval = {facts}.id
        returning id),
    queued as (
        insert into log_inbox (entry_id, commitment)
        select given.id, given.commitment
        from {facts} join unnest(cast(:entries as entry_row[])) as given
            on given.retrieval = {facts}.id)
    """  # noqa: S608 -- names of our own, no input


def given(entries: Sequence[SealedEntry]) -> dict[str, object]:
    """The parameter `beside` speaks of."""
    return {
        "entries": [
            (
                one.id,
                one.retention,
                one.day,
                one.event,
                one.at,
                one.retrieval,
                one.sealed,
                one.commitment,
            )
            for one in entries
        ]
    }


RECORD = Statement(
    f"with fact as (select 1 as one), {beside('fact')} select count(*) from entered"  # noqa: S608 -- no input
)
ENTER = Statement(
    "insert into log_entry (id, class, day, event, at, retrieval, sealed)"
    " select given.id, given.class, given.day, given.event, given.at, given.retrieval, given.sealed"
    " from unnest(cast(:entries as entry_row[])) as given"
)

RECORD_ONCE = Statement("""
    with entered as (
        insert into log_entry (id, class, day, event, at, retrieval, sealed)
        select given.id, given.class, given.day, given.event, given.at, given.retrieval, given.sealed
        from unnest(cast(:entries as entry_row[])) as given
        on conflict do nothing
        returning id),
    queued as (
        insert into log_inbox (entry_id, commitment)
        select given.id, given.commitment
        from unnest(cast(:entries as entry_row[])) as given join entered using (id))
    select count(*) from entered
    """)

_FILED = (
    "select entry.id, class, day, event, at, retrieval, sealed, leaf.position, leaf.commitment"
    " from log_entry as entry left join log_leaf as leaf on leaf.entry_id = entry.id"
)
OF_RETRIEVAL = Statement(f"{_FILED} where retrieval = :retrieval order by at, entry.id")
ALL = Statement(f"{_FILED} order by at, entry.id")
BY_ID = Statement(f"{_FILED} where entry.id = :entry")
OF_IDS = Statement(f"{_FILED} where entry.id = any(cast(:entries as uuid[]))")

_HELD = (
    "select hold.entry_id as id, until, event, at, retrieval, sealed, leaf.position,"
    " leaf.commitment"
    " from log_hold as hold left join log_leaf as leaf on leaf.entry_id = hold.entry_id"
)
ALL_HELD = Statement(f"{_HELD} order by at, hold.entry_id")
HELD_BY_ID = Statement(f"{_HELD} where hold.entry_id = :entry")
HELD_OF_IDS = Statement(f"{_HELD} where hold.entry_id = any(cast(:entries as uuid[]))")
RETRIEVAL_OF = Statement(
    "select 1 from log_entry as entry"
    " join retrieval as one on one.id = entry.retrieval"
    " join evidence_request as request on request.id = one.request"
    " where entry.id = :entry and request.office = :office"
)


async def record(connection: Connection, entries: Sequence[SealedEntry]) -> None:
    """Record events that are facts of their own.

    Raises:
        LogUnavailable: they are not on record.
    """
    await RECORD.rows(connection, **given(entries))


async def record_once(connection: Connection, entry: SealedEntry) -> None:
    """Record an event whose id is its own: where it is on record already, that stands.

    Raises:
        LogUnavailable: it is not on record.
    """
    await RECORD_ONCE.rows(connection, **given([entry]))


async def enter(connection: Connection, entries: Sequence[SealedEntry]) -> None:
    """Write entries that get their positions in the same transaction."""
    await ENTER.rows(connection, **given(entries))


async def of_retrieval(connection: Connection, retrieval: UUID) -> list[Filed]:
    """The entries of one retrieval, oldest first."""
    found = [_filed(row) for row in await OF_RETRIEVAL.rows(connection, retrieval=retrieval)]
    held = [_held(row) for row in await ALL_HELD.rows(connection) if row["retrieval"] == retrieval]
    return _merged(found, held)


async def all_entries(connection: Connection) -> list[Filed]:
    """Every entry of the municipality, oldest first."""
    found = [_filed(row) for row in await ALL.rows(connection)]
    return _merged(found, [_held(row) for row in await ALL_HELD.rows(connection)])


async def by_id(connection: Connection, entry: UUID) -> Filed | None:
    """One entry, or the copy that a hold keeps; None where there is neither, or another's."""
    row = await BY_ID.row(connection, entry=entry)
    if row is not None:
        return _filed(row)
    row = await HELD_BY_ID.row(connection, entry=entry)
    return None if row is None else _held(row)


async def of_ids(connection: Connection, entries: Sequence[UUID]) -> list[Filed]:
    """Those of these entries that the municipality has, or holds."""
    ids = list(entries)
    found = [_filed(row) for row in await OF_IDS.rows(connection, entries=ids)]
    return _merged(found, [_held(row) for row in await HELD_OF_IDS.rows(connection, entries=ids)])


async def is_held(connection: Connection, entry: UUID) -> bool:
    """Whether a hold keeps a copy of an entry."""
    return bool(await HELD_BY_ID.rows(connection, entry=entry))


async def is_of_office(connection: Connection, entry: UUID, *, office: str) -> bool:
    """Whether an entry tells of a retrieval that this office asked for."""
    return bool(await RETRIEVAL_OF.rows(connection, entry=entry, office=office))


def _merged(found: list[Filed], held: list[Filed]) -> list[Filed]:
    """Entries and those held copies whose entry is gone, oldest first."""
    there = {one.entry.id for one in found}
    gone = [one for one in held if one.entry.id not in there]
    return sorted([*found, *gone], key=lambda one: (one.entry.at, one.entry.id)) if gone else found


def _filed(row: asyncpg.Record) -> Filed:
    return Filed(_sealed(row, row["class"], row["day"]), row["position"])


def _held(row: asyncpg.Record) -> Filed:
    return Filed(_sealed(row, hold_of(row["id"]), row["until"]), row["position"], held=True)


def _sealed(row: asyncpg.Record, retention: str, day: date) -> SealedEntry:
    return SealedEntry(
        row["id"],
        row["event"],
        row["at"],
        day,
        retention,
        row["retrieval"],
        row["sealed"],
        row["commitment"] or b"",
    )


def as_json(value: object) -> str:
    """A value as PostgreSQL's jsonb takes it."""
    return orjson.dumps(value).decode()
