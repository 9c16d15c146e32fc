"""A hub as it runs: its own database, keys and municipality file, processes on free ports."""

import asyncio
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx

from builders import NOW
from onceonly.embedded import Addresses
from onceonly.security.jose import generate_client_key, sign_with_jwk
from onceonly.security.tokens import ASSERTION_TYPE
from scenarios.documents import BUT, PATIENT, Document, a_file, a_question
from scenarios.stub import Stub

PATIENCE_S = 120
"""Ends a test that hangs; nothing is ever measured by it."""


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str


@dataclass
class Hub:
    """One `onceonly serve`, and a client that calls it."""

    url: str
    process: asyncio.subprocess.Process
    http: httpx.AsyncClient
    stand: "Stand"

    async def token(self, client_id: str = BUT) -> httpx.Response:
        """Exchange a fresh assertion."""
        return await self.exchange(self.stand.assertion(client_id))

    async def exchange(self, assertion: str) -> httpx.Response:
        """Exchange this assertion."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        return await self.http.post("/oauth2/token", data=form)

    async def come_in(self, client_id: str = BUT) -> None:
        """Call as this client from now on; waits until the hub knows it."""

        async def let_in() -> bool:
            answer = await self.token(client_id)
            token = answer.json().get("access_token")
            self.http.headers["authorization"] = f"Bearer {token}"
            return answer.is_success

        await until(let_in)

    async def ask(
        self, *names: str, key: str | None = None, wait: int = 30, provider: str = PATIENT
    ) -> httpx.Response:
        """Ask for evidence about people of these names."""
        headers = {"idempotency-key": key or secrets.token_hex(8), "prefer": f"wait={wait}"}
        question = a_question(*names, provider=provider)
        return await self.http.post("/v1/evidence-requests", json=question, headers=headers)

    async def is_ready(self) -> None:
        """Wait until it may have traffic."""

        async def ready() -> bool:
            assert self.process.returncode is None, self.stand.last_words("serve")
            try:
                return (await self.http.get("/readyz")).is_success
            except httpx.TransportError:
                return False

        await until(ready)

    async def ended(self) -> int:
        """Wait for the process; its exit status."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@dataclass
class Stand:
    """One installation. Its day is 25 November 2026, played from when it was made."""

    directory: Path
    addresses: Addresses
    keys: Mapping[str, Path]
    stub: Stub
    port: int = field(default_factory=free_port)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _served: bool = False

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def played(self, later: timedelta = timedelta(0)) -> str:
        """The setting of a clock that is so far ahead of the stand's."""
        return f"{_instant(NOW + later)}@{_instant(self.began)}"

    def environment(self, **settings: str | None) -> dict[str, str]:
        """Settings for one process; None leaves one out."""
        ours = {
            "DATABASE_URL": self.addresses.app,
            "OWNER_URL": self.addresses.owner,
            "SEQUENCER_URL": self.addresses.sequencer,
            "AUDITOR_URL": self.addresses.auditor,
            "KEYS_DIR": str(self.directory / "keys"),
            "ISSUER": self.issuer,
            "NOW": self.played(),
        } | settings
        # Programs that may keep what they compiled start in half the time.
        others = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("ONCEONLY_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        return others | {f"ONCEONLY_{k}": v for k, v in ours.items() if v is not None}

    def now(self) -> datetime:
        """What the stand's processes take for now."""
        return NOW + (datetime.now(UTC) - self.began)

    def assertion(self, client_id: str = BUT) -> str:
        """A fresh assertion of a client."""
        now = int(self.now().timestamp())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        return sign_with_jwk(claims, json.loads(self.keys[client_id].read_text()))

    def file(self) -> Document:
        """The municipality file of this stand."""
        return a_file(self.stub.url, {name: public_half(path) for name, path in self.keys.items()})

    async def apply(self, document: Document) -> Said:
        """Put a municipality file in force by the command."""
        path = self.directory / f"{document['municipality']['code']}.json"
        path.write_text(json.dumps(document))
        said = await self.onceonly("apply", str(path))
        assert said.status == 0, said.err
        return said

    async def onceonly(self, *words: str, **settings: str | None) -> Said:
        """Run a command to its end."""
        return await run(*words, environment=self.environment(**settings))

    async def entries(self) -> list[Document]:
        """Everything on record, in clear, as the auditor's command shows it."""
        said = await self.onceonly("log", "show", "--json")
        assert said.status == 0, said.err
        return [json.loads(line) for line in said.out.splitlines()]

    async def rows(self, statement: str) -> list[asyncpg.Record]:
        """What a statement finds in the municipality, as the owner."""
        connection = await asyncpg.connect(self.addresses.owner)
        try:
            await connection.execute("select set_config('onceonly.municipality', '1', false)")
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    async def rests(self) -> None:
        """Wait until nothing is under way."""

        async def rested() -> bool:
            return not await self.rows("select 1 from retrieval where state = 'fetching'")

        await until(rested)

    def last_words(self, name: str) -> str:
        """The last lines a process wrote."""
        return (self.directory / f"{name}.log").read_text()[-2000:]

    @asynccontextmanager
    async def running(
        self, *words: str, environment: Mapping[str, str], name: str | None = None
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """A process of the program, its words under its name; in the end it must stop when asked."""
        with (self.directory / f"{name or words[0]}.log").open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                *_program(words), env=environment, stdout=out, stderr=out
            )
            try:
                yield process
            finally:
                await _end(process)

    @asynccontextmanager
    async def starting(self, *words: str, **settings: str | None) -> AsyncIterator[Hub]:
        """A hub that comes up; the first listens where the issuer's URL says."""
        port = free_port() if self._served else self.port
        self._served = True
        environment = self.environment(**settings)
        serve = ("serve", "--port", str(port), *words)
        async with (
            self.running(*serve, environment=environment) as process,
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                trust_env=False,
                timeout=PATIENCE_S,
                limits=httpx.Limits(max_connections=None),
            ) as http,
        ):
            hub = Hub(str(http.base_url), process, http, self)
            yield hub
            await self._keep_metrics(hub)

    async def _keep_metrics(self, hub: Hub) -> None:
        """Beside the logs, for the last look at what the tests leave; not of one that is gone."""
        with suppress(httpx.HTTPError):
            told = await hub.http.get("/metrics", timeout=2)
            (self.directory / f"metrics-{hub.process.pid}.log").write_text(told.text)

    @asynccontextmanager
    async def hubs(
        self, count: int, *words: str, **settings: str | None
    ) -> AsyncIterator[list[Hub]]:
        """Several hubs over one database, the file in force and BuT let in at each."""
        async with AsyncExitStack() as stack:
            hubs = [
                await stack.enter_async_context(self.starting(*words, **settings))
                for _ in range(count)
            ]
            await self.apply(self.file())
            for hub in hubs:
                await hub.is_ready()
                await hub.come_in()
            yield hubs


async def run(*words: str, environment: Mapping[str, str]) -> Said:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        *_program(words),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    return Said(process.returncode or 0, out.decode(), err.decode())


def _program(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "onceonly", *words]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise


def _instant(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def client_keys(clients: Iterable[str], directory: Path) -> Mapping[str, Path]:
    """A private key for each client."""
    paths = {client_id: directory / f"{client_id}.json" for client_id in clients}
    for path in paths.values():
        path.write_text(json.dumps(generate_client_key()[0]))
    return paths


def public_half(path: Path) -> Document:
    """What the municipality's file says of a private key."""
    private: Document = json.loads(path.read_text())
    return {name: value for name, value in private.items() if name != "d"}
