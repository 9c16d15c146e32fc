"""Whom the database lets in, and who may too much."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from cli.conftest import Say
from onceonly.embedded import Addresses
from scenarios.stand import free_port


@pytest.fixture
async def stranger(addresses: Addresses) -> AsyncIterator[str]:
    """A login that is a member of nothing."""
    user, password = f"onceonly_test_{secrets.token_hex(4)}", secrets.token_hex(8)
    owner = await asyncpg.connect(addresses.owner)
    await owner.execute(f"create role {user} login password '{password}'")
    yield f"postgresql://{user}:{password}@{addresses.owner.rpartition('@')[2]}"
    await owner.execute(f"drop role {user}")
    await owner.close()


@pytest.mark.parametrize("word", ["serve", "work"])
def test_a_user_without_a_role_is_told_so(say: Say, stranger: str, word: str) -> None:
    port = str(free_port())
    said = say(word, PORT=port, DATABASE_URL=stranger, SEQUENCER_URL=stranger)

    assert said.status == 1
    assert "refuses its user (42501); make the user a member" in said.err


@pytest.mark.parametrize("word", ["serve", "work", "migrate"])
def test_a_password_or_database_that_is_wrong_is_told_apart_from_a_right(
    say: Say, addresses: Addresses, word: str
) -> None:
    begin, _, rest = addresses.owner.partition("@")

    for wrong, state in ((f"{begin}x@{rest}", "28P01"), (f"{addresses.owner}_nowhere", "3D000")):
        said = say(word, DATABASE_URL=wrong, SEQUENCER_URL=wrong, OWNER_URL=wrong)

        assert said.status == 1
        assert f"({state}); mend user, password and database" in said.err
        assert wrong not in said.err


def test_a_server_that_is_away_is_told_by_migrate(say: Say) -> None:
    said = say("migrate", OWNER_URL="postgresql://nobody:nothing@127.0.0.1:9/nowhere")

    assert said.status == 1
    assert "does not answer; start PostgreSQL" in said.err


def test_production_does_not_serve_as_the_owner_of_the_tables(
    bare: Say, addresses: Addresses, settings: dict[str, str]
) -> None:
    Path(settings["KEYS_DIR"]).mkdir(mode=0o700)
    production = {name: value for name, value in settings.items() if name != "NOW"} | {
        "MODE": "production",
        "PORT": str(free_port()),
        "ISSUER": "https://hub.example",
        "DATABASE_URL": addresses.owner,
        "OWNER_URL": addresses.app,
    }

    said = bare("serve", **production)

    assert said.status == 1
    assert said.err.startswith("ONCEONLY_DATABASE_URL: its user is superuser")


@pytest.mark.parametrize("now", ["", "Z", "2026-10-05T09:00:00", "2026-10-05T09:00:00Z@", "Z@Z@Z"])
def test_a_played_day_is_an_instant_or_two(bare: Say, now: str) -> None:
    said = bare("doctor", NOW=now)

    assert (said.status, said.err.split(":")[0]) == (2, "ONCEONLY_NOW")


def test_two_instants_are_not_three(bare: Say) -> None:
    instant = "2026-10-05T09:00:00Z"

    assert bare("doctor", NOW="@".join([instant] * 3)).status == 2
