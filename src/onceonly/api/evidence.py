"""Released evidence: read, repeated, received."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from onceonly.api.access import CollectingCaller, CurrentWorld
from onceonly.api.documentation import NO_STORE, problems
from onceonly.api.problems import weighted
from onceonly.api.reading import StrictRoute
from onceonly.api.retrievals import NothingBody, RetrievalId
from onceonly.security.tokens import sign_evidence
from onceonly.usecases.evidence import confirm_receipt, read

JOSE = "application/jose"
JSON = "application/json"
_FORMS = {JSON: JSON, "application/*": JSON, "*/*": JSON, JOSE: JOSE}

router = APIRouter(prefix="/v1/retrievals", tags=["evidence"], route_class=StrictRoute)

SchemaName = Annotated[
    str,
    Field(
        alias="schema",
        description="type/profile/first benefit month of the catalogue version",
    ),
]


class ProvenanceView(BaseModel):
    """Where the evidence comes from, and of when it is."""

    provider: str
    origin: str
    document_date: str | None
    as_of: str
    retrieved_at: str
    submitted_on: Annotated[
        str | None, Field(description="Of a copy only: the day under which it lies in the file")
    ] = None


class ValidityView(BaseModel):
    """From when to when it says something, and how old it is."""

    valid_from: str | None
    valid_to: str | None
    age_days: int
    stale: bool


class LegalView(BaseModel):
    """By which right, and for what."""

    rule: str | None
    law: list[str]
    purpose: str


class ReleaseView(BaseModel):
    """The release in the log; `leaf` is its RFC 9162 leaf hash, 64 lower-case hex."""

    entry: str
    leaf: str


class EvidenceView(BaseModel):
    """Exactly the granted fields, and what one must know to use them."""

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
    log: ReleaseView


@router.get(
    "/{id}/evidence",
    operation_id="getEvidence",
    summary="The released evidence",
    response_model=EvidenceView,
    responses={
        200: {
            "description": "The evidence, as JSON or as a compact JWS",
            "content": {JOSE: {"schema": {"type": "string"}}},
            "headers": NO_STORE[200]["headers"],
        },
        **problems(401, 403, 404, 406, 409, 410, 503),
    },
)
async def get_evidence(
    retrieval: RetrievalId,
    caller: CollectingCaller,
    world: CurrentWorld,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """Its first reading is on record; it may be repeated for 15 minutes."""
    signed = form(accept, _FORMS) == JOSE
    plain = await read(retrieval, caller, world)
    content = sign_evidence(plain, world.keys) if signed else plain
    return Response(
        content,
        media_type=JOSE if signed else JSON,
        headers={"cache-control": "no-store", "vary": "accept"},
    )


def form(accept: str, forms: Mapping[str, str]) -> str:
    """The form the caller likes best; what is named comes before a wildcard, then the first."""
    liked = [
        (weight, "*" not in name, forms[name])
        for name, weight in weighted(accept or "*/*")
        if name in forms and weight > 0
    ]
    if not liked:
        raise HTTPException(HTTPStatus.NOT_ACCEPTABLE)
    return max(liked, key=lambda one: one[:2])[2]


@router.post(
    "/{id}/receipt",
    operation_id="confirmReceipt",
    summary="Collected and kept",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def post_receipt(
    retrieval: RetrievalId,
    body: NothingBody,  # noqa: ARG001 -- its form is checked
    caller: CollectingCaller,
    world: CurrentWorld,
) -> Response:
    """The hub destroys its copy at once; again is as good as once."""
    await confirm_receipt(retrieval, caller, world)
    return Response(status_code=HTTPStatus.NO_CONTENT)
