"""Each fault is put in, named, mended by its own remedy's words, and gone."""

import asyncio
import json
import os
import resource
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from cli.seeding import Installation, OfficeSystem, an_installation
from conftest import Server
from onceonly.cli.schema import head
from onceonly.security.jose import generate_client_key
from onceonly.store.leadership import SPACE
from scenarios.documents import BUT, JOBCENTER, Document, a_file
from scenarios.stand import free_port

NOWHERE = "postgresql://nobody:nothing@127.0.0.1:9/nowhere"


@pytest.fixture(scope="module")
def office() -> Iterator[OfficeSystem]:
    with OfficeSystem().answering() as one:
        yield one


@pytest.fixture(scope="module")
def a_document(office: OfficeSystem) -> Document:
    keys = {client_id: generate_client_key()[1] for client_id in (BUT, JOBCENTER)}
    return a_file(f"http://127.0.0.1:{office.port}", keys)


@pytest.fixture
def document(a_document: Document) -> Document:
    """A municipality file whose offices' systems answer; one's own to change."""
    return deepcopy(a_document)


@pytest.fixture(scope="module")
def installation(
    server: Server, a_document: Document, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Every fault is put into the same one, and mended: migrated, applied, all in the log."""
    with an_installation(server, tmp_path_factory.mktemp("doctor")) as one:
        assert one.say("migrate").status == 0
        one.apply(a_document)
        seen = one.look()
        assert (seen.well, seen.status) == (True, 0), seen.out
        yield one


@pytest.fixture
def well(installation: Installation, a_document: Document) -> Iterator[Installation]:
    """An installation in good order, at the end too."""
    before = dict(installation.settings)
    yield installation
    installation.settings = before
    if installation.in_force != a_document:
        installation.apply(a_document)


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def other(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


# ---------------------------------------------------------------- the database


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
    well.sql("set default_transaction_read_only = off", _sql(ill.remedies["database-read-only"]))

    assert ill.status == 1
    assert well.look().well


def _sql(remedy: str) -> str:
    return remedy[remedy.index("alter ") :]


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


# ---------------------------------------------------------------- users and rights


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


@pytest.fixture
def production(well: Installation) -> dict[str, str]:
    """Settings of production; the played day is gone."""
    name = name_of(well.settings["OWNER_URL"])
    well.sql(f"alter database {name} set synchronous_commit = on")
    return {"MODE": "production", "ISSUER": "https://127.0.0.1:9"}


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


# ---------------------------------------------------------------- keys


def test_keys_that_are_open_to_others(well: Installation) -> None:
    keys = Path(well.settings["KEYS_DIR"])
    for one, mode in ((keys / "names.key", 0o640), (keys, 0o750)):
        one.chmod(mode)
        ill = well.look()
        well.mend(ill.remedies["keys-unusable"])

        assert ill.status == 1
        assert well.look().well


def test_a_keys_directory_that_is_not_there(well: Installation, production: dict[str, str]) -> None:
    keys = Path(well.settings["KEYS_DIR"])
    aside = keys.rename(keys.with_name("aside"))

    ill = well.look(**production)
    aside.rename(keys)

    assert ill.status == 1
    assert "make it, owned by the hub's user, mode 0700" in ill.remedies["keys-unusable"]
    assert well.look(**production).well


@pytest.mark.parametrize("name", ["names.key", "log.key", "token.pem"])
def test_a_key_that_is_gone(well: Installation, name: str) -> None:
    key = Path(well.settings["KEYS_DIR"]) / name
    aside = key.rename(key.with_name("aside"))

    ill = well.look()
    assert not key.exists(), "who looks makes nothing"
    aside.rename(key)

    assert ill.status == 1
    assert "restore it from the backup" in ill.remedies["key-missing"]
    assert well.look().well


def test_a_log_key_of_another_installation(well: Installation) -> None:
    key = Path(well.settings["KEYS_DIR"]) / "log.key"
    before = key.read_bytes()
    key.write_bytes(secrets.token_bytes(32))

    ill = well.look()
    key.write_bytes(before)

    assert ill.status == 1
    assert "restore log.key" in ill.remedies["key-foreign"]
    assert well.look().well


def test_a_days_key_that_is_gone(well: Installation) -> None:
    (key,) = Path(well.settings["KEYS_DIR"]).glob("days/configuration/*.key")
    aside = key.rename(key.with_name("aside"))

    ill = well.look()
    aside.rename(key)

    assert ill.status == 1
    assert f"days/configuration/{key.name} is not there" in ill.out
    assert "restore it" in ill.remedies["day-key-missing"]
    assert well.look().well


# ---------------------------------------------------------------- the log


def test_a_log_that_is_behind_what_was_published(well: Installation) -> None:
    well.sql("delete from log_checkpoint")

    ill = well.look()
    well.mend(ill.remedies["log-behind"])

    assert ill.status == 1
    assert well.look().well


def test_a_published_head_that_is_not_kept(well: Installation) -> None:
    kept = Path(well.settings["KEYS_DIR"]) / "log.checkpoint"
    aside = kept.rename(kept.with_name("aside"))

    ill = well.look()
    aside.rename(kept)

    assert ill.status == 0
    assert "restore it" in ill.remedies["checkpoint-missing"]
    assert well.look().well


def _an_entry_waits(well: Installation, *, for_: timedelta) -> None:
    at = int((datetime.now(UTC) - for_).timestamp() * 1000)  # noqa: TID251 -- as the id's clock
    entry = f"{at:012x}7{secrets.token_hex(2)[:3]}8{secrets.token_hex(8)[:15]}"
    commitment = secrets.token_hex(32)
    well.sql(f"insert into log_inbox values ('{entry}', '\\x{commitment}')")  # noqa: S608 -- our own


def test_a_worker_that_does_not_run(well: Installation) -> None:
    _an_entry_waits(well, for_=timedelta(seconds=1))
    young = well.look()
    _an_entry_waits(well, for_=timedelta(hours=1))
    well.sequence()
    _an_entry_waits(well, for_=timedelta(hours=1))

    ill = well.look()
    well.sequence()

    assert young.well
    assert ill.status == 1
    assert "start `onceonly work`" in ill.remedies["worker-missing"]
    assert well.look().well


def test_a_backlog_though_a_worker_runs(well: Installation) -> None:
    _an_entry_waits(well, for_=timedelta(hours=1))

    with _leading(well):
        ill = well.look()
    well.sequence()

    assert ill.status == 1
    assert ill.remedies.keys() == {"backlog"}
    assert well.look().well


@contextmanager
def _leading(well: Installation) -> Iterator[None]:
    """Somebody leads a loop."""
    with asyncio.Runner() as runner:

        async def come() -> asyncpg.Connection:
            connection = await asyncpg.connect(well.settings["SEQUENCER_URL"])
            await connection.execute(f"select pg_advisory_lock({SPACE}, 1)")
            return connection

        connection = runner.run(come())
        yield
        runner.run(connection.close())


def test_a_month_to_come_without_a_partition(well: Installation) -> None:
    after = datetime.now(UTC).replace(day=1) + timedelta(days=32)  # noqa: TID251 -- as the hub's day
    well.sql(f"drop table log_entry_{after:%Y_%m}")

    ill = well.look()
    well.mend(ill.remedies["month-missing"])

    assert ill.status == 1
    assert well.look().well


# ---------------------------------------------------------------- files, law, what ends


def test_a_file_that_is_not_what_is_in_force(well: Installation, document: Document) -> None:
    name = well.write(document | {"offices": [*document["offices"], _AN_OFFICE]})

    ill = well.look(name)
    well.mend(ill.remedies["file-differs"])

    assert (ill.status, well.look().status) == (1, 0)
    assert well.look(name).well


_AN_OFFICE = {"code": "kita", "name": "Kita", "kind": "kita", "procedures": []}


def test_a_file_with_faults(well: Installation, document: Document) -> None:
    bad = well.look(well.write("offices: 7\n"))
    missing = well.look("nowhere.yaml")

    assert (bad.status, missing.status) == (1, 1)
    assert "kreis.yaml:1:" in bad.out
    assert "name a readable file" in missing.remedies["file-faults"]
    assert well.look(well.write(document)).well


@pytest.mark.parametrize(("days", "code"), [(-2, "agreement-ended"), (10, "agreement-ending")])
def test_an_agreement_that_nothing_follows(
    well: Installation, document: Document, days: int, code: str
) -> None:
    today = datetime.now(UTC).date()  # noqa: TID251 -- as the hub's day
    last = today + timedelta(days=days)
    first, *others = document["retrieval_agreements"]
    ends = first | {"valid_to": last.isoformat()}
    document["retrieval_agreements"] = [ends, *others]
    well.apply(document)

    ill = well.look()
    follows = first | {"valid_from": (last + timedelta(days=1)).isoformat()}
    document["retrieval_agreements"] = [ends, follows, *others]
    well.write(document)
    well.mend(ill.remedies[code])

    assert ill.status == (1 if days < 0 else 0)
    assert well.look().well


@pytest.mark.parametrize(("days", "code"), [(-1, "client-key-ended"), (10, "client-key-ending")])
def test_a_clients_last_key_that_ends(
    well: Installation, document: Document, days: int, code: str
) -> None:
    (key,) = document["clients"][0]["jwks"]["keys"]
    at = datetime.now(UTC) + timedelta(days=days)  # noqa: TID251 -- as the hub's day
    key["exp"] = int(at.timestamp())
    well.apply(document)

    ill = well.look()
    made = well.say("client-key", f"new{days}.json")
    document["clients"][0]["jwks"]["keys"].append(json.loads(made.out))
    well.apply(document)

    assert "`onceonly client-key`" in ill.remedies[code]
    assert ill.status == (1 if days < 0 else 0)
    assert well.look().well


def test_a_retention_outside_its_bounds(well: Installation, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    shutil.copytree(root / "src/onceonly", tmp_path / "src/onceonly")
    shutil.copytree(root / "migrations", tmp_path / "migrations")
    law = tmp_path / "src/onceonly/law/retention.yaml"
    text = law.read_text("utf-8")
    environment = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        **{f"ONCEONLY_{name}": value for name, value in well.settings.items()},
        "PYTHONPATH": str(tmp_path / "src"),
    }

    def look() -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "onceonly", "doctor"]
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, cwd=tmp_path, check=False
        )

    setting = next(line for line in text.splitlines() if "setting:" in line)
    law.write_text(text.replace(setting, setting.partition("setting:")[0] + "setting: P99Y", 1))
    ill = look()
    law.write_text(text)

    assert ill.returncode == 1
    assert "fault law-faults: " in ill.stdout
    assert "retention.yaml" in ill.stdout
    assert "law-faults" not in look().stdout


# ---------------------------------------------------------------- the offices' systems


@pytest.mark.parametrize(
    ("status", "code", "helps"),
    [
        (401, "provider-refuses", "/.well-known/jwks.json"),
        (500, "provider-unwell", "its system's log"),
    ],
)
def test_an_offices_system_that_says_no(
    well: Installation, office: OfficeSystem, status: int, code: str, helps: str
) -> None:
    office.status = status

    ill = well.look()
    office.status = 200

    assert ill.status == 1
    assert "musterkreis/jobcenter: its system" in ill.out
    assert helps in ill.remedies[code]
    assert well.look().well


def test_an_offices_system_that_is_away(well: Installation, document: Document) -> None:
    port = free_port()
    for service in document["data_services"]:
        service["connector"]["base_url"] = f"http://127.0.0.1:{port}"
    well.apply(document)

    ill = well.look()
    with OfficeSystem(port).answering():
        mended = well.look()

    assert ill.status == 1
    assert "have the office start it" in ill.remedies["provider-away"]
    assert mended.well


# ---------------------------------------------------------------- the machine


def test_a_port_that_another_program_has(well: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ill = well.look(PORT=str(taken.getsockname()[1]))

    assert ill.status == 1
    assert "ONCEONLY_PORT" in ill.remedies["port-taken"]
    assert well.look().well


def test_a_data_directory_that_is_none(well: Installation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    urls = [name for name in well.settings if name.endswith("_URL")]
    for name in urls:
        del well.settings[name]

    ill = well.look(DATA_DIR=str(tmp_path / "file"))

    assert ill.status == 1
    assert "ONCEONLY_DATA_DIR" in ill.remedies["data-directory"]


@pytest.mark.parametrize("ahead", [timedelta(hours=-1), timedelta(seconds=30)])
def test_a_clock_that_is_not_the_databases(well: Installation, ahead: timedelta) -> None:
    (ill,) = well.examine(ahead=ahead)

    assert (ill.code, ill.grave) == ("clock-skew", True)
    assert "timedatectl set-ntp true" in ill.remedy
    assert well.examine() == []


def test_a_transaction_that_is_never_ended(well: Installation) -> None:
    with asyncio.Runner() as runner:

        async def begin() -> asyncpg.Connection:
            connection = await asyncpg.connect(well.settings["DATABASE_URL"])
            await connection.execute("begin; select 1")
            await asyncio.sleep(1.1)
            return connection

        connection = runner.run(begin())
        (ill,) = well.examine(long=timedelta(seconds=1))
        young = well.examine()
        well.sql(ill.remedy, url=well.settings["DATABASE_URL"])
        mended = well.examine(long=timedelta(seconds=1))
        connection.terminate()

    assert (ill.code, ill.grave) == ("transaction-old", False)
    assert young == mended == []


def test_too_few_open_files(well: Installation) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        ill = well.look()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert ill.status == 0
    assert "warning files-few: a process may open 512 files" in ill.out
    assert "ulimit -n" in ill.out
