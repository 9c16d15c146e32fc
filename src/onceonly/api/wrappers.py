"""What lies around the application, all of it plain ASGI: size, time, counting."""

import time
from collections.abc import Callable
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onceonly.telemetry import REQUESTS

LARGEST_BODY = 256 * 1024
"""Bytes of a request's body, at most."""


class Outermost:
    """Bounds the body, dates the answer by the hub's clock, counts calls by route template."""

    def __init__(self, app: ASGIApp, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if b"%" in scope["raw_path"]:
            scope["path"] = _path(scope["raw_path"])
        answer = _Answer(send, self._clock)
        began = time.perf_counter()
        try:
            await self._app(scope, _bounded(scope, receive), answer)
        finally:
            took = time.perf_counter() - began
            REQUESTS.labels(_method(scope), _route(scope), str(answer.status)).observe(took)


class _Answer:
    """Passes an answer on, with the hub's date."""

    def __init__(self, send: Send, clock: Callable[[], datetime]) -> None:
        self._send = send
        self._clock = clock
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            date = _date(int(self._clock().timestamp()))
            message["headers"] = [*message.get("headers", ()), (b"date", date)]
        await self._send(message)


def _path(raw: bytes) -> str:
    """The path decoded; an encoded slash stays a part of its name and parts nothing.

    Source: RFC 3986, 2.2. What stands before us may judge the path as it was written.
    """
    return unquote(raw.replace(b"%2f", b"%252F").replace(b"%2F", b"%252F").decode("latin-1"))


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Counts what comes: a declared length can be missing, or a lie."""
    came = _declared(scope) if _declared(scope) > LARGEST_BODY else 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        if message["type"] == "http.request":
            came += len(message.get("body", b""))
            if came > LARGEST_BODY:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return counted


def _route(scope: Scope) -> str:
    """The route's template: a path may hold anything, a template only what we wrote."""
    route = scope.get("route")
    return str(getattr(route, "path", "unknown"))


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS") else "other"


@lru_cache(4)
def _date(second: int) -> bytes:
    """The `Date` of a second. Source: RFC 9110, 5.6.7."""
    return formatdate(second, usegmt=True).encode()
