"""Previews, by the office's online application or a citizen's token: shown, used, withheld."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, JsonValue
from starlette.responses import Response

from onceonly.api.access import CurrentWorld, PreviewingCaller, Who
from onceonly.api.documentation import NO_STORE, problems
from onceonly.api.evidence import LegalView, ProvenanceView, SchemaName, ValidityView
from onceonly.api.forms import Form, InstantText, Ref, Session
from onceonly.api.problems import german
from onceonly.api.reading import StrictRoute
from onceonly.api.retrievals import RetrievalId, RetrievalView, answer
from onceonly.domain.errors import Fault, Invalid
from onceonly.usecases.previews import decide_use, look
from onceonly.usecases.use_decisions import UseDecision
from onceonly.usecases.world import Caller

router = APIRouter(prefix="/v1/retrievals", tags=["previews"], route_class=StrictRoute)


class PreviewView(BaseModel):
    """The evidence as it would be released, without its place in the log."""

    retrieval: str
    evidence_type: str
    profile: str
    schema_name: SchemaName
    person: str
    content: dict[str, Any]
    provenance: ProvenanceView
    validity: ValidityView
    disputed: bool
    legal: LegalView


_EXAMPLE: dict[str, JsonValue] = {
    "decision": "use",
    "made_by": "p1",
    "made_at": "2026-11-25T10:02:00Z",
    "session": "0123456789abcdef",
}


class UseDecisionBody(Form):
    """What the person decided. A portal says who, when and in which session; a token knows."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    decision: Literal["use", "do-not-use"]
    made_by: Ref | None = None
    made_at: InstantText | None = None
    session: Session | None = None

    def read(self, who: Who, now: datetime) -> UseDecision:
        """The decision.

        Raises:
            Invalid: a portal leaves out who, when or in which session.
        """
        lacking = [
            Fault(f"#/{name}", "missing")
            for name in ("made_by", "made_at", "session")
            if getattr(self, name) is None
        ]
        if lacking and isinstance(who, Caller):
            raise Invalid(lacking)
        return UseDecision(self.decision, self.made_by, self.made_at or now, self.session)


@router.get(
    "/{id}/preview",
    operation_id="getPreview",
    summary="Show the person what would be released",
    response_model=PreviewView,
    responses=problems(401, 403, 404, 409, 422, 503) | NO_STORE,
)
async def get_preview(
    retrieval: RetrievalId,
    caller: PreviewingCaller,
    world: CurrentWorld,
    by: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z][a-z0-9-]{0,31}$",
            description="Who is logged in at the portal: a `ref` of the request's persons; "
            "not needed with a citizen's token",
        ),
    ] = None,
) -> Response:
    """Each look is on record. Who looks must be who chose, or may act for the person."""
    if by is None and isinstance(caller, Caller):
        raise Invalid([Fault("#/by", "missing")])
    shown = json.loads(await look(retrieval, by, caller, world))
    shown.pop("log", None)
    return Response(
        json.dumps(shown, ensure_ascii=False, separators=(",", ":")),
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )


@router.post(
    "/{id}/use-decision",
    operation_id="decideUse",
    summary="The person uses it, or does not",
    response_model=RetrievalView,
    responses=problems(400, 401, 403, 404, 409, 415, 422, 503) | NO_STORE,
)
async def post_use_decision(
    retrieval: RetrievalId,
    body: UseDecisionBody,
    caller: PreviewingCaller,
    world: CurrentWorld,
    request: Request,
) -> Response:
    """Ends the preview; the same word again is as good as once, the other one comes too late."""
    ended = await decide_use(retrieval, body.read(caller, world.clock()), caller, world)
    return answer(
        RetrievalView.of(ended, world.law_of(caller.municipality), german_=german(request))
    )
