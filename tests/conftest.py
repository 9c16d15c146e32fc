"""A database for every test that wants one, entered as a role that owns nothing."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from builders import NOW, AnOffice, a_municipality, connected
from databases import drop
from leavings import check, logs_below, nobody_is_named_in_what_is_left
from onceonly.cli.schema import upgrade
from onceonly.domain.rules import Law
from onceonly.embedded import Addresses, EmbeddedPostgres
from onceonly.readers.rules import read_law
from onceonly.security.checkpoints import KeptHead
from onceonly.security.ids import Ids
from onceonly.security.keys import KeyFiles
from onceonly.security.names import Names
from onceonly.security.seals import open_entry
from onceonly.security.tokens import AccessTokens
from onceonly.store import log
from onceonly.store.database import Database
from onceonly.store.leadership import Leadership
from onceonly.usecases import configuration
from onceonly.usecases.cursors import Cursors
from onceonly.usecases.recording import AnswerRecorder, QuestionRecorder
from onceonly.usecases.world import Edge, Errands, Snapshots, World

__all__ = ["nobody_is_named_in_what_is_left"]

ISSUER = "http://hub.example"
MONTH = f"select log_entry_month('{NOW:%Y-%m}-01')"
"""Entries of the tests' month lie in a partition of their own."""


