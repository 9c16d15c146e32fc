"""A Kreis in a box: the hub and the office systems as processes of their own, and their files."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from onceonly.demo.identity import public_key
from onceonly.demo.keys import key_file, public_jwk
from onceonly.demo.months import month_of
from onceonly.demo.plain import client
from onceonly.demo.processes import Trouble, ports, program, wait_for, wait_until

USUAL_PORT = 8080
SYSTEMS = {
    "jobcenter-fachverfahren": "jobcenter",
    "but-fachverfahren": "education",
    "wohngeld-fachverfahren": "wohngeld",
    "wohngeld-online": "wohngeld_online",
    "familienkasse-fachverfahren": "familienkasse",
    "uvg-fachverfahren": "uvg",
    "uvg-online": "uvg_online",
    "kita-fachverfahren": "kita",
    "kita-online": "kita_online",
}
"""Every office system by its client id, and the module that is its program."""

FIRST_OFFICE_PORT = 9101

Processes = dict[str, subprocess.Popen[bytes]]
"""Running office systems by client id."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where everything listens, where everything lies. `played` is `PLAYED@REAL` or nothing."""

    directory: Path
    hub: str
    systems: Mapping[str, str]
    environment: Mapping[str, str]
    played: str | None = None

    def key(self, client_id: str) -> Path:
        """The private key of a client; its office keeps it."""
        return self.directory / client_id / f"{client_id}.jwk.json"

    def now(self) -> datetime:
        """What everybody here takes for now."""
        now = datetime.now(UTC)  # noqa: TID251 -- the story happens now
        if self.played is None:
            return now
        there, _, here = self.played.partition("@")
        return now + (datetime.fromisoformat(there) - datetime.fromisoformat(here))

    @property
    def month(self) -> str:
        """The running month."""
        return month_of(self.now())

    def onceonly(self, *words: str) -> str:
        """What the `onceonly` command says to these words.

        Raises:
            Trouble: it failed; its own words are the message.
        """
        done = subprocess.run(  # noqa: S603 -- our own program
            [sys.executable, "-m", "onceonly", *words],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Trouble(done.stderr.strip() or done.stdout.strip())
        return done.stdout.strip()


@contextmanager
def standing(
    directory: Path, *, usual: bool = False, people: Sequence[str] = ()
) -> Iterator[Stand]:
    """Bring everything up, and everything down again; `usual`: on the usual ports if they are free.

    `people` are words for the office systems: which and how many there are.

    Raises:
        Trouble: something did not come up.
    """
    (hub,) = ports([USUAL_PORT if usual else 0])
    played = _played()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ONCEONLY_")},  # noqa: TID251 -- handed on to the programs
        "ONCEONLY_DATA_DIR": str(directory / "hub"),
        "ONCEONLY_PORT": str(hub),
        **({} if played is None else {"ONCEONLY_NOW": played}),
    }
    # Programs that may keep what they compiled start in half the time.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    url = f"http://127.0.0.1:{hub}"
    directory.mkdir(parents=True, exist_ok=True)
    stand = Stand(directory, url, addresses(directory, usual=usual), environment, played)
    with everything(stand, people):
        yield stand


@contextmanager
def everything(stand: Stand, people: Sequence[str] = ()) -> Iterator[Processes]:
    """The hub and every office system, running, the municipality file in force.

    Raises:
        Trouble: something did not come up.
    """
    with ExitStack() as running, ThreadPoolExecutor(1) as beside:
        serve = [sys.executable, "-m", "onceonly", "serve", "--with-worker"]
        hub = running.enter_context(program("hub", serve, stand.directory, stand.environment))
        # The file is put in force while everything comes up: it needs the database alone.
        file = municipality_file(stand.directory, stand.systems)
        applied = beside.submit(stand.onceonly, "apply", str(file))
        systems = running.enter_context(offices(stand, people))
        wait_for(f"{stand.hub}/readyz", "hub", hub, stand.directory)
        applied.result()
        _wait_for_clients(stand)
        try:
            yield systems
        finally:
            hub.terminate()


def addresses(directory: Path, *, usual: bool = False) -> dict[str, str]:
    """Where each office system will listen, by client id; its key is made."""
    for client_id in SYSTEMS:
        key_file(directory / client_id, client_id)
    first = FIRST_OFFICE_PORT
    wishes = range(first, first + len(SYSTEMS)) if usual else [0] * len(SYSTEMS)
    return {
        client_id: f"http://127.0.0.1:{port}"
        for client_id, port in zip(SYSTEMS, ports(wishes), strict=True)
    }


@contextmanager
def offices(stand: Stand, people: Sequence[str] = ()) -> Iterator[Processes]:
    """Every office system, running; whoever ends one may put another in its place.

    Raises:
        Trouble: one did not come up.
    """
    with ExitStack() as running:
        processes = {
            client_id: running.enter_context(office(stand, client_id, people))
            for client_id in stand.systems
        }
        for client_id, process in processes.items():
            wait_for_office(stand, client_id, process)
        try:
            yield processes
        finally:
            # All at once; each is waited for when its block ends.
            for process in processes.values():
                process.terminate()


@contextmanager
def office(
    stand: Stand, client_id: str, people: Sequence[str] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """One office system as a process of its own, coming up."""
    url, state = stand.systems[client_id], str(stand.directory / client_id)
    words = ["--port", url.rpartition(":")[2], "--state", state, "--hub", stand.hub, *people]
    words += [] if stand.played is None else ["--now", stand.played]
    run = [sys.executable, "-m", f"onceonly.demo.{SYSTEMS[client_id]}", *words]
    with program(client_id, run, stand.directory, stand.environment) as process:
        yield process


def wait_for_office(stand: Stand, client_id: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until it is well.

    Raises:
        Trouble: it did not come up.
    """
    wait_for(f"{stand.systems[client_id]}/v1/health", client_id, process, stand.directory)


def municipality_file(directory: Path, systems: Mapping[str, str]) -> Path:
    """The stand's municipality file: the shipped one with this stand's addresses and keys."""
    text = (files("onceonly") / "demo" / "musterkreis.yaml").read_text("utf-8")
    for client_id, url in systems.items():
        key = public_jwk(directory / client_id / f"{client_id}.jwk.json")
        text = text.replace(f"${client_id}:url", url)
        text = text.replace(f"${client_id}:key", json.dumps(key))
    text = text.replace("$identity:key", json.dumps(public_key(directory)))
    path = directory / "musterkreis.yaml"
    path.write_text(text, "utf-8")
    return path


def _played() -> str | None:
    """The played day of the environment; a bare instant is played from now on."""
    told = os.environ.get("ONCEONLY_NOW")  # noqa: TID251 -- handed on to the programs
    if not told:
        return None
    now = datetime.now(UTC)  # noqa: TID251 -- the played day begins here
    return told if "@" in told else f"{told}@{now.isoformat(timespec='milliseconds')[:-6]}Z"


def _wait_for_clients(stand: Stand) -> None:
    """Running processes follow a new file within two seconds."""
    with client() as http:
        for client_id, url in stand.systems.items():
            wait_until(
                lambda asked=f"{url}/desk/offices": http.get(asked).is_success,  # type: ignore[misc]
                f"the hub does not know {client_id}",
            )
