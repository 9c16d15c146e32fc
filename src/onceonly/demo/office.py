"""A providing office system: the one endpoint the hub calls, and a look at its own record.

`POST /v1/evidence` answers 200, 404 (unknown), 409 (more than one fits), 403 (not competent).
`/demo/…` exists for the story only: what was heard, and the switch that makes the office talkative.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from onceonly.demo.cabinet import Cabinet, Heard
from onceonly.demo.cutting import cut, paths
from onceonly.demo.door import Door, Stranger
from onceonly.demo.forms import read_form
from onceonly.demo.people import shift

MONTHS_AT_MOST = 60
# Of a question the record keeps what is about the exchange, never about the person.
_RECORDED = (
    "evidence_type", "profile", "fields", "reference_month", "period", "consumer", "procedure",
    "rule", "law", "requesting_body",
)  # fmt: skip


class Unreadable(Exception):
    """The question breaks the provider protocol; the message names the member."""


@dataclass(frozen=True, slots=True)
class Specialty:
    """What an office can answer: one evidence type, and its full record for one month.

    `monthly(benefit, month)` gets None for somebody known without the benefit.
    """

    evidence_type: str
    monthly: Callable[[Mapping[str, Any] | None, str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """One call of the hub, checked. `months` are those asked for, oldest first."""

    reference: str
    evidence_type: str
    fields: tuple[str, ...]
    months: tuple[str, ...]
    person: Mapping[str, Any]
    asked: Mapping[str, Any]

    @classmethod
    def read(cls, body: bytes) -> "Question":
        """Read a call.

        Raises:
            Unreadable: it is no JSON object, or a member is missing or of the wrong form.
        """
        try:
            raw = read_form(body)
            return cls(
                str(raw["reference"]),
                str(raw["evidence_type"]),
                tuple(map(str, raw["fields"])),
                _months(raw["reference_month"], raw["period"]),
                raw["person"],
                {name: raw[name] for name in _RECORDED if name in raw},
            )
        except KeyError as missing:
            raise Unreadable(str(missing.args[0])) from None
        except (TypeError, ValueError):
            raise Unreadable("body") from None


class Office:
    """One providing office: its database, its door, its manners."""

    def __init__(
        self,
        cabinet: Cabinet,
        specialty: Specialty,
        door: Door | None,
        clock: Callable[[], float],
        *,
        talkative: bool = False,
    ) -> None:
        self._cabinet = cabinet
        self._specialty = specialty
        self._door = door
        self._clock = clock
        self._talkative = talkative

    def app(self) -> Starlette:
        """The office as an ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/evidence", self._evidence, methods=["POST"]),
                Route("/v1/health", self._health),
                Route("/demo/calls", self._calls),
                Route("/demo/talkative", self._manners, methods=["POST"]),
            ]
        )

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _calls(self, request: Request) -> Response:
        return JSONResponse(
            {"items": self._cabinet.heard(request.query_params.get("reference", ""))}
        )

    async def _manners(self, request: Request) -> Response:
        wish = await request.json()
        if not isinstance(wish, dict) or not isinstance(wish.get("on"), bool):
            return _problem(400, "on")
        self._talkative = wish["on"]
        return JSONResponse({"on": self._talkative})

    async def _evidence(self, request: Request) -> Response:
        try:
            if self._door is not None:
                await self._door.admit(request.headers.get("authorization", ""))
            question = Question.read(await request.body())
        except Stranger as stranger:
            return _problem(401, str(stranger))
        except httpx.HTTPError:
            return _problem(503, "hub-keys-unavailable")
        except Unreadable as unreadable:
            return _problem(400, str(unreadable))
        return self._answer(question)

    def _answer(self, question: Question) -> Response:
        if question.evidence_type != self._specialty.evidence_type:
            return self._told(question, _problem(403, "not-competent"))
        matches = self._cabinet.find(question.person)
        if not matches:
            return self._told(question, _problem(404, "unknown"))
        if len(matches) > 1:
            return self._told(question, _problem(409, "ambiguous"))
        benefit = matches[0].benefit
        now = datetime.fromtimestamp(self._clock(), UTC)
        content = self._content(question, benefit)
        answer = {
            "content": content,
            "document_date": (benefit or {}).get("document_date", f"{now:%Y-%m-%d}"),
            "as_of": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "flags": {"address_protected": False},
        }
        return self._told(question, JSONResponse(answer), sent=tuple(paths(content)))

    def _content(self, question: Question, benefit: Mapping[str, Any] | None) -> dict[str, Any]:
        """The asked fields; a talkative office sends everything it has on file."""
        records = [self._specialty.monthly(benefit, month) for month in question.months]
        if not self._talkative:
            records = [cut(record, question.fields) for record in records]
        if "month" in question.fields and len(records) > 1:
            return {"months": records}
        return records[0]

    def _told(self, question: Question, answer: Response, sent: tuple[str, ...] = ()) -> Response:
        """Put the call on record, then let the answer go."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        self._cabinet.hear(
            Heard(now.isoformat(), question.reference, question.asked, answer.status_code, sent)
        )
        return answer


def _months(reference_month: str, period: Mapping[str, Any]) -> tuple[str, ...]:
    first = str(period.get("from_month") or reference_month)
    last = str(period.get("to_month") or first)
    months = [first]
    while months[-1] < last and len(months) < MONTHS_AT_MOST:
        months.append(shift(months[-1], 1))
    return tuple(months)


def _problem(status: int, reason: str) -> Response:
    body = {"type": "about:blank", "status": status, "reason": reason}
    return JSONResponse(body, status, media_type="application/problem+json")
