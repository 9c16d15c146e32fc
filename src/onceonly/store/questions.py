"""Questions: requests with their retrievals, each recorded whole or not at all.

Requests that arrive together are recorded in one statement: what belongs to one hangs on its row
alone, and a key that was used before keeps out that request and no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import SealedEntry
from onceonly.domain.retrievals import Retrieval, State
from onceonly.store import log
from onceonly.store.database import Connection, Statement
from onceonly.store.requests import RequestRow
from onceonly.store.retrievals import decision_document, sealed_row

RECORD = Statement(
    f"""
    with lawful as (
        select 1 from municipality
        where id = current_setting('onceonly.municipality')::integer and version = :version),
    asked as (
        insert into evidence_request (id, client_id, office, idempotency_key, body_hash, procedure,
            case_reference, channel, reference_month, persons, asked_at)
        select one.id, one.client_id, one.office, one.idempotency_key, one.body_hash,
            one.procedure, one.case_reference, one.channel, one.reference_month,
            one.persons::jsonb, one.asked_at
        from lawful, unnest(cast(:requests as request_row[])) as one
        on conflict on constraint evidence_request_key_is_used_once do nothing
        returning id, office, procedure, case_reference, asked_at),
    decided as (
        insert into retrieval (id, request, place, item, person, subject, evidence_type, profile,
            provider, origin, state, decision, asked_at, fetching_until, replaces, question_entry)
        select one.id, asked.id, one.place, one.item, one.person, one.subject, one.evidence_type,
            one.profile, one.provider, one.origin, one.state, one.decision::jsonb, asked.asked_at,
            one.fetching_until, one.replaces, one.question_entry
        from asked join unnest(cast(:retrievals as question_row[])) as one
            on one.request = asked.id
        returning id),
    kept as (
        insert into question (retrieval, day, wrapped_key, sealed)
        select decided.id, one.day, one.wrapped_key, one.sealed
        from decided join unnest(cast(:kept as sealed_row[])) as one
            on one.retrieval = decided.id),
    closed as (
        insert into refusal (office, subject, procedure, case_reference, evidence_type, refused_at)
        select asked.office, one.subject, asked.procedure, asked.case_reference,
            one.evidence_type, asked.asked_at
        from asked join unnest(cast(:refused as closed_row[])) as one
            on one.request = asked.id
        on conflict do nothing),
    {log.beside_each("decided")}
    select exists(select 1 from lawful) as lawful, array(select id from asked) as ids
    """  # noqa: S608 -- names of our own
)


@dataclass(frozen=True, slots=True)
class Asking:
    """A request, decided, with all that is put on record beside it.

    `subjects` are whose evidence each retrieval asks for; `refused` what a person will hand in
    themselves, by subject and evidence type.

    Raises:
        ValueError: an entry, or what is kept, tells of no retrieval of it.
    """

    row: RequestRow
    retrievals: tuple[Retrieval, ...]
    subjects: tuple[bytes, ...]
    entries: tuple[SealedEntry, ...]
    kept: tuple[SealedEvidence, ...] = ()
    refused: tuple[tuple[bytes, str], ...] = ()

    def __post_init__(self) -> None:
        # What tells of another would be written beside nothing: lost without a word.
        own = {one.id for one in self.retrievals}
        told = {one.retrieval for one in self.entries} | {one.retrieval for one in self.kept}
        if not told <= own:
            raise ValueError("a request is recorded with what belongs to it")

    @property
    def size(self) -> int:
        """Bytes of its entries."""
        return sum(len(one.sealed) for one in self.entries)


async def record(
    connection: Connection, askings: Sequence[Asking], *, version: int
) -> frozenset[UUID] | None:
    """Record requests, their decisions and entries, if `version` is still in force.

    Those recorded; the others' keys were used before. None: the configuration moved on, and
    nothing is recorded.

    Raises:
        LogUnavailable: nothing is on record, or the confirmation was lost.
    """
    # Two processes that write the same keys in one order wait for each other, never in a circle.
    ordered = sorted(askings, key=lambda one: (one.row.client_id, one.row.idempotency_key))
    row = await RECORD.row(
        connection,
        version=version,
        requests=[_request_row(one.row) for one in ordered],
        retrievals=[
            _question_row(place, one, subject)
            for asking in ordered
            for place, (one, subject) in enumerate(
                zip(asking.retrievals, asking.subjects, strict=True)
            )
        ],
        kept=[sealed_row(kept) for one in ordered for kept in one.kept],
        refused=sorted((one.row.id, *refused) for one in ordered for refused in one.refused),
        **log.given([entry for one in ordered for entry in one.entries]),
    )
    if row is None or not row["lawful"]:
        return None
    return frozenset(row["ids"])


def _request_row(one: RequestRow) -> tuple[object, ...]:
    return (
        one.id,
        one.client_id,
        one.office,
        one.idempotency_key,
        one.body_hash,
        one.procedure,
        one.case_reference,
        one.channel,
        one.reference_month,
        log.as_json(one.persons),
        one.asked_at,
    )


def _question_row(place: int, one: Retrieval, subject: bytes) -> tuple[object, ...]:
    return (
        one.request,
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
