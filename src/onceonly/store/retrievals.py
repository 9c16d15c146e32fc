"""Retrievals: read by their request, moved by compare-and-set."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from onceonly.domain.calendar import Month, Months
from onceonly.domain.decision import Decision, Outcome, Required
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import SealedEntry
from onceonly.domain.offices import Origin
from onceonly.domain.retrievals import Retrieval, State
from onceonly.domain.rules import Alternative, Automation, Mode
from onceonly.store import log
from onceonly.store.database import Connection, Statement

_COLUMNS = (
    "retrieval.id, request, item, person, evidence_type, profile, provider, origin, state, problem,"
    " problem_reason, decision::text as decision, retrieval.asked_at, fetching_until, available_at,"
    " collected_at, replaces, question_entry, answer_entry, release_entry"
)

RECORD_ANSWER = Statement(
    f"""
    with moved as (
        update retrieval set state = :becomes, problem = :problem, problem_reason = :problem_reason,
            fetching_until = null, available_at = :available_at, due_at = :due_at,
            answer_entry = :answer_entry, release_entry = :release_entry,
            release_leaf = :release_leaf
        where id = :id and state = :seen
        returning id),
    held as (
        insert into evidence (retrieval, day, wrapped_key, sealed, first_read_at, until)
        select moved.id, one.day, one.wrapped_key, one.sealed, :first_read_at, one.until
        from moved, unnest(cast(:held_days as date[]), cast(:held_keys as bytea[]),
            cast(:held_seals as bytea[]), cast(:held_untils as timestamptz[]))
            as one(day, wrapped_key, sealed, until)),
    kept as (
        insert into question (retrieval, day, wrapped_key, sealed)
        select moved.id, one.day, one.wrapped_key, one.sealed
        from moved, unnest(cast(:kept_days as date[]), cast(:kept_keys as bytea[]),
            cast(:kept_seals as bytea[])) as one(day, wrapped_key, sealed)),
    {log.beside("moved")}
    select id from moved
    """  # noqa: S608 -- names of our own
)

OF_REQUESTS = Statement(
    f"select {_COLUMNS} from retrieval"  # noqa: S608 -- names of our own
    " where request = any(cast(:requests as uuid[])) order by request, place"
)
OF_OFFICE = Statement(
    f"select {_COLUMNS}, client_id, procedure, case_reference from retrieval"  # noqa: S608
    " join evidence_request on evidence_request.id = retrieval.request"
    " where retrieval.id = :id and office = :office"
)
LOST = Statement(
    f"select {_COLUMNS} from retrieval where state = 'fetching'"  # noqa: S608 -- names of our own
    " and fetching_until < :before order by fetching_until limit 200"
)


async def record_answer(
    connection: Connection,
    moved: Retrieval,
    entries: Sequence[SealedEntry],
    *,
    seen: State,
    held: SealedEvidence | None = None,
    kept: SealedEvidence | None = None,
    first_read_at: datetime | None = None,
    due_at: datetime | None = None,
    release_leaf: bytes | None = None,
) -> bool:
    """Record what became of a retrieval that was in state `seen`; False when it moved before.

    Raises:
        LogUnavailable: it is not on record, or the confirmation was lost.
    """
    row = await RECORD_ANSWER.row(
        connection,
        id=moved.id,
        seen=seen.value,
        becomes=moved.state.value,
        problem=moved.problem,
        problem_reason=moved.problem_reason,
        available_at=moved.available_at,
        due_at=due_at,
        answer_entry=moved.answer_entry,
        release_entry=moved.release_entry,
        release_leaf=release_leaf,
        first_read_at=first_read_at,
        held_days=[held.day] if held else [],
        held_keys=[held.wrapped_key] if held else [],
        held_seals=[held.sealed] if held else [],
        held_untils=[held.until] if held else [],
        kept_days=[kept.day] if kept else [],
        kept_keys=[kept.wrapped_key] if kept else [],
        kept_seals=[kept.sealed] if kept else [],
        **log.given(entries),
    )
    return row is not None


async def of_requests(connection: Connection, requests: Sequence[UUID]) -> list[Retrieval]:
    """The retrievals of these requests, in their items' order."""
    rows = await OF_REQUESTS.rows(connection, requests=list(requests))
    return [_retrieval(row) for row in rows]


async def of_office(
    connection: Connection, retrieval: UUID, *, office: str
) -> tuple[Retrieval, str, str] | None:
    """One retrieval an office asked for, with its procedure and case reference."""
    row = await OF_OFFICE.row(connection, id=retrieval, office=office)
    return None if row is None else (_retrieval(row), row["procedure"], row["case_reference"])


async def lost(connection: Connection, before: datetime) -> list[Retrieval]:
    """Retrievals still waiting though their time was up before that instant."""
    return [_retrieval(row) for row in await LOST.rows(connection, before=before)]


def decision_document(decision: Decision) -> str:
    """A decision as it is stored beside its retrieval."""
    months = decision.months
    return log.as_json(
        {
            "outcome": decision.outcome,
            "law": decision.law,
            "mode": decision.mode,
            "automation": decision.automation,
            "rule": decision.rule,
            "rule_version": decision.rule_version,
            "profile": decision.profile,
            "fields": decision.fields,
            "months": months
            and [months.first and str(months.first), months.last and str(months.last)],
            "reason": decision.reason,
            "obligations": decision.obligations,
            "alternatives": [[one.kind, one.what, one.of] for one in decision.alternatives],
            "required": [[one.act, one.by] for one in decision.required],
            "retention": decision.retention,
            "purpose_code": decision.purpose_code,
            "trace": decision.trace,
        }
    )


def _decision(document: str) -> Decision:
    stored = json.loads(document)
    months = stored["months"]
    return Decision(
        outcome=Outcome(stored["outcome"]),
        law=tuple(stored["law"]),
        mode=stored["mode"] and Mode(stored["mode"]),
        automation=stored["automation"] and Automation(stored["automation"]),
        rule=stored["rule"],
        rule_version=stored["rule_version"],
        profile=stored["profile"],
        fields=tuple(stored["fields"]),
        months=months and Months(*(one and Month.parse(one) for one in months)),
        reason=stored["reason"],
        obligations=tuple(stored["obligations"]),
        alternatives=tuple(Alternative(*one) for one in stored["alternatives"]),
        required=tuple(Required(*one) for one in stored["required"]),
        retention=stored["retention"],
        purpose_code=stored["purpose_code"],
        trace=tuple(stored["trace"]),
    )


def _retrieval(row: asyncpg.Record) -> Retrieval:
    return Retrieval(
        id=row["id"],
        request=row["request"],
        item=row["item"],
        person=row["person"],
        evidence_type=row["evidence_type"],
        profile=row["profile"],
        provider=row["provider"],
        origin=Origin(row["origin"]),
        state=State(row["state"]),
        decision=_decision(row["decision"]),
        asked_at=row["asked_at"],
        question_entry=row["question_entry"],
        fetching_until=row["fetching_until"],
        available_at=row["available_at"],
        collected_at=row["collected_at"],
        problem=row["problem"],
        problem_reason=row["problem_reason"],
        replaces=row["replaces"],
        answer_entry=row["answer_entry"],
        release_entry=row["release_entry"],
    )
