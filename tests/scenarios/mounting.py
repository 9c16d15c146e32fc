"""Small file systems of a test's own. To mount one takes root."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotMounted(Exception):
    """This account or machine mounts nothing; the message says what mount said."""


@contextmanager
def mounted(place: Path, mib: int) -> Iterator[Path]:
    """A file system of that size at a new directory, unmounted again.

    Raises:
        NotMounted: it cannot be had here.
    """
    place.mkdir(mode=0o755)
    done = _run("mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=755", "tmpfs", str(place))
    if done.returncode:
        raise NotMounted(done.stderr.strip())
    try:
        yield place
    finally:
        _run("umount", "-l", str(place))


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """A directory that can only be read, for everybody, even where files in it are open.

    Raises:
        NotMounted: it cannot be done here.
    """
    done = _run("mount", "--bind", str(place), str(place))
    if done.returncode:
        raise NotMounted(done.stderr.strip())
    try:
        done = _run("mount", "-o", "remount,bind,ro", str(place))
        if done.returncode:
            raise NotMounted(done.stderr.strip())
        yield
    finally:
        _run("umount", "-l", str(place))


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False)
