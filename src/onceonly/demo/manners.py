"""How an office answers about the people of the sandbox: late, never, too much, or not at all.

Each bears the family name of their case, so that a vendor can meet every state of a retrieval on
purpose; docs/sandbox.md has the table. The offices answer so about nobody else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from onceonly.demo.people import (
    BROKEN,
    GARBLED,
    LATE,
    PROTECTED,
    REFUSED,
    SLOW,
    TALKED_ABOUT,
    VAST,
    Person,
)

PROMISED_IN = timedelta(seconds=2)
LONGER_THAN_ANYBODY_WAITS_S = 8.0
MORE_THAN_ANYBODY_READS = 10 * 1024 * 1024 + 1


@dataclass(frozen=True, slots=True)
class Manner:
    """`promises` an answer at first; `instead` makes what is sent of what would be answered."""

    looks_for_s: float = 0.0
    talkative: bool = False
    promises: bool = False
    instead: Callable[[Mapping[str, Any]], Response] = JSONResponse


def promise(now: datetime) -> Response:
    """It takes longer; the hub comes again."""
    return JSONResponse({"available_at": f"{now + PROMISED_IN:%Y-%m-%dT%H:%M:%SZ}"}, 202)


def _refused(_answer: Mapping[str, Any]) -> Response:
    body = {"type": "about:blank", "status": 403, "reason": "disputed"}
    return JSONResponse(body, 403, media_type="application/problem+json")


def _broken(_answer: Mapping[str, Any]) -> Response:
    return Response(status_code=500)


def _garbled(answer: Mapping[str, Any]) -> Response:
    return JSONResponse({**answer, "content": dict.fromkeys(answer["content"] or (), "gestern")})


def _vast(answer: Mapping[str, Any]) -> Response:
    return JSONResponse({**answer, "filler": "x" * MORE_THAN_ANYBODY_READS})


def _protected(answer: Mapping[str, Any]) -> Response:
    return JSONResponse({**answer, "content": None, "flags": {"address_protected": True}})


_USUAL = Manner()
_MANNERS: Mapping[Person, Manner] = {
    LATE: Manner(promises=True),
    REFUSED: Manner(instead=_refused),
    SLOW: Manner(looks_for_s=LONGER_THAN_ANYBODY_WAITS_S),
    BROKEN: Manner(instead=_broken),
    GARBLED: Manner(instead=_garbled),
    VAST: Manner(instead=_vast),
    TALKED_ABOUT: Manner(talkative=True),
    PROTECTED: Manner(instead=_protected),
}
_BY_NAME = {person.family_name: manner for person, manner in _MANNERS.items()}


def manner_towards(person: Mapping[str, Any]) -> Manner:
    """How an office answers a question about this person."""
    return _BY_NAME.get(person.get("family_name"), _USUAL)
