"""One installation, one issuer: a second process with another would sign what nobody believes."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from onceonly.cli.endings import fail


@contextmanager
def sharing_issuer(keys: Path, issuer: str) -> Iterator[None]:
    """Hold the issuer with whoever else serves or works from these keys; end with 1 if it differs.

    The first process writes it down; a lock that all of them share says that somebody still uses it.
    """
    with _opened(keys / "issuer") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(file, fcntl.LOCK_SH)
            file.seek(0)
            theirs = file.read().strip()
            if theirs != issuer:
                fail(
                    f"another process of this installation has the issuer {theirs}, this one"
                    f" {issuer}; give all of them the same ONCEONLY_ISSUER"
                )
        else:
            file.truncate(0)
            file.write(issuer)
            file.flush()
            fcntl.flock(file, fcntl.LOCK_SH)
        yield


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a+")
    except OSError as trouble:
        fail(f"{path}: {trouble.strerror}; give the directory to the hub's user, writable")
