"""The embedded server: kept, shared, adopted, revived, and closed to strangers."""

import asyncio
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

import onceonly
from onceonly.embedded import EmbeddedPostgres, EmbeddedUnavailable

SOURCE = Path(onceonly.__file__).parents[1]
JOIN_AND_HANG = """
import sys, time
from pathlib import Path
from onceonly.embedded import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1]), durable=False).join().owner, flush=True)
time.sleep(60)
"""

JOIN_AND_LEAVE = """
import sys
from pathlib import Path
from onceonly.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), durable=False) as addresses:
    print(addresses.owner, flush=True)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for one in (tmp_path, *tmp_path.parents[:2]):
        one.chmod(0o755)
    return tmp_path / "data with blank"


@pytest.fixture
def embedded(directory: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(directory, durable=False)
    yield server
    server.leave()


def ask(url: str, sql: str) -> object:
    async def once() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(once())


def postmaster(directory: Path) -> int:
    (file,) = directory.glob("postgres-*/postmaster.pid")
    return int(file.read_text().split("\n", 1)[0])


def joined_elsewhere(directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", JOIN_AND_HANG, str(directory)],
        cwd=SOURCE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_data_are_kept_between_runs(embedded: EmbeddedPostgres, directory: Path) -> None:
    first = embedded.join()
    ask(first.owner, "create table kept as select 42 as answer")
    embedded.leave()

    second = EmbeddedPostgres(directory, durable=False)
    try:
        assert ask(second.join().owner, "select answer from kept") == 42
    finally:
        second.leave()


def test_the_last_one_out_stops_it(embedded: EmbeddedPostgres, directory: Path) -> None:
    embedded.join()
    other = EmbeddedPostgres(directory, durable=False)
    url = other.join().app

    embedded.leave()
    assert ask(url, "select 1") == 1
    other.leave()
    with pytest.raises(ConnectionRefusedError):
        ask(url, "select 1")


def test_a_server_whose_process_was_killed_is_adopted(
    embedded: EmbeddedPostgres, directory: Path
) -> None:
    with joined_elsewhere(directory) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        before = postmaster(directory)
        process.kill()

    assert embedded.join().owner == url
    assert postmaster(directory) == before


def test_a_killed_server_is_revived_on_its_port(
    embedded: EmbeddedPostgres, directory: Path
) -> None:
    url = embedded.join().app
    os.kill(postmaster(directory), signal.SIGKILL)
    time.sleep(0.2)

    embedded.revive()

    assert ask(url, "select 1") == 1


def test_a_stale_pid_of_another_program_is_no_server(
    embedded: EmbeddedPostgres, directory: Path
) -> None:
    embedded.join()
    embedded.leave()
    (data,) = directory.glob("postgres-*")
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

    again = EmbeddedPostgres(directory, durable=False)
    try:
        assert ask(again.join().app, "select 1") == 1
    finally:
        again.leave()


def test_every_login_owns_its_part_and_no_more(embedded: EmbeddedPostgres) -> None:
    addresses = embedded.join()

    for url in (addresses.app, addresses.sequencer, addresses.auditor):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(url, "create table mine (id integer)")
    assert ask(addresses.owner, "select rolsuper from pg_roles where rolname = user") is False


def test_nobody_comes_in_without_a_password(embedded: EmbeddedPostgres) -> None:
    url = embedded.join().app
    scheme, _, rest = url.partition("://")
    host = rest.rpartition("@")[2]

    for stranger in (f"{scheme}://postgres@{host}", f"{scheme}://postgres:postgres@{host}"):
        with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InterfaceError)):
            ask(stranger, "select 1")


def test_its_passwords_are_readable_by_their_owner_alone(
    embedded: EmbeddedPostgres, directory: Path
) -> None:
    embedded.join()

    assert (directory / "passwords").stat().st_mode & 0o077 == 0


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(EmbeddedUnavailable, match="cannot be made; set ONCEONLY_DATA_DIR"):
        EmbeddedPostgres(file / "data").join()


def test_it_runs_as_a_plain_user_too(directory: Path) -> None:
    directory.mkdir(mode=0o755)
    # Where this checkout is closed to others, the user who runs the tests is plain enough.
    open_to_all = all(one.stat().st_mode & 0o001 for one in Path(sys.executable).parents)
    plain = pwd.getpwnam("nobody") if os.geteuid() == 0 and open_to_all else None
    if plain is not None:
        os.chown(directory, plain.pw_uid, plain.pw_gid)

    done = subprocess.run(
        [sys.executable, "-c", JOIN_AND_LEAVE, str(directory)],
        cwd=SOURCE,
        capture_output=True,
        text=True,
        check=False,
        user=None if plain is None else plain.pw_uid,
        group=None if plain is None else plain.pw_gid,
        extra_groups=None if plain is None else [],
    )

    assert done.stdout.startswith("postgresql://onceonly_owner"), done.stderr
