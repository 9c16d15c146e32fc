"""Bytes to a hub's socket, good and bad, and what it answers to them."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from scenarios.stand import PATIENCE_S, Hub


@dataclass(frozen=True)
class Told:
    """An answer; status 0: the connection ended without one."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The last word of the problem's type."""
        return str(self.json.get("type", "")).rpartition("/")[2]

    @property
    def pointers(self) -> list[str]:
        """Which members a problem names."""
        return sorted(one["pointer"] for one in self.json.get("errors", ()))

    @property
    def json(self) -> dict[str, Any]:
        try:
            read = json.loads(self.body)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}


def port_of(hub: Hub) -> int:
    return int(hub.url.rstrip("/").rpartition(":")[2])


async def talk(hub: Hub, parts: Iterable[bytes], *, pause_s: float = 0.0) -> Told:
    """Send parts one after the other and read one answer, which may come before the last part."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(hub))

    async def send() -> None:
        with suppress(OSError):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_s)

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await _answer(reader)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> Told:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.rstrip().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except (OSError, asyncio.IncompleteReadError):
        return Told(0, {}, b"")
    return Told(int(line.split()[1]), headers, body)


def head(hub: Hub, method: str, path: str, *lines: str, token: bool = True) -> bytes:
    """A request's head; the hub's own token unless told otherwise."""
    usual = ["host: hub.example"]
    if token:
        usual.append(f"authorization: {hub.http.headers['authorization']}")
    return "\r\n".join([f"{method} {path} HTTP/1.1", *usual, *lines, "\r\n"]).encode("latin-1")


def asking(hub: Hub, *lines: str, key: str = "bad-1") -> bytes:
    """The head of an evidence request, without its length."""
    usual = ("content-type: application/json", f"idempotency-key: {key}", "prefer: wait=0")
    return head(hub, "POST", "/v1/evidence-requests", *usual, *lines)


def whole(hub: Hub, body: object) -> list[bytes]:
    """An evidence request with this body: bytes as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [asking(hub, f"content-length: {len(raw)}"), raw]


def chunk(raw: bytes) -> bytes:
    return f"{len(raw):x}\r\n".encode() + raw + b"\r\n"
