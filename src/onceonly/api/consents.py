"""Consents: asked for and recorded by offices, answered by persons, with a receipt for everybody."""

import json
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from starlette.responses import Response

from onceonly.api.access import (
    ConsentingCaller,
    CurrentWorld,
    RecordingCaller,
    Who,
    office_of,
)
from onceonly.api.consent_bodies import AnswerBody, ConsentBody, GrantBody, WithdrawalBody
from onceonly.api.documentation import NO_STORE, Responses, problems
from onceonly.api.evidence import JOSE, JSON, form
from onceonly.api.forms import IdText
from onceonly.api.reading import StrictRoute
from onceonly.api.requests import KEY_HEADER, read_key
from onceonly.api.retrievals import answer
from onceonly.domain.calendar import Months, german_day, instant
from onceonly.domain.consents import Consent, State
from onceonly.domain.errors import CallerError
from onceonly.domain.receipts import Ground, receipt_of
from onceonly.security.tokens import sign_receipt
from onceonly.usecases import answering, consents, withdrawals
from onceonly.usecases.world import World

LD = "application/ld+json"
_FORMS = {LD: LD, JSON: JSON, JOSE: JOSE, "application/*": LD, "*/*": LD}

router = APIRouter(prefix="/v1/consents", tags=["consents"], route_class=StrictRoute)

ConsentId = Annotated[IdText, Path(alias="id", description="The consent's id, a UUIDv7")]


class OpenedView(BaseModel):
    """One kind of evidence a consent opens."""

    evidence_type: str
    profile: str
    origin: str


class MonthsView(BaseModel):
    """Both ends included; an open end is null."""

    model_config = ConfigDict(serialize_by_alias=True)

    first: Annotated[str | None, Field(alias="from")]
    last: Annotated[str | None, Field(alias="to")]


class FrequencyView(BaseModel):
    """So many times in each German calendar period."""

    times: int
    per: str


class GivenByView(BaseModel):
    """In which capacity; names are never given back."""

    capacity: str


class HappeningView(BaseModel):
    """One move: to which state, when, by whom (`person` `office` `hub`), and its entry in the log."""

    state: str
    at: str
    by: str
    entry: str


class ConsentView(BaseModel):
    """A consent as it stands; exactly `given` and `renewed` permit."""

    id: str
    # Said here: a schema of its own would share its name with a retrieval's states.
    state: Annotated[State, WithJsonSchema({"type": "string", "enum": [*State]})]
    consumer: str
    provider: str
    procedure: str
    case_reference: str
    evidence: list[OpenedView]
    given_by: GivenByView
    form: str
    language: str
    notice: str
    notice_hash: str
    use: str
    frequency: FrequencyView | None
    months: MonthsView | None
    expires_on: str
    special_categories: bool
    release_from_secrecy: bool
    requested_at: str
    given_at: str | None
    history: list[HappeningView]

    @classmethod
    def of(cls, one: Consent, world: World) -> "ConsentView":
        """The consent as of this instant."""
        terms, often = one.terms, one.terms.frequency
        return cls.model_construct(
            id=str(one.id),
            state=one.as_of(german_day(world.clock())),
            consumer=one.office,
            provider=terms.provider,
            procedure=terms.procedure,
            case_reference=terms.case_reference,
            evidence=[
                OpenedView.model_construct(
                    evidence_type=each.evidence_type, profile=each.profile, origin=each.origin.value
                )
                for each in terms.opens
            ],
            given_by=GivenByView.model_construct(capacity=terms.capacity),
            form=terms.form,
            language=terms.language,
            notice=terms.notice,
            notice_hash=terms.notice_hash,
            use="once" if often is None else "repeated",
            frequency=None
            if often is None
            else FrequencyView.model_construct(times=often.times, per=often.per),
            months=_months(terms.months),
            expires_on=terms.expires_on.isoformat(),
            special_categories=one.special_categories,
            release_from_secrecy=one.release_from_secrecy,
            requested_at=instant(one.requested_at),
            given_at=None if one.given_at is None else instant(one.given_at),
            history=[
                HappeningView.model_construct(
                    state=each.state.value, at=instant(each.at), by=each.by, entry=str(each.entry)
                )
                for each in one.history
            ],
        )


_CREATED: Responses = {
    201: {
        "description": "On record.",
        "headers": {
            "Location": {"schema": {"type": "string"}, "description": "An absolute path"},
            "Idempotency-Replayed": {"schema": {"type": "string", "const": "true"}},
        },
    }
}
_ANSWERS = problems(400, 401, 403, 404, 409, 413, 415, 422, 503) | NO_STORE


