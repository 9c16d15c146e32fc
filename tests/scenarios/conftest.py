"""Stands: a database, keys, a providing office. One with two hubs is shared by many scenarios."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from conftest import Server
from databases import drop
from onceonly.demo.plain import client
from onceonly.embedded import Addresses
from scenarios import registers as documents
from scenarios import social as offices
from scenarios.documents import BUT, JOBCENTER
from scenarios.kreis import Kreis, a_kreis
from scenarios.registers import Registers
from scenarios.social import Social
from scenarios.stand import Hub, Stand, run
from scenarios.stand import client_keys as made_keys
from scenarios.stub import Stub, answers


async def a_database(server: Server) -> tuple[str, Addresses]:
    """A database that lives as long as the session; its name, and by every role."""
    name = f"onceonly_test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(server.addresses.owner)
    await connection.execute(f"create database {name} template {server.template}")
    await connection.close()
    urls = server.addresses
    each = (urls.owner, urls.app, urls.sequencer, urls.auditor)
    return name, Addresses(*(f"{url.rpartition('/')[0]}/{name}" for url in each))


@dataclass
class Pair:
    """Two hubs over one database."""

    stand: Stand
    hubs: tuple[Hub, Hub]

    @property
    def stub(self) -> Stub:
        return self.stand.stub


@pytest.fixture(scope="session")
def client_keys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Private keys of the clients, made by the command."""
    directory = tmp_path_factory.mktemp("client-keys")
    keys = {client_id: directory / f"{client_id}.json" for client_id in (BUT, JOBCENTER)}
    for path in keys.values():
        made = asyncio.run(run("client-key", str(path), environment=dict(os.environ)))
        assert made.status == 0, made.err
    return keys


@pytest.fixture
async def stand(
    tmp_path: Path, addresses: Addresses, client_keys: Mapping[str, Path]
) -> AsyncIterator[Stand]:
    """An installation of the test's own; nothing runs in it yet."""
    async with Stub() as stub:
        yield Stand(tmp_path, addresses, client_keys, stub)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_pair(
    server: Server, client_keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    """The two hubs, running."""
    name, addresses = await a_database(server)
    async with Stub() as stub:
        stand = Stand(tmp_path_factory.mktemp("pair"), addresses, client_keys, stub)
        async with stand.hubs(2) as (one, other):
            yield Pair(stand, (one, other))
    await drop(server.addresses.owner, name)


@pytest_asyncio.fixture(loop_scope="session")
async def pair(shared_pair: Pair) -> Pair:
    """The two hubs; the office answers in good order and has heard nothing yet."""
    await shared_pair.stand.rests()
    shared_pair.stub.manner = answers
    shared_pair.stub.heard.clear()
    return shared_pair


@pytest.fixture(scope="session")
def kreis(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kreis]:
    """A hub and every office system of the demo, each a process; its day is 5 October 2026."""
    name, addresses = asyncio.run(a_database(server))
    with a_kreis(tmp_path_factory.mktemp("kreis"), addresses) as running:
        yield running
        with client(running.stand.hub) as http:
            told = http.get("/metrics").text
        (running.stand.directory / "metrics.log").write_text(told)
    asyncio.run(drop(server.addresses.owner, name))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def registers(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Registers]:
    """A hub with its worker among offices with registers; shared by scenarios of few questions."""
    name, addresses = await a_database(server)
    directory = tmp_path_factory.mktemp("registers")
    async with Stub() as stub:
        stub.manner = documents.systems
        stand = Stand(directory, addresses, made_keys(documents.CLIENTS, directory), stub)
        async with stand.starting("--with-worker") as hub:
            await stand.apply(documents.municipality(stand))
            await hub.is_ready()
            await hub.come_in(documents.JOBCENTER)
            yield Registers(stand, hub)
    await drop(server.addresses.owner, name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def social(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Social]:
    """A hub among social offices and the registers they ask."""
    name, addresses = await a_database(server)
    directory = tmp_path_factory.mktemp("social")
    async with Stub() as stub:
        stub.manner = offices.systems
        stand = Stand(directory, addresses, made_keys(offices.CLIENTS, directory), stub)
        async with stand.starting() as hub:
            await stand.apply(offices.municipality(stand))
            await hub.is_ready()
            await hub.come_in(offices.BUT)
            yield Social(stand, hub)
    await drop(server.addresses.owner, name)
