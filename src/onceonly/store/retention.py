"""Entries whose time is up, deleted by class and day, with the rows they were about; and holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from onceonly.domain.calendar import midnight
from onceonly.domain.log import SealedEntry
from onceonly.store import log
from onceonly.store.database import Connection, Statement

NEXT = Statement("select id from log_entry where id >= :first order by id limit 1")
DUE = Statement(
    "select entry.class, entry.day, count(*) as entries from log_entry as entry"
    " join unnest(cast(:classes as text[]), cast(:befores as date[])) as due (class, before)"
    "   on entry.class = due.class and entry.day < due.before"
    " where entry.id >= :first and entry.id < :end group by entry.class, entry.day"
    " order by entry.day, entry.class"
)
RECORD_DESTRUCTION = Statement(
    f"""
    with gone as (
        delete from log_entry
        where id >= :first and id < :end and class = :class and day = :day
        returning id),
    fact as (select 1 from gone limit 1),
    {log.beside("fact")}
    select count(*) as entries from gone
    """  # noqa: S608 -- names of our own
)
RECORD_HOLD = Statement(
    f"""
    with held as (
        insert into log_hold (entry_id, reason, actor, until, event, at, retrieval, sealed)
        values (:entry, :reason, :actor, :until, :event, :at, :retrieval, :sealed)
        on conflict do nothing returning entry_id),
    {log.beside("held")}
    select entry_id from held
    """  # noqa: S608 -- names of our own
)
ENDED = Statement("select entry_id, until from log_hold where until < :today order by until")
RECORD_HOLDS_END = Statement(
    f"""
    with gone as (
        delete from log_hold where entry_id = :entry and until = :until returning entry_id),
    {log.beside("gone")}
    select entry_id from gone
    """  # noqa: S608 -- names of our own
)
# The uses of a living consent count how often it may still be used; afterwards they are a record
# of the exchange. One that a question still rests on stays whatever its age.
FORGET_USES = Statement(
    f"""
    with gone as (
        delete from consent_use using consent
        where used_at < :before and consent.id = consent_use.consent
            and consent.state not in ('requested', 'given', 'renewed')
            and not exists (
                select 1 from retrieval where retrieval.id = consent_use.retrieval
                    and retrieval.state in ('fetching', 'deferred', 'manual', 'previewing'))
        returning consent_use.consent),
    fact as (select 1 from gone limit 1),
    {log.beside("fact")}
    select count(*) as rows from gone
    """  # noqa: S608 -- names of our own
)
FORGET_CONSENTS = Statement(
    f"""
    with unused as (
        delete from consent_use using consent
        where consent.id = consent_use.consent and ended_on < :before),
    gone as (delete from consent where ended_on < :before returning id),
    fact as (select 1 from gone limit 1),
    {log.beside("fact")}
    select count(*) as rows from gone
    """  # noqa: S608 -- names of our own
)
# "For as long as the case's entries are kept": entries of its questions, and its consents.
FORGET_REFUSALS = Statement(
    f"""
    with gone as (
        delete from refusal
        where refused_at < :before
            and not exists (
                select 1 from evidence_request as asked
                join retrieval on retrieval.request = asked.id
                join log_entry on log_entry.retrieval = retrieval.id
                where asked.office = refusal.office
                    and asked.case_reference = refusal.case_reference)
            and not exists (
                select 1 from consent
                where consent.office = refusal.office
                    and consent.case_reference = refusal.case_reference)
        returning office),
    fact as (select 1 from gone limit 1),
    {log.beside("fact")}
    select count(*) as rows from gone
    """  # noqa: S608 -- names of our own
)
FORGET_TASKS = Statement(
    f"""
    with gone as (delete from task where closed_at < :before returning id),
    fact as (select 1 from gone limit 1),
    {log.beside("fact")}
    select count(*) as rows from gone
    """  # noqa: S608 -- names of our own
)
NEXT_REQUEST = Statement("select id from evidence_request where id >= :first order by id limit 1")
# Nothing of it can move any more, nothing is held of it, and what was on record of it is gone;
# what administration wrote about an entry does not make it longer.
_OVER = """
    request >= :first and request < :end and retrieval.asked_at < :before
    and (state in ('refused', 'choice-required', 'consent-required', 'withheld', 'no-result',
            'failed', 'discarded', 'expired')
        or state = 'released' and collected_at is not null)
    and not exists (select 1 from evidence where evidence.retrieval = retrieval.id)
    and not exists (select 1 from question where question.retrieval = retrieval.id)
    and not exists (
        select 1 from log_entry
        where log_entry.retrieval = retrieval.id
            and log_entry.class = any(cast(:classes as text[])))
