"""The log's own key, and the last head that was published, kept beside the keys.

A restored database can be behind what auditors hold; the copy here is not restored with it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onceonly.domain.log import Head
from onceonly.merkle.note import Checkpoint, Signer, Unsigned
from onceonly.security.keys import KeyFiles, KeyTrouble

_KEY = "log"
_FILE = "log.checkpoint"


def signer(keys: KeyFiles, origin: str) -> Signer:
    """Who signs the heads of the log of that origin; one key for every generation.

    Raises:
        KeyTrouble: the key can be neither read nor made.
    """
    return Signer.of(origin, keys.secret(_KEY))


def origin_of(issuer: str, generation: int) -> str:
    """What a generation of the log is called: the issuer's host, with its port where it has one."""
    host = issuer.partition("://")[2].partition("/")[0]
    return f"{host}/log/{generation}"


def origin_in(note: str) -> str:
    """The origin a head of ours was signed under."""
    return note.partition("\n")[0]


def signed(keys: KeyFiles, head: Checkpoint, *, generation: int) -> Head:
    """A head of that generation, signed."""
    note = signer(keys, head.origin).sign(head.text())
    return Head(generation, head.size, head.root, note)


class KeptHead:
    """The last published head, in a file beside the keys; it only ever moves on."""

    def __init__(self, keys: KeyFiles) -> None:
        self._keys = keys
        self._path = keys.directory / _FILE
        self._known: tuple[int, int] = (0, -1)

    def read(self) -> Head | None:
        """The head; None when none was published from here.

        Raises:
            KeyTrouble: the file cannot be read, or is not what this log's key signed.
        """
        try:
            note = self._path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            raise KeyTrouble(f"{self._path} cannot be read; give it to the hub's user") from None
        origin = origin_in(note)
        try:
            head = Checkpoint.opened(note, signer(self._keys, origin).verifier)
            generation = int(origin.rpartition("/")[2])
        except (ValueError, Unsigned):
            raise KeyTrouble(
                f"{self._path} is not a head that log.key signed; restore it from the backup of"
                " the keys"
            ) from None
        return Head(generation, head.size, head.root, note)

    def keep(self, head: Head) -> None:
        """Keep a head that is committed, before anybody sees it; an older one changes nothing.

        Raises:
            KeyTrouble: it cannot be kept, so it must not be published.
        """
        new = (head.generation, head.size)
        if new <= self._known:
            return
        try:
            with self._alone():
                kept = self.read()
                if kept is None or (kept.generation, kept.size) < new:
                    self._write(head.note)
        except OSError:
            raise KeyTrouble(f"{self._path} cannot be written; make room on its disk") from None
        self._known = new

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of two processes the second compares with what the first has kept."""
        handle = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, note: str) -> None:
        beside = self._path.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(self._path)
        handle = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
