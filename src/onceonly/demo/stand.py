"""A Kreis in a box: the hub and two office systems as processes of their own, and their files."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import httpx

from onceonly.demo import education, jobcenter
from onceonly.demo.keys import key_file, public_jwk

PATIENCE_S = 60
USUAL_PORTS = (8080, 9101, 9102)
CLIENTS = (education.CLIENT_ID, jobcenter.CLIENT_ID)


class Trouble(Exception):
    """Something of the stand did not come up; the message says what, and where its words are."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where everything listens, where everything lies."""

    directory: Path
    hub: str
    jobcenter: str
    education: str
    environment: Mapping[str, str]

    def key(self, client_id: str) -> Path:
        """The private key of a client; its office keeps it."""
        return self.directory / client_id.partition("-")[0] / f"{client_id}.jwk.json"

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


def _ports(usual: bool) -> list[int]:  # noqa: FBT001 -- a wish
    """Loopback ports nobody listens on."""
    wishes = USUAL_PORTS if usual else (0, 0, 0)
    with ExitStack() as held:
        found = [held.enter_context(_listener(wish)) for wish in wishes]
        return [one.getsockname()[1] for one in found]


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        return socket.create_server(("127.0.0.1", 0))


@contextmanager
def standing(directory: Path, *, usual: bool = False) -> Iterator[Stand]:
    """Bring everything up, and everything down again; `usual`: on the usual ports if they are free.

    Raises:
        Trouble: something did not come up.
    """
    hub, jobs, but = _ports(usual)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ONCEONLY_")},  # noqa: TID251 -- handed on to the programs
        "ONCEONLY_DATA_DIR": str(directory / "hub"),
        "ONCEONLY_PORT": str(hub),
    }
    stand = Stand(
        directory,
        f"http://127.0.0.1:{hub}",
        f"http://127.0.0.1:{jobs}",
        f"http://127.0.0.1:{but}",
        environment,
    )
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        offices = (("jobcenter", jobs, stand.jobcenter), ("education", but, stand.education))
        for client_id in CLIENTS:
            key_file(stand.key(client_id).parent, client_id)
        serve = [sys.executable, "-m", "onceonly", "serve", "--with-worker"]
        hub_process = running.enter_context(_program("hub", serve, stand))
        for name, port, url in offices:
            state = stand.key(f"{_short(name)}-x").parent
            words = ["--port", str(port), "--state", str(state), "--hub", stand.hub]
            program = [sys.executable, "-m", f"onceonly.demo.{name}", *words]
            process = running.enter_context(_program(name, program, stand))
            _wait(f"{url}/v1/health", name, process, stand)
        _wait(f"{stand.hub}/readyz", "hub", hub_process, stand)
        stand.onceonly("apply", str(_municipality(stand)))
        _wait_for_client(stand)
        yield stand


def _short(office: str) -> str:
    return "but" if office == "education" else office


@contextmanager
def _program(name: str, words: list[str], stand: Stand) -> Iterator[subprocess.Popen[bytes]]:
    with (stand.directory / f"{name}.log").open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 -- our own programs
            words, env=dict(stand.environment), stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(url: str, name: str, process: subprocess.Popen[bytes], stand: Stand) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            if httpx.get(url, trust_env=False, timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    log = stand.directory / f"{name}.log"
    raise Trouble(f"{name} did not come up; its last words are in {log}")


def _wait_for_client(stand: Stand) -> None:
    """Running processes follow a new file within two seconds."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            stand.onceonly(*token_words(stand, education.CLIENT_ID))
        except Trouble as trouble:
            if time.monotonic() > end:
                raise Trouble(f"the hub does not know its clients: {trouble}") from None
            time.sleep(0.2)
        else:
            return


def token_words(stand: Stand, client_id: str) -> tuple[str, ...]:
    """The words that get a token for a client."""
    key = str(stand.key(client_id))
    return ("token", "--issuer", stand.hub, "--client-id", client_id, "--key", key)


def _municipality(stand: Stand) -> Path:
    """The stand's municipality file: the shipped one with this stand's addresses and keys."""
    text = (files("onceonly") / "demo" / "musterkreis.yaml").read_text("utf-8")
    for name, value in {
        "JOBCENTER_URL": stand.jobcenter,
        "EDUCATION_URL": stand.education,
        "EDUCATION_KEY": json.dumps(public_jwk(stand.key(education.CLIENT_ID))),
        "JOBCENTER_KEY": json.dumps(public_jwk(stand.key(jobcenter.CLIENT_ID))),
    }.items():
        text = text.replace(f"${name}", value)
    path = stand.directory / "musterkreis.yaml"
    path.write_text(text, "utf-8")
    return path
