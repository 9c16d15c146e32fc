"""Reading bodies: JSON that every reader reads alike, or nothing."""

import json
import math
import re
from collections.abc import Awaitable, Callable, Coroutine
from email.message import Message
from http import HTTPStatus
from itertools import accumulate
from typing import Any, cast

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from typing_extensions import override

from onceonly.domain.errors import MalformedJson

_DEEPEST = 32
# Only an escape can write what is no text: half of a surrogate pair, or NUL.
_DOUBTFUL = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
_BRACKET = re.compile(rb"[][{}]")
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class NoText:
    """Stands where a text was none (a lone surrogate, a NUL): no form of a member accepts it."""


NO_TEXT = NoText()
_NO_NAME = "\ufffd"


class StrictRequest(Request):
    """A request whose JSON was read strictly before anybody looks at it."""

    _value: Any = None

    @override
    async def json(self) -> Any:
        """The body, as `read` read it."""
        return self._value

    async def read(self) -> None:
        """Read the body: no repeated member, no NaN, nothing too deep.

        Raises:
            MalformedJson: it is no such JSON, or the caller hung up before its end.
        """
        try:
            raw = await self.body()
            self._value = _decode(raw.decode("utf-8"))
        except (ValueError, RecursionError, ClientDisconnect):
            raise MalformedJson from None
        if _DOUBTFUL.search(raw) or _is_deep(raw):
            self._value = _plain(self._value, 1)


class StrictRoute(APIRoute):
    """A route that reads JSON strictly, and only where the caller says that it is JSON."""

    @override
    def get_route_handler(self) -> Handler:
        """The handler, given a strict request."""
        handler = _straight(self) or super().get_route_handler()
        reads = self.body_field is not None

        async def strict(request: Request) -> Response:
            if not reads:
                return await handler(request)
            declared = request.headers.getlist("content-type")
            if len(declared) != 1 or not _is_json(declared[0]) or _is_encoded(request):
                raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            read = StrictRequest(request.scope, request.receive)
            await read.read()
            return await handler(read)

        return strict


def _straight(route: APIRoute) -> Handler | None:
    """The way to an operation that declares a body, dependencies on the request, and no more.

    What such an operation needs is known when it is declared; to look it up again at every call
    costs as much as judging the law. None: it declares something else, and goes the common way.
    """
    whole = route.dependant
    if len(whole.body_params) != 1 or not all(map(_on_the_request, whole.dependencies)):
        return None
    if _declares(whole) or whole.response_param_name or whole.background_tasks_param_name:
        return None
    (body,) = whole.body_params
    needed = [
        (
            str(one.name),
            str(one.request_param_name),
            cast("Callable[..., Awaitable[Any]]", one.call),
        )
        for one in whole.dependencies
    ]

    async def straight(request: Request) -> Response:
        values = {name: await call(**{given: request}) for name, given, call in needed}
        value, faults = body.validate(await request.json(), values, loc=("body",))
        if faults:
            raise RequestValidationError(faults)
        values[body.name] = value
        if whole.request_param_name:
            values[whole.request_param_name] = request
        answer: Response = await route.endpoint(**values)
        return answer

    return straight


def _on_the_request(one: Dependant) -> bool:
    """Whether it is made from the request alone."""
    return bool(one.request_param_name) and not (
        one.dependencies or one.body_params or _declares(one)
    )


def _declares(one: Dependant) -> bool:
    return bool(one.path_params or one.query_params or one.header_params or one.cookie_params)


def _is_json(content_type: str) -> bool:
    if content_type == "application/json":
        return True
    kind = Message()
    kind["content-type"] = content_type or "text/plain"
    return kind.get_content_type() == "application/json"


def _is_encoded(request: Request) -> bool:
    """A packed body could be a thousand times its size: none is unpacked."""
    return request.headers.get("content-encoding", "identity").strip().lower() != "identity"


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _no_number(_: str) -> float:
    raise ValueError("not a number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number too large")
    return number


# Made once: `json.loads` with words makes a reader at every call.
_decode = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_no_number, parse_float=_finite
).decode


def _plain(value: object, depth: int) -> object:
    """The value with every text that is none replaced, so that its member's form refuses it."""
    if depth > _DEEPEST:
        raise MalformedJson
    if isinstance(value, dict):
        return {
            name if _is_text(name) else _NO_NAME: _plain(one, depth + 1)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    return NO_TEXT if isinstance(value, str) and not _is_text(value) else value


def _is_deep(raw: bytes) -> bool:
    """Whether objects and lists lie too deep in one another; `raw` was read, so it is JSON."""
    if raw.count(b"[") + raw.count(b"{") <= _DEEPEST:
        return False
    depths = accumulate(
        1 if sign in b"[{" else -1 for sign in _BRACKET.findall(_TEXT.sub(b"", raw))
    )
    return max(depths) > _DEEPEST


def _is_text(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
