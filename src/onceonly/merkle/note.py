"""Signed notes and checkpoints. Source: c2sp.org/signed-note, c2sp.org/tlog-checkpoint.

Keys are Ed25519 alone. A verifier's key is one line: `name+id+base64(0x01 ‖ public key)`.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from onceonly.merkle.tree import HASH_BYTES

_ED25519 = b"\x01"
_ID_BYTES, _SIGNATURE_BYTES = 4, 64
_DASH = "\u2014"
_MOST_SIGNATURES = 64
_NAME = re.compile(r"[^\s+]+")
_KEY = re.compile(r"(?P<name>[^\s+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/=]+)", re.ASCII)
_NUMBER = re.compile(r"0|[1-9]\d*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class Unsigned(Exception):
    """A note is not what the key signed; the message says why."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public
        return sha256(named).digest()[:_ID_BYTES]

    @classmethod
    def parse(cls, line: str) -> "VerifierKey":
        """Read a verifier key's line.

        Raises:
            ValueError: it is none of Ed25519.
        """
        found = _KEY.fullmatch(line.strip())
        if found is None:
            raise ValueError("not a verifier key: name+id+base64")
        key = b64decode(found["key"], validate=True)
        one = cls(found["name"], key[1:])
        if key[:1] != _ED25519 or len(one.public) != HASH_BYTES:
            raise ValueError("not an Ed25519 key")
        if one.id.hex() != found["id"]:
            raise ValueError("the key's id does not fit its name and key")
        return one

    def line(self) -> str:
        """The key as it is handed on, without the end of the line."""
        return f"{self.name}+{self.id.hex()}+{b64encode(_ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the name it signs under; `seed` is its 32 bytes. Source: RFC 8032."""

    name: str
    key: Ed25519PrivateKey

    @classmethod
    def of(cls, name: str, seed: bytes) -> "Signer":
        """The signer of a name.

        Raises:
            ValueError: the name has a space or a plus.
        """
        if _NAME.fullmatch(name) is None:
            raise ValueError("a key's name has neither spaces nor a plus")
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def verifier(self) -> VerifierKey:
        """Its public half."""
        return VerifierKey(self.name, self.key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note of a text that ends with a line's end."""
        signature = b64encode(self.verifier.id + self.key.sign(text.encode())).decode()
        return f"{text}\n{_DASH} {self.name} {signature}\n"


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note, once the key's signature is seen to fit.

    Raises:
        Unsigned: it has not the form of a note, no signature of the key, or one that does not fit.
    """
    text, gap, signed = note.rpartition("\n\n")
    if not gap or not signed.endswith("\n") or _CONTROL.search(note):
        raise Unsigned("it has not the form of a signed note")
    text += "\n"
    lines = signed[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise Unsigned("it has too many signatures")
    found = False
    for line in lines:
        signature = _signature(line, key)
        if signature is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
        except InvalidSignature:
            raise Unsigned("its signature does not fit") from None
        found = True
    if not found:
        raise Unsigned(f"it has no signature of {key.name}")
    return text


def _signature(line: str, key: VerifierKey) -> bytes | None:
    """The signature of a line, if it is of that key."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        signature = b64decode(encoded, validate=True)
    except ValueError:
        signature = b""
    if dash != _DASH or _NAME.fullmatch(name) is None or len(signature) <= _ID_BYTES:
        raise Unsigned("it has not the form of a signed note")
    if name != key.name or signature[:_ID_BYTES] != key.id:
        return None
    return signature[_ID_BYTES:]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head: whose, how many leaves, the root over them."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a checkpoint's text; lines after the third mean nothing to us.

        Raises:
            ValueError: it is none.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004 -- three lines, each ended
            raise ValueError("a checkpoint has an origin, a size and a root")
        origin, size, root = lines[:3]
        if _NUMBER.fullmatch(size) is None:
            raise ValueError("a checkpoint's size is a decimal number")
        hashed = b64decode(root, validate=True)
        if len(hashed) != HASH_BYTES or b64encode(hashed).decode() != root:
            raise ValueError("a checkpoint's root is 32 bytes of base64")
        return cls(origin, int(size), hashed)

    @classmethod
    def opened(cls, note: str, key: VerifierKey) -> "Checkpoint":
        """Read a signed checkpoint.

        Raises:
            Unsigned: the key did not sign it, or what it signed is no checkpoint of its own.
        """
        try:
            one = cls.parse(open_note(note, key))
        except ValueError as error:
            raise Unsigned(str(error)) from None
        if one.origin != key.name:
            raise Unsigned("it is of another log")
        return one

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"
