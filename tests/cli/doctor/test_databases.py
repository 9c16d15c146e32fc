"""The database: each fault is named, mended by its own remedy's words, and gone."""

import secrets

import pytest

from cli.seeding import Installation, name_of, other
from conftest import Server
from onceonly.cli.schema import head
from scenarios.documents import Document

NOWHERE = "postgresql://nobody:nothing@127.0.0.1:9/nowhere"


def test_a_database_that_is_away(well: Installation) -> None:
    ill = well.look(DATABASE_URL=NOWHERE)

    assert ill.status == 1
    assert "DATABASE_URL: nobody answers" in ill.out
    assert "start PostgreSQL" in ill.remedies["database-away"]
    assert well.look().well


@pytest.mark.parametrize("wrong", ["password", "database"])
def test_a_password_or_database_that_is_wrong(well: Installation, wrong: str) -> None:
    url = well.settings["DATABASE_URL"]
    head, _, rest = url.partition("@")
    bad = f"{head}x@{rest}" if wrong == "password" else other(url, "nowhere")

    ill = well.look(DATABASE_URL=bad)

    assert ill.status == 1
    assert "mend user, password and database" in ill.remedies["database-refuses"]
    assert head.rpartition(":")[2] not in ill.out
    assert well.look(DATABASE_URL=url).well


def test_a_schema_that_is_older_and_then_no_file_in_force(
    well: Installation, unmigrated: str, document: Document
) -> None:
    given = {name: unmigrated for name in well.settings if name.endswith("_URL")}
    given["KEYS_DIR"] = str(well.directory / "others")
    well.write(document)

    ill = well.look(**given)
    well.mend(ill.remedies["schema-older"], **given)
    empty = well.look(**given)
    well.mend(empty.remedies["nothing-applied"], **given)

    assert (ill.status, empty.status) == (1, 0)
    assert well.look(**given).well


def test_a_schema_that_is_newer(well: Installation) -> None:
    well.sql("update alembic_version set version_num = '9999'")

    ill = well.look()

    assert ill.status == 1
    assert "the database is at 9999" in ill.out
    assert "install the newer version" in ill.remedies["schema-newer"]
    well.sql(f"update alembic_version set version_num = '{head()}'")  # noqa: S608 -- our own
    assert well.look().well


def test_addresses_that_lead_to_two_databases(well: Installation, unmigrated: str) -> None:
    theirs = other(well.settings["SEQUENCER_URL"], name_of(unmigrated))

    ill = well.look(SEQUENCER_URL=theirs)

    assert "same host, port and database" in ill.remedies["addresses-part"]
    assert well.look().well


def test_a_database_that_cannot_be_written(well: Installation) -> None:
    name = name_of(well.settings["OWNER_URL"])
    well.sql(f"alter database {name} set default_transaction_read_only = on")

    ill = well.look()
    well.mend(ill.remedies["database-read-only"])

    assert ill.status == 1
    assert well.look().well


def test_a_database_of_another_encoding(well: Installation) -> None:
    owner = well.settings["OWNER_URL"]
    name = f"onceonly_test_{secrets.token_hex(6)}"
    well.sql(f"create database {name} encoding 'SQL_ASCII' template template0 locale 'C'")
    try:
        ill = well.look(DATABASE_URL=other(well.settings["DATABASE_URL"], name))
    finally:
        well.sql(f"drop database {name}", url=owner)

    assert "createdb --encoding UTF8" in ill.remedies["database-encoding"]


def test_a_server_whose_own_log_would_quote_rows(well: Installation, server: Server) -> None:
    if server.directory is None:
        return  # a superuser alone may say so, and is not ours
    name = name_of(well.settings["OWNER_URL"])
    well.sql(f"alter database {name} set log_error_verbosity = verbose", url=well.superuser)

    ill = well.look()
    well.mend(ill.remedies["database-quotes-rows"])

    assert ill.status == 0
    assert well.look().well
