"""A providing office's system on a real socket: remembers who was asked, misbehaves as told."""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from connectors.wire import answer

Asked = dict[str, Any]
Manner = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]

AS_OF = "2026-11-25T09:00:00Z"


def marker_of(reference: str) -> str:
    """A month only this retrieval's answer speaks of, nearly."""
    number = int(reference.replace("-", ""), 16) % 10_000
    return f"{2100 + number // 12}-{number % 12 + 1:02}"


def granted(asked: Asked) -> bytes:
    """The bytes of an answer in good order, marked with its reference."""
    content = {
        "state": "granted",
        "from_month": "2026-06",
        "to_month": marker_of(asked["reference"]),
    }
    return answer({"content": content, "document_date": "2026-05-20", "as_of": AS_OF})


async def answers(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """At once, in good order."""
    writer.write(granted(asked))


def after(pause_s: float) -> Manner:
    """In good order, a while later."""

    async def manner(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(pause_s)
        writer.write(granted(asked))

    return manner


def behind(gate: asyncio.Event) -> Manner:
    """In good order, once the gate is open."""

    async def manner(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(granted(asked))

    return manner


def says(raw: bytes) -> Manner:
    """The same bytes to everybody."""

    async def manner(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return manner


def by_name(otherwise: Manner = answers, **manners: Manner) -> Manner:
    """Its manner depends on whose evidence is asked for."""

    async def manner(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await manners.get(asked["person"]["family_name"], otherwise)(asked, writer)

    return manner


class Stub:
    """The office's socket; `heard` holds each question as it came.

    With TLS `shown` holds the serial number of each certificate that a caller came in by.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.manner: Manner = answers
        self._tls = tls
        self.heard: list[Asked] = []
        self.traces: list[str] = []
        self.shown: list[str] = []
        self.url = ""
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._talk, "127.0.0.1", 0, backlog=512, ssl=self._tls
        )
        self.url = (
            f"http{'s' if self._tls else ''}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        )
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

    @property
    def times(self) -> Counter[str]:
        """How often each retrieval was asked for."""
        return Counter(one["reference"] for one in self.heard)

    async def has_heard(self, count: int) -> None:
        """Wait until so many questions have come."""
        while len(self.heard) < count:
            self._news.clear()
            await self._news.wait()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        peer = writer.get_extra_info("peercert")
        if peer:
            self.shown.append(peer["serialNumber"])
        # Cancelled, it ends quietly: the stream machinery would report it as an error.
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            try:
                while not writer.is_closing():
                    await self._answer(reader, writer)
            finally:
                writer.close()
                self._talks.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.strip().lower().split("\r\n")
        headers = dict(one.split(": ", 1) for one in lines)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if line.startswith("get"):
            writer.write(answer({"status": "ok"}))
        else:
            asked = json.loads(body)
            self.heard.append(asked)
            self.traces.append(headers.get("traceparent", ""))
            self._news.set()
            await self.manner(asked, writer)
        await writer.drain()
