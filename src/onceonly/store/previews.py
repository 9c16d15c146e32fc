"""Previews: kept questions behind them, and what their end records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import SealedEntry
from onceonly.domain.retrievals import Retrieval
from onceonly.store import log
from onceonly.store.database import Connection, Statement, unless_overtaken
from onceonly.store.retrievals import COLUMNS, of_row

RECORD_LOOK = Statement(
    f"""
    with seen as (
        select retrieval.id from retrieval, municipality
        where retrieval.id = :retrieval and state = 'previewing'
            and municipality.id = current_setting('onceonly.municipality')::integer
            and protections = :protections
        for share of retrieval),
    {log.beside("seen")}
    select id from seen
    """  # noqa: S608 -- names of our own
)
STANDING = Statement(
    f"select {COLUMNS}, office, subject, ended_by from retrieval"  # noqa: S608 -- names of our own
    " join evidence_request on evidence_request.id = retrieval.request"
    " where retrieval.id = :retrieval"
)
QUESTION = Statement(
    "select retrieval, day, wrapped_key, sealed from question where retrieval = :retrieval"
)
RECORD_USE = Statement(
    f"""
    with lawful as (
        select 1 from municipality
        where id = current_setting('onceonly.municipality')::integer and version = :version
            and protections = :protections),
    moved as (
        update retrieval set state = 'released', release_entry = :release_entry,
            release_leaf = :release_leaf, ended_by = :ended_by
        from lawful
        where id = :retrieval and state = 'previewing' returning id),
    held as (
        update evidence set day = :day, wrapped_key = :wrapped_key, sealed = :sealed,
            until = :until
        from moved where retrieval = moved.id),
    forgotten as (delete from question using moved where retrieval = moved.id),
    {log.beside("moved")}
    select exists(select 1 from lawful) as lawful, (select id from moved) as id
    """  # noqa: S608 -- names of our own
)
RECORD_WITHHOLDING = Statement(
    f"""
    with moved as (
        update retrieval set state = 'withheld', ended_by = :ended_by
        where id = :retrieval and state = 'previewing'
        returning id, request, subject, evidence_type),
    gone as (delete from evidence using moved where retrieval = moved.id),
    forgotten as (delete from question using moved where retrieval = moved.id),
    closed as (
        insert into refusal (office, subject, procedure, case_reference, evidence_type, refused_at)
        select office, subject, procedure, case_reference, evidence_type, :at
        from moved join evidence_request on evidence_request.id = moved.request
        on conflict do nothing),
    {log.beside("moved")}
    select id from moved
    """  # noqa: S608 -- names of our own
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A retrieval, which office asked, and whom it is about, as that office calls them.

    `ended_by`: who ended its preview, and with which word, as a keyed hash.
    """

    retrieval: Retrieval
    office: str
    subject: bytes
    ended_by: bytes | None


async def record_look(
    connection: Connection,
    retrieval: UUID,
    entries: Sequence[SealedEntry],
    *,
    protections: int,
) -> bool:
    """Record that a preview is looked at; False when it ended, or somebody is protected since."""
    row = await RECORD_LOOK.row(
        connection, retrieval=retrieval, protections=protections, **log.given(entries)
    )
    return row is not None


async def standing(connection: Connection, retrieval: UUID) -> Standing | None:
    """A retrieval, whosever it is."""
    row = await STANDING.row(connection, retrieval=retrieval)
    if row is None:
        return None
    return Standing(of_row(row), row["office"], row["subject"], row["ended_by"])


async def question_of(
    connection: Connection, retrieval: UUID, *, until: datetime
) -> SealedEvidence | None:
    """The question kept behind a preview."""
    row = await QUESTION.row(connection, retrieval=retrieval)
    if row is None:
        return None
    return SealedEvidence(row["retrieval"], row["day"], row["wrapped_key"], row["sealed"], until)


@unless_overtaken
async def record_use(
    connection: Connection,
    held: SealedEvidence,
    entries: Sequence[SealedEntry],
    *,
    release_entry: UUID,
    release_leaf: bytes,
    ended_by: bytes,
    version: int,
    protections: int,
) -> bool | None:
    """Release what was previewed, sealed anew with its entry, if both versions still hold.

    True: released; False: it had moved before; None: configuration, protections or a consent
    moved on.

    Raises:
        LogUnavailable: it is not on record, so it is not released.
    """
    row = await RECORD_USE.row(
        connection,
        retrieval=held.retrieval,
        day=held.day,
        wrapped_key=held.wrapped_key,
        sealed=held.sealed,
        until=held.until,
        release_entry=release_entry,
        release_leaf=release_leaf,
        ended_by=ended_by,
        version=version,
        protections=protections,
        **log.given(entries),
    )
    if row is None or not row["lawful"]:
        return None
    return row["id"] is not None


async def record_withholding(
    connection: Connection,
    retrieval: UUID,
    entries: Sequence[SealedEntry],
    *,
    at: datetime,
    ended_by: bytes,
) -> bool:
    """Destroy what was previewed and close the case's other ways to it; False when it moved."""
    row = await RECORD_WITHHOLDING.row(
        connection, retrieval=retrieval, at=at, ended_by=ended_by, **log.given(entries)
    )
    return row is not None
