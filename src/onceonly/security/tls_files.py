"""What the hub shows an office's system by TLS, and whom it trusts there: PEM files, followed.

They lie in the municipality's own folder (`tls/<municipality>` of the directory of keys), so that
one municipality's file cannot name another's key. Whether they fit together is looked at before a
call needs them. Their ends are judged by the machine's clock, as everything of TLS is.
"""

import os
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import Certificate, load_pem_x509_certificates

from onceonly.domain.offices import TlsFiles
from onceonly.security.secret_files import KeyTrouble, read_private

FOLDER = "tls"
"""Below the directory of keys; in it one folder for each municipality."""

_LOOK_AGAIN_S = 1.0
_Stats = tuple[tuple[int, ...] | None, ...]


def folder_of(keys: Path, municipality: str) -> Path:
    """Where a municipality's files for TLS lie."""
    return keys / FOLDER / municipality


@dataclass(frozen=True, slots=True)
class Credentials:
    """Files that fit together: `chain` and `key`, if the hub shows any; whom it `trusts`, if others.

    `begin` is the first instant of the chain; `ends` says by file when the first of it ends.
    """

    chain: Path | None
    key: Path | None
    trusts: Path | None
    authorities: bytes
    begin: datetime | None
    ends: Mapping[Path, datetime]
    content: tuple[bytes, ...] = field(repr=False)

    @property
    def end(self) -> datetime:
        """When the first of them ends."""
        return min(self.ends.values(), default=datetime.max.replace(tzinfo=UTC))

    def trouble(self, now: datetime) -> str | None:
        """Why they cannot be used at this instant, with what helps; None: they can."""
        for file, end in self.ends.items():
            if end <= now:
                return f"{file} ended on {end.date()}; {renewal(file, own=file == self.chain)}"
        if self.begin is not None and now < self.begin:
            return (
                f"{self.chain} is good from {self.begin.date()} only; wait, or put the former back"
            )
        return None

    def context(self) -> ssl.SSLContext:
        """For calls: TLS 1.2 at least, the system's certificate and name checked, ours shown.

        Raises:
            KeyTrouble: OpenSSL takes the files not.
        """
        try:
            # With authorities of its own it knows no other, the machine's among them.
            context = ssl.create_default_context(cadata=self.authorities or None)
        except ssl.SSLError as error:
            raise _not_taken("the authorities", error) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.authorities:
            # An operator may trust a data centre's own authority and not the one above it.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self.show(context)
        return context

    def show(self, context: ssl.SSLContext) -> None:
        """Have a context show the hub's certificate, if there is one.

        Raises:
            KeyTrouble: OpenSSL takes the files not.
        """
        if self.chain is None:
            return
        try:
            # Without a password of ours OpenSSL would ask for one at the terminal.
            context.load_cert_chain(self.chain, self.key, password=lambda: b"none")
        except (ssl.SSLError, OSError) as error:
            raise _not_taken(str(self.chain), error) from None


