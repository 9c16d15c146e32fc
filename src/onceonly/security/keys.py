"""Long-lived secrets: one file each, readable by their owner alone, made once whoever comes first.

A key of a day lies under `days/<purpose>/<day>`; destroying it destroys what it sealed.
"""

import hashlib
import json
import os
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

SECRET_BYTES = 32
_SIGNING = "token"
_OPEN_TO_OTHERS = 0o077
_ROOM = 64 * 1024
_SUFFIXES = frozenset({".key", ".pem"})
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_DAY_FILE = re.compile(r"\.?(?P<day>\d{4}-\d\d-\d\d)\.key(\..+)?")


class KeyTrouble(Exception):
    """A key file cannot be used; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A P-256 key of the hub's own; `kid` is its RFC 7638 thumbprint."""

    kid: str
    pem: bytes = field(repr=False)
    public: tuple[tuple[str, str], ...]

    @property
    def jwk(self) -> dict[str, str]:
        """The public half as it is published."""
        return dict(self.public) | {"kid": self.kid, "use": "sig", "alg": "ES256"}


class KeyFiles:
    """The directory of secrets; `create`: make it when it is not there."""

    def __init__(self, directory: Path, *, create: bool) -> None:
        self._directory = directory
        self._known: dict[str, bytes] = {}
        self._signing: SigningKey | None = None
        try:
            if create:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = directory.stat().st_mode
        except OSError:
            raise KeyTrouble(
                f"{directory} cannot be used; make it, owned by the hub's user, mode 0700"
            ) from None
        if mode & _OPEN_TO_OTHERS:
            raise KeyTrouble(f"{directory} is open to others; chmod 0700 {directory}")

    @property
    def directory(self) -> Path:
        """Where they lie."""
        return self._directory

    def make(self) -> None:
        """Make the long-lived secrets that are not there yet."""
        self.signing_key()
        self.secret("names")
        self.secret("log")

    def secret(self, name: str) -> bytes:
        """A long-lived secret; 32 bytes.

        Raises:
            KeyTrouble: it can be neither read nor made.
        """
        return self._get(f"{name}.key", _fresh_secret)

    def day_key(self, purpose: str, day: date) -> bytes:
        """The key of a purpose and day, made by whoever needs it first; 32 bytes.

        Raises:
            KeyTrouble: it can be neither read nor made.
        """
        name = _day_path(purpose, day)
        # What is sealed under a key whose file is gone could be opened by nobody else.
        if name not in self._known or not os.access(f"{self._directory}/{name}", os.F_OK):
            self._forget_destroyed(purpose)
        return self._get(name, _fresh_secret)

    def read_day_key(self, purpose: str, day: date) -> bytes | None:
        """The key of a purpose and day; None when it is destroyed or never was.

        Raises:
            KeyTrouble: it is there and cannot be read.
        """
        name = _day_path(purpose, day)
        # Another process may have destroyed it: only the file says that it lives.
        found = _read(self._directory / name)
        if found is None:
            self._known.pop(name, None)
        return found

    def destroy_days(self, purpose: str, before: date) -> list[date]:
        """Destroy the keys of a purpose's days before that day; which they were.

        Raises:
            KeyTrouble: a file cannot be removed; the days before it are destroyed.
        """
        destroyed: set[date] = set()
        directory = self._directory / "days" / purpose
        try:
            # A writer killed half-way leaves its copy beside: the same key under a dotted name.
            for file in sorted(directory.glob("*")):
                named = _DAY_FILE.fullmatch(file.name)
                day = None if named is None else date.fromisoformat(named["day"])
                if day is not None and day < before:
                    file.unlink(missing_ok=True)
                    destroyed.add(day)
            if destroyed:
                _sync(directory)
        except OSError:
            raise KeyTrouble(f"{directory} cannot be cleared; give it to the hub's user") from None
        self._forget_destroyed(purpose)
        return sorted(destroyed)

    def signing_key(self) -> SigningKey:
        """The key that signs tokens, bearers and evidence.

        Raises:
            KeyTrouble: it can be neither read nor made.
        """
        if self._signing is None:
            self._signing = _signing_key(self._get(f"{_SIGNING}.pem", _fresh_pem))
        return self._signing

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """Every key that is published."""
        return (self.signing_key(),)

    def public_jwks(self) -> list[dict[str, str]]:
        """The published keys' public halves."""
        return [one.jwk for one in self.signing_keys()]

    def faults(self) -> list[str]:
        """What is wrong with the directory and the long-lived files, each with its remedy."""
        try:
            files = [one for one in sorted(self._directory.iterdir()) if one.suffix in _SUFFIXES]
            folders = [self._directory, *sorted((self._directory / "days").glob("*"))]
        except OSError:
            return [f"{self._directory} cannot be read; give it to the hub's user"]
        found = [fault for one in folders for fault in _faults_of(one, 0o700)]
        found += [fault for one in files for fault in _faults_of(one, 0o600)]
        if not os.access(self._directory, os.W_OK | os.X_OK):
            found.append(f"{self._directory} cannot be written; give it to the hub's user")
        if self._is_full():
            found.append(f"{self._directory} has no room; make room on its disk")
        return found

    def _is_full(self) -> bool:
        room = os.statvfs(self._directory)
        return room.f_blocks > 0 and room.f_bavail * room.f_frsize < _ROOM

    def _get(self, name: str, fresh: Callable[[], bytes]) -> bytes:
        known = self._known.get(name)
        if known is None:
            path = self._directory / name
            known = _read(path)
            if known is None:
                _make(path, fresh(), within=self._directory)
                known = _read(path)
            if known is None:
                raise KeyTrouble(f"{path} was removed at once; look who clears the directory")
            self._known[name] = known
        return known

    def _forget_destroyed(self, purpose: str) -> None:
        """A day's key that another process destroyed must not live on here."""
        for name in [one for one in self._known if one.startswith(f"days/{purpose}/")]:
            if not (self._directory / name).exists():
                del self._known[name]


