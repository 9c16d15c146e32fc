"""Who calls: the token endpoint, the hub's own metadata, and permission as a type."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Form, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, JsonValue
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from onceonly.api.documentation import Door, problems
from onceonly.api.problems import problem_of
from onceonly.domain.citizens import ACTS_AT, LEVELS
from onceonly.domain.errors import (
    InsufficientScope,
    InsufficientTrustLevel,
    NotNow,
    Unauthenticated,
)
from onceonly.domain.offices import CATALOGUE_SCOPE, SCOPES, Office
from onceonly.security.tokens import ASSERTION_TYPE
from onceonly.usecases.access import AccessRefused, caller_of, grant, whoever
from onceonly.usecases.world import Caller, Visitor, World

Who = Caller | Visitor
"""A client, or a citizen with a token of their own."""

_WHY = {
    "audience": "audience: aud must be the issuer, as one string: {issuer}",
    "time": "time: exp, iat or nbf does not fit, or exp is over 300 s after iat",
    "signature": "signature: it does not fit the key",
    "key": "key: no client with this id has a key with this kid",
    "replay": "replay: the assertion was used before; make a new one with a new jti",
    "form": "form: it is no JWT of RFC 7523 with iss, sub, aud, exp, iat and jti",
    "scope": "scope: the client's are {own}; without `scope` the token has all of them",
}
_FORM = "application/x-www-form-urlencoded"

router = APIRouter(tags=["access"])


async def current_world(request: Request) -> World:
    """The world of this process."""
    return cast("World", request.app.state.world)


CurrentWorld = Annotated[World, Depends(current_world)]


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token


_DOORS: dict[Callable[..., Any], Door] = {}
"""Dependency -> whom it lets in."""


def with_scope(*scopes: str) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """A dependency: the caller, holding one of the scopes."""
    wanted = frozenset(scopes)

    # The world is looked up and not depended on: a dependency below costs as much as the check.
    async def holding(request: Request) -> Caller:
        world = cast("World", request.app.state.world)
        caller = caller_of(_token(_authorization(request)), world)
        if not caller.scopes & wanted:
            raise InsufficientScope(*scopes)
        return caller

    _DOORS[holding] = Door(scopes)
    return holding


def _authorization(request: Request) -> str:
    """The one header; two could be read by a proxy and by us in different ways, so two are none."""
    given = request.headers.getlist("authorization")
    return given[0] if len(given) == 1 else ""


def citizen_or(*scopes: str, level: str = ACTS_AT) -> Callable[..., Coroutine[Any, Any, Who]]:
    """A dependency: a client holding one of the scopes, or a citizen trusted at that level."""
    wanted = frozenset(scopes)

    async def coming(request: Request) -> Who:
        world = cast("World", request.app.state.world)
        who = whoever(_token(_authorization(request)), world)
        if isinstance(who, Visitor):
            if not who.citizen.trusted_for(level):
                raise InsufficientTrustLevel
        elif not who.scopes & wanted:
            raise InsufficientScope(*scopes)
        return who

    _DOORS[coming] = Door(scopes, citizens=True)
    return coming


def doors_of(routes: Iterable[BaseRoute]) -> Mapping[str, Door]:
    """Operation -> by whom it may be called, as its dependency has it; public ones have no door."""
    return {
        str(route.operation_id): _DOORS[asked.call]
        for route in routes
        if isinstance(route, APIRoute)
        for asked in route.dependant.dependencies
        if asked.call in _DOORS
    }


AnyCaller = Annotated[Caller, Depends(with_scope(CATALOGUE_SCOPE))]
AskingCaller = Annotated[Caller, Depends(with_scope("evidence.request"))]
PreviewingCaller = Annotated[Who, Depends(citizen_or("evidence.preview"))]
AnyReader = Annotated[Who, Depends(citizen_or(CATALOGUE_SCOPE, level=LEVELS[0]))]
ProvidingCaller = Annotated[Caller, Depends(with_scope("evidence.provide"))]
RecordingCaller = Annotated[Caller, Depends(with_scope("consent.record"))]
ConsentingCaller = Annotated[Who, Depends(citizen_or("consent.record"))]
LogReader = Annotated[Caller, Depends(with_scope("log.read"))]
Prover = Annotated[Caller, Depends(with_scope("log.read", "evidence.request"))]
CollectingCaller = Annotated[Caller, Depends(with_scope("evidence.collect"))]


def office_of(caller: Caller) -> Office:
    """The caller's office.

    Raises:
        InsufficientScope: the client acts for no office.
    """
    if caller.office is None:
        raise InsufficientScope
    return caller.office


class TokenView(BaseModel):
    """An access token. Source: RFC 6749, 5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 -- a name, no secret
    expires_in: int = 600
    scope: str


