"""Long-lived secrets: one file each, readable by their owner alone, made once whoever comes first.

A key of a day lies under `days/<purpose>/<day>`; destroying it destroys what it sealed.
"""

import hashlib
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import date
from pathlib import Path

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


class KeyTrouble(Exception):
    """A key file cannot be used; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A P-256 key of the hub's own; `kid` is its RFC 7638 thumbprint."""

    kid: str
    pem: bytes
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

    def make(self) -> None:
        """Make the long-lived secrets that are not there yet."""
        self.signing_key()
        self.secret("names")

    def secret(self, name: str) -> bytes:
        """A long-lived secret; 32 bytes.

        Raises:
            KeyTrouble: it can be neither read nor made.
        """
        return self._get(f"{name}.key", secrets.token_bytes(SECRET_BYTES))

    def day_key(self, purpose: str, day: date) -> bytes:
        """The key of a purpose and day, made by whoever needs it first; 32 bytes.

        Raises:
            KeyTrouble: it can be neither read nor made.
        """
        return self._get(_day_path(purpose, day), None)

    def read_day_key(self, purpose: str, day: date) -> bytes | None:
        """The key of a purpose and day; None when it is destroyed or never was."""
        name = _day_path(purpose, day)
        if name not in self._known and not (self._directory / name).exists():
            return None
        return self._get(name, None)

    def destroy_days(self, purpose: str, before: date) -> list[date]:
        """Destroy the keys of a purpose's days before that day; which they were."""
        destroyed: list[date] = []
        for file in sorted((self._directory / "days" / purpose).glob("*.key")):
            day = date.fromisoformat(file.stem)
            if day < before:
                file.unlink(missing_ok=True)
                self._known.pop(_day_path(purpose, day), None)
                destroyed.append(day)
        # A day's key that another process destroyed must not live on here.
        for name in [one for one in self._known if one.startswith(f"days/{purpose}/")]:
            if not (self._directory / name).exists():
                del self._known[name]
        return destroyed

    def signing_key(self) -> SigningKey:
        """The key that signs tokens, bearers and evidence.

        Raises:
            KeyTrouble: it can be neither read nor made.
        """
        if self._signing is None:
            fresh = ec.generate_private_key(ec.SECP256R1()).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            self._signing = _signing_key(self._get(f"{_SIGNING}.pem", fresh))
        return self._signing

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """Every key that is published."""
        return (self.signing_key(),)

    def public_jwks(self) -> list[dict[str, str]]:
        """The published keys' public halves."""
        return [one.jwk for one in self.signing_keys()]

    def faults(self) -> list[str]:
        """What is wrong with the files, each with its remedy."""
        found: list[str] = []
        try:
            mode = self._directory.stat().st_mode
            if mode & _OPEN_TO_OTHERS:
                found.append(f"the directory is open to others; chmod 0700 {self._directory}")
            if not os.access(self._directory, os.W_OK | os.X_OK):
                found.append(
                    f"the directory cannot be written; give it to the hub's user: {self._directory}"
                )
            found += [
                f"{file.name} is open to others; chmod 0600 {file}"
                for file in sorted(self._directory.glob("*.[kp]e[ym]"))
                if file.stat().st_mode & _OPEN_TO_OTHERS
            ]
        except OSError:
            found.append(
                f"the directory cannot be read; give it to the hub's user: {self._directory}"
            )
        return found

    def _get(self, name: str, fresh: bytes | None) -> bytes:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._read_or_make(self._directory / name, fresh)
        return known

    def _read_or_make(self, path: Path, fresh: bytes | None) -> bytes:
        try:
            if not path.exists():
                _make(path, secrets.token_bytes(SECRET_BYTES) if fresh is None else fresh)
            if path.stat().st_mode & _OPEN_TO_OTHERS:
                raise KeyTrouble(f"{path} is open to others; chmod 0600 {path}")
            found = path.read_bytes()
        except OSError:
            raise KeyTrouble(
                f"{path} cannot be read or made; give the directory to the hub's user"
            ) from None
        if path.suffix == ".key" and len(found) != SECRET_BYTES:
            raise KeyTrouble(f"{path} has not 32 bytes; restore it from the backup of the keys")
        return found


def _day_path(purpose: str, day: date) -> str:
    return f"days/{purpose}/{day.isoformat()}.key"


def _make(path: Path, content: bytes) -> None:
    """Written beside and hard-linked, so that the loser of a race reads the winner's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return
    finally:
        beside.unlink()


def _signing_key(pem: bytes) -> SigningKey:
    try:
        private = load_pem_private_key(pem, None)
    except ValueError:
        raise KeyTrouble("token.pem is no PKCS#8 key; restore it from the backup") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.key_size != 256:  # noqa: PLR2004 -- P-256
        raise KeyTrouble("token.pem is no P-256 key; restore it from the backup of the keys")
    numbers = private.public_key().public_numbers()
    public = (("kty", "EC"), ("crv", "P-256"), ("x", _b64(numbers.x)), ("y", _b64(numbers.y)))
    thumb = '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' % (public[2][1], public[3][1])  # noqa: UP031 -- RFC 7638's braces
    kid = urlsafe_b64encode(hashlib.sha256(thumb.encode()).digest()).rstrip(b"=").decode()
    return SigningKey(kid, pem, public)


def _b64(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes(SECRET_BYTES, "big")).rstrip(b"=").decode()
