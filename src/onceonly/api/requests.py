"""Evidence requests: asked, looked at, found again."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from onceonly.api.access import AskingCaller, CurrentWorld, office_of
from onceonly.api.documentation import NO_STORE, Responses, problems
from onceonly.api.forms import CaseReference, Cursor, Form, IdText, Limit, PreferHeader
from onceonly.api.items import EvidenceRequestBody
from onceonly.api.problems import german
from onceonly.api.reading import StrictRoute
from onceonly.api.retrievals import RetrievalView, View, answer
from onceonly.domain.calendar import instant
from onceonly.domain.errors import (
    Busy,
    CallerError,
    Fault,
    IdempotencyKeyMissing,
    Invalid,
    Stopping,
)
from onceonly.domain.retrievals import State
from onceonly.domain.rules import Law
from onceonly.store import requests, retrievals
from onceonly.usecases.requests import Call, Standing, ask, replay, standing_of
from onceonly.usecases.world import Caller, World

LONGEST_WAIT_S = 30
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)

# Up to the next comma that stands in no quotes.
_PREFERENCE = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+')

router = APIRouter(
    prefix="/v1/evidence-requests", tags=["evidence requests"], route_class=StrictRoute
)

RequestId = Annotated[IdText, Path(alias="id", description="The evidence request's id, a UUIDv7")]
KEY_HEADER: dict[str, Any] = {
    "name": "idempotency-key",
    "in": "header",
    "required": True,
    "description": "1 to 255 visible ASCII characters, bare or quoted, per client",
    "schema": {"type": "string", "pattern": '^("[!-~]{1,255}"|[!#-~][!-~]{0,254})$'},
}
# Read from the request itself, on the way that everything depends on: each parameter that is
# declared costs as much as judging the law.
_HEADERS: dict[str, Any] = {
    "parameters": [
        KEY_HEADER,
        {
            "name": "prefer",
            "in": "header",
            "required": False,
            "description": "`wait=N` (seconds, at most 30), `return=representation`",
            "schema": {"type": "string"},
        },
    ]
}


class PersonOfRequestView(BaseModel):
    """A person by reference and role; names and dates are never given back."""

    ref: str
    role: str


class EvidenceRequestView(BaseModel):
    """A request with its retrievals, in the items' order."""

    id: str
    procedure: str
    case_reference: str
    channel: str
    reference_month: str
    asked_at: str
    persons: list[PersonOfRequestView]
    retrievals: list[RetrievalView]

    @staticmethod
    def of(standing: Standing, law: Law, *, german_: bool) -> View:
        """The request as it stands."""
        row = standing.request
        return {
            "id": row.id,
            "procedure": row.procedure,
            "case_reference": row.case_reference,
            "channel": row.channel,
            "reference_month": row.reference_month,
            "asked_at": instant(row.asked_at),
            "persons": [{"ref": ref, "role": role} for ref, role in row.persons],
            "retrievals": [
                RetrievalView.of(one, law, german_=german_, evidence=standing.evidence.get(one.id))
                for one in standing.retrievals
            ],
        }


class EvidenceRequestList(BaseModel):
    """A page of requests; `next` leads to the following one."""

    items: list[EvidenceRequestView]
    next: str | None