USUAL_ROUNDS = 200
Repeated = Callable[[str, int], int]
_TRIED = pytest.StashKey[dict[str, int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rounds`: how often a drill is repeated; `make drill` takes many more."""
    parser.addoption("--rounds", default=str(USUAL_ROUNDS), help="rounds of a drill")
    parser.addoption("--tried", help="a file to write down in what was tried, and how often")


@pytest.fixture
def repeated(pytestconfig: pytest.Config) -> Repeated:
    """How often to try something that is tried so often in the suite; a drill tells it at its end."""
    rounds = int(pytestconfig.getoption("--rounds"))

    def times(what: str, usual: int) -> int:
        count = max(usual, usual * rounds // USUAL_ROUNDS)
        pytestconfig.stash.setdefault(_TRIED, {})[what] = count
        return count

    return times


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what a drill tried."""
    path = session.config.getoption("--tried")
    if path is not None:
        with Path(path).open("a") as file:
            for what, count in session.config.stash.get(_TRIED, {}).items():
                file.write(f"{count:>7}  {what}\n")


@dataclass(frozen=True)
class Server:
    """A server with a migrated template; `addresses` lead to the database of their name.

    `directory`: where an embedded one keeps everything, its log too.
    """

    addresses: Addresses
    template: str
    directory: Path | None = None


def _named(url: str, name: str) -> str:
    return url.rpartition("/")[0] + "/" + name


def _with_user(url: str, user: str, password: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{user}:{password}@{rest.rpartition('@')[2]}"


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _opened(directory: str) -> Path:
    """A directory the server's account can reach."""
    Path(directory).chmod(0o755)
    return Path(directory)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server of ONCEONLY_OWNER_URL, else an embedded one."""
    given = os.environ.get("ONCEONLY_OWNER_URL")
    template = f"onceonly_template_{secrets.token_hex(4)}"
    if given is None:
        # Not below pytest's own directory: another run would close that to the server's account.
        with (
            TemporaryDirectory(prefix="onceonly-tests-") as directory,
            EmbeddedPostgres(_opened(directory), durable=False) as addresses,
        ):
            asyncio.run(_run(addresses.owner, f"create database {template}"))
            upgrade(_named(addresses.owner, template))
            asyncio.run(_run(_named(addresses.owner, template), MONTH))
            yield Server(addresses, template, Path(directory))
            check(logs_below(Path(directory)))
        return
    asyncio.run(_run(given, f"create database {template}"))
    upgrade(_named(given, template))
    asyncio.run(_run(_named(given, template), MONTH))
    users = {
        name: (f"onceonly_test_{name}_{secrets.token_hex(3)}", secrets.token_hex(8))
        for name in ("app", "worker", "reader")
    }
    groups = {
        "app": "onceonly_app",
        "worker": "onceonly_app, onceonly_sequencer",
        "reader": "onceonly_auditor",
    }
    for name, (user, password) in users.items():
        create = f"create role {user} login password '{password}' in role {groups[name]}"
        asyncio.run(_run(given, create))
    yield Server(Addresses(given, *(_with_user(given, *users[name]) for name in users)), template)
    drops = [f"drop role {user}" for user, _ in users.values()]
    asyncio.run(_run(given, f"drop database {template}", *drops))


@pytest.fixture
async def addresses(server: Server) -> AsyncIterator[Addresses]:
    """A database of the test's own, by every role."""
    name = f"onceonly_test_{secrets.token_hex(6)}"
    owner = server.addresses.owner
    await _run(owner, f"create database {name} template {server.template}")
    yield Addresses(
        *(
            _named(url, name)
            for url in (
                owner,
                server.addresses.app,
                server.addresses.sequencer,
                server.addresses.auditor,
            )
        )
    )
    await drop(owner, name)


@pytest.fixture(scope="session")
def law() -> Law:
    """The shipped law."""
    return read_law()


@pytest.fixture
def keys(tmp_path: Path) -> KeyFiles:
    """Keys of the test's own."""
    return KeyFiles(tmp_path / "keys", create=True)


@pytest.fixture
def jobcenter() -> AnOffice:
    """The office that is asked."""
    return AnOffice()


def make_world(database: Database, law: Law, keys: KeyFiles, office: AnOffice) -> World:
    """A world whose clock stands still."""
    names = Names(keys)
    return World(
        database=database,
        questions=QuestionRecorder(database),
        answers=AnswerRecorder(database),
        law=law,
        snapshots=Snapshots(),
        connect=connected(office),
        errands=Errands(),
        keys=keys,
        names=names,
        cursors=Cursors(names),
        tokens=AccessTokens(keys, ISSUER),
        issuer=ISSUER,
        clock=lambda: NOW,
        new_id=Ids(lambda: NOW),
        kept_head=KeptHead(keys),
        leadership=Leadership(database),
    )


@pytest.fixture
async def owner(
    addresses: Addresses, law: Law, keys: KeyFiles, jobcenter: AnOffice
) -> AsyncIterator[World]:
    """Whoever applies municipality files."""
    database = await Database.open(addresses.owner, role=None, size=2)
    yield make_world(database, law, keys, jobcenter)
    await database.close()


@pytest.fixture
async def world(
    addresses: Addresses, owner: World, law: Law, keys: KeyFiles, jobcenter: AnOffice
) -> AsyncIterator[World]:
    """The hub as role app, with Musterkreis in force."""
    await configuration.apply(a_municipality(), owner, actor="test")
    database = await Database.open(addresses.app, size=4)
    made = make_world(database, law, keys, jobcenter)
    await made.snapshots.renew(database)
    yield made
    await made.errands.finish()
    await database.close()


@pytest.fixture
async def worker(addresses: Addresses, world: World) -> AsyncIterator[World]:
    """The same hub as a worker, who also sequences."""
    database = await Database.open(addresses.sequencer, role="onceonly_sequencer", size=2)
    yield replace(world, sequencer=database, edge=Edge())
    await database.close()


@pytest.fixture
async def auditor(addresses: Addresses, world: World) -> AsyncIterator[World]:
    """The same hub as an auditor's command."""
    database = await Database.open(addresses.auditor, role="onceonly_auditor", size=2)
    yield replace(world, database=database)
    await database.close()


@pytest.fixture
def logged(world: World) -> Callable[[], Awaitable[list[str]]]:
    """What is on record beside the applied file, by event, sorted."""

    async def events() -> list[str]:
        async with world.database.within(1) as connection:
            entries = await log.all_entries(connection)
        return sorted(
            one.entry.event for one in entries if one.entry.event != "configuration:changed"
        )

    return events


@pytest.fixture
def payloads(world: World) -> Callable[[str], Awaitable[list[dict[str, object]]]]:
    """The payloads of one event, in clear."""

    async def of(event: str) -> list[dict[str, object]]:
        async with world.database.within(1) as connection:
            entries = await log.all_entries(connection)
        return [
            dict(open_entry(one.entry, municipality=1, keys=world.keys) or {})
            for one in entries
            if one.entry.event == event
        ]

    return of