@lru_cache(256)
def _day_path(purpose: str, day: date) -> str:
    return f"days/{purpose}/{day.isoformat()}.key"


def _fresh_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def _fresh_pem() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _read(path: Path) -> bytes | None:
    """What a key file holds; None when it is not there."""
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
    if path.suffix == ".key" and len(found) != SECRET_BYTES:
        raise KeyTrouble(f"{path} has not 32 bytes; restore it from the backup of the keys")
    return found


def _make(path: Path, content: bytes, *, within: Path) -> None:
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
        _sync(path.parent)
    except OSError:
        raise KeyTrouble(
            f"{path} cannot be made; give the directory to the hub's user, make room on its disk"
        ) from None


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _faults_of(path: Path, mode: int) -> list[str]:
    try:
        found = path.stat()
    except OSError:
        return [f"{path} cannot be read; give it to the hub's user"]
    if found.st_mode & _OPEN_TO_OTHERS:
        return [f"{path} is open to others; chmod {mode:04o} {path}"]
    if found.st_uid != os.geteuid():
        return [f"{path} belongs to another user; give it to the hub's user"]
    return []


def _signing_key(pem: bytes) -> SigningKey:
    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyTrouble("token.pem is no PKCS#8 key; restore it from the backup") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise KeyTrouble("token.pem is no P-256 key; restore it from the backup of the keys")
    numbers = private.public_key().public_numbers()
    public = (("crv", "P-256"), ("kty", "EC"), ("x", _b64(numbers.x)), ("y", _b64(numbers.y)))
    thumb = hashlib.sha256(json.dumps(dict(public), separators=(",", ":")).encode()).digest()
    return SigningKey(urlsafe_b64encode(thumb).rstrip(b"=").decode(), pem, public)


def _b64(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes(SECRET_BYTES, "big")).rstrip(b"=").decode()
