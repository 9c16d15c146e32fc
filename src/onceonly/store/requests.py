"""Evidence requests with their retrievals: recorded whole, in one statement, or not at all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import SealedEntry
from onceonly.domain.retrievals import Retrieval, State
from onceonly.store import log
from onceonly.store.database import Connection, Statement
from onceonly.store.retrievals import decision_document, sealed_row


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as it is stored: nothing of a person but references and roles."""

    id: UUID
    client_id: str
    office: str
    idempotency_key: str
    body_hash: bytes
    procedure: str
    case_reference: str
    channel: str
    reference_month: str
    persons: tuple[tuple[str, str], ...]
    asked_at: datetime


_COLUMNS = (
    "id, client_id, office, idempotency_key, body_hash, procedure, case_reference, channel,"
    " reference_month, persons::text as persons, asked_at"
)

RECORD = Statement(
    f"""
    with lawful as (
        select 1 from municipality
        where id = current_setting('onceonly.municipality')::integer and version = :version),
    asked as (
        insert into evidence_request (id, client_id, office, idempotency_key, body_hash, procedure,
            case_reference, channel, reference_month, persons, asked_at)
        select :id, :client_id, :office, :idempotency_key, :body_hash, :procedure, :case_reference,
            :channel, :reference_month, cast(:persons as jsonb), :asked_at
        from lawful
        on conflict on constraint evidence_request_key_is_used_once do nothing
        returning id, asked_at),
    decided as (
        insert into retrieval (id, request, place, item, person, subject, evidence_type, profile,
            provider, origin, state, decision, asked_at, fetching_until, replaces, question_entry)
        select one.id, asked.id, one.place, one.item, one.person, one.subject, one.evidence_type,
            one.profile, one.provider, one.origin, one.state, one.decision::jsonb, asked.asked_at,
            one.fetching_until, one.replaces, one.question_entry
        from asked, unnest(cast(:retrievals as retrieval_row[])) as one),
    kept as (
        insert into question (retrieval, day, wrapped_key, sealed)
        select one.retrieval, one.day, one.wrapped_key, one.sealed
        from asked, unnest(cast(:kept as sealed_row[])) as one),
    closed as (
        insert into refusal (office, subject, procedure, case_reference, evidence_type, refused_at)
        select :office, one.subject, :procedure, :case_reference, one.evidence_type, asked.asked_at
        from asked, unnest(cast(:refused as refusal_row[])) as one
        on conflict do nothing),
    {log.beside("asked")}
    select exists(select 1 from lawful) as lawful, (select id from asked) as id
    """  # noqa: S608 -- names of our own
)

REFUSED = Statement(
    "select subject, evidence_type from refusal where office = :office"
    " and subject = any(cast(:subjects as bytea[])) and procedure = :procedure"
    " and case_reference = :case_reference"
)
LIFT = Statement(
    "delete from refusal using unnest(cast(:lifted as refusal_row[])) as one"
    " where refusal.office = :office and refusal.subject = one.subject"
    " and refusal.procedure = :procedure and refusal.case_reference = :case_reference"
    " and refusal.evidence_type = one.evidence_type"
)
BY_KEY = Statement(
    f"select {_COLUMNS} from evidence_request"  # noqa: S608 -- names of our own
    " where client_id = :client_id and idempotency_key = :idempotency_key"
)
BY_ID = Statement(
    f"select {_COLUMNS} from evidence_request where id = :id and office = :office"  # noqa: S608
)
OF_OFFICE = Statement(
    f"select {_COLUMNS} from evidence_request"  # noqa: S608 -- names of our own
    " where office = :office and (cast(:before as uuid) is null or id < :before)"
    " and (cast(:case_reference as text) is null or case_reference = :case_reference)"
    " and (cast(:state as text) is null or exists (select 1 from retrieval"
    "   where retrieval.request = evidence_request.id and retrieval.state = :state))"
    " order by id desc limit :most"
)


