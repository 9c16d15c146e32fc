"""One server per data directory, shared by every process that joins it.

Two kernel locks in the directory: `door`, exclusive while starting or stopping; `users`, shared
while in use. A process that is killed loses both, so neither is ever left behind. What it ran and
what must not run twice (initdb, psql) holds the door to its own end.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from onceonly.embedded.kept import Kept, taken
from onceonly.embedded.programs import EmbeddedUnavailable, Programs, account_for, find_programs
from onceonly.embedded.roles import SUPERUSER, Addresses, addresses, bootstrap

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "max_connections": "200",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_START_S, _PAUSE_S = 8.0, 0.1
_SETTLE_S = 60.0
_TRIES = 3
_STATUS_LINE = 7
_SHELL = frozenset('"$`\\')
_NO_PROCESS = 2**31 - 1


class EmbeddedPostgres:
    """The server of one data directory, as one of the processes that share it sees it.

    `durable` False is for tests: what was committed may be lost with the machine.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._base = data_dir.resolve()
        self._kept = Kept(self._base)
        self._durable = durable
        self._users: IO[str] | None = None
        self._found: Programs | None = None
        self._lock: tuple[int, ...] = ()

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
            EmbeddedUnavailable: there are no programs, the directory is closed to us or to the
                server's account, or the server did not start. Nothing is left running.
        """
        with self._plain():
            self._open()
            with self._door():
                if self._users is None:
                    self._users = (self._base / "users").open("a")
                    fcntl.flock(self._users, fcntl.LOCK_SH)
                try:
                    return self._come_in()
                except BaseException:
                    self._go()
                    raise

    def revive(self) -> None:
        """Start the server again, on its port, when somebody killed it.

        Raises:
            EmbeddedUnavailable: it did not start.
        """
        if self._joined() and not self._runs():
            with self._plain(), self._door():
                # While we waited another may have done it, or this process may have left.
                if self._joined() and not self._settled():
                    self._start(move=False)

    def leave(self) -> None:
        """Stop using the server; the last one out stops it."""
        if self._joined():
            with self._door():
                self._go()

    def _joined(self) -> bool:
        return self._users is not None

    def _come_in(self) -> Addresses:
        self._found = find_programs(self._base, account_for(self._base))
        for _ in range(_TRIES):
            if not self._settled():
                self._start(move=True)
            if self._make_roles():
                return addresses(self._kept.passwords(), self._kept.port())
        raise EmbeddedUnavailable(
            f"the roles could not be made; the data are in {self._data}, their passwords were"
            f" in {self._base / 'passwords'}: bring those back, or remove the data"
        )

    def _go(self) -> None:
        if self._users is None:
            return
        self._users.close()
        self._users = None
        with (self._base / "users").open("a") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if self._found is not None and self._runs():
                self._control("stop", "-m", "fast")

    @contextmanager
    def _plain(self) -> Iterator[None]:
        """Say what the file system refuses, and what to do."""
        try:
            yield
        except OSError as trouble:
            where = trouble.filename or self._base
            raise EmbeddedUnavailable(
                f"{where}: {trouble.strerror}; set ONCEONLY_DATA_DIR to a directory of yours"
            ) from None

    @contextmanager
    def _door(self) -> Iterator[None]:
        with (self._base / "door").open("a") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            self._lock = (door.fileno(),)
            yield

    def _open(self) -> None:
        """Make the directory; whoever the server runs as must be able to walk to its data."""
        if _SHELL & set(str(self._base)):
            raise EmbeddedUnavailable(
                f"{self._base} has a character PostgreSQL's own programs hand to a shell;"
                f" set ONCEONLY_DATA_DIR to a directory without {' '.join(sorted(_SHELL))}"
            )
        account = account_for(self._base)
        if account is None:
            self._base.mkdir(parents=True, exist_ok=True)
            return
        # Open from the first moment, as another process may be on its way; files of ours have
        # modes of their own.
        before = os.umask(0o022)
        try:
            self._base.mkdir(parents=True, exist_ok=True)
        finally:
            os.umask(before)
        if self._base != Path.home():
            # Made by somebody with a strict umask. To walk through is not to list.
            self._base.chmod(self._base.stat().st_mode | 0o011)
        closed = account.stopped_at(self._base)
        if closed is not None:
            raise EmbeddedUnavailable(
                f"{closed} is closed to the server's account {account.name};"
                " set ONCEONLY_DATA_DIR to a directory every account can reach"
            )

    @property
    def _programs(self) -> Programs:
        if self._found is None:
            raise EmbeddedUnavailable("the server was not joined")
        return self._found

    @property
    def _data(self) -> Path:
        """Data of one major version do not open with another."""
        return self._base / f"postgres-{self._programs.major}"

    def _control(self, word: str, *words: str) -> bool:
        limit = ("-w", "-t", str(int(_SETTLE_S)))
        return self._programs.run("pg_ctl", word, "-D", str(self._data), *limit, *words)[0]

    def _pid_lines(self) -> list[str]:
        with suppress(OSError):
            return (self._data / "postmaster.pid").read_text().splitlines()
        return []

    def _runs(self) -> bool:
        """Whether the server lives; its pid may be another program's by now."""
        try:
            pid = int(self._pid_lines()[0])
            os.kill(pid, 0)
            if not Path("/proc/self").exists():
                return True
            # Without words: killed, and not yet buried by its parent.
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            return Path(os.fsdecode(words[words.index(b"-D") + 1])).samefile(self._data)
        except (OSError, ValueError, IndexError):
            return False

    def _settled(self) -> bool:
        """Whether it runs; waits while it starts or stops, as whoever began that may be dead."""
        until = time.monotonic() + _SETTLE_S
        while self._runs():
            if [line.strip() for line in self._pid_lines()[_STATUS_LINE:]] == ["ready"]:
                return True
            if time.monotonic() > until:
                raise self._silent("neither starts nor stops")
            time.sleep(_PAUSE_S)
        return False

    def _start(self, *, move: bool) -> None:
        """Start it; `move` to another port if its own is taken, as nobody was told it yet."""
        if not self._data.exists():
            self._initialise()
        until = time.monotonic() + _START_S
        while time.monotonic() < until:
            port = self._kept.port()
            self._disown_pid()
            if self._try_start(port):
                return
            # Backends of a killed server take a moment to notice; a taken port never comes back.
            time.sleep(_PAUSE_S)
            if move and taken(port):
                self._kept.forget("port")
        raise self._silent("did not start")

    def _try_start(self, port: int) -> bool:
        settings = _SETTINGS | ({} if self._durable else _NOT_DURABLE)
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        log = str(self._data / "server.log")
        return self._control("start", "-l", log, "-o", f"{options} -p {port}")

    def _disown_pid(self) -> None:
        """Let no stranger pass for the dead server: PostgreSQL refuses to start beside any pid.

        The other lines stay. By them it finds out whether backends of the dead server still live.
        """
        lines = self._pid_lines()
        if lines and not self._runs():
            lines[0] = str(_NO_PROCESS)
            (self._data / "postmaster.pid").write_text("\n".join(lines) + "\n")

    def _initialise(self) -> None:
        """Make the data beside their place: whoever is killed here leaves nothing half made."""
        self._kept.forget("roles")
        part = self._data.with_suffix(".part")
        if part.exists():
            shutil.rmtree(part)
        part.mkdir(mode=0o700)
        secret = self._kept.write("superuser", self._kept.passwords()["superuser"])
        account = self._programs.account
        if account is not None:
            for one in (part, secret):
                os.chown(one, account.uid, account.gid)
        words = ["-D", str(part), "-U", SUPERUSER, "--locale=C", "-E", "UTF8"]
        words += ["--auth=scram-sha-256", f"--pwfile={secret}"]
        words += [] if self._durable else ["--no-sync"]
        well, said = self._programs.run("initdb", *words, holding=self._lock)
        secret.unlink()
        if not well:
            raise EmbeddedUnavailable(f"initdb failed: {' '.join(said[-4:])}")
        part.rename(self._data)

    def _make_roles(self) -> bool:
        """Make what is not there of roles and database; once, so that joining is quick."""
        passwords = self._kept.passwords()
        sql = bootstrap(passwords)
        mark = f"{self._data.name} {hashlib.sha256(sql.encode()).hexdigest()}"
        if self._kept.read("roles") == mark:
            return True
        port = str(self._kept.port())
        well, _ = self._programs.run(
            "psql",
            *("-h", "127.0.0.1", "-p", port, "-U", SUPERUSER, "-d", "postgres"),
            *("-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"),
            stdin=sql,
            password=passwords["superuser"],
            holding=self._lock,
        )
        if well:
            self._kept.write("roles", mark)
        return well

    def _silent(self, what: str) -> EmbeddedUnavailable:
        return EmbeddedUnavailable(
            f"the server {what}; its words are in {self._data / 'server.log'}"
        )