@router.post(
    "",
    operation_id="recordConsent",
    summary="Ask a person for a consent, or record one that was given",
    status_code=HTTPStatus.CREATED,
    response_model=ConsentView,
    responses=_CREATED | problems(400, 401, 403, 413, 415, 422, 503),
    openapi_extra={"parameters": [KEY_HEADER]},
)
async def record_consent(
    body: ConsentBody, caller: RecordingCaller, world: CurrentWorld, request: Request
) -> Response:
    """Without `given_at` it waits for the person; with it, it was signed, or given in a session."""
    key, stated = read_key(request), await request.json()
    try:
        draft = body.read(caller, office_of(caller), world)
        row, replayed = await consents.record(draft, caller, world, key=key, body=stated)
    except CallerError:
        # What was recorded earlier stands, whatever a new call would be told by now.
        earlier = await consents.replay(caller, world, key=key, body=stated)
        if earlier is None:
            raise
        row, replayed = earlier, True
    headers = {"location": f"/v1/consents/{row.consent.id}"}
    if replayed:
        headers["idempotency-replayed"] = "true"
    return answer(ConsentView.of(row.consent, world), HTTPStatus.CREATED, **headers)


@router.get(
    "/{id}",
    operation_id="getConsent",
    summary="One consent as it stands",
    response_model=ConsentView,
    responses=problems(401, 403, 404, 503) | NO_STORE,
)
async def get_consent(
    consent: ConsentId, caller: ConsentingCaller, world: CurrentWorld
) -> Response:
    """For the office that asked, and the persons it is of."""
    row = await consents.standing(consent, caller, world)
    return answer(ConsentView.of(row.consent, world))


@router.post(
    "/{id}/grant",
    operation_id="grantConsent",
    summary="The person says yes",
    response_model=ConsentView,
    responses=_ANSWERS,
)
async def grant_consent(
    consent: ConsentId, body: GrantBody, caller: ConsentingCaller, world: CurrentWorld
) -> Response:
    """By their own token, or in a portal's session; again on a later day, or otherwise, renews it."""
    return answer(ConsentView.of(await answering.grant(consent, body.read(), caller, world), world))


@router.post(
    "/{id}/refusal",
    operation_id="refuseConsent",
    summary="The person says no",
    response_model=ConsentView,
    responses=_ANSWERS,
)
async def refuse_consent(
    consent: ConsentId, body: AnswerBody, caller: ConsentingCaller, world: CurrentWorld
) -> Response:
    """It has no consequence but this: other discretionary ways to the same evidence are closed."""
    refused = await answering.refuse(consent, body.read(), caller, world)
    return answer(ConsentView.of(refused, world))


@router.post(
    "/{id}/withdrawal",
    operation_id="withdrawConsent",
    summary="The person takes it back",
    response_model=ConsentView,
    responses=_ANSWERS,
)
async def withdraw_consent(
    consent: ConsentId, body: WithdrawalBody, caller: ConsentingCaller, world: CurrentWorld
) -> Response:
    """Answered when nothing more can be released under it; again is as good as once."""
    withdrawn = await withdrawals.withdraw(
        consent, body.read(), caller, world, by_office=body.by == "office"
    )
    return answer(ConsentView.of(withdrawn, world))


@router.get(
    "/{id}/receipt",
    operation_id="getConsentReceipt",
    summary="A receipt that can be verified without the hub",
    response_model=dict[str, Any],
    responses={
        200: {
            "description": "ISO/IEC TS 27560 in JSON-LD (DPV), plain or as a compact JWS",
            "content": {LD: {"schema": {"type": "object"}}, JOSE: {"schema": {"type": "string"}}},
            "headers": NO_STORE[200]["headers"],
        },
        **problems(401, 403, 404, 406, 503),
    },
)
async def get_consent_receipt(
    consent: ConsentId,
    caller: ConsentingCaller,
    world: CurrentWorld,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """Signed by the hub's published keys with `Accept: application/jose`."""
    liked = form(accept, _FORMS)
    plain = await _receipt(consent, caller, world)
    return Response(
        sign_receipt(plain, world.keys) if liked == JOSE else plain,
        media_type=liked,
        headers={"cache-control": "no-store", "vary": "accept"},
    )


async def _receipt(consent: UUID, caller: Who, world: World) -> bytes:
    row = await consents.standing(consent, caller, world)
    file = world.snapshots.of(caller.municipality).configuration
    ground = Ground(file, world.law, world.issuer, row.person)
    receipt = receipt_of(row.consent, ground)
    return json.dumps(receipt, ensure_ascii=False, separators=(",", ":")).encode()


def _months(months: Months | None) -> MonthsView | None:
    if months is None:
        return None
    first, last = months.first, months.last
    return MonthsView.model_validate(
        {
            "from": None if first is None else str(first),
            "to": None if last is None else str(last),
        }
    )
