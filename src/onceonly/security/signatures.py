"""Signatures of approvers over files of rules: detached, Ed25519 over the RFC 8785 form.

They stand beside the file, one line for each signer: `name base64`. Names alone prove nothing.
"""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from onceonly.security.seals import canonical

SUFFIX = ".signatures"
"""What the name of the file beside a signed one ends with."""

_PREFIX = "ed25519:"
_SEED_BYTES = 32


class NoKey(Exception):
    """What was given is no private Ed25519 key."""


def approver_key(file: Path) -> Ed25519PrivateKey:
    """Read a private key: PKCS#8 PEM, or 32 raw bytes.

    Raises:
        NoKey: it is none, or cannot be read.
    """
    try:
        held = file.read_bytes()
        if len(held) == _SEED_BYTES:
            return Ed25519PrivateKey.from_private_bytes(held)
        key = load_pem_private_key(held, password=None)
    except (OSError, ValueError, TypeError) as error:
        raise NoKey from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKey
    return key


def spelled(key: Ed25519PrivateKey) -> str:
    """Its public half as the municipality file names it."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return _PREFIX + base64.b64encode(raw).decode()


def signed(document: Mapping[str, object], key: Ed25519PrivateKey) -> str:
    """The signature over a document, base64."""
    return base64.b64encode(key.sign(canonical(document))).decode()


def lines_with(lines: str, name: str, signature: str) -> str:
    """The lines beside a file, with this signer's; an earlier one of the same name goes."""
    others = [one for one in lines.splitlines() if one.strip() and one.split()[0] != name]
    return "\n".join([*others, f"{name} {signature}", ""])


def signers(document: Mapping[str, object], lines: str, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Which of these approvers signed exactly this document; one key counts once."""
    found: dict[str, str] = {}
    for line in lines.splitlines():
        name, _, signature = line.strip().partition(" ")
        key = keys.get(name)
        if key is not None and key not in found and _holds(document, key, signature.strip()):
            found[key] = name
    return tuple(found.values())


def _holds(document: Mapping[str, object], key: str, signature: str) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(
            base64.b64decode(key.removeprefix(_PREFIX), validate=True)
        )
        public.verify(base64.b64decode(signature, validate=True), canonical(document))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
