"""An installation in good order that faults are put into, and what a remedy's words do."""

import asyncio
import json
import os
import re
import secrets
import shlex
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext

import asyncpg
from typer.testing import CliRunner
from typing_extensions import override

from cli.conftest import Said
from conftest import Server
from databases import drop
from onceonly.cli.program import program
from onceonly.cli.schema import head
from onceonly.domain.findings import SESSIONS_SHORT, Finding
from onceonly.security.keys import KeyFiles
from onceonly.settings import Settings, clock_of
from onceonly.usecases.condition import LONG, OLDEST_SERVER, Examined
from onceonly.usecases.examination import examine
from onceonly.usecases.opening import open_world
from onceonly.usecases.sequencing import take_in
from scenarios.documents import Document
from scenarios.stand import free_port

MACHINES_OWN = frozenset({"disk-filling", "disk-full", "files-few"})
"""What a machine that runs tests may truly suffer from."""

SERVERS_OWN = frozenset({"database-quotes-rows"})
"""What a server that is given to the tests may: its superuser alone could mend it."""

_FOUND = re.compile(r"^(?:fault|warning) ([a-z-]+): (.*)\n  remedy: (.*)$", re.M)
_COMMAND = re.compile(r"`onceonly ([^`]+)`")
_SQL = re.compile(r"((?:grant|alter|select|begin) .*)")


@dataclass
class Told:
    """How doctor ended, and what it named: each finding's remedy by its code."""

    status: int
    out: str
    apart: frozenset[str] = MACHINES_OWN

    @property
    def remedies(self) -> dict[str, str]:
        return {
            code: remedy for code, _, remedy in _FOUND.findall(self.out) if code not in self.apart
        }

    @property
    def well(self) -> bool:
        return not self.remedies


@dataclass
class Installation:
    """One database, keys and file; `look` is the doctor, `mend` does what a remedy says."""

    directory: Path
    settings: dict[str, str]
    superuser: str
    apart: frozenset[str] = MACHINES_OWN
    in_force: Document = field(default_factory=dict)

    def say(self, *words: str, **given: str) -> Said:
        """Say words in the installation; further settings win, None unsets."""
        others = [name for name in os.environ if name.startswith("ONCEONLY_")]  # noqa: TID251 -- to be unset
        ours = self.settings | given
        environment: Mapping[str, str | None] = dict.fromkeys(others) | {
            f"ONCEONLY_{name}": value for name, value in ours.items()
        }
        with chdir(self.directory):
            result = CliRunner().invoke(program, words, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    def write(self, content: Document | str) -> str:
        """Write the municipality file; its name."""
        text = content if isinstance(content, str) else json.dumps(content)
        (self.directory / "kreis.yaml").write_text(text)
        return "kreis.yaml"

    def apply(self, document: Document) -> None:
        """Put a file in force, its entry in the log."""
        said = self.say("apply", self.write(document))
        assert said.status == 0, said.err
        self.in_force = document
        self.sequence()

    def look(self, *files: str, **given: str) -> Told:
        said = self.say("doctor", *files, **given)
        return Told(said.status, said.out, self.apart)

    def sql(self, *statements: str, url: str | None = None) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(url or self.settings["OWNER_URL"])
            try:
                for one in statements:
                    await connection.execute(one)
            finally:
                await connection.close()

        asyncio.run(run())

    def examine(
        self,
        *,
        ahead: timedelta = timedelta(0),
        long: timedelta = LONG,
        short: float = SESSIONS_SHORT,
        oldest: int = OLDEST_SERVER,
    ) -> list[Finding]:
        """What doctor finds on a machine whose clock is ahead, with its own mind of what will do."""
        clock = clock_of(Settings())
        what = Examined(
            addresses={
                f"ONCEONLY_{name}": url for name, url in self.settings.items() if "_URL" in name
            },
            keys=KeyFiles(Path(self.settings["KEYS_DIR"]), create=False),
            issuer="http://127.0.0.1:8080",
            head=head(),
            production=False,
            now=clock(),
            clock=clock,
            real_now=lambda: clock() + ahead,
            long=long,
            short=short,
            oldest=oldest,
        )
        return [one for one in asyncio.run(examine(what)) if one.code not in self.apart]

    def mend(self, remedy: str, **given: str) -> None:
        """Do what the remedy says: the command, the SQL or the shell's words in it."""
        command, sql = _COMMAND.search(remedy), _SQL.search(remedy)
        if remedy.startswith("chmod "):
            subprocess.run(shlex.split(remedy), check=True)
        elif command is not None:
            words = ["kreis.yaml" if one == "FILE" else one for one in command[1].split()]
            said = self.say(*words, **given)
            assert said.status == 0, said
            if words[0] == "apply":
                self.in_force = {}  # whatever the file says by now
        elif sql is not None:
            url = self.superuser if "superuser" in remedy else None
            self.sql(*sql[1].split("; "), url=url)
        else:
            raise AssertionError(f"nothing to do in: {remedy}")

    def sequence(self) -> None:
        """What a worker does first: give every entry its position."""
        url, keys = self.settings["SEQUENCER_URL"], Path(self.settings["KEYS_DIR"])
        clock = clock_of(Settings())

        async def run() -> None:
            async with open_world(
                url,
                keys=KeyFiles(keys, create=False),
                issuer="http://127.0.0.1:8080",
                clock=clock,
                sequencer=url,
            ) as world:
                await take_in(world)

        asyncio.run(run())


class OfficeSystem:
    """An office's system that says how it is; None: it does not answer at all."""

    def __init__(self, port: int = 0, tls: SSLContext | None = None) -> None:
        told = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(told.status)
                self.send_header("content-length", "0")
                self.end_headers()

            @override
            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self.status = 200
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Answering)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = int(self._server.server_address[1])

    @contextmanager
    def answering(self) -> Iterator["OfficeSystem"]:
        """While it runs."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@contextmanager
def an_installation(server: Server, directory: Path) -> Iterator[Installation]:
    """An installation with a database of its own; nothing is in force yet."""
    name = f"onceonly_test_{secrets.token_hex(6)}"
    given = server.addresses
    urls = {
        setting: f"{url.rpartition('/')[0]}/{name}"
        for setting, url in (
            ("OWNER_URL", given.owner),
            ("DATABASE_URL", given.app),
            ("SEQUENCER_URL", given.sequencer),
            ("AUDITOR_URL", given.auditor),
        )
    }
    superuser = urls["OWNER_URL"]
    if server.directory is not None:
        password = json.loads((server.directory / "passwords").read_text())["superuser"]
        superuser = f"postgresql://postgres:{password}@{superuser.rpartition('@')[2]}"
    made = Installation(
        directory,
        urls
        | {
            "KEYS_DIR": str(directory / "keys"),
            "DATA_DIR": str(directory / "data"),
            "PORT": str(free_port()),
        },
        superuser,
        MACHINES_OWN if server.directory is not None else MACHINES_OWN | SERVERS_OWN,
    )
    made.sql(f"create database {name} template {server.template}", url=given.owner)
    try:
        yield made
    finally:
        asyncio.run(drop(given.owner, name))


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def other(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"