"""
OVER = Statement(
    "select decision ->> 'retention' as class from retrieval"  # noqa: S608 -- names of our own
    " join unnest(cast(:classes as text[]), cast(:befores as date[])) as due (class, first)"
    "   on decision ->> 'retention' = due.class"
    "   and (retrieval.asked_at at time zone 'Europe/Berlin')::date < due.first"
    f" where {_OVER} group by decision ->> 'retention' order by 1"
)
FORGET_RETRIEVALS = Statement(
    f"""
    with gone as (
        delete from retrieval where decision ->> 'retention' = :class and {_OVER} returning id),
    fact as (select 1 from gone limit 1),
    {log.beside("fact")}
    select count(*) as rows from gone
    """  # noqa: S608 -- names of our own
)
FORGET_REQUESTS = Statement(
    f"""
    with gone as (
        delete from evidence_request
        where id >= :first and id < :end and asked_at < :before
            and not exists (select 1 from retrieval where request = evidence_request.id)
        returning id),
    fact as (select 1 from gone limit 1),
    {log.beside("fact")}
    select count(*) as rows from gone
    """  # noqa: S608 -- names of our own
)


@dataclass(frozen=True, slots=True)
class Window:
    """Requests of a range of ids, asked before an instant, and classes with their first day kept."""

    first: UUID
    end: UUID
    before: datetime
    befores: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class DueDay:
    """Entries of one class and day that must go."""

    retention: str
    day: date
    entries: int


async def next_id(connection: Connection, first: UUID) -> UUID | None:
    """The first entry from that id on."""
    row = await NEXT.row(connection, first=first)
    return None if row is None else row["id"]


async def due(
    connection: Connection, befores: Mapping[str, date], *, first: UUID, end: UUID
) -> list[DueDay]:
    """What is due among the entries of a range of ids."""
    rows = await DUE.rows(
        connection,
        classes=list(befores),
        befores=list(befores.values()),
        first=first,
        end=end,
    )
    return [DueDay(row["class"], row["day"], row["entries"]) for row in rows]


async def record_destruction(
    connection: Connection, one: DueDay, entries: Sequence[SealedEntry], *, first: UUID, end: UUID
) -> int:
    """Delete the entries of a class and day, and say so; how many, 0 when another was quicker."""
    given = {"class": one.retention, "day": one.day, "first": first, "end": end}
    row = await RECORD_DESTRUCTION.row(connection, **given, **log.given(entries))
    return 0 if row is None else int(row["entries"])


async def record_hold(
    connection: Connection,
    copy: SealedEntry,
    entries: Sequence[SealedEntry],
    *,
    reason: str,
    actor: str,
) -> bool:
    """Keep a copy of an entry until its day; False when it is held already."""
    row = await RECORD_HOLD.row(
        connection,
        entry=copy.id,
        reason=reason,
        actor=actor,
        until=copy.day,
        event=copy.event,
        at=copy.at,
        retrieval=copy.retrieval,
        sealed=copy.sealed,
        **log.given(entries),
    )
    return row is not None


async def forget_uses(connection: Connection, before: date, entries: Sequence[SealedEntry]) -> int:
    """Delete uses of ended consents from before that German day, and say so; how many."""
    return await _forgotten(FORGET_USES, connection, midnight(before), entries)


async def forget_consents(
    connection: Connection, before: date, entries: Sequence[SealedEntry]
) -> int:
    """Delete the consents that ended before that day, and say so; how many."""
    return await _forgotten(FORGET_CONSENTS, connection, before, entries)


async def forget_refusals(
    connection: Connection, before: date, entries: Sequence[SealedEntry]
) -> int:
    """Delete refusals from before that German day of whose case nothing is on record; how many."""
    return await _forgotten(FORGET_REFUSALS, connection, midnight(before), entries)


async def forget_tasks(connection: Connection, before: date, entries: Sequence[SealedEntry]) -> int:
    """Delete tasks that were closed before that German day, and say so; how many."""
    return await _forgotten(FORGET_TASKS, connection, midnight(before), entries)


async def _forgotten(
    statement: Statement,
    connection: Connection,
    before: date | datetime,
    entries: Sequence[SealedEntry],
) -> int:
    row = await statement.row(connection, before=before, **log.given(entries))
    return 0 if row is None else int(row["rows"])


async def next_request(connection: Connection, first: UUID) -> UUID | None:
    """The first evidence request from that id on."""
    row = await NEXT_REQUEST.row(connection, first=first)
    return None if row is None else row["id"]


async def over(connection: Connection, among: Window) -> list[str]:
    """Classes of the retrievals that are over and of which nothing is on record any more."""
    rows = await OVER.rows(connection, befores=list(among.befores.values()), **_given(among))
    return [row["class"] for row in rows]


async def forget_retrievals(
    connection: Connection, kept: str, among: Window, entries: Sequence[SealedEntry]
) -> int:
    """Delete the retrievals of a class that are over, and say so; how many."""
    given = {"class": kept, **_given(among), **log.given(entries)}
    row = await FORGET_RETRIEVALS.row(connection, **given)
    return 0 if row is None else int(row["rows"])


async def forget_requests(
    connection: Connection, among: Window, entries: Sequence[SealedEntry]
) -> int:
    """Delete the requests that have no retrieval left, and say so; how many."""
    row = await FORGET_REQUESTS.row(
        connection,
        first=among.first,
        end=among.end,
        before=among.before,
        **log.given(entries),
    )
    return 0 if row is None else int(row["rows"])


def _given(among: Window) -> dict[str, object]:
    return {
        "first": among.first,
        "end": among.end,
        "before": among.before,
        "classes": list(among.befores),
    }


async def ended_before(connection: Connection, today: date) -> list[tuple[UUID, date]]:
    """Holds whose last day is past: the entry, and that day."""
    rows = await ENDED.rows(connection, today=today)
    return [(row["entry_id"], row["until"]) for row in rows]


async def record_holds_end(
    connection: Connection, entry: UUID, until: date, entries: Sequence[SealedEntry]
) -> bool:
    """Delete a held copy, and say so; False when another was quicker."""
    row = await RECORD_HOLDS_END.row(connection, entry=entry, until=until, **log.given(entries))
    return row is not None
