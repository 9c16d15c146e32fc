"""Uses of consents: held by a question, spent by a release, free again when nothing came of it.

Spending and freeing is done by the database itself, with the statement that moves the retrieval:
see the trigger of migration 0004. A retrieval without consents has none of this.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import SealedEntry
from onceonly.domain.offices import Origin
from onceonly.domain.retrievals import Retrieval
from onceonly.store import log
from onceonly.store.consents import COLUMNS, ConsentRow, of_row
from onceonly.store.database import Connection, Overtaken, Statement, unless_overtaken
from onceonly.store.retrievals import COLUMNS as RETRIEVALS
from onceonly.store.retrievals import of_row as retrieval_of_row
from onceonly.store.retrievals import sealed_row

HELD = Statement(
    f"""
    select {COLUMNS}, coalesce((
        select jsonb_agg(jsonb_build_array(
            encode(subject, 'hex'), evidence_type, origin,
            to_char(used_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')))
        from consent_use
        where consent_use.consent = consent.id
            and (cast(:apart as uuid) is null or retrieval <> :apart)), '[]')::text as uses
    from consent where id = any(cast(:ids as uuid[])) and office = :office
    """  # noqa: S608 -- names of our own
)
LOCK = Statement(
    "select consent.id from consent"
    " join unnest(cast(:ids as uuid[]), cast(:revisions as integer[])) as seen (id, revision)"
    " on consent.id = seen.id and consent.revision = seen.revision"
    " where consent.id = any(cast(:ids as uuid[])) and consent.state in ('given', 'renewed')"
    " order by consent.id for no key update of consent"
)
HOLD = Statement(
    """
    with marked as (update retrieval set consented = true where id = :retrieval returning id)
    insert into consent_use (consent, retrieval, subject, evidence_type, origin, used_at)
    select :consent, marked.id, :subject, :evidence_type, :origin, :at from marked
    where (select count(*) from consent_use
           where consent_use.consent = :consent and consent_use.subject = :subject
               and consent_use.evidence_type = :evidence_type and consent_use.origin = :origin
               and used_at >= :since) < cast(:most as integer)
    returning consent
    """
)
IN_FLIGHT = Statement(
    f"select {RETRIEVALS}, office from retrieval"  # noqa: S608 -- names of our own
    " join evidence_request on evidence_request.id = retrieval.request"
    " where retrieval.id in (select retrieval from consent_use where consent = :consent)"
    " and retrieval.state in ('deferred', 'manual', 'previewing', 'released')"
    " and retrieval.collected_at is null"
)
DISCARD_UNREAD = Statement(
    f"""
    with gone as (
        delete from evidence where retrieval = :retrieval and first_read_at is null
        returning retrieval),
    moved as (
        update retrieval set state = 'discarded', problem = :problem
        from gone where id = gone.retrieval and state = 'released' returning id),
    told as (
        insert into upshot (id, day, wrapped_key, sealed)
        select one.retrieval, one.day, one.wrapped_key, one.sealed
        from moved, unnest(cast(:upshots as sealed_row[])) as one),
    {log.beside("moved")}
    select id from moved
    """  # noqa: S608 -- names of our own
)


@dataclass(frozen=True, slots=True)
class Use:
    """For whom and what a consent was used or is held, and when."""

    subject: bytes
    evidence_type: str
    origin: Origin
    at: datetime


@dataclass(frozen=True, slots=True)
class NewUse:
    """A question holds a consent, if it is used less than `most` times since then for the same."""

    consent: UUID
    revision: int
    retrieval: UUID
    subject: bytes
    evidence_type: str
    origin: Origin
    since: datetime
    most: int


async def held(
    connection: Connection, ids: Sequence[UUID], *, office: str, apart: UUID | None
) -> list[tuple[ConsentRow, tuple[Use, ...]]]:
    """Consents an office holds, with their uses but that of the retrieval `apart`."""
    rows = await HELD.rows(connection, ids=list(ids), office=office, apart=apart)
    return [(of_row(row), tuple(_use(*one) for one in json.loads(row["uses"]))) for row in rows]


@unless_overtaken
async def record_beside(
    connection: Connection,
    uses: Sequence[NewUse],
    record: Callable[[], Awaitable[bool | None]],
    *,
    at: datetime,
) -> bool | None:
    """Record a fact and hold the consents it rests on, or neither.

    What `record` answers; None when a consent moved, or is used up meanwhile.

    Raises:
        LogUnavailable: nothing is on record, or the confirmation was lost.
    """
    async with connection.together():
        await _lock(connection, uses)
        recorded = await record()
        for one in uses if recorded else ():
            await _hold(connection, one, at=at)
        return recorded


async def _lock(connection: Connection, uses: Sequence[NewUse]) -> None:
    """Keep everybody off these consents until the fact is over."""
    seen = {one.consent: one.revision for one in uses}
    locked = await LOCK.rows(connection, ids=list(seen), revisions=list(seen.values()))
    if len(locked) != len(seen):
        raise Overtaken


async def _hold(connection: Connection, one: NewUse, *, at: datetime) -> None:
    row = await HOLD.row(
        connection,
        consent=one.consent,
        retrieval=one.retrieval,
        subject=one.subject,
        evidence_type=one.evidence_type,
        origin=one.origin.value,
        since=one.since,
        most=one.most,
        at=at,
    )
    if row is None:
        raise Overtaken


async def in_flight(connection: Connection, consent: UUID) -> list[tuple[Retrieval, str]]:
    """What is kept, waits or was released under a consent, and which office asked."""
    rows = await IN_FLIGHT.rows(connection, consent=consent)
    return [(retrieval_of_row(row), row["office"]) for row in rows]


async def record_discard_unread(
    connection: Connection,
    retrieval: UUID,
    entries: Sequence[SealedEntry],
    *,
    problem: str,
    upshots: Sequence[SealedEvidence],
) -> bool:
    """Destroy what was released and nobody read; False when somebody did."""
    row = await DISCARD_UNREAD.row(
        connection,
        retrieval=retrieval,
        problem=problem,
        upshots=[sealed_row(one) for one in upshots],
        **log.given(entries),
    )
    return row is not None


def _use(subject: str, evidence_type: str, origin: str, at: str) -> Use:
    return Use(bytes.fromhex(subject), evidence_type, Origin(origin), datetime.fromisoformat(at))
