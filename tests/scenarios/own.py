"""A PostgreSQL of the test's own: frozen, restarted, gone, or robbed of its sessions, as one wants."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import asyncpg

from leavings import check, logs_below
from onceonly.embedded import EmbeddedPostgres, EmbeddedUnavailable
from scenarios.stand import Stand, until
from scenarios.stub import Stub


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A directory every account can walk to, with a blank in its name."""
    with tempfile.TemporaryDirectory(prefix="onceonly zwei Stände ") as place:
        Path(place).chmod(0o755)
        yield Path(place)
        check(logs_below(Path(place)))


class OwnServer:
    """The server's processes, by their pids."""

    def __init__(self, server: EmbeddedPostgres, data: Path, url: str) -> None:
        self._server, self._data, self._url = server, data, url

    def _postmasters(self) -> list[int]:
        """Its pid, where it runs."""
        files = self._data.glob("postgres-*/postmaster.pid")
        return [int(one.read_text().split()[0]) for one in files]

    def _children(self) -> list[int]:
        postmasters, found = self._postmasters(), []
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                # The name before may have blanks; state and parent come after it.
                if int(path.read_text().rpartition(")")[2].split()[1]) in postmasters:
                    found.append(int(path.parent.name))
        return found

    def _signal(self, sign: signal.Signals, pids: list[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, sign)

    def freeze(self) -> None:
        """Every process stands still; connections stay open and nobody answers."""
        # The postmaster first, so that no child is born meanwhile.
        self._signal(signal.SIGSTOP, self._postmasters())
        self._signal(signal.SIGSTOP, self._children())

    def thaw(self) -> None:
        """They go on."""
        self._signal(signal.SIGCONT, [*self._children(), *self._postmasters()])

    def end_sessions(self) -> None:
        """Every client's session ends, as when an administrator terminates it."""
        for pid in self._children():
            with suppress(OSError):
                if b" 127.0.0.1(" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGTERM)

    async def stop(self) -> None:
        """A fast shutdown, waited for."""
        self._signal(signal.SIGINT, self._postmasters())

        async def gone() -> bool:
            return not any(self._data.glob("postgres-*/postmaster.pid"))

        await until(gone)

    async def comes_back(self) -> None:
        """Start it where it does not run, until it answers."""

        async def answers() -> bool:
            try:
                await asyncio.to_thread(self._server.revive)
                connection = await asyncpg.connect(self._url)
                await connection.close()
            except (EmbeddedUnavailable, asyncpg.PostgresError, OSError):
                return False
            return True

        await until(answers)


@asynccontextmanager
async def a_stand_of_its_own(
    directory: Path, client_keys: Mapping[str, Path], *, durable: bool = False
) -> AsyncIterator[tuple[Stand, OwnServer]]:
    """A migrated stand over a server of its own."""
    with reachable_folder() as place:
        server = EmbeddedPostgres(place / "hub", durable=durable)
        addresses = await asyncio.to_thread(server.join)
        own = OwnServer(server, place / "hub", addresses.owner)
        try:
            async with Stub() as stub:
                stand = Stand(directory, addresses, client_keys, stub)
                said = await stand.onceonly("migrate")
                assert said.status == 0, said.err
                yield stand, own
        finally:
            own.thaw()
            await asyncio.to_thread(server.leave)
