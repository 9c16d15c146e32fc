"""A way out by files that are followed: made once for each content, exchanged under load."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from authorities import Authority, put
from connectors.orders import an_order
from connectors.wire import answer
from onceonly.connectors.following import FollowingTransport
from onceonly.connectors.guard import Guarded
from onceonly.connectors.rest import RestConnector
from onceonly.domain.errors import ProviderUnavailable
from onceonly.domain.offices import TlsFiles
from onceonly.domain.retrievals import Delivered
from onceonly.security.tls_files import FollowedFiles
from scenarios.stub import Stub, says

FILES = TlsFiles("hub.pem", "hub-key.pem", "ca.pem")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def folder(authority: Authority, tmp_path: Path) -> Path:
    authority.issue().write(tmp_path, "hub.pem", "hub-key.pem")
    put(tmp_path / "ca.pem", authority.pem)
    return tmp_path


class Counted(FollowedFiles):
    """How often files were looked at."""

    looks = 0

    @override
    def look(self) -> None:
        self.looks += 1
        super().look()


@asynccontextmanager
async def asking(
    authority: Authority, folder: Path, told: list[str | None]
) -> AsyncIterator[tuple[Guarded, Stub, Counted]]:
    files = Counted(folder, FILES)
    transport = FollowingTransport(files, told.append)
    server = authority.asks(folder / "office", authority.issue())
    async with Stub(server) as stub:
        stub.manner = says(answer({"content": None}))
        connector = RestConnector(
            base_url=stub.url,
            timeout=timedelta(seconds=20),
            transport=transport,
            bearer=lambda audience: f"for-{audience}",
        )
        yield Guarded(connector), stub, files
    await transport.aclose()


async def test_files_are_read_once_for_many_calls_and_a_connection_is_no_calls_but_its_own(
    authority: Authority, folder: Path
) -> None:
    told: list[str | None] = []
    async with asking(authority, folder, told) as (connector, stub, files):
        first = await connector.fetch(an_order())
        context = files.context()
        others = await asyncio.gather(*[connector.fetch(an_order()) for _ in range(20)])

    assert [first, *others] == [Delivered(None, None, None)] * 21
    assert isinstance(context, ssl.SSLContext)
    assert files.context() is context
    assert files.looks == 1
    assert len(stub.shown) == 21
    assert told == []


async def test_the_first_calls_come_together_and_none_is_turned_away(
    authority: Authority, folder: Path
) -> None:
    told: list[str | None] = []
    async with asking(authority, folder, told) as (connector, _, _files):
        done = await asyncio.gather(*[connector.fetch(an_order()) for _ in range(8)])

    assert done == [Delivered(None, None, None)] * 8


async def test_a_call_under_way_ends_on_the_wire_it_began_on(
    authority: Authority, folder: Path
) -> None:
    told: list[str | None] = []
    gate = asyncio.Event()
    async with asking(authority, folder, told) as (connector, stub, files):
        good = stub.manner

        async def waits(asked: dict[str, object], writer: asyncio.StreamWriter) -> None:
            await gate.wait()
            await good(asked, writer)

        stub.manner = waits
        under_way = asyncio.create_task(connector.fetch(an_order()))
        await stub.has_heard(1)
        authority.issue().write(folder, "hub.pem", "hub-key.pem")
        files.look()
        stub.manner = good
        later = await connector.fetch(an_order())
        gate.set()
        sooner = await under_way

    assert sooner == later == Delivered(None, None, None)
    assert len(set(stub.shown)) == 2


async def test_without_usable_files_nobody_is_asked_and_it_is_told_once(
    authority: Authority, folder: Path
) -> None:
    told: list[str | None] = []
    (folder / "hub-key.pem").chmod(0o644)
    async with asking(authority, folder, told) as (connector, stub, files):
        for _ in range(3):
            with pytest.raises(ProviderUnavailable) as caught:
                await connector.fetch(an_order())
            assert not caught.value.asked
        assert not await connector.alive()
        (folder / "hub-key.pem").chmod(0o600)
        files.look()
        mended = await connector.fetch(an_order())

    assert mended == Delivered(None, None, None)
    assert [one and "open to others" in one for one in told] == [True, None]
    assert len(stub.shown) == 1