class SearchBody(Form):
    """Which case."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"case_reference": "BUT-2026-0001"}]})

    case_reference: CaseReference


_LOCATION: dict[str, Any] = {
    "Location": {"schema": {"type": "string"}, "description": "An absolute path"},
    "Preference-Applied": {"schema": {"type": "string"}},
    "Idempotency-Replayed": {"schema": {"type": "string", "const": "true"}},
}
_STANDING: Responses = {
    201: {"description": "Nothing of it moves by itself any more.", "headers": _LOCATION},
    202: {
        "model": EvidenceRequestView,
        "description": "Something is still under way; look again after `Retry-After`.",
        "headers": {"Retry-After": {"schema": {"type": "integer"}}, **_LOCATION},
    },
}


@router.post(
    "",
    operation_id="requestEvidence",
    summary="Ask for evidence",
    status_code=HTTPStatus.CREATED,
    response_model=EvidenceRequestView,
    responses=_STANDING | problems(400, 401, 403, 413, 415, 422, 503),
    openapi_extra=_HEADERS,
)
async def request_evidence(
    *,
    body: EvidenceRequestBody,
    caller: AskingCaller,
    world: CurrentWorld,
    request: Request,
) -> Response:
    """201 when nothing moves by itself any more, else 202. A refusal by law is an answer."""
    preferences = read_preferences(request.headers.getlist("prefer"))
    office = office_of(caller)
    call = Call(
        key=read_key(request),
        body=await request.json(),
        patience=preferences.patience,
        inline=preferences.inline and "evidence.collect" in caller.scopes,
    )
    try:
        standing = await ask(body.read(caller, world), office, caller, world, call)
    except (CallerError, Busy, Stopping):
        # What was recorded earlier stands, whatever a new call would be told by now.
        earlier = await replay(caller, world, call)
        if earlier is None:
            raise
        standing = earlier
    return _answer(standing, world.law_of(caller.municipality), request, preferences)


@router.get(
    "",
    operation_id="listEvidenceRequests",
    summary="The office's requests, newest first",
    response_model=EvidenceRequestList,
    responses=problems(401, 403, 422, 503) | NO_STORE,
)
async def list_evidence_requests(
    *,
    caller: AskingCaller,
    world: CurrentWorld,
    request: Request,
    cursor: Cursor = None,
    limit: Limit = 20,
    state: State | None = None,
) -> Response:
    """One page; `state` leaves those with a retrieval in that state."""
    page = await _page(caller, world, cursor=cursor, limit=limit, state=state)
    return answer(_listed(page, caller, world, request, limit))


@router.post(
    "/search",
    operation_id="searchEvidenceRequests",
    summary="The office's requests of one case",
    response_model=EvidenceRequestList,
    responses=problems(400, 401, 403, 413, 415, 422, 503) | NO_STORE,
)
async def search_evidence_requests(
    *,
    body: SearchBody,
    caller: AskingCaller,
    world: CurrentWorld,
    request: Request,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Response:
    """A case number is no matter for a URL, so it comes in the body; it must fit exactly."""
    page = await _page(
        caller, world, cursor=cursor, limit=limit, case_reference=body.case_reference
    )
    return answer(_listed(page, caller, world, request, limit))


@router.get(
    "/{id}",
    operation_id="getEvidenceRequest",
    summary="One request as it stands",
    response_model=EvidenceRequestView,
    responses=problems(401, 403, 404, 503) | NO_STORE,
)
async def get_evidence_request(
    *,
    evidence_request: RequestId,
    caller: AskingCaller,
    world: CurrentWorld,
    request: Request,
    prefer: PreferHeader = None,
) -> Response:
    """`Prefer: wait=N` holds the answer until everything is settled, N seconds at most."""
    preferences = read_preferences(prefer or [], default_s=0)
    office = office_of(caller)
    standing = await standing_of(
        evidence_request, office, caller, world, patience=preferences.patience
    )
    view = EvidenceRequestView.of(
        standing, world.law_of(caller.municipality), german_=german(request)
    )
    return answer(view, HTTPStatus.OK, **_told(standing, preferences))


async def _page(
    caller: Caller,
    world: World,
    *,
    cursor: str | None,
    limit: int,
    state: State | None = None,
    case_reference: str | None = None,
) -> list[Standing]:
    office = office_of(caller)
    before = None if cursor is None else world.cursors.open(cursor, _list_of(caller))
    if cursor is not None and before is None:
        raise Invalid([Fault("#/cursor", "cursor")])
    async with world.database.within(caller.municipality) as connection:
        rows = await requests.of_office(
            connection,
            office.code,
            before=before,
            most=limit + 1,
            state=None if state is None else state.value,
            case_reference=case_reference,
        )
        found = await retrievals.of_requests(connection, [row.id for row in rows])
    return [Standing(row, tuple(one for one in found if one.request == row.id)) for row in rows]


def _list_of(caller: Caller) -> str:
    """Whose list a cursor leads through: offices of two municipalities may share a code."""
    return f"{caller.municipality}/{office_of(caller).code}"


def _listed(
    page: list[Standing], caller: Caller, world: World, request: Request, limit: int
) -> View:
    shown = page[:limit]
    further = len(page) > limit
    return {
        "items": [
            EvidenceRequestView.of(one, world.law_of(caller.municipality), german_=german(request))
            for one in shown
        ],
        "next": world.cursors.make(shown[-1].request.id, _list_of(caller)) if further else None,
    }


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the caller would rather have. Source: RFC 7240."""

    patience: timedelta
    inline: bool
    waits: bool


def read_preferences(headers: list[str], *, default_s: int = 5) -> Preferences:
    """Read `Prefer`; unknown and malformed preferences are ignored, the first of a name counts."""
    return _preferences(",".join(headers), default_s)


@lru_cache(256)
def _preferences(header: str, default_s: int) -> Preferences:
    """A caller always prefers the same."""
    seen: dict[str, str] = {}
    for one in _PREFERENCE.finditer(header):
        name, _, value = one[0].partition(";")[0].partition("=")
        seen.setdefault(name.strip().lower(), _unquoted(value.strip()))
    wait = seen.get("wait", "")
    waits = wait.isascii() and wait.isdigit() and len(wait) <= 9  # noqa: PLR2004 -- any number
    seconds = min(int(wait), LONGEST_WAIT_S) if waits else default_s
    return Preferences(
        patience=timedelta(seconds=seconds),
        inline=seen.get("return", "").lower() == "representation",
        waits=waits,
    )


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1] if quoted else text


def read_key(request: Request) -> str:
    """The idempotency key of a call, bare or quoted.

    Raises:
        IdempotencyKeyMissing: there is none that can be used, or more than one.
    """
    given = request.headers.getlist("idempotency-key")
    bare = _unquoted(given[0]) if len(given) == 1 else ""
    if not _KEY.fullmatch(bare):
        raise IdempotencyKeyMissing
    return bare


def _answer(standing: Standing, law: Law, request: Request, preferences: Preferences) -> Response:
    headers = {"location": f"/v1/evidence-requests/{standing.request.id}"}
    if standing.replayed:
        headers["idempotency-replayed"] = "true"
    return answer(
        EvidenceRequestView.of(standing, law, german_=german(request)),
        HTTPStatus.CREATED if standing.settled else HTTPStatus.ACCEPTED,
        **headers,
        **_told(standing, preferences),
    )


def _told(standing: Standing, preferences: Preferences) -> dict[str, str]:
    """What of the preferences was applied, and when to look again."""
    headers = {} if standing.settled else {"retry-after": "1"}
    applied = [f"wait={int(preferences.patience.total_seconds())}"] if preferences.waits else []
    if standing.evidence:
        applied.append("return=representation")
    if applied:
        headers["preference-applied"] = ", ".join(applied)
    return headers
