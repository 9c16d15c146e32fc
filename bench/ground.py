"""What every benchmark stands on: a durable server of its own, the hub, a provider, the floor."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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


@contextmanager
def ground(directory: Path) -> Iterator[Ground]:
    """Bring everything up on free ports, and down again."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        hub, floor, provider = (one.getsockname()[1] for one in sockets)
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
            "FLOOR_PROVIDER_URL": f"http://127.0.0.1:{provider}",
        }
        _say(environment, "migrate")
        _say(environment, "apply", str(_municipality(directory, environment, provider)))
        python = sys.executable
        server = ["--host", "127.0.0.1", "--log-level", "critical", "--no-access-log"]
        for words in (
            [python, "-m", "bench.provider", str(provider)],
            [python, "-m", "uvicorn", "bench.floor:app", "--port", str(floor), *server],
            [python, "-m", "onceonly", "serve"],
        ):
            running.enter_context(_program(words, environment))
        stand = Ground(
            f"http://127.0.0.1:{hub}",
            f"http://127.0.0.1:{floor}",
            f"http://127.0.0.1:{provider}",
            directory,
            environment,
        )
        for url in (f"{stand.hub}/readyz", f"{stand.floor}/openapi.json", stand.provider):
            _wait(url)
        yield stand


@contextmanager
def _program(words: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(words, env=environment) as process:
        try:
            yield
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


def _municipality(directory: Path, environment: dict[str, str], provider: int) -> Path:
    public = json.loads(_say(environment, "client-key", str(directory / "client.jwk.json")))
    approvals = [
        {"office": office, "authority": "Aufsicht", "reference": "1", "date": "2026-01-15"}
        for office in ("but", "jobcenter")
    ]
    path = directory / "municipality.json"
    path.write_text(
        json.dumps(
            {
                "municipality": {
                    "code": "bench",
                    "name": "Landkreis Muster",
                    "ars": "099990000000",
                },
                "offices": [
                    {"code": "jobcenter", "name": "Jobcenter", "kind": "jobcenter"},
                    {"code": "but", "name": "BuT", "kind": "but", "procedures": ["but.sgb2"]},
                ],
                "clients": [
                    {
                        "client_id": CLIENT,
                        "office": "but",
                        "roles": ["consumer"],
                        "jwks": {"keys": [public]},
                    }
                ],
                "data_services": [
                    {
                        "office": "jobcenter",
                        "evidence_type": "ben.sgb2",
                        "profiles": ["P0"],
                        "connector": {"kind": "rest", "base_url": f"http://127.0.0.1:{provider}"},
                        "immediate": True,
                    }
                ],
                "retrieval_agreements": [
                    {
                        "consumer": "but",
                        "provider": "jobcenter",
                        "evidence_types": ["ben.sgb2"],
                        "procedures": ["but.sgb2"],
                        "occasion": "Antrag",
                        "purpose": "Grundleistung feststellen",
                        "why_appropriate": "viele Anträge",
                        "measures": "TOM 1",
                        "approvals": approvals,
                        "data_protection_authority_informed_on": "2026-01-20",
                        "valid_from": "2026-02-01",
                    }
                ],
            }
        )
    )
    return path
