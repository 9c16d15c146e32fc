"""Dry runs: what the law would say now, and nothing is asked."""

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from onceonly.api.access import AskingCaller, CurrentWorld, office_of
from onceonly.api.documentation import NO_STORE, problems
from onceonly.api.items import EvidenceRequestBody
from onceonly.api.problems import german
from onceonly.api.reading import StrictRoute
from onceonly.api.retrievals import DecisionView, answer
from onceonly.usecases.decisions import try_out

router = APIRouter(prefix="/v1/decisions", tags=["decisions"], route_class=StrictRoute)


class DecidedView(BaseModel):
    """One item and what the law says to it; `provider` is null where nobody offers it."""

    item: str
    person: str
    evidence_type: str
    provider: str | None
    decision: DecisionView


class DecisionList(BaseModel):
    """One decision for each item, in the items' order."""

    decisions: list[DecidedView]


@router.post(
    "",
    operation_id="tryOut",
    summary="Decide an evidence request without carrying it out",
    response_model=DecisionList,
    responses=problems(400, 401, 403, 413, 415, 422, 503) | NO_STORE,
)
async def decide_only(
    body: EvidenceRequestBody, caller: AskingCaller, world: CurrentWorld, request: Request
) -> Response:
    """The verdict of the live call. No consent is used, nobody is asked, nothing is kept."""
    office = office_of(caller)
    judged = await try_out(body.read(caller, world), office, caller, world)
    in_german = german(request)
    views = [
        {
            "item": one.item.ref,
            "person": one.item.person,
            "evidence_type": one.item.evidence_type,
            "provider": None if one.question.provider is None else one.question.provider.code,
            "decision": DecisionView.of(
                one.decision, world.law_of(caller.municipality), german_=in_german
            ),
        }
        for one in judged
    ]
    return answer({"decisions": views})
