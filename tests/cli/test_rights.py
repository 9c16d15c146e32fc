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
