"""What the OpenAPI document says beside the models: problem answers, who calls, examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from onceonly.api.examples import FAILURE_EXAMPLES, SUCCESS_EXAMPLES
from onceonly.api.problems import MEDIA_TYPE, Problem
from onceonly.domain.offices import CATALOGUE_SCOPE

Responses = dict[int | str, dict[str, Any]]

NO_STORE: Responses = {
    200: {"headers": {"Cache-Control": {"schema": {"type": "string", "const": "no-store"}}}}
}
"""Everything about a person."""

TAGS: Mapping[str, str] = {
    "evidence requests": "What an office asks in one go, and what becomes of it.",
    "retrievals": "One person, one evidence type, one provider: the parts of a request.",
    "evidence": "What was released: read it, file it, say so.",
    "previews": "The person looks first, and says whether it is used.",
    "consents": "A person permits what no law permits, and takes it back.",
    "decisions": "What the law says to a question, without asking it.",
    "tasks": "What a person at the providing office must do.",
    "protection": "Who must not be found by anybody.",
    "access": "A token for ten minutes, and the hub's keys.",
    "catalogue": "Procedures, evidence types, notices and rules, as of a month or a day.",
    "offices": "Who takes part, and what each offers.",
    "log": "The transparency log: heads, tiles, entries and proofs.",
    "operations": "Whether the hub is well, and what its problems mean.",
}
"""The groups of operations, in the order of a first reading."""

SERVER = {"url": "/", "description": "The hub that serves this document."}
CONTACT = {"name": "Whoever runs this hub"}

PUBLIC: Mapping[str, str] = {
    "getToken": "whoever has no token yet asks for one here",
    "getMetadata": "RFC 8414: how to get a token",
    "getKeys": "RFC 7517: public keys",
    "getRetiredKeys": "public keys, for whoever holds what they signed",
    "getAlive": "an orchestrator has no token",
    "getReady": "a load balancer has no token",
    "getHealth": "names are codes, and no person is among them",
    "getMetrics": "Prometheus scrapes; labels are templates and closed lists",
    "getLogCheckpoint": "c2sp.org/tlog-tiles: whoever holds a proof checks it against the head",
    "getLogTile": "c2sp.org/tlog-tiles: hashes and commitments say nothing of what is sealed",
    "getLogKey": "a public key",
    "getReference": "who builds a client has no token yet; it says what openapi.json says",
    "getProblemPage": "the type of a problem must be readable to whoever meets it",
}
"""Operations that need no token, and why."""

SCOPE_MEANS: Mapping[str, str] = {
    "evidence.request": "ask, and see what was asked (consumer, portal)",
    "evidence.collect": "collect evidence and confirm that it is filed (consumer)",
    "evidence.preview": "show people their evidence and take their decision (portal)",
    "consent.record": "ask for consents and record them (consumer, portal)",
    "evidence.provide": "answer tasks, and say who is protected (provider)",
    "log.read": "see entries of the log (auditor)",
    "operations": "no operation of this interface asks for it (operator)",
    CATALOGUE_SCOPE: "read the catalogue, the rules and the offices (every client)",
}
"""Scope -> what it is good for, and whose role has it."""


@dataclass(frozen=True, slots=True)
class Door:
    """By whom an operation may be called: a client with one of the scopes, or a citizen too."""

    scopes: tuple[str, ...]
    citizens: bool = False


_MEANS = {
    400: "The body is no JSON, or the `Idempotency-Key` is missing.",
    401: "No token, or none that is valid here and now.",
    403: "The client's role or the token's scope does not cover this.",
    404: "Nothing here, or not yours: the two look alike.",
    406: "No form of the answer that the caller accepts.",
    409: "The state does not allow this; `state` names it.",
    410: "It was there, and is destroyed.",
    413: "The body is larger than 256 KiB.",
    415: "The body is not declared as `application/json`.",
    422: "Members of the call break a rule; `errors` names all of them.",
    431: "The request line and its headers are larger than 64 KiB.",
    503: "Nothing was asked; come back after `Retry-After`.",
}
_KINDS: Mapping[int, tuple[str, dict[str, object]]] = {
    400: ("malformed-json", {}),
    401: ("unauthenticated", {}),
    403: ("insufficient-scope", {}),
    404: ("not-found", {}),
    409: ("out-of-turn", {"state": "fetching"}),
    410: ("gone", {}),
    422: ("invalid", {"errors": [{"pointer": "#/persons/0/date_of_birth", "detail": "fehlt"}]}),
    503: ("log-unavailable", {"retry_after": 1}),
}
_SECURITY, _CITIZEN = "hub", "citizen"


def not_sequenced() -> Responses:
    """What is said of an entry without a position."""
    answer = problems(409)[409]
    (content,) = answer["content"].values()
    content["example"] = _shown(409, "not-sequenced", {"retry_after": 1})
    return {409: answer | {"description": "The entry has no position yet; see `Retry-After`."}}


def problems(*statuses: int) -> Responses:
    """The problem answers an operation can give, each with what it means."""
    return {
        status: {
            "description": _MEANS[status],
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": _problem(status),
                }
            },
        }
        for status in statuses
    }


def _problem(status: int) -> dict[str, object]:
    return _shown(status, *_KINDS.get(status, ("", {})))


def _shown(status: int, kind: str, members: Mapping[str, object]) -> dict[str, object]:
    return {
        "type": f"https://hub.example/problems/{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        **members,
    }


def described(schema: dict[str, Any], doors: Mapping[str, Door]) -> dict[str, Any]:
    """FastAPI's document with ours: the problem's schema, who may call, what answers look like."""
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schemas["Problem"].pop("$defs", {})
    # FastAPI's own form of a validation failure is never seen.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    components["securitySchemes"] = {
        _SECURITY: _scheme(),
        _CITIZEN: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of an identity provider that the municipality's file names.",
        },
    }
    schema["security"] = [{_SECURITY: []}]
    for path in schema["paths"].values():
        for operation in path.values():
            _describe(operation)
            operation["security"] = _security(doors.get(operation["operationId"]))
    _leave_out_what_is_not_used(schema)
    return schema


def _leave_out_what_is_not_used(document: dict[str, Any]) -> None:
    """A query's parsed value has a schema of its own, to which nothing leads."""
    schemas = document["components"]["schemas"]
    used: set[str] = set()
    further = _led_to({name: one for name, one in document.items() if name != "components"})
    while further:
        used |= further
        further = {one for name in further for one in _led_to(schemas[name])} - used
    for name in schemas.keys() - used:
        del schemas[name]


