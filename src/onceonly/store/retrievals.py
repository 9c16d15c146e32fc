"""Retrievals: read by their request, moved by compare-and-set."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
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
from onceonly.store.database import Connection, Statement, unless_overtaken

COLUMNS = (
    "retrieval.id, request, item, person, evidence_type, profile, provider, origin, state, problem,"
    " problem_reason, decision::text as decision, retrieval.asked_at, fetching_until, available_at,"
    " collected_at, replaces, question_entry, answer_entry, release_entry"
)
"""What `of_row` reads."""

RECORD_ASKING = Statement(
    f"""
    with moved as (
        update retrieval set state = 'fetching', fetching_until = :until, due_at = null,
            available_at = null, asks = asks + case when due_at = available_at then 0 else 1 end
        from municipality
        where retrieval.id = :id and state = 'deferred'
            and municipality.id = current_setting('onceonly.municipality')::integer
            and version = :version
        returning retrieval.id),
    {log.beside("moved")}
    select id from moved
    """  # noqa: S608 -- names of our own
)
POSTPONE = Statement(
    "update retrieval set due_at = :until where id = :id and state = 'deferred' returning id"
)
DEFERRED = Statement(
    f"select {COLUMNS}, office, day, wrapped_key, sealed from retrieval"  # noqa: S608
    " join question on question.retrieval = retrieval.id"
    " join evidence_request on evidence_request.id = retrieval.request"
    " where state = 'deferred' and due_at < :before order by due_at limit 100"
)
MANUAL = Statement(
    f"select {COLUMNS} from retrieval where state = 'manual'"  # noqa: S608 -- names of our own
    " and retrieval.asked_at < :before order by retrieval.asked_at limit 100"
)
OF_REQUESTS = Statement(
    f"select {COLUMNS} from retrieval"  # noqa: S608 -- names of our own
    " where request = any(cast(:requests as uuid[])) order by request, place"
)
OF_OFFICE = Statement(
    f"select {COLUMNS}, client_id, procedure, case_reference from retrieval"  # noqa: S608
    " join evidence_request on evidence_request.id = retrieval.request"
    " where retrieval.id = :id and office = :office"
)
LOST = Statement(
    f"select {COLUMNS} from retrieval where state = 'fetching'"  # noqa: S608 -- names of our own
    " and fetching_until < :before order by fetching_until limit 200"
)


def sealed_row(one: SealedEvidence) -> tuple[object, ...]:
    """Held evidence or a kept question as one row of a statement."""
    return one.retrieval, one.day, one.wrapped_key, one.sealed, one.until


@dataclass(frozen=True, slots=True)
class Kept:
    """A deferred retrieval with its sealed question."""

    retrieval: Retrieval
    office: str
    question: SealedEvidence


@unless_overtaken
async def record_asking(
    connection: Connection,
    fetching: Retrieval,
    entries: Sequence[SealedEntry],
    *,
    version: int,
) -> bool:
    """Record that a deferred retrieval is asked again; False when it moved, or the law did.

    None: a consent moved.
    """
    row = await RECORD_ASKING.row(
        connection,
        id=fetching.id,
        until=fetching.fetching_until,
        version=version,
        **log.given(entries),
    )
    return row is not None


async def postpone(connection: Connection, retrieval: UUID, *, until: datetime) -> bool:
    """Ask a deferred retrieval no earlier than then; False when it moved."""
    row = await POSTPONE.row(connection, id=retrieval, until=until)
    return row is not None


async def deferred_before(connection: Connection, before: datetime) -> list[Kept]:
    """Deferred retrievals whose time has come."""
    return [
        Kept(
            of_row(row),
            row["office"],
            SealedEvidence(row["id"], row["day"], row["wrapped_key"], row["sealed"], before),
        )
        for row in await DEFERRED.rows(connection, before=before)
    ]


async def of_requests(connection: Connection, requests: Sequence[UUID]) -> list[Retrieval]:
    """The retrievals of these requests, in their items' order."""
    rows = await OF_REQUESTS.rows(connection, requests=list(requests))
    return [of_row(row) for row in rows]


async def of_office(
    connection: Connection, retrieval: UUID, *, office: str
) -> tuple[Retrieval, str, str] | None:
    """One retrieval an office asked for, with its procedure and case reference."""
    row = await OF_OFFICE.row(connection, id=retrieval, office=office)
    return None if row is None else (of_row(row), row["procedure"], row["case_reference"])


async def manual_before(connection: Connection, before: datetime) -> list[Retrieval]:
    """Retrievals asked before that instant that still wait for a person's answer."""
    return [of_row(row) for row in await MANUAL.rows(connection, before=before)]


async def lost(connection: Connection, before: datetime) -> list[Retrieval]:
    """Retrievals still waiting though their time was up before that instant."""
    return [of_row(row) for row in await LOST.rows(connection, before=before)]


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
            "hints": decision.hints,
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
        hints=tuple(stored.get("hints", ())),
        trace=tuple(stored["trace"]),
    )


def of_row(row: asyncpg.Record) -> Retrieval:
    """A row's retrieval."""
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