def read_credentials(folder: Path, files: TlsFiles) -> Credentials:
    """Read files and see that they fit together; whether they have ended is not looked at.

    Raises:
        KeyTrouble: one is missing, open to others, unreadable, or does not fit; which, and what to do.
    """
    chain, key, ca = (
        None if name is None else folder / name for name in (files.certificate, files.key, files.ca)
    )
    ends: dict[Path, datetime] = {}
    content: list[bytes] = []
    begin, authorities = None, b""
    if chain is not None and key is not None:
        raw, secret = _content(chain), read_private(key)
        if secret is None:
            raise _missing(key)
        shown = _certificates(chain, raw)
        _check_pair(chain, shown[0], key, secret)
        content += [raw, secret]
        begin = max(one.not_valid_before_utc for one in shown)
        ends[chain] = min(one.not_valid_after_utc for one in shown)
    if ca is not None:
        raw = _content(ca)
        trusted = _certificates(ca, raw)
        content.append(raw)
        authorities = b"".join(one.public_bytes(Encoding.DER) for one in trusted)
        # While one of them lasts, the file does: the next one is put beside the last.
        ends[ca] = max(one.not_valid_after_utc for one in trusted)
    found = Credentials(chain, key, ca, authorities, begin, ends, tuple(content))
    found.show(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    return found


def renewal(file: Path, *, own: bool) -> str:
    """What to do about a file that ends."""
    if own:
        return (
            f"have its authority issue the next one, put it and its key in the place of {file} and"
            " its key; running processes take them within a second"
        )
    return f"put the authority that follows into {file}; running processes take it within a second"


class FollowedFiles:
    """Credentials as the files have them: taken anew when they change and fit together.

    Files that do not fit, because only one of two has been exchanged yet, change nothing: what was
    taken before goes on until it ends.
    """

    def __init__(
        self,
        folder: Path,
        files: TlsFiles,
        *,
        clock: Callable[[], float] = time.time,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._files = files
        self._clock = clock
        self._tick = tick
        self._paths = [
            folder / name for name in (files.certificate, files.key, files.ca) if name is not None
        ]
        self._seen: _Stats | None = None
        self._looked = 0.0
        self._taken: tuple[Credentials, ssl.SSLContext] | None = None
        self._fault: str | None = None

    @property
    def trouble(self) -> str | None:
        """What is wrong with the files, or with what was taken of them; None: all is well."""
        if self._taken is None or self._fault is not None:
            return self._fault
        return self._taken[0].trouble(self._now())

    def moved(self) -> bool:
        """Whether the files must be looked at; they are asked once a second at most."""
        if self._seen is not None:
            at = self._tick()
            if at - self._looked < _LOOK_AGAIN_S:
                return False
            self._looked = at
        return self._stats() != self._seen

    def look(self) -> None:
        """Take the files as they are; reads them, so not for the event loop."""
        stats = self._stats()
        try:
            found = read_credentials(self._folder, self._files)
            # Of files that were written again as they were nothing is taken anew.
            if self._taken is None or self._taken[0].content != found.content:
                self._taken = (found, found.context())
            self._fault = None
        except KeyTrouble as trouble:
            self._fault = str(trouble)
        self._looked = self._tick()
        self._seen = stats

    def context(self) -> ssl.SSLContext | None:
        """How to call by now; None: nothing usable was ever there, or it has ended."""
        if self._taken is None or self._taken[0].trouble(self._now()) is not None:
            return None
        return self._taken[1]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _stats(self) -> _Stats:
        return tuple(_stat(path) for path in self._paths)


def _stat(path: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 -- three of them a second, for every system
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode, found.st_uid)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError:
        raise KeyTrouble(f"{path} cannot be read; give it to the hub's user") from None


def _missing(path: Path) -> KeyTrouble:
    return KeyTrouble(f"{path} is not there; put it there, or mend the name in the file")


def _certificates(path: Path, raw: bytes) -> Sequence[Certificate]:
    try:
        return load_pem_x509_certificates(raw)
    except ValueError:
        raise KeyTrouble(f"{path} holds no PEM certificates; put them there") from None


def _check_pair(chain: Path, own: Certificate, key: Path, secret: bytes) -> None:
    try:
        private = load_pem_private_key(secret, password=None)
    except TypeError:
        raise KeyTrouble(
            f"{key} is encrypted, and nobody is there to say its password; write it without one"
            " (openssl pkey)"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyTrouble(f"{key} holds no private key in PEM; put one there") from None
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != own.public_key().public_bytes(*form):
        raise KeyTrouble(
            f"{key} is not the key of the first certificate in {chain}; put both there together"
        )


def _not_taken(what: str, error: OSError) -> KeyTrouble:
    reason = getattr(error, "reason", None) or type(error).__name__
    return KeyTrouble(f"{what} cannot be used by TLS ({reason}); have another one issued")
