"""Commands, said in this process: what they print, how they end."""

import json
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from builders import NOW
from databases import drop
from onceonly.cli.program import program
from onceonly.embedded import Addresses
from onceonly.security.jose import generate_client_key
from scenarios.documents import BUT, JOBCENTER, Document, a_file
from scenarios.stand import free_port


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said where."""

    status: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture
def settings(tmp_path: Path, addresses: Addresses) -> dict[str, str]:
    """An installation with a migrated database of the test's own."""
    return {
        "DATABASE_URL": addresses.app,
        "OWNER_URL": addresses.owner,
        "SEQUENCER_URL": addresses.sequencer,
        "AUDITOR_URL": addresses.auditor,
        "KEYS_DIR": str(tmp_path / "keys"),
        "DATA_DIR": str(tmp_path / "data"),
        "ISSUER": "http://127.0.0.1:8080",
        "NOW": f"{NOW.isoformat().replace('+00:00', 'Z')}@{NOW.isoformat().replace('+00:00', 'Z')}",
    }


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Say words where nothing is set but what is given, and a port that is free."""
    monkeypatch.chdir(tmp_path)

    def said(*words: str, **given: str) -> Said:
        others = [name for name in os.environ if name.startswith("ONCEONLY_")]  # noqa: TID251 -- to be unset
        environment: Mapping[str, str | None] = dict.fromkeys(others) | {
            f"ONCEONLY_{name}": value
            for name, value in ({"PORT": str(free_port())} | given).items()
        }
        result = CliRunner().invoke(program, words, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    return said


@pytest.fixture
def say(bare: Say, settings: dict[str, str]) -> Say:
    """Say words in the installation; further settings win."""
    return lambda *words, **given: bare(*words, **(settings | given))


@pytest.fixture
def document() -> Document:
    """A municipality file in good order."""
    keys = {client_id: generate_client_key()[1] for client_id in (BUT, JOBCENTER)}
    return a_file("http://127.0.0.1:9101", keys)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Document | str], str]:
    """Write a municipality file; its name."""

    def written(content: Document | str) -> str:
        path = tmp_path / "kreis.yaml"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path.name

    return written


@pytest.fixture
def municipality_file(write: Callable[[Document | str], str], document: Document) -> None:
    """`kreis.yaml` is there, in good order."""
    write(document)


@pytest.fixture
async def unmigrated(addresses: Addresses) -> AsyncIterator[str]:
    """The owner's URL of an empty database."""
    name = f"onceonly_test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(addresses.owner)
    await connection.execute(f"create database {name}")
    yield f"{addresses.owner.rpartition('/')[0]}/{name}"
    await connection.close()
    await drop(addresses.owner, name)
