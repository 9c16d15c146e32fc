"""The hub's signing keys: one signs, the next is published before it does, the last still checked.

A rotation writes a file whose name says from when its key signs. What a key signed can be checked
longer than it may sign: its public half stays under `retired/`, apart from the keys that are
believed, so that a stolen old key opens nothing.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

PUBLISHED_BEFORE = timedelta(minutes=10)
"""How long a key is published before it signs."""

CHECKED_AFTER = timedelta(minutes=15)
"""How long what a key signed is believed after the next one signs: longer than a token lives."""

_NAME = re.compile(r"token(-(?P<begin>\d{8}T\d{6}Z))?\.pem")
_STAMP = "%Y%m%dT%H%M%SZ"
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_COORDINATE = 32


class NoSigningKey(Exception):
    """A file holds no key that may sign; the message says why."""


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


@dataclass(frozen=True, slots=True)
class Turn:
    """A signing key, and from when on it signs."""

    begin: datetime
    key: SigningKey

    @property
    def name(self) -> str:
        """The name of its file."""
        return name_of(self.begin)


def name_of(begin: datetime) -> str:
    """The file of the key that signs from then on."""
    return "token.pem" if begin == _FIRST else f"token-{begin.strftime(_STAMP)}.pem"


def begin_in(name: str) -> datetime | None:
    """From when the key of a file signs; None: it is no signing key's name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    begin = found["begin"]
    return _FIRST if begin is None else datetime.strptime(begin, _STAMP).replace(tzinfo=UTC)


def signs_at(turns: Sequence[Turn], now: datetime) -> Turn:
    """Whose turn it is; before the first one's, already the first's. They are in order."""
    return next((one for one in reversed(turns) if one.begin <= now), turns[0])


def ends(turns: Sequence[Turn], one: Turn) -> datetime | None:
    """When a key is believed no more; None: nothing follows it."""
    later = [other.begin for other in turns if other.begin > one.begin]
    return min(later) + CHECKED_AFTER if later else None


def believed_at(turns: Sequence[Turn], now: datetime) -> tuple[SigningKey, ...]:
    """Keys that are published: whose turn it is, was until just now, or will be."""
    return tuple(one.key for one in turns if (end := ends(turns, one)) is None or end > now)


def fresh_pem() -> bytes:
    """A new private key."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def signing_key(pem: bytes) -> SigningKey:
    """The key that a file holds.

    Raises:
        NoSigningKey: it holds none, or one of another kind.
    """
    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoSigningKey("is no PKCS#8 key; restore it from the backup") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise NoSigningKey("is no P-256 key; restore it from the backup of the keys")
    numbers = private.public_key().public_numbers()
    public = (("crv", "P-256"), ("kty", "EC"), ("x", _b64(numbers.x)), ("y", _b64(numbers.y)))
    thumb = hashlib.sha256(json.dumps(dict(public), separators=(",", ":")).encode()).digest()
    return SigningKey(urlsafe_b64encode(thumb).rstrip(b"=").decode(), pem, public)


def _b64(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes(_COORDINATE, "big")).rstrip(b"=").decode()
