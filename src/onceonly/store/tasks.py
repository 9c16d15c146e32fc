"""Tasks as an office sees them: retrievals that wait for a person, and what upshots opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import SealedEntry
from onceonly.domain.retrievals import Retrieval
from onceonly.domain.tasks import Due, Kind, Task
from onceonly.store import log
from onceonly.store.database import Connection, Statement
from onceonly.store.retrievals import COLUMNS, of_row

_LAST = UUID(int=2**128 - 1)
_SHOWN = (
    "select mine.*, evidence_request.office as consumer, procedure from mine"
    " left join retrieval on retrieval.id = mine.reference"
    " left join evidence_request on evidence_request.id = retrieval.request"
)

OPEN_OF_OFFICE = Statement(
    f"""
    with mine as (
        (select id, 'answer-by-hand' as kind, id as reference, evidence_type, asked_at as since,
            'open' as state
        from retrieval where provider = :office and state = 'manual' and id < :before
        order by id desc limit :most)
        union all
        (select id, kind, reference, evidence_type, since, 'open'
        from task where office = :office and closed_at is null and id < :before
        order by id desc limit :most)
        order by id desc limit :most)
    {_SHOWN} order by mine.id desc
    """  # noqa: S608 -- names of our own
)
BY_ID = Statement(
    f"""
    with mine as (
        select id, 'answer-by-hand' as kind, id as reference, evidence_type, asked_at as since,
            case state when 'manual' then 'open' else state end as state
        from retrieval
        where id = :id and provider = :office and decision ->> 'outcome' = 'manual'
        union all
        select id, kind, reference, evidence_type, since,
            case when closed_at is null then 'open' else 'done' end
        from task where id = :id and office = :office)
    {_SHOWN}
    """  # noqa: S608 -- names of our own
)
WAITING = Statement(
    f"select {COLUMNS}, office, day, wrapped_key, sealed from retrieval"  # noqa: S608
    " join question on question.retrieval = retrieval.id"
    " join evidence_request on evidence_request.id = retrieval.request"
    " where retrieval.id = :id and provider = :office and state = 'manual'"
)
RECORD_LOOK = Statement(
    f"""
    with seen as (
        select retrieval.id from retrieval, municipality
        where retrieval.id = :id and state = 'manual'
            and municipality.id = current_setting('onceonly.municipality')::integer
            and version = :version
        for share of retrieval),
    {log.beside("seen")}
    select id from seen
    """  # noqa: S608 -- names of our own
)
RECORD_DONE = Statement(
    f"""
    with closed as (
        update task set closed_at = :at where id = :id and office = :office and closed_at is null
        returning id),
    {log.beside("closed")}
    select id from closed
    """  # noqa: S608 -- names of our own
)
UPSHOTS = Statement(
    "select id, day, wrapped_key, sealed from upshot where id > :after order by id limit 100"
)
KNOWN = Statement("select once from task where once = any(cast(:once as bytea[]))")
RECORD_OPENING = Statement(
    f"""
    with gone as (delete from upshot where id = :upshot returning id),
    opened as (
        insert into task (id, office, kind, reference, evidence_type, since, once)
        select one.id, one.office, one.kind, one.reference, one.evidence_type, one.since, one.once
        from gone, unnest(cast(:tasks as task_row[])) as one
        on conflict on constraint task_arises_once do nothing),
    {log.beside("gone")}
    select id from gone
    """  # noqa: S608 -- names of our own
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A retrieval that waits for a person's answer, who asked it, and its sealed question."""

    retrieval: Retrieval
    office: str
    question: SealedEvidence


@dataclass(frozen=True, slots=True)
class Opening:
    """A task about to be opened; `once` is the keyed hash of what it arises once for."""

    id: UUID
    due: Due
    since: datetime
    once: bytes


async def open_of_office(
    connection: Connection, office: str, *, before: UUID | None, most: int
) -> list[Task]:
    """What an office must do, newest first, from behind `before`."""
    rows = await OPEN_OF_OFFICE.rows(connection, office=office, before=before or _LAST, most=most)
    return [_task(row) for row in rows]


async def by_id(connection: Connection, task: UUID, *, office: str) -> Task | None:
    """One task of an office, done or not."""
    row = await BY_ID.row(connection, id=task, office=office)
    return None if row is None else _task(row)


async def waiting(
    connection: Connection, task: UUID, *, office: str, until: datetime
) -> Waiting | None:
    """What an office is asked by hand, as long as it waits."""
    row = await WAITING.row(connection, id=task, office=office)
    if row is None:
        return None
    sealed = SealedEvidence(row["id"], row["day"], row["wrapped_key"], row["sealed"], until)
    return Waiting(of_row(row), row["office"], sealed)


async def record_look(
    connection: Connection, task: UUID, entries: Sequence[SealedEntry], *, version: int
) -> bool:
    """Record that a question is looked at; False when it waits no more, or the law moved."""
    row = await RECORD_LOOK.row(connection, id=task, version=version, **log.given(entries))
    return row is not None


async def record_done(
    connection: Connection,
    task: UUID,
    entries: Sequence[SealedEntry],
    *,
    office: str,
    at: datetime,
) -> bool:
    """Close a task; False when it was closed before."""
    row = await RECORD_DONE.row(connection, id=task, office=office, at=at, **log.given(entries))
    return row is not None


async def upshots(connection: Connection, *, after: UUID, until: datetime) -> list[SealedEvidence]:
    """Upshots behind `after`, oldest first; what is sealed is named by the upshot's id."""
    return [
        SealedEvidence(row["id"], row["day"], row["wrapped_key"], row["sealed"], until)
        for row in await UPSHOTS.rows(connection, after=after)
    ]


async def known(connection: Connection, once: Sequence[bytes]) -> frozenset[bytes]:
    """Which of these tasks have arisen already."""
    rows = await KNOWN.rows(connection, once=list(once))
    return frozenset(row["once"] for row in rows)


async def record_opening(
    connection: Connection,
    upshot: UUID,
    tasks: Sequence[Opening],
    entries: Sequence[SealedEntry],
) -> bool:
    """Open the tasks of an upshot and forget it; False when another did."""
    row = await RECORD_OPENING.row(
        connection,
        upshot=upshot,
        tasks=[
            (
                one.id,
                one.due.office,
                one.due.kind.value,
                one.due.reference,
                one.due.evidence_type,
                one.since,
                one.once,
            )
            for one in tasks
        ],
        **log.given(entries),
    )
    return row is not None


def _task(row: asyncpg.Record) -> Task:
    return Task(
        id=row["id"],
        kind=Kind(row["kind"]),
        reference=row["reference"],
        evidence_type=row["evidence_type"],
        since=row["since"],
        consumer=row["consumer"],
        procedure=row["procedure"],
        state=row["state"],
    )