def _led_to(node: object) -> set[str]:
    """The schemas that something refers to."""
    if isinstance(node, list):
        return {name for one in node for name in _led_to(one)}
    if not isinstance(node, dict):
        return set()
    own = {str(node["$ref"]).rpartition("/")[2]} if isinstance(node.get("$ref"), str) else set()
    return own | {name for one in node.values() for name in _led_to(one)}


def _scheme() -> dict[str, Any]:
    return {
        "type": "oauth2",
        "description": "`private_key_jwt` (RFC 7523); each assertion opens the door once.",
        "flows": {
            "clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": dict(SCOPE_MEANS)},
        },
    }


def _security(door: Door | None) -> list[dict[str, list[str]]]:
    """One way in each; no way in is needed where there is no door."""
    if door is None:
        return []
    citizens: list[dict[str, list[str]]] = [{_CITIZEN: []}] if door.citizens else []
    return [*({_SECURITY: [scope]} for scope in door.scopes), *citizens]


def _describe(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if "application/json" in answers.get("422", {}).get("content", {}):
        del answers["422"]
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        answers.setdefault("413", problems(413)[413])
    # Said by the connection, whatever is called.
    answers.setdefault("431", problems(431)[431])
    name = operation["operationId"]
    for status, answer in answers.items():
        given = SUCCESS_EXAMPLES if status.startswith("2") else FAILURE_EXAMPLES
        for media, content in answer.get("content", {}).items():
            if "example" not in content and name in given:
                shown = given[name]
                content["example"] = shown.get(media, shown) if isinstance(shown, dict) else shown
