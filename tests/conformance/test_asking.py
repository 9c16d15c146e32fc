"""Where an exchange breaks the report says how, in words by which its place is found."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from conformance.trials import a_port
from onceonly.conformance.asking import PlayedHub
from onceonly.conformance.issuer import Issuer
from onceonly.connectors.rest import open_transport


async def told(url: str) -> str:
    issuer = Issuer(
        "http://hub.example",
        audience=url,
        municipality="musterkreis",
        clock=lambda: datetime.fromtimestamp(time.time(), UTC),
    )
    transport = open_transport()
    try:
        return (await PlayedHub(url, issuer, transport, timeout_s=5).health()).told
    finally:
        await transport.aclose()


async def test_where_nothing_listens_it_says_so() -> None:
    with a_port() as port:
        pass

    assert (await told(f"http://127.0.0.1:{port}")).startswith("no connection: nothing listens")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "closed without an answer: is it https:// there?"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}", "closed before the whole answer"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "what is no HTTP"),
        (b"220 mail.example ESMTP\r\n", "what is no HTTP"),
    ],
)
async def test_what_breaks_off_or_is_no_http_is_named(answer: bytes, words: str) -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(once, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await told(f"http://127.0.0.1:{port}")).startswith(words)