class TokenProblem(BaseModel):
    """Why there is no token. Source: RFC 6749, 5.2."""

    error: str
    error_description: str


_EXAMPLE: dict[str, JsonValue] = {
    "grant_type": "client_credentials",
    "client_assertion_type": ASSERTION_TYPE,
    "client_assertion": "eyJhbGciOiJFUzI1NiIs…",
}


class TokenBody(BaseModel):
    """The token request. Source: RFC 6749, 4.4; RFC 7523."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    grant_type: str = ""
    client_assertion_type: str = ""
    client_assertion: str = ""
    scope: str | None = None
    client_id: str | None = None


@router.post(
    "/oauth2/token",
    operation_id="getToken",
    summary="Exchange a client assertion for an access token",
    response_model=TokenView,
    responses={
        400: {"model": TokenProblem},
        401: {"model": TokenProblem},
        **problems(413, 503),
    },
)
async def get_token(
    body: Annotated[TokenBody, Form()], world: CurrentWorld, request: Request
) -> Response:
    """`private_key_jwt` (RFC 7523): each assertion opens the door once, for ten minutes."""
    fault = _fault_of(body, await request.form(), request.headers.get("content-type", ""))
    if fault is not None:
        return _refused(*fault)
    # A parameter without a value counts as left out (RFC 6749, 3.2).
    scopes = body.scope.split() if body.scope else None
    try:
        granted = await grant(body.client_assertion, world, client_id=body.client_id, scopes=scopes)
    except AccessRefused as refused:
        now = world.clock().isoformat(timespec="seconds").replace("+00:00", "Z")
        why = _WHY[refused.why].format(issuer=world.issuer, own=" ".join(refused.own))
        return _refused(refused.error, f"{why}; the hub's time is {now}")
    except NotNow as error:
        return problem_of(error, request)
    view = TokenView(access_token=granted.token, scope=" ".join(granted.scopes))
    return Response(
        view.model_dump_json(),
        media_type="application/json",
        headers={"cache-control": "no-store", "pragma": "no-cache"},
    )


def _fault_of(body: TokenBody, form: FormData, media_type: str) -> tuple[str, str] | None:
    """What is wrong with a token request before anybody is looked up: error, description."""
    names = [name for name, _ in form.multi_items()]
    if media_type.partition(";")[0].strip().lower() != _FORM:
        return "invalid_request", f"send the parameters as {_FORM}"
    if len(names) != len(set(names)):
        return "invalid_request", "a parameter is there twice"
    if body.grant_type not in ("", "client_credentials"):
        return "unsupported_grant_type", "grant_type must be client_credentials"
    if not body.grant_type or not body.client_assertion:
        return "invalid_request", "grant_type and client_assertion are needed"
    if body.client_assertion_type != ASSERTION_TYPE:
        return "invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}"
    return None


def _refused(error: str, description: str) -> Response:
    unknown = error == "invalid_client"
    status = HTTPStatus.UNAUTHORIZED if unknown else HTTPStatus.BAD_REQUEST
    headers = {"cache-control": "no-store"}
    if unknown:
        headers["www-authenticate"] = 'Bearer error="invalid_client"'
    return JSONResponse({"error": error, "error_description": description}, status, headers)


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="getMetadata",
    summary="How to get a token here",
)
async def get_metadata(world: CurrentWorld) -> dict[str, object]:
    """Authorization server metadata. Source: RFC 8414."""
    scopes = [scope for carried in SCOPES.values() for scope in carried]
    return {
        "issuer": world.issuer,
        "token_endpoint": f"{world.issuer}/oauth2/token",
        "jwks_uri": f"{world.issuer}/.well-known/jwks.json",
        "scopes_supported": list(dict.fromkeys([*scopes, CATALOGUE_SCOPE])),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "PS256", "PS512"],
    }


@router.get("/.well-known/jwks.json", operation_id="getKeys", summary="The hub's public keys")
async def get_keys(world: CurrentWorld) -> dict[str, object]:
    """Keys that sign access tokens, provider bearers and evidence. Source: RFC 7517."""
    return {"keys": world.keys.public_jwks()}


@router.get(
    "/.well-known/retired-jwks.json",
    operation_id="getRetiredKeys",
    summary="Keys the hub signed with before",
)
async def get_retired_keys(world: CurrentWorld) -> dict[str, object]:
    """What they signed can be checked, and nothing new is believed: `exp` is when that ended."""
    return {"keys": world.keys.retired_jwks()}
