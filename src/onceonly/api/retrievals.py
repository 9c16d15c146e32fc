"""Retrievals, as callers see them."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel
from starlette.responses import Response

from onceonly.api.access import AskingCaller, CurrentWorld, office_of
from onceonly.api.documentation import NO_STORE, problems
from onceonly.api.forms import Form, IdText
from onceonly.api.problems import german
from onceonly.api.reading import StrictRoute
from onceonly.domain.calendar import instant
from onceonly.domain.decision import Decision
from onceonly.domain.errors import NotFound
from onceonly.domain.explanations import explanation
from onceonly.domain.retrievals import Retrieval
from onceonly.domain.rules import Law
from onceonly.store import retrievals
from onceonly.usecases.endings import cancel

router = APIRouter(prefix="/v1/retrievals", tags=["retrievals"], route_class=StrictRoute)

RetrievalId = Annotated[IdText, Path(alias="id", description="The retrieval's id, a UUIDv7")]


View = Mapping[str, object]
"""What an answer says, in the form that the model it is made by describes."""


class AlternativeView(BaseModel):
    """What else is open."""

    kind: str
    what: str | None = None
    of: str | None = None


class RequiredView(BaseModel):
    """Who must act, and how."""

    act: str
    by: str


class DecisionView(BaseModel):
    """What the law says to one question, by which norm, and how much of it."""

    outcome: str
    mode: str | None
    automation: str | None
    rule: str | None
    rule_version: str | None
    law: list[str]
    profile: str | None
    fields: list[str]
    reason: str | None
    obligations: list[str]
    alternatives: list[AlternativeView]
    required: list[RequiredView]
    explanation: str

    @staticmethod
    def of(decision: Decision, law: Law, *, german_: bool) -> View:
        """The decision, explained in the caller's language."""
        return {
            "outcome": decision.outcome.value,
            "mode": decision.mode,
            "automation": decision.automation,
            "rule": decision.rule,
            "rule_version": decision.rule_version,
            "law": decision.law,
            "profile": decision.profile,
            "fields": decision.fields,
            "reason": decision.reason,
            "obligations": decision.obligations,
            "alternatives": [
                {
                    name: value
                    for name in ("kind", "what", "of")
                    if (value := getattr(one, name)) is not None
                }
                for one in decision.alternatives
            ],
            "required": [{"act": one.act, "by": one.by} for one in decision.required],
            "explanation": explanation(decision, law, german=german_),
        }


class LogView(BaseModel):
    """Entries of the log that tell this retrieval's story."""

    question: UUID
    answer: UUID | None
    release: UUID | None


class HintView(BaseModel):
    """A fact for the file, and the norms it rests on; never a verdict on a claim."""

    code: str
    law: list[str]


class RetrievalView(BaseModel):
    """One person, one evidence type, one provider: decided, and what became of it."""

    id: UUID
    request: UUID
    item: str
    person: str
    evidence_type: str
    profile: str
    provider: str | None
    state: str
    decision: DecisionView
    hints: list[HintView]
    asked_at: str
    log: LogView
    fetching_until: str | None = None
    available_at: str | None = None
    problem: str | None = None
    problem_reason: str | None = None
    collected_at: str | None = None
    replaces: UUID | None = None
    evidence: dict[str, Any] | None = None

    @staticmethod
    def of(retrieval: Retrieval, law: Law, *, german_: bool, evidence: bytes | None = None) -> View:
        """The retrieval; members that do not arise are absent."""
        told: dict[str, object] = {
            "id": retrieval.id,
            "request": retrieval.request,
            "item": retrieval.item,
            "person": retrieval.person,
            "evidence_type": retrieval.evidence_type,
            "profile": retrieval.profile,
            "provider": retrieval.provider,
            "state": retrieval.state.value,
            "decision": DecisionView.of(retrieval.decision, law, german_=german_),
            "hints": [
                {"code": code, "law": law.hints[code].law}
                for code in retrieval.decision.hints
                if code in law.hints
            ],
            "asked_at": instant(retrieval.asked_at),
            "log": {
                "question": retrieval.question_entry,
                "answer": retrieval.answer_entry,
                "release": retrieval.release_entry,
            },
        }
        instants: dict[str, datetime | None] = {
            "fetching_until": retrieval.fetching_until,
            "available_at": retrieval.available_at,
            "collected_at": retrieval.collected_at,
        }
        for name, when in instants.items():
            if when is not None:
                told[name] = instant(when)
        for name in ("problem", "problem_reason", "replaces"):
            value = getattr(retrieval, name)
            if value is not None:
                told[name] = value
        if evidence is not None:
            # As it was written and sealed: it is not read to be written again.
            told["evidence"] = orjson.Fragment(evidence)
        return told


class NothingBody(Form):
    """An empty object."""


def answer(view: View | BaseModel, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Response:
    """A view as the body, written once, never stored on its way."""
    return Response(
        view.model_dump_json(exclude_unset=True)
        if isinstance(view, BaseModel)
        else orjson.dumps(view, default=_id),
        status,
        {"cache-control": "no-store"} | {k.replace("_", "-"): v for k, v in headers.items()},
        "application/json",
    )


def _id(value: object) -> str:
    """An id as the driver gives it: a kind of UUID that the writer does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


@router.get(
    "/{id}",
    operation_id="getRetrieval",
    summary="One retrieval as it stands",
    response_model=RetrievalView,
    responses=problems(401, 403, 404, 503) | NO_STORE,
)
async def get_retrieval(
    retrieval: RetrievalId, caller: AskingCaller, world: CurrentWorld, request: Request
) -> Response:
    """The retrieval with its decision; of another office it looks as if it were not there."""
    office = office_of(caller)
    async with world.database.within(caller.municipality) as connection:
        found = await retrievals.of_office(connection, retrieval, office=office.code)
    if found is None:
        raise NotFound
    return answer(
        RetrievalView.of(found[0], world.law_of(caller.municipality), german_=german(request))
    )


@router.post(
    "/{id}/cancellation",
    operation_id="cancelRetrieval",
    summary="The case is closed: discard it",
    response_model=RetrievalView,
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503) | NO_STORE,
)
async def cancel_retrieval(
    retrieval: RetrievalId,
    body: NothingBody,  # noqa: ARG001 -- its form is checked
    caller: AskingCaller,
    world: CurrentWorld,
    request: Request,
) -> Response:
    """What is held or kept for it is destroyed; again is as good as once."""
    cancelled = await cancel(retrieval, caller, world)
    return answer(
        RetrievalView.of(cancelled, world.law_of(caller.municipality), german_=german(request))
    )
