"""Entries of the log: written by the statement of the fact they record, never later."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import orjson

from onceonly.domain.log import SealedEntry
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

_ENTRIES = "select id, class, day, event, at, retrieval, sealed from log_entry"
OF_RETRIEVAL = Statement(f"{_ENTRIES} where retrieval = :retrieval order by at, id")
ALL = Statement(f"{_ENTRIES} order by at, id")


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


async def of_retrieval(connection: Connection, retrieval: UUID) -> list[SealedEntry]:
    """The entries of one retrieval, oldest first."""
    return [_entry(row) for row in await OF_RETRIEVAL.rows(connection, retrieval=retrieval)]


async def all_entries(connection: Connection) -> list[SealedEntry]:
    """Every entry of the municipality, oldest first."""
    return [_entry(row) for row in await ALL.rows(connection)]


def _entry(row: asyncpg.Record) -> SealedEntry:
    return SealedEntry(
        row["id"],
        row["event"],
        row["at"],
        row["day"],
        row["class"],
        row["retrieval"],
        row["sealed"],
        b"",
    )


def as_json(value: object) -> str:
    """A value as PostgreSQL's jsonb takes it."""
    return orjson.dumps(value).decode()
