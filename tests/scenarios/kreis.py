"""The offices of the mission around a running hub: what a scenario of several offices is told in."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.plain import client
from onceonly.demo.stand import Processes, Stand, addresses, everything
from onceonly.embedded import Addresses
from scenarios.stand import free_port

DAY = "2026-10-05T09:00:00Z"
MONTH = "2026-10"
JOBCENTER = "jobcenter-fachverfahren"


@dataclass(frozen=True)
class Kreis:
    """Everything that runs, and who sits where; `again` ends what was started in its stead."""

    stand: Stand
    systems: Processes
    again: ExitStack

    def clerk(self, client_id: str) -> Clerk:
        """Whoever works at this office system."""
        return Clerk(self.stand, client_id)

    def now(self) -> datetime:
        """What everybody takes for now."""
        return self.stand.now()

    def heard(self, retrieval: Retrieval) -> list[dict[str, Any]]:
        """What the Jobcenter was asked in this matter."""
        with client(self.stand.systems[JOBCENTER]) as http:
            answer = http.get("/demo/calls", params={"reference": retrieval["id"]})
        return list(answer.json()["items"])

    def events(self, retrieval: Retrieval) -> list[str]:
        """What is on record about it, oldest first."""
        lines = self.stand.onceonly("log", "show", "--json", "--retrieval", retrieval["id"])
        return [json.loads(line)["event"] for line in lines.splitlines()]


@contextmanager
def a_kreis(directory: Path, database: Addresses) -> Iterator[Kreis]:
    """Bring it up on this database, and down again."""
    hub = f"http://127.0.0.1:{free_port()}"
    began = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    played = f"{DAY}@{began}"
    ours = {
        "DATABASE_URL": database.app,
        "OWNER_URL": database.owner,
        "SEQUENCER_URL": database.sequencer,
        "AUDITOR_URL": database.auditor,
        "KEYS_DIR": str(directory / "keys"),
        "ISSUER": hub,
        "PORT": hub.rpartition(":")[2],
        "NOW": played,
    }
    others = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ONCEONLY_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    environment = others | {f"ONCEONLY_{name}": value for name, value in ours.items()}
    stand = Stand(directory, hub, addresses(directory), environment, played)
    with everything(stand) as systems, ExitStack() as again:
        yield Kreis(stand, systems, again)


def a_case() -> str:
    """A case of the test's own: what a person refuses stays with its case."""
    return f"S-{secrets.token_hex(6)}"


def problem(answer: httpx.Response) -> str:
    """The kind of problem an answer is."""
    return str(answer.json()["type"]).rpartition("/")[2]
