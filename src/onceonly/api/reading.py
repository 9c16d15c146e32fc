"""Reading bodies: JSON that every reader reads alike, or nothing."""

import json
import math
from collections.abc import Callable, Coroutine
from email.message import Message
from http import HTTPStatus
from typing import Any

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from typing_extensions import override

from onceonly.domain.errors import MalformedJson

_DEEPEST = 32


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
            self._value = json.loads(
                raw.decode("utf-8"),
                object_pairs_hook=_members,
                parse_constant=_no_number,
                parse_float=_finite,
            )
        except (ValueError, RecursionError, ClientDisconnect):
            raise MalformedJson from None
        # Only an escape can write what is no text.
        if b"\\u" in raw or raw.count(b"[") + raw.count(b"{") > _DEEPEST:
            self._value = _plain(self._value, 1)


class StrictRoute(APIRoute):
    """A route that reads JSON strictly, and only where the caller says that it is JSON."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given a strict request."""
        handler = super().get_route_handler()
        reads = self.body_field is not None

        async def strict(request: Request) -> Response:
            if not reads:
                return await handler(request)
            if not _is_json(request.headers.get("content-type", "")) or _is_encoded(request):
                raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            read = StrictRequest(request.scope, request.receive)
            await read.read()
            return await handler(read)

        return strict


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


def _is_text(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
