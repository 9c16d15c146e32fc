"""`start`: how long `onceonly serve` takes on a migrated database until it is ready."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from bench.exchange import asking_floor, municipality
from bench.figures import GOALS_FLOOR, ROUNDS, Figure, figure
from bench.ground import Ground, free_ports, ground
from bench.load import rate


def measured(directory: Path) -> list[Figure]:
    """Until `/readyz` answers 200, and the import of the application alone.

    Beside each what it would be were the floor of the same run as fast as where the goals were set.
    """
    with ground(directory, municipality, floor=True) as stand:
        rounds = [_round(stand) for _ in range(ROUNDS)]
    ready, imports, speeds = zip(*rounds, strict=True)
    return [
        one
        for name, took, goal in (
            ("start, until ready", ready, "1.5"),
            ("start, import of the application", imports, "0.8"),
        )
        for one in (
            figure(name, took, unit="s", goal=goal),
            figure(
                f"  the same, were the floor at {GOALS_FLOOR}/s",
                [seconds * speed for seconds, speed in zip(took, speeds, strict=True)],
                unit="s",
                goal=goal,
            ),
        )
    ]


def _round(stand: Ground) -> tuple[float, float, float]:
    """Seconds until ready, seconds of the import, and this moment's share of the goals' floor."""
    floor = asyncio.run(rate(asking_floor(stand), seconds=1, wanted=200))
    return _until_ready(stand.environment), _imports(), floor / GOALS_FLOOR


def _until_ready(environment: dict[str, str]) -> float:
    (port,) = free_ports(1)
    # The issuer is the installation's: a second one would be refused.
    issuer = f"http://127.0.0.1:{environment['ONCEONLY_PORT']}"
    given = environment | {"ONCEONLY_PORT": str(port), "ONCEONLY_ISSUER": issuer}
    began = time.perf_counter()
    with (
        subprocess.Popen([sys.executable, "-m", "onceonly", "serve"], env=given) as process,
        httpx.Client(trust_env=False) as client,
    ):
        try:
            while not _is_ready(client, port):
                time.sleep(0.005)
            return time.perf_counter() - began
        finally:
            process.terminate()


def _is_ready(client: httpx.Client, port: int) -> bool:
    try:
        return client.get(f"http://127.0.0.1:{port}/readyz").is_success
    except httpx.TransportError:
        return False


def _imports() -> float:
    """A whole interpreter, less one that imports nothing."""
    return _runs("import onceonly.app") - _runs("pass")


def _runs(program: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], env=os.environ, check=True)
    return time.perf_counter() - began
