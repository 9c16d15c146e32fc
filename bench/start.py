"""`start`: how long `onceonly serve` takes on a migrated database until it is ready."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from bench.exchange import municipality
from bench.figures import ROUNDS, Figure, figure
from bench.ground import free_ports, ground


def measured(directory: Path) -> list[Figure]:
    """Until `/readyz` answers 200, and the import of the application alone."""
    with ground(directory, municipality) as stand:
        ready = [_until_ready(stand.environment) for _ in range(ROUNDS)]
    return [
        figure("start, until ready", ready, unit="s", goal="1.5"),
        figure("start, import of the application", _imports(), unit="s", goal="0.8"),
    ]


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


def _imports() -> list[float]:
    """A whole interpreter, less one that imports nothing."""
    return [_runs("import onceonly.app") - _runs("pass") for _ in range(ROUNDS)]


def _runs(program: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], env=os.environ, check=True)
    return time.perf_counter() - began
