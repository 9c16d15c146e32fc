"""Files that hold secrets: written whole, linked once, readable by their owner alone."""

import os
import pwd
import secrets
from contextlib import suppress
from pathlib import Path

SECRET_BYTES = 32
_OPEN_TO_OTHERS = 0o077
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class KeyTrouble(Exception):
    """A key file cannot be used; the message says which, why, and what to do."""


def open_to_others(mode: int) -> bool:
    """Whether somebody but the owner may look."""
    return bool(mode & _OPEN_TO_OTHERS)


def read(path: Path) -> bytes | None:
    """What a key file of ours holds; None when it is not there."""
    found = read_private(path)
    if found is not None and path.suffix == ".key" and len(found) != SECRET_BYTES:
        raise KeyTrouble(f"{path} has not 32 bytes; restore it from the backup of the keys")
    return found


def read_private(path: Path) -> bytes | None:
    """What a file holds that nobody else may read; None when it is not there."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            found = file.read()
    except FileNotFoundError:
        return None
    except OSError:
        raise KeyTrouble(f"{path} cannot be read; give it to the hub's user") from None
    if mode & _OPEN_TO_OTHERS:
        raise KeyTrouble(f"{path} is open to others; chmod 0600 {path}")
    return found


def make(path: Path, content: bytes, *, within: Path) -> None:
    """Written beside and hard-linked, so that the loser of a race reads the winner's."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        # Never the directory itself: where it vanished, new secrets would hide the loss.
        for folder in list(path.relative_to(within).parents)[-2::-1]:
            (within / folder).mkdir(mode=0o700, exist_ok=True)
        try:
            with os.fdopen(os.open(beside, _NEW, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                path.hardlink_to(beside)
        finally:
            beside.unlink(missing_ok=True)
        # What is sealed under a key may be committed at once: the key's name must outlive a crash.
        sync(path.parent)
    except OSError:
        raise KeyTrouble(
            f"{path} cannot be made; give the directory to the hub's user, make room on its disk"
        ) from None


def sync(directory: Path) -> None:
    """See that the names in a directory outlive a crash."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def faults_of(path: Path, mode: int) -> list[str]:
    """What is wrong with a file's or directory's owner and mode, with what helps."""
    try:
        found = path.stat()
    except OSError:
        return [f"{path} cannot be read; {_give(path, os.geteuid())}"]
    if found.st_mode & _OPEN_TO_OTHERS:
        return [f"{path} is open to others; chmod {mode:04o} {path}"]
    if found.st_uid != os.geteuid():
        return [f"{path} belongs to another user; {_give(path, found.st_uid)}"]
    return []


def _give(path: Path, owner: int) -> str:
    """What helps where a file is not ours. Root is rarely whom the hub runs as: nothing is given to it."""
    if os.geteuid() == 0:
        return f"run this as `{user_name(owner)}`, as the hub does"
    return f"as root: chown {user_name(os.geteuid())} {path}"


def user_name(user: int) -> str:
    """What an account is called; its number where it has no name."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)  # a container's user need not have a name
