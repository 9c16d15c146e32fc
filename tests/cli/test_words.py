"""Every command explains itself, and says what is wrong where something is."""

import asyncio
import json
import socket
from pathlib import Path

import asyncpg
import pytest

import onceonly
from cli.conftest import Say
from onceonly.cli.program import _COMMANDS
from onceonly.embedded import Addresses
from scenarios.stand import free_port

NOWHERE = "postgresql://nobody:nothing@127.0.0.1:9/nowhere"


@pytest.mark.parametrize(
    "word",
    [
        *_COMMANDS,
        *(f"log {one}" for one in ("show", "export", "verify", "prove", "hold", "recover")),
    ],
)
def test_every_command_explains_itself(bare: Say, word: str) -> None:
    said = bare(*word.split(), "--help")

    assert said.status == 0
    assert f"onceonly {word}" in " ".join(said.out.split()) or "Usage" in said.out


def test_the_program_lists_its_commands_and_tells_its_version(bare: Say) -> None:
    listed = bare("--help")

    assert all(word in listed.out for word in _COMMANDS)
    assert bare("--version").out.strip() == onceonly.__version__


@pytest.mark.parametrize("words", [("unknown",), ("apply", "--unknown"), ("token",), ("log", "x")])
def test_words_nobody_knows_are_wrong_use(bare: Say, words: tuple[str, ...]) -> None:
    assert bare(*words).status == 2


def test_a_client_key_is_never_overwritten_and_its_private_half_never_printed(
    bare: Say, tmp_path: Path
) -> None:
    file = tmp_path / "key.json"

    made = bare("client-key", str(file))
    kept = file.read_text()
    again = bare("client-key", str(file))

    assert (made.status, again.status) == (0, 1)
    assert str(file) in again.err
    assert file.read_text() == kept
    assert file.stat().st_mode & 0o777 == 0o600
    private, public = json.loads(kept), json.loads(made.out)
    assert public.keys() == private.keys() - {"d"}
    assert public["kid"]


def test_every_offending_setting_is_named_at_once_with_what_is_allowed(bare: Say) -> None:
    said = bare("doctor", PORT="70000", MODE="testing", NOW="tomorrow", COLOUR="blue")

    assert (said.status, said.out) == (2, "")
    lines = dict(line.split(": ", 1) for line in said.err.splitlines())
    assert lines["ONCEONLY_PORT"] == "must be 1 to 65535"
    assert lines["ONCEONLY_MODE"] == "must be development or production"
    assert lines["ONCEONLY_NOW"].startswith("must be an instant")
    assert lines["ONCEONLY_COLOUR"].startswith("unknown; known are ONCEONLY_MODE")


@pytest.mark.parametrize(
    "word", ["serve", "work", "migrate", "doctor", "log show", "log export", "log recover", "demo"]
)
def test_a_wrong_setting_stops_every_command(bare: Say, word: str) -> None:
    assert bare(*word.split(), PORT="none").status == 2


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_a_secrets_file_loses_its_end_of_line(bare: Say, tmp_path: Path, ending: str) -> None:
    (tmp_path / "url").write_bytes(b"\xef\xbb\xbf" + (NOWHERE + ending).encode())

    given = {"DATABASE_URL_FILE": "url", "KEYS_DIR": str(tmp_path / "keys")}
    said = bare("serve", **given, PORT=str(free_port()))

    assert (said.status, said.err.strip()) == (
        1,
        "the database does not answer; start it, or see ONCEONLY_DATABASE_URL",
    )


def test_a_secret_is_given_once_and_never_quoted(bare: Say, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(NOWHERE)

    both = bare("doctor", DATABASE_URL=NOWHERE, DATABASE_URL_FILE="url")
    unreadable = bare("doctor", OWNER_URL_FILE="missing")
    wrong = bare("doctor", DATABASE_URL="mysql://root:geheim@host/name")

    assert {both.status, unreadable.status, wrong.status} == {2}
    assert "ONCEONLY_DATABASE_URL_FILE" in both.err
    assert "ONCEONLY_OWNER_URL_FILE" in unreadable.err
    assert "geheim" not in wrong.err
    assert "ONCEONLY_DATABASE_URL" in wrong.err


@pytest.mark.usefixtures("municipality_file")
@pytest.mark.parametrize(
    "word", ["serve", "work", "apply kreis.yaml", "log show", "log export", "log recover"]
)
def test_an_unmigrated_database_names_the_command_that_helps(
    bare: Say, settings: dict[str, str], word: str, unmigrated: str
) -> None:
    urls = {name: unmigrated for name in settings if name.endswith("_URL")}

    said = bare(*word.split(), **(settings | urls))

    assert said.status == 1
    assert "run `onceonly migrate`" in said.err


async def test_a_program_older_than_the_schema_says_so(
    bare: Say, settings: dict[str, str], addresses: Addresses
) -> None:
    connection = await asyncpg.connect(addresses.owner)
    await connection.execute("update alembic_version set version_num = '9999'")
    await connection.close()

    said = await asyncio.to_thread(bare, "serve", **settings)

    assert said.status == 1
    assert "newer than this program" in said.err
    assert "onceonly migrate" not in said.err


def test_migrate_brings_a_database_here_and_a_second_time_changes_nothing(
    bare: Say, settings: dict[str, str], unmigrated: str
) -> None:
    given = settings | {name: unmigrated for name in settings if name.endswith("_URL")}

    first, second = bare("migrate", **given), bare("migrate", **given)
    well = bare("doctor", **given, PORT=str(free_port()))

    assert (first.status, second.status) == (0, 0), first.err
    assert first.out == second.out
    assert well.status == 0, well.out


def test_a_taken_port_is_told_with_what_to_do(say: Say) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = say("serve", "--port", str(port))

    assert (said.status, said.err.strip()) == (
        1,
        f"port {port} of 127.0.0.1 is taken; choose another with --port or ONCEONLY_PORT",
    )


def test_no_hub_is_told_by_token(bare: Say, tmp_path: Path) -> None:
    key = str(tmp_path / "key.json")
    bare("client-key", key)
    words = ("token", "--issuer", "http://127.0.0.1:9", "--client-id", "x", "--key")

    nobody, keyless = bare(*words, key), bare(*words, "missing.json")

    assert (nobody.status, keyless.status) == (1, 1)
    assert "onceonly serve" in nobody.err
    assert "onceonly client-key" in keyless.err
