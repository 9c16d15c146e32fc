"""Evidence requests as they lie on record, and what persons of a case will hand in themselves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from onceonly.store.database import Connection, Statement


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
