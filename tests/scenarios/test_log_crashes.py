"""Hub, worker and PostgreSQL killed at random under load: the log holds exactly what was committed."""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import Random

import asyncpg
import httpx
import pytest

from conftest import Repeated
from onceonly.embedded import EmbeddedPostgres, EmbeddedUnavailable
from scenarios.stand import Hub, Stand, until
from scenarios.stub import Stub, after
from scenarios.test_crashes import LONGEST
from scenarios.test_running import reachable

__all__ = ["reachable"]

KILLED = ("hub", "worker", "database")
ASKERS = 4


class Running:
    """One hub, two workers, a durable database; each comes back when it is killed."""

    def __init__(
        self, stand: Stand, server: EmbeddedPostgres, data: Path, stack: AsyncExitStack
    ) -> None:
        self.stand, self.server, self._data, self._stack = stand, server, data, stack
        self.hub: Hub | None = None
        self.workers: list[asyncio.subprocess.Process] = []

    async def start_hub(self) -> None:
        hub = await self._stack.enter_async_context(self.stand.starting())
        await hub.is_ready()
        await hub.come_in()
        self.hub = hub

    async def start_worker(self) -> None:
        name = f"work-{secrets.token_hex(4)}"
        work = self.stand.running("work", environment=self.stand.environment(), name=name)
        self.workers.append(await self._stack.enter_async_context(work))

        async def works() -> bool:
            return '"working"' in self.stand.last_words(name)

        # One that begins while the database is away ends, and says so.
        await until(works)

    async def kill(self, what: str) -> None:
        """SIGKILL, and start it again."""
        if what == "hub" and self.hub is not None:
            hub, self.hub = self.hub, None
            hub.process.kill()
            await self.start_hub()
        elif what == "worker":
            self.workers.pop(0).kill()
            await self.start_worker()
        elif what == "database":
            for file in self._data.glob("postgres-*/postmaster.pid"):
                with suppress(ProcessLookupError):
                    os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
            await until(self._answers)

    async def _answers(self) -> bool:
        """Whether the database is back; it is started again when it is not."""
        try:
            await asyncio.to_thread(self.server.revive)
            await self.stand.rows("select 1")
        except (EmbeddedUnavailable, asyncpg.PostgresError, OSError):
            return False
        return True


@asynccontextmanager
async def under_load(running: Running) -> AsyncIterator[None]:
    """Somebody always asks, whatever dies."""
    over = asyncio.Event()

    async def ask() -> None:
        while not over.is_set():
            try:
                if running.hub is not None:
                    await running.hub.ask(wait=1)
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.02)

    askers = [asyncio.create_task(ask()) for _ in range(ASKERS)]
    yield
    over.set()
    await asyncio.gather(*askers)


@pytest.mark.parametrize("seed", [secrets.randbits(32)], ids=["random"])
async def test_whatever_is_killed_facts_and_leaves_are_one_and_nobody_is_asked_twice(
    tmp_path: Path,
    reachable: Path,
    client_keys: Mapping[str, Path],
    repeated: Repeated,
    seed: int,
) -> None:
    kills = repeated("kills of hub, worker and PostgreSQL under load", len(KILLED))
    draw = Random(seed)  # noqa: S311 -- no secret
    server = EmbeddedPostgres(reachable / "hub")
    addresses = await asyncio.to_thread(server.join)
    async with Stub() as stub, AsyncExitStack() as stack:
        stub.manner = after(0.05)
        stand = Stand(tmp_path, addresses, client_keys, stub)
        running = Running(stand, server, reachable / "hub", stack)
        assert (await stand.onceonly("migrate")).status == 0
        await stand.apply(stand.file())
        await running.start_hub()
        for _ in range(2):
            await running.start_worker()
        async with under_load(running):
            for what in [*KILLED, *draw.choices(KILLED, k=kills - len(KILLED))]:
                await asyncio.sleep(draw.uniform(0.05, 0.4))
                await running.kill(what)
        # Whoever leads plays today: one of later must not wait for them.
        for one in running.workers:
            one.kill()
        await everything_is_sequenced(stand, stack)
        await the_log_is_whole(stand)
    await asyncio.to_thread(server.leave)


async def everything_is_sequenced(stand: Stand, stack: AsyncExitStack) -> None:
    """What was lost is ended by a worker of later, and every entry has its position."""
    later = stand.environment(NOW=stand.played(LONGEST))
    await stack.enter_async_context(stand.running("work", environment=later, name="later"))
    await stand.rests()

    async def sequenced() -> bool:
        return not await stand.rows("select 1 from log_inbox")

    await until(sequenced)


async def the_log_is_whole(stand: Stand) -> None:
    entries = {row["id"] for row in await stand.rows("select id from log_entry")}
    leaves = await stand.rows("select position, entry_id from log_leaf order by position")
    asked = {row["id"] for row in await stand.rows("select id from retrieval")}

    assert [row["position"] for row in leaves] == list(range(len(leaves)))
    assert {row["entry_id"] for row in leaves} == entries
    assert len(entries) == len(leaves)
    questions = await stand.rows("select question_entry from retrieval")
    assert {row["question_entry"] for row in questions} <= entries
    assert {str(one) for one in asked} >= set(stand.stub.times)
    assert set(stand.stub.times.values()) <= {1}
    assert stand.stub.times
    export, key = str(stand.directory / "export.jsonl"), stand.directory / "key"
    assert (await stand.onceonly("log", "export", export)).status == 0
    async with stand.starting() as hub:
        await hub.is_ready()
        key.write_text((await hub.http.get("/v1/log/key")).text)
    said = await stand.onceonly("log", "verify", export, "--key", str(key))
    assert said.status == 0, said.out
