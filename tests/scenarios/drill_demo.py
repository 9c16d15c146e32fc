"""The demo where machines are mean: everything killed at once, a strict umask, its ports taken."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from conftest import Repeated
from onceonly.settings import known_names
from scenarios.own import reachable_folder
from scenarios.stand import PATIENCE_S, Stand, until

NOTHING: dict[str, str | None] = {name.removeprefix("ONCEONLY_"): None for name in known_names()}
USUAL_PORTS = (8080, *range(9101, 9105))


def pids_of(place: Path) -> list[int]:
    """Every process that was started for something of the place, by its words or its settings."""
    found, told = [], os.fsencode(place)
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
            if told in words and int(path.name) != os.getpid():
                found.append(int(path.name))
    return found


async def up(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        return (await process.stdout.readline()).decode()


async def test_a_demo_of_which_everything_was_killed_is_played_again(
    stand: Stand, repeated: Repeated
) -> None:
    times = repeated("demos killed whole and played again, umask 077, ports taken", 1)
    with reachable_folder() as place, ExitStack() as taken:
        for port in USUAL_PORTS:
            with suppress(OSError):
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
        for _ in range(times):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "onceonly", "demo", "--serve", "--state", str(place)),
                env=stand.environment(**NOTHING),
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
                umask=0o077,
            )
            first = await up(process)
            os.killpg(process.pid, signal.SIGKILL)
            for pid in pids_of(place):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await process.wait()

            async def all_dead() -> bool:
                return not pids_of(place)

            await until(all_dead)
            said = await stand.onceonly("demo", "--state", str(place), **NOTHING)

            assert first
            assert said.status == 0, said.err
            assert "Everything is as told" in said.out
            assert pids_of(place) == []
