"""An office's system on a real socket, as well or as badly behaved as a test wants it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

GUARD_S = 20
"""Ends a test that hangs; nothing is ever measured by it."""


@dataclass(frozen=True)
class Heard:
    """One call as it came over the wire; header names are in lower case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def asked(self) -> dict[str, Any]:
        asked: dict[str, Any] = json.loads(self.body)
        return asked


Manner = Callable[[Heard, asyncio.StreamWriter], Awaitable[None]]


class AProvider:
    """A socket that hears each call and answers it in its manner; keeps connections if let.

    A test that hangs inside it is ended by it.
    """

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._guard = asyncio.timeout(GUARD_S)
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.url = ""
        self.heard: list[Heard] = []
        self.connections = 0
        self.hung_up = asyncio.Event()
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self._guard.__aenter__()
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()
        await self._guard.__aexit__(kind, error, trace)

    async def has_heard(self, calls: int) -> None:
        """Waits until so many calls have come."""
        while len(self.heard) < calls:
            self._news.clear()
            await self._news.wait()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        # Cancelled, it ends quietly: the stream machinery would report it as an error.
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            try:
                await self._converse(reader, writer)
            finally:
                self.hung_up.set()
                writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(1)
        while first:
            call = await _hear(first, reader)
            self.heard.append(call)
            self._news.set()
            async with asyncio.TaskGroup() as group:
                manner = group.create_task(self._answer(call, writer))
                # The other side hangs up, or (an answer later) asks again.
                first = await reader.read(1)
                if not first:
                    manner.cancel()

    async def _answer(self, call: Heard, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await self._manner(call, writer)
            await writer.drain()


async def _hear(first: bytes, reader: asyncio.StreamReader) -> Heard:
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.strip().split("\r\n")
    method, path, _ = line.split(" ")
    headers = tuple(
        (name.lower(), value.strip()) for name, _, value in (one.partition(":") for one in lines)
    )
    length = int(dict(headers).get("content-length", "0"))
    return Heard(method, path, headers, await reader.readexactly(length))


def answer(
    body: object = b"",
    *,
    status: str = "200 OK",
    headers: tuple[str, ...] = (),
    length: int | None = None,
) -> bytes:
    """The bytes of one answer; anything but bytes is written as JSON, `length` may lie."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status}",
        "content-type: application/json",
        f"content-length: {len(raw) if length is None else length}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def says(*pieces: bytes) -> Manner:
    """Always the same bytes, and the connection stays open."""

    async def manner(_: Heard, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return manner


def says_and_closes(*pieces: bytes) -> Manner:
    """The same bytes, then it closes, whatever it promised."""

    async def manner(call: Heard, writer: asyncio.StreamWriter) -> None:
        await says(*pieces)(call, writer)
        writer.close()

    return manner


def says_and_waits(*pieces: bytes) -> Manner:
    """The bytes, and then silence."""

    async def manner(call: Heard, writer: asyncio.StreamWriter) -> None:
        await says(*pieces)(call, writer)
        await asyncio.Event().wait()

    return manner


def repeats(first: bytes, again: bytes, *, pause_s: float = 0) -> Manner:
    """`first`, then `again` for ever, with a pause in between."""

    async def manner(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while not writer.is_closing():
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return manner
