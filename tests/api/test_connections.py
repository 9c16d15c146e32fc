"""A caller's connection: what comes too slowly, too large or as no HTTP ends, and harms nobody."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

import httpx
import pytest
import uvicorn
from typing_extensions import override

from onceonly.api.connections import LARGEST_HEAD, MOST_BYTES, CallerConnection, Gathering
from onceonly.api.wrappers import LARGEST_BODY

SLOW_S = 1.6
HEAD = b"POST / HTTP/1.1\r\nhost: hub.example\r\n"


class Hasty(CallerConnection):
    """As the hub's, with the patience of a test."""

    slowest_s = 1.0


class Server(uvicorn.Server):
    """Looks for late connections at every tick."""

    @override
    async def on_tick(self, counter: int) -> bool:
        for one in list(self.server_state.connections):
            assert isinstance(one, CallerConnection)
            one.end_if_late()
        return await super().on_tick(counter)


async def reads_all(scope: dict[str, object], receive: object, send: object) -> None:
    """Answers 200 once it has the whole body, as an application does."""
    assert callable(receive)
    assert callable(send)
    if scope["type"] != "http":
        return
    while (message := await receive()).get("more_body"):
        pass
    if scope["path"] == "/slow":
        await asyncio.sleep(SLOW_S)
    if message["type"] == "http.disconnect":
        return
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
    )
    await send({"type": "http.response.body"})


@asynccontextmanager
async def serving(http: type[CallerConnection]) -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            reads_all, http=http, lifespan="off", log_config=None, timeout_graceful_shutdown=1
        )
        server = Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await running


@pytest.fixture
async def hasty() -> AsyncIterator[int]:
    async with serving(Hasty) as port:
        yield port


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving(CallerConnection) as port:
        yield port


async def told(port: int, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Everything that comes until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        with suppress(OSError):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_s)

    sending = asyncio.create_task(send())
    came = b""
    with suppress(OSError):
        while more := await reader.read(65536):
            came += more
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    writer.close()
    return came


def status(came: bytes) -> int:
    head, _, body = came.partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert b"application/problem+json" in head
    assert b"connection: close" in head
    assert head.count(b"HTTP/1.1") == 1
    assert problem["status"] == int(head.split()[1])
    return int(head.split()[1])


async def well(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.post(f"http://127.0.0.1:{port}/", content=b"x" * 9)).is_success


async def test_a_request_that_does_not_come_in_time_ends(hasty: int) -> None:
    length = b"content-length: 200\r\n\r\n"
    quick = HEAD + b"content-length: 0\r\n\r\n"

    slow_head, slow_body, silent, second = await asyncio.gather(
        told(hasty, HEAD, *[b"x: y\r\n"] * 200, pause_s=0.05),
        told(hasty, HEAD + length, *[b"x"] * 200, pause_s=0.05),
        told(hasty),
        told(hasty, quick, HEAD, *[b"x: y\r\n"] * 200, pause_s=0.05),
    )

    assert (status(slow_head), status(slow_body), status(silent)) == (408, 408, 408)
    assert second.count(b"HTTP/1.1 200") == second.count(b"HTTP/1.1 408") == 1


async def test_a_head_without_end_is_told_so_and_not_kept(port: int) -> None:
    piece = b"y" * LARGEST_HEAD

    one_header = await told(port, HEAD + b"x: ", *[piece] * 50)
    many = await told(port, HEAD, *[b"".join(b"x-%d: y\r\n" % n for n in range(8000))] * 50)
    a_path = await told(port, b"GET /", *[piece] * 50)

    assert (status(one_header), status(many), status(a_path)) == (431, 431, 431)
    assert await well(port)


async def test_a_body_wrapped_in_more_than_it_holds_ends(port: int) -> None:
    trailer = b"x: " + b"y" * 60_000 + b"\r\n"
    chunked = HEAD + b"transfer-encoding: chunked\r\n\r\n"

    trailers = await told(port, chunked, b"1\r\nx\r\n0\r\n", *[trailer] * (MOST_BYTES // 50_000))

    assert status(trailers) == 413
    assert await well(port)


async def test_what_is_no_http_is_a_problem_too(port: int) -> None:
    for raw in (b"\x16\x03\x01\x02", b"GET\r\n\r\n", HEAD + b"content-length: -1\r\n\r\n"):
        assert status(await told(port, raw)) == 400


@pytest.mark.parametrize(
    "rest", [b"transfer-encoding: chunked\r\n\r\nzz\r\n", b"no header\r\n\r\n"]
)
async def test_what_is_no_http_is_not_told_to_who_still_waits(port: int, rest: bytes) -> None:
    """The first answer on a connection is the first request's: nobody takes another's for theirs."""
    slow = HEAD.replace(b"/", b"/slow", 1) + b"content-length: 0\r\n\r\n"

    assert b"HTTP/1.1 400" not in await told(port, slow + HEAD + rest)


async def test_whoever_waits_in_line_is_not_late_for_it(hasty: int) -> None:
    slow = HEAD.replace(b"/", b"/slow", 1) + b"content-length: 0\r\n\r\n"
    begun = HEAD + b"content-length: 3\r\n\r\nx"

    whole = told(hasty, slow + begun, b"yz", pause_s=0.1)
    broken_off = told(hasty, slow + begun)
    came, late = await asyncio.gather(whole, broken_off)

    assert came.count(b"HTTP/1.1 200") == 2
    assert [late.count(b"HTTP/1.1 200"), late.count(b"HTTP/1.1 408")] == [1, 1]
    assert late.index(b"HTTP/1.1 200") < late.index(b"HTTP/1.1 408")


async def test_a_large_body_at_once_and_many_requests_on_one_connection_pass(port: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(30):
            answer = await client.post(f"http://127.0.0.1:{port}/", content=b"x" * LARGEST_BODY)
            assert answer.is_success
            await asyncio.sleep(0.02)


class Recorded:
    """What a transport was told to do."""

    def __init__(self) -> None:
        self.done: list[object] = []

    def writelines(self, pieces: list[bytes]) -> None:
        self.done.append(b"".join(pieces))

    def close(self) -> None:
        self.done.append("closed")


async def test_head_and_body_of_an_answer_leave_in_one_piece_before_the_end() -> None:
    transport = Recorded()
    gathering = Gathering(cast("asyncio.Transport", transport), asyncio.get_running_loop())

    gathering.write(b"head ")
    gathering.write(b"body")
    await asyncio.sleep(0)
    gathering.write(b"last words")
    gathering.close()
    await asyncio.sleep(0)

    assert transport.done == [b"head body", b"last words", "closed"]
