"""What is fuzzed: the hub, its worker, PostgreSQL, every office system of the demo, and who calls."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from onceonly.demo import by_hand, housing
from onceonly.demo.clerk import Clerk
from onceonly.demo.identity import identity_key
from onceonly.demo.keys import key_file, public_jwk
from onceonly.demo.processes import ports, program, wait_for, wait_until
from onceonly.demo.stand import Stand, addresses, municipality_file, offices
from onceonly.embedded import EmbeddedPostgres

DAY = "2026-11-25T10:05:00Z"
"""The day that is played: the document's examples were written on it."""

INSIDE, SOCIAL, PORTAL = "fuzz-inside", "fuzz-social", "fuzz-portal"
CLIENTS: Mapping[str, Mapping[str, Any]] = {
    INSIDE: {"office": "but", "roles": ["consumer", "provider", "auditor", "operator"]},
    SOCIAL: {"office": "wohngeld", "roles": ["consumer", "provider"]},
    PORTAL: {"office": "wohngeld", "roles": ["portal"]},
}
"""Who calls: everything one office's system may be, another's, and its online application."""

WAITING, SHOWN = 6, 4
"""Questions that wait for a person at the office, and applications whose answers are shown."""

Environment = dict[str, str]


@contextmanager
def ground(directory: Path) -> Iterator[tuple[str, Environment]]:
    """Bring everything up on free ports, and down again: the hub's address, and what callers need."""
    directory.chmod(0o755)
    (port,) = ports([0])
    hub = f"http://127.0.0.1:{port}"
    with EmbeddedPostgres(directory / "postgres") as database, ExitStack() as running:
        ours = {
            "DATABASE_URL": database.app,
            "OWNER_URL": database.owner,
            "SEQUENCER_URL": database.sequencer,
            "AUDITOR_URL": database.auditor,
            "KEYS_DIR": str(directory / "keys"),
            "ISSUER": hub,
            "PORT": str(port),
            "NOW": f"{DAY}@{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        environment = _others() | {f"ONCEONLY_{name}": value for name, value in ours.items()}
        stand = Stand(directory, hub, addresses(directory), environment, ours["NOW"])
        stand.onceonly("migrate")
        stand.onceonly("apply", str(_file(stand)))
        for word in ("serve", "work"):
            words = [sys.executable, "-m", "onceonly", word]
            process = running.enter_context(program(word, words, directory, environment))
            if word == "serve":
                wait_for(f"{hub}/readyz", word, process, directory)
        running.enter_context(offices(stand))
        told = {
            "HUB": hub,
            "PLAYED": ours["NOW"],
            "IDENTITY": str(identity_key(directory)),
            "KEYS": json.dumps({one: str(_key(directory, one)) for one in CLIENTS}),
            "SHOWN": json.dumps(_filled(stand)),
        }
        yield hub, environment | {f"FUZZ_{name}": value for name, value in told.items()}


def _others() -> Environment:
    return {name: value for name, value in os.environ.items() if not name.startswith("ONCEONLY_")}


def _key(directory: Path, client: str) -> Path:
    return key_file(directory / client, client)


def _file(stand: Stand) -> Path:
    """The demo's municipality file, and our clients beside the others."""
    path = municipality_file(stand.directory, stand.systems)
    document = yaml.safe_load(path.read_text("utf-8"))
    document["clients"] += [
        {"client_id": one, **about, "jwks": {"keys": [public_jwk(_key(stand.directory, one))]}}
        for one, about in CLIENTS.items()
    ]
    ours = stand.directory / "fuzz.json"
    ours.write_text(json.dumps(document, default=str), "utf-8")
    return ours


def _filled(stand: Stand) -> list[str]:
    """Let some work lie there; the retrievals whose answers wait to be looked at."""
    portal = Clerk(stand, housing.PORTAL)
    wait_until(lambda: portal.get("/offices").is_success, "the hub knows nobody")
    for _ in range(WAITING):
        by_hand.ask(stand)
    return [
        retrieval["id"]
        for number in range(SHOWN)
        for retrieval in portal.ask(
            housing.application(stand.month, stand.now(), f"WG-FUZZ-{number}")
        )
    ]
