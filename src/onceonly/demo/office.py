"""An office system over HTTP: it answers the hub, asks the hub, and shows its own record.

`POST /v1/evidence` answers 200, 404 (unknown), 409 (more than one fits), 403 (not competent).
`/desk/…` is where its own people work. `/demo/…` exists for the story only: what was heard, and
the switches that make the office talkative or slow.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from onceonly.demo.cabinet import Cabinet, Heard
from onceonly.demo.cutting import cut, paths
from onceonly.demo.desk import Desk
from onceonly.demo.door import Door, Stranger
from onceonly.demo.manners import Manner, manner_towards, promise
from onceonly.demo.papers import Paper, Specialty
from onceonly.demo.question import Question, Unreadable
from onceonly.demo.tray import Tray

_SLOWEST_S = 10


class Office:
    """One office: its database, its door, its desk, its manners."""

    def __init__(
        self,
        cabinet: Cabinet,
        specialties: Iterable[Specialty],
        *,
        door: Door | None,
        desk: Desk | None,
        clock: Callable[[], float],
        talkative: bool = False,
    ) -> None:
        self._cabinet = cabinet
        self._specialties = {one.evidence_type: one for one in specialties}
        self._door = door
        self._desk = desk
        self._clock = clock
        self._talkative = talkative
        self._looks_for_s = 0.0

    def app(self) -> Starlette:
        """The office as an ASGI application; one without anything on file answers nobody."""
        routes = [Route("/v1/health", self._health)]
        if self._specialties:
            routes += [
                Route("/v1/evidence", self._evidence, methods=["POST"]),
                Route("/demo/calls", self._calls),
                Route("/demo/talkative", self._manners, methods=["POST"]),
                Route("/demo/pace", self._pace, methods=["POST"]),
            ]
        if self._desk is not None:
            routes.append(Route("/desk/{path:path}", self._desk.take, methods=["GET", "POST"]))
            routes += Tray(self._desk.call, self._on_file).routes()
        return Starlette(routes=routes, lifespan=self._open)

    @asynccontextmanager
    async def _open(self, _: Starlette) -> AsyncIterator[None]:
        yield
        if self._desk is not None:
            await self._desk.close()

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

    async def _pace(self, request: Request) -> Response:
        wish = await request.json()
        seconds = wish.get("seconds") if isinstance(wish, dict) else None
        if not isinstance(seconds, int | float) or not 0 <= seconds <= _SLOWEST_S:
            return _problem(400, "seconds")
        self._looks_for_s = float(seconds)
        return JSONResponse({"seconds": self._looks_for_s})

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
        manner = manner_towards(question.person)
        await asyncio.sleep(max(self._looks_for_s, manner.looks_for_s))
        return self._answer(question, manner)

    def _answer(self, question: Question, manner: Manner) -> Response:
        specialty = self._specialties.get(question.evidence_type)
        if specialty is None:
            return self._told(question, _problem(403, "not-competent"))
        matches = self._cabinet.find(question.person)
        if not matches:
            return self._told(question, _problem(404, "unknown"))
        if len(matches) > 1:
            return self._told(question, _problem(409, "ambiguous"))
        paper = matches[0].papers.get(question.evidence_type)
        content = self._content(question, specialty, paper, talkative=manner.talkative)
        now = datetime.fromtimestamp(self._clock(), UTC)
        answer = {
            "content": content,
            "document_date": (paper or {}).get("document_date", f"{now:%Y-%m-%d}"),
            "as_of": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "flags": {"address_protected": False},
        }
        if manner.promises and not self._cabinet.heard(question.reference):
            return self._told(question, promise(now))
        return self._told(question, manner.instead(answer), sent=tuple(paths(content or {})))

    def _on_file(self, question: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What a clerk finds for a question that is answered by hand."""
        asked = Question.read(json.dumps(question).encode())
        specialty = self._specialties.get(asked.evidence_type)
        matches = self._cabinet.find(asked.person)
        if specialty is None or len(matches) != 1:
            return None
        return self._content(asked, specialty, matches[0].papers.get(asked.evidence_type))

    def _content(
        self,
        question: Question,
        specialty: Specialty,
        paper: Paper | None,
        *,
        talkative: bool = False,
    ) -> Mapping[str, Any] | None:
        """The asked fields, None for nothing; a talkative office sends everything on file."""
        found = (specialty.monthly(paper, month, question) for month in question.months)
        records = [record for record in found if record is not None]
        if not (self._talkative or talkative):
            records = [cut(record, question.fields) for record in records]
        if "month" in question.fields and len(records) > 1:
            return {"months": records}
        return records[0] if records else None

    def _told(self, question: Question, answer: Response, sent: tuple[str, ...] = ()) -> Response:
        """Put the call on record, then let the answer go."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        self._cabinet.hear(
            Heard(now.isoformat(), question.reference, question.asked, answer.status_code, sent)
        )
        return answer


def _problem(status: int, reason: str) -> Response:
    body = {"type": "about:blank", "status": status, "reason": reason}
    return JSONResponse(body, status, media_type="application/problem+json")
