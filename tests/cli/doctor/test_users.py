"""Users and rights: each fault is named, mended by its own remedy's words, and gone."""

import secrets
from collections.abc import Iterator

import pytest

from cli.seeding import Installation, name_of


@pytest.fixture
def stranger(well: Installation) -> Iterator[str]:
    """A login that is a member of nothing; its address."""
    user, password = f"onceonly_test_{secrets.token_hex(4)}", secrets.token_hex(8)
    well.sql(f"create role {user} login password '{password}'")
    yield f"postgresql://{user}:{password}@{well.settings['OWNER_URL'].rpartition('@')[2]}"
    well.sql(f"drop role {user}")


@pytest.mark.parametrize("whose", ["DATABASE_URL", "SEQUENCER_URL", "AUDITOR_URL"])
def test_a_user_without_its_role(well: Installation, stranger: str, whose: str) -> None:
    ill = well.look(**{whose: stranger})
    well.mend(ill.remedies["user-without-role"])

    assert ill.status == 1
    assert whose in ill.out
    assert well.look(**{whose: stranger}).well


def test_a_user_who_may_have_too_few_sessions(well: Installation, stranger: str) -> None:
    user = stranger.partition("//")[2].partition(":")[0]
    well.sql(f"grant onceonly_app to {user}", f"alter role {user} connection limit 5")

    ill = well.look(DATABASE_URL=stranger)
    well.mend(ill.remedies["sessions-few"])

    assert ill.status == 1
    assert well.look(DATABASE_URL=stranger).well


def test_a_right_that_was_taken_away(well: Installation) -> None:
    well.sql("revoke insert on log_entry from onceonly_app")

    ill = well.look()
    well.mend(ill.remedies["grant-missing"])

    assert ill.status == 1
    assert "onceonly_app may not insert log_entry" in ill.out
    assert well.look().well


def test_a_wall_that_is_down(well: Installation) -> None:
    well.sql("alter table retrieval disable row level security")
    disabled = well.look()
    well.mend(disabled.remedies["wall-down"])
    well.sql("alter table consent no force row level security")
    unforced = well.look()
    well.mend(unforced.remedies["wall-down"])

    assert (disabled.status, unforced.status) == (1, 1)
    assert "retrieval shows every municipality's rows" in disabled.out
    assert well.look().well


def test_a_serving_user_who_owns_the_tables(well: Installation, production: dict[str, str]) -> None:
    owner = well.settings["OWNER_URL"]
    ill = well.look(**production, DATABASE_URL=owner, OWNER_URL=well.settings["DATABASE_URL"])

    assert ill.status == 1
    assert "member of onceonly_app alone" in ill.remedies["user-too-mighty"]
    assert well.look(**production).well


def test_commits_that_a_power_cut_would_undo(
    well: Installation, production: dict[str, str]
) -> None:
    well.sql(f"alter database {name_of(well.settings['OWNER_URL'])} set synchronous_commit = off")

    ill = well.look(**production)
    well.mend(ill.remedies["commits-not-durable"])

    assert well.look(**production).well
