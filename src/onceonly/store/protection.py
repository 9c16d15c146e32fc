"""Protected persons: entered, lifted, followed by every process. Nobody lists or reads them."""

from collections.abc import Sequence
from datetime import date

from onceonly.domain.log import SealedEntry
from onceonly.domain.protection import Protection
from onceonly.store import log
from onceonly.store.database import Connection, Statement

RECORD = Statement(
    f"""
    with moved as (
        update municipality set protections = protections + 1
        where id = current_setting('onceonly.municipality')::integer
        returning protections),
    kept as (
        insert into protection (office, subject, marks, partial, until, changed)
        select :office, :subject, cast(:marks as bytea[]), :partial, :until, protections from moved
        on conflict (municipality, office, subject) do update
        set marks = excluded.marks, partial = excluded.partial, until = excluded.until,
            changed = excluded.changed
        returning office),
    {log.beside("kept")}
    select office from kept
    """  # noqa: S608 -- names of our own
)
CHANGED = Statement(
    "select office, subject, marks, partial, until from protection where changed > :after"
)
FORGET = Statement("delete from protection where until < :before")


async def record(
    connection: Connection, protection: Protection, entries: Sequence[SealedEntry]
) -> None:
    """Put a protection, or its lifting, in force for every answer recorded from now on.

    Raises:
        LogUnavailable: it is not on record, so it is not in force.
    """
    await RECORD.rows(
        connection,
        office=protection.office,
        subject=protection.subject,
        marks=list(protection.marks),
        partial=protection.partial,
        until=protection.until,
        **log.given(entries),
    )


async def changed_after(connection: Connection, after: int) -> list[Protection]:
    """What changed since the municipality's counter stood there."""
    return [
        Protection(row["office"], row["subject"], tuple(row["marks"]), row["partial"], row["until"])
        for row in await CHANGED.rows(connection, after=after)
    ]


async def forget(connection: Connection, before: date) -> None:
    """Forget what ended before that day; every process had long time to see what was lifted."""
    await FORGET.rows(connection, before=before)
