"""Held evidence: sealed, read, repeated, destroyed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import SealedEntry
from onceonly.domain.retrievals import Retrieval
from onceonly.store import log
from onceonly.store.database import Connection, Statement
from onceonly.store.retrievals import COLUMNS, of_row, sealed_row

OF_RETRIEVAL = Statement(
    "select retrieval, day, wrapped_key, sealed, first_read_at, until from evidence"
    " where retrieval = :retrieval"
)
RECORD_READING = Statement(
    f"""
    with opened as (
        update evidence set first_read_at = :at, until = least(until, :until)
        where retrieval = :retrieval and first_read_at is null returning retrieval),
    {log.beside("opened")}
    select retrieval from opened
    """  # noqa: S608 -- names of our own
)
RECORD_RECEIPT = Statement(
    f"""
    with gone as (delete from evidence where retrieval = :retrieval returning retrieval),
    collected as (
        update retrieval set collected_at = :at from gone where id = gone.retrieval returning id),
    {log.beside("collected")}
    select id from collected
    """  # noqa: S608 -- names of our own
)
DUE = Statement(
    f"select {COLUMNS}, first_read_at from evidence"  # noqa: S608 -- names of our own
    " join retrieval on retrieval.id = evidence.retrieval"
    " where until < :before order by until limit 200"
)
RECORD_DISCARD = Statement(
    f"""
    with moved as (
        update retrieval set state = 'discarded', problem = :problem,
            fetching_until = null, due_at = null, available_at = null, ended_by = :ended_by
        where id = :retrieval and state = :seen returning id),
    gone as (delete from evidence using moved where retrieval = moved.id),
    forgotten as (delete from question using moved where retrieval = moved.id),
    told as (
        insert into upshot (id, day, wrapped_key, sealed)
        select one.retrieval, one.day, one.wrapped_key, one.sealed
        from moved, unnest(cast(:upshots as sealed_row[])) as one),
    {log.beside("moved")}
    select id from moved
    """  # noqa: S608 -- names of our own
)
RECORD_EXPIRY = Statement(
    f"""
    with gone as (
        delete from evidence
        where retrieval = :retrieval and until < :before and first_read_at is null
        returning retrieval),
    moved as (
        update retrieval set state = 'expired', problem = :problem, available_at = null
        from gone where id = gone.retrieval and state = :seen returning id),
    forgotten as (delete from question using moved where retrieval = moved.id),
    {log.beside("moved")}
    select id from moved
    """  # noqa: S608 -- names of our own
)


async def of_retrieval(
    connection: Connection, retrieval: UUID
) -> tuple[SealedEvidence, datetime | None] | None:
    """What is held for a retrieval, and when it was first read."""
    row = await OF_RETRIEVAL.row(connection, retrieval=retrieval)
    if row is None:
        return None
    sealed = SealedEvidence(
        row["retrieval"], row["day"], row["wrapped_key"], row["sealed"], row["until"]
    )
    return sealed, row["first_read_at"]


async def record_reading(
    connection: Connection,
    retrieval: UUID,
    entries: Sequence[SealedEntry],
    *,
    at: datetime,
    until: datetime,
) -> bool:
    """Record the first reading; False when it was read before."""
    row = await RECORD_READING.row(
        connection, retrieval=retrieval, at=at, until=until, **log.given(entries)
    )
    return row is not None


async def record_receipt(
    connection: Connection, retrieval: UUID, entries: Sequence[SealedEntry], *, at: datetime
) -> bool:
    """Destroy what is held because it was collected and kept; False when nothing was held."""
    row = await RECORD_RECEIPT.row(connection, retrieval=retrieval, at=at, **log.given(entries))
    return row is not None


async def record_discard(
    connection: Connection,
    retrieval: UUID,
    entries: Sequence[SealedEntry],
    *,
    seen: str,
    problem: str,
    upshots: Sequence[SealedEvidence] = (),
    ended_by: bytes | None = None,
) -> bool:
    """Discard a retrieval in state `seen` and all that was kept for it; False when it moved.

    `ended_by`: whose word on a preview led to it, and which, as a keyed hash.
    """
    row = await RECORD_DISCARD.row(
        connection,
        retrieval=retrieval,
        seen=seen,
        problem=problem,
        upshots=[sealed_row(one) for one in upshots],
        ended_by=ended_by,
        **log.given(entries),
    )
    return row is not None


async def record_expiry(
    connection: Connection,
    retrieval: UUID,
    entries: Sequence[SealedEntry],
    *,
    seen: str,
    problem: str,
    before: datetime,
) -> bool:
    """Its time was up `before` and nobody read it: destroy it; False when that is not so any more."""
    row = await RECORD_EXPIRY.row(
        connection,
        retrieval=retrieval,
        seen=seen,
        problem=problem,
        before=before,
        **log.given(entries),
    )
    return row is not None


async def due_before(
    connection: Connection, before: datetime
) -> list[tuple[Retrieval, datetime | None]]:
    """Retrievals whose held evidence has had its time, with the evidence's first reading."""
    return [
        (of_row(row), row["first_read_at"]) for row in await DUE.rows(connection, before=before)
    ]
