"""What every benchmark stands on: a durable server of its own, the hub, a provider, the floor."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from onceonly.embedded import EmbeddedPostgres

CLIENT = "but-fachverfahren"


@dataclass(frozen=True)
class Ground:
    """Where everything listens; `token` is good for ten minutes."""

    hub: str
    floor: str
    provider: str
    directory: Path
    environment: dict[str, str]
    serving: list[int] = field(default_factory=list)

    def resident(self) -> int:
        """Bytes of memory that the serving process has."""
        pages = Path(f"/proc/{self.serving[0]}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def token(self) -> str:
        """An access token for the asking client."""
        key = str(self.directory / "client.jwk.json")
        words = ["token", "--issuer", self.hub, "--client-id", CLIENT, "--key", key]
        return _say(self.environment, *words).strip()


def _say(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "onceonly", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def ground(
    directory: Path,
    municipality: Callable[..., dict[str, object]],
    *,
    provider: str = "bench.provider",
    providers: int = 1,
    delay_s: float = 0,
    floor: bool = False,
    low: str = "bench.floor:app",
    worker: bool = False,
) -> Iterator[Ground]:
    """Bring everything up on free ports, and down again.

    `municipality` makes the file from the asking client's public key and the providers' addresses,
    `low` the floor's application, `provider` the module that answers, with the worker's loops beside it where there is a `worker`.
    """
    hub, floor_port, *ports = free_ports(2 + providers)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    directory.mkdir(mode=0o755, exist_ok=True)
    directory.chmod(0o755)
    with EmbeddedPostgres(directory / "postgres") as addresses, ExitStack() as running:
        environment = os.environ | {
            "ONCEONLY_DATABASE_URL": addresses.app,
            "ONCEONLY_OWNER_URL": addresses.owner,
            "ONCEONLY_SEQUENCER_URL": addresses.sequencer,
            "ONCEONLY_AUDITOR_URL": addresses.auditor,
            "ONCEONLY_DATA_DIR": str(directory / "hub"),
            "ONCEONLY_PORT": str(hub),
            "FLOOR_DATABASE_URL": addresses.owner,
            "FLOOR_PROVIDER_URL": urls[0],
        }
        _say(environment, "migrate")
        public = json.loads(_say(environment, "client-key", str(directory / "client.jwk.json")))
        file = directory / "municipality.json"
        file.write_text(json.dumps(municipality(public, *urls)))
        _say(environment, "apply", str(file))
        python = sys.executable
        programs = [[python, "-m", provider, str(one), str(delay_s)] for one in ports]
        programs.append([python, "-m", "onceonly", "serve", *(["--with-worker"] if worker else [])])
        stand = Ground(
            f"http://127.0.0.1:{hub}",
            f"http://127.0.0.1:{floor_port}",
            urls[0],
            directory,
            environment,
        )
        waits = [f"{stand.hub}/readyz", *urls]
        if floor:
            server = ["--host", "127.0.0.1", "--log-level", "critical", "--no-access-log"]
            programs.append([python, "-m", "uvicorn", low, "--port", str(floor_port), *server])
            waits.append(f"{stand.floor}/openapi.json")
        for words in programs:
            number = running.enter_context(_program(words, environment))
            if "serve" in words:
                stand.serving.append(number)
        for url in waits:
            _wait(url)
        yield stand


@contextmanager
def _program(words: list[str], environment: dict[str, str]) -> Iterator[int]:
    with subprocess.Popen(words, env=environment) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{url} did not come up")
