"""A caller's connection, before a request is one: how large its head, how long it may take.

The server below reads whatever comes for as long as it comes. Here a head ends at 64 KiB, a request
is whole within 30 s however slowly its bytes come, and what is no HTTP is told so as a problem.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Any, ClassVar, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from onceonly.api.problems import MEDIA_TYPE, phrase

LARGEST_HEAD = 64 * 1024
"""Bytes of a request line and its headers, at most; what came with them in one piece is not counted."""

MOST_BYTES = 4 * 1024 * 1024
"""Bytes of one request, at most, with all that is wrapped around its body."""


LINGERS_S = 1.0
"""How long what still comes is read and dropped after an early answer."""


class Gathering:
    """A transport that sends what is written in one turn of the loop in one piece.

    The server writes head and body of an answer one after the other: two pieces cost the sender a
    system call more, and wake whoever waits for the answer twice.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send it with what else is written now."""
        if not self._pieces:
            self._loop.call_soon(self._send)
        self._pieces.append(data)

    def write_eof(self) -> None:
        """Send what is written, and say that nothing follows."""
        self._send()
        self._transport.write_eof()

    def close(self) -> None:
        """Send what is written, and close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._pieces:
            pieces, self._pieces = self._pieces, []
            self._transport.writelines(pieces)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- all else is the transport's
        return getattr(self._transport, name)


class CallerConnection(HttpToolsProtocol):
    """One connection; the server asks it from time to time whether it is late."""

    slowest_s: ClassVar[float] = 30.0
    """For a whole request, from the connection or its first byte to its last."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 -- theirs
        super().__init__(*given, **named)
        self._since = self.loop.time()
        self._waiting = True
        self._in_head = True
        self._came = 0
        self._ended = False

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there."""
        gathering = Gathering(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", gathering))

    @override
    def data_received(self, data: bytes) -> None:
        """Take in what came, as long as it is not too much."""
        if self._ended:
            return
        super().data_received(data)
        # Counted piece by piece: a header without end is never told as one.
        if self._waiting:
            self._came += len(data)
            if self._came > (LARGEST_HEAD if self._in_head else MOST_BYTES):
                large = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                self._end(large if self._in_head else HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    @override
    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._since = self.loop.time()
        self._waiting = self._in_head = True
        self._came = 0

    @override
    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._in_head = False
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        """All of it is there."""
        self._waiting = False
        super().on_message_complete()

    @override
    def send_400_response(self, msg: str) -> None:
        """Say that this is no HTTP."""
        self._end(HTTPStatus.BAD_REQUEST)

    @override
    def on_response_complete(self) -> None:
        """An answer is sent: what waited in line behind it is read on from now."""
        if self.pipeline:
            self._since = self.loop.time()
        super().on_response_complete()

    def end_if_late(self) -> None:
        """Say so and end, when a request takes too long to come; not while it is not read."""
        if self._waiting and not self.pipeline and self.loop.time() - self._since > self.slowest_s:
            self._end(HTTPStatus.REQUEST_TIMEOUT)

    def _end(self, status: HTTPStatus) -> None:
        """Answer, unless an answer has begun, and close."""
        self._waiting = False
        if self._ended or self.transport.is_closing():
            return
        if not self._may_answer():
            self.transport.close()
            return
        self._ended = True
        self.transport.write(_problem(status))
        # Closed at once, what is still on its way here would make the system reset the connection,
        # and take the answer from a caller who has not read it yet.
        self.transport.write_eof()
        self.loop.call_later(LINGERS_S, self.transport.close)

    def _may_answer(self) -> bool:
        """Whether what comes is next to be answered, and has not even the beginning of an answer."""
        # Before its head is whole a request has no cycle: the one there is was the last request's.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if self.pipeline:
            # Somebody before it has none either, and would take this one for theirs.
            return False
        if cycle is None or self._in_head:
            return cycle is None or cycle.response_complete
        return not cycle.response_started


def _problem(status: HTTPStatus) -> bytes:
    """A whole answer; German, as nobody could say what they prefer."""
    told = {"type": "about:blank", "title": phrase(status), "status": status, "instance": "/-"}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"content-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(body)}\r\n"
        "cache-control: no-store\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