async def record(  # noqa: PLR0917 -- one fact, whole
    connection: Connection,
    request: RequestRow,
    retrievals: Sequence[Retrieval],
    subjects: Sequence[bytes],
    kept: Sequence[SealedEvidence],
    entries: Sequence[SealedEntry],
    *,
    version: int,
    refused: Sequence[tuple[bytes, str]] = (),
) -> bool | None:
    """Record a request, its decisions and its entries, if `version` is still in force.

    True: recorded; False: the key was used before; None: the configuration moved on.

    Raises:
        LogUnavailable: nothing is on record, or the confirmation was lost.
    """
    row = await RECORD.row(
        connection,
        version=version,
        id=request.id,
        client_id=request.client_id,
        office=request.office,
        idempotency_key=request.idempotency_key,
        body_hash=request.body_hash,
        procedure=request.procedure,
        case_reference=request.case_reference,
        channel=request.channel,
        reference_month=request.reference_month,
        persons=log.as_json(request.persons),
        asked_at=request.asked_at,
        retrievals=[
            _retrieval_row(place, one, subject)
            for place, (one, subject) in enumerate(zip(retrievals, subjects, strict=True))
        ],
        kept=[sealed_row(one) for one in kept],
        refused=list(refused),
        **log.given(entries),
    )
    if row is None or not row["lawful"]:
        return None
    return row["id"] is not None


def _retrieval_row(place: int, one: Retrieval, subject: bytes) -> tuple[object, ...]:
    return (
        one.id,
        place,
        one.item,
        one.person,
        subject,
        one.evidence_type,
        one.profile,
        one.provider,
        one.origin.value,
        one.state.value,
        decision_document(one.decision),
        one.fetching_until if one.state is State.FETCHING else None,
        one.replaces,
        one.question_entry,
    )


async def refused(
    connection: Connection,
    *,
    office: str,
    subjects: Sequence[bytes],
    procedure: str,
    case_reference: str,
) -> frozenset[tuple[bytes, str]]:
    """Subject and evidence type of what persons of this case will hand in themselves."""
    rows = await REFUSED.rows(
        connection,
        office=office,
        subjects=list(subjects),
        procedure=procedure,
        case_reference=case_reference,
    )
    return frozenset((row["subject"], row["evidence_type"]) for row in rows)


async def lift(
    connection: Connection, request: RequestRow, lifted: Sequence[tuple[bytes, str]]
) -> None:
    """Forget that persons of this case refused: they have chosen since."""
    await LIFT.rows(
        connection,
        lifted=list(lifted),
        office=request.office,
        procedure=request.procedure,
        case_reference=request.case_reference,
    )


async def by_key(
    connection: Connection, *, client_id: str, idempotency_key: str
) -> RequestRow | None:
    """The request a client's key belongs to."""
    row = await BY_KEY.row(connection, client_id=client_id, idempotency_key=idempotency_key)
    return None if row is None else _request(row)


async def by_id(connection: Connection, *, request: UUID, office: str) -> RequestRow | None:
    """One request of an office."""
    row = await BY_ID.row(connection, id=request, office=office)
    return None if row is None else _request(row)


async def of_office(
    connection: Connection,
    office: str,
    *,
    before: UUID | None,
    most: int,
    state: str | None = None,
    case_reference: str | None = None,
) -> list[RequestRow]:
    """An office's requests, newest first, from behind `before`."""
    rows = await OF_OFFICE.rows(
        connection,
        office=office,
        before=before,
        most=most,
        state=state,
        case_reference=case_reference,
    )
    return [_request(row) for row in rows]


def _request(row: asyncpg.Record) -> RequestRow:
    return RequestRow(
        id=row["id"],
        client_id=row["client_id"],
        office=row["office"],
        idempotency_key=row["idempotency_key"],
        body_hash=row["body_hash"],
        procedure=row["procedure"],
        case_reference=row["case_reference"],
        channel=row["channel"],
        reference_month=row["reference_month"],
        persons=tuple((ref, role) for ref, role in json.loads(row["persons"])),
        asked_at=row["asked_at"],
    )
