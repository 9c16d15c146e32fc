"""The database goes away, freezes, comes back: nothing is asked that is not on record."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from scenarios.stand import Hub, Stand, until


class Way:
    """The network way to the database: open, frozen (bytes stay on the road) or gone."""

    def __init__(self, host: str, port: int) -> None:
        self._goal = (host, port)
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()
        self.port = 0

    async def lay(self) -> None:
        """Let connections through, at the same port as ever."""
        self._open.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def freeze(self) -> None:
        """Take in what comes, pass nothing on."""
        self._open.clear()

    async def cut(self) -> None:
        """End every connection, refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        with suppress(OSError, asyncio.CancelledError):
            try:
                far_reader, far_writer = await asyncio.open_connection(*self._goal)
                try:
                    await asyncio.gather(
                        self._carry(reader, far_writer), self._carry(far_reader, writer)
                    )
                finally:
                    far_writer.close()
            finally:
                writer.close()
                self._talks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._open.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


@pytest.fixture
async def way(stand: Stand) -> AsyncIterator[Way]:
    """The way to the test's database; the stand's hubs take it."""
    parts = urlsplit(stand.addresses.app)
    made = Way(parts.hostname or "", parts.port or 5432)
    await made.lay()
    netloc = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{made.port}"
    stand.addresses = replace(stand.addresses, app=urlunsplit(parts._replace(netloc=netloc)))
    yield made
    await made.cut()


async def assert_nothing_is_asked(hub: Hub) -> None:
    """Alive, not ready, and every question turned away before the office hears of it."""
    told, live, ready, token = await asyncio.gather(
        hub.ask("Verloren"),
        hub.http.get("/livez"),
        hub.http.get("/readyz"),
        hub.token(),
    )
    assert (told.status_code, told.json()["type"].rpartition("/")[2]) == (503, "log-unavailable")
    assert told.headers["retry-after"].isdigit()
    assert token.status_code == 503
    assert live.status_code == 200
    assert (ready.status_code, ready.json()["failing"]) == (503, ["database"])


async def works_again(hub: Hub) -> httpx.Response:
    """The first answer to a question after the database came back."""
    await hub.is_ready()
    answers = []

    async def answered() -> bool:
        answers.append(await hub.ask("Danach"))
        return answers[-1].status_code != 503

    await until(answered)
    return answers[-1]


async def test_a_hub_outlives_its_database(stand: Stand, way: Way) -> None:
    async with stand.hubs(1) as (hub,):
        await asyncio.gather(*[hub.ask("Davor") for _ in range(20)])
        await way.cut()
        await assert_nothing_is_asked(hub)
        await way.lay()
        after_cut = await works_again(hub)
        way.freeze()
        await assert_nothing_is_asked(hub)
        await way.lay()
        after_freeze = await works_again(hub)
        many = await asyncio.gather(*[hub.ask("Danach") for _ in range(20)])

    assert {one.status_code for one in (after_cut, after_freeze, *many)} == {201}
    assert "Verloren" not in {one["person"]["family_name"] for one in stand.stub.heard}
    asked = await stand.rows("select id from retrieval where state = 'released'")
    assert {str(row["id"]) for row in asked} == set(stand.stub.times)
