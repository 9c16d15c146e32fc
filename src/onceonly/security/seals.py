"""Seals: log entries with their commitments, held evidence under data keys of its own.

payload     RFC 8785 bytes                      salt  32 random bytes
commitment  HMAC-SHA-256(salt, payload)         leaf  SHA-256(0x00 ‖ commitment)
sealed      nonce ‖ AES-256-GCM(key of class and day,
                salt ‖ length ‖ payload ‖ zeros to a multiple of 512,
                AAD = entry id ‖ municipality)
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import Entry, SealedEntry
from onceonly.security.keys import KeyFiles

SALT_BYTES, NONCE_BYTES, KEY_BYTES, LENGTH_BYTES, BLOCK = 32, 12, 32, 4, 512


class Broken(Exception):
    """What was sealed is not what is there: it was changed, or moved to another place."""


def canonical(payload: Mapping[str, object]) -> bytes:
    """Canonical JSON. Source: RFC 8785, for texts, integers, booleans, nulls, lists, ASCII keys."""
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def seal_entry(entry: Entry, *, municipality: int, keys: KeyFiles) -> SealedEntry:
    """Seal an entry under the key of its class and day, and commit to it.

    The payload names its own `entry`, so that id and commitment cannot be parted.
    """
    named = {
        "entry": str(entry.id),
        "event": entry.event.value,
        "at": entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "retrieval": None if entry.retrieval is None else str(entry.retrieval),
    }
    payload = canonical({**named, **entry.payload})
    salt = secrets.token_bytes(SALT_BYTES)
    plain = salt + len(payload).to_bytes(LENGTH_BYTES, "big") + payload
    plain += bytes(-len(plain) % BLOCK)
    sealed = _seal(
        keys.day_key(entry.retention, entry.day), plain, _entry_aad(entry.id, municipality)
    )
    commitment = hmac.digest(salt, payload, "sha256")
    return SealedEntry(
        entry.id,
        entry.event.value,
        entry.at,
        entry.day,
        entry.retention,
        entry.retrieval,
        sealed,
        commitment,
    )


def open_entry(
    sealed: SealedEntry, *, municipality: int, keys: KeyFiles
) -> Mapping[str, object] | None:
    """The payload of an entry; None when its day's key is destroyed.

    Raises:
        Broken: it was changed since it was sealed.
    """
    key = keys.read_day_key(sealed.retention, sealed.day)
    if key is None:
        return None
    plain = _open(key, sealed.sealed, _entry_aad(sealed.id, municipality))
    begin = SALT_BYTES + LENGTH_BYTES
    length = int.from_bytes(plain[SALT_BYTES:begin], "big")
    payload = json.loads(plain[begin : begin + length])
    return dict(payload)


def leaf_hash(commitment: bytes) -> bytes:
    """The leaf of a commitment. Source: RFC 9162, 2.1.1."""
    return hashlib.sha256(b"\0" + commitment).digest()


def seal_evidence(
    plain: bytes,
    *,
    retrieval: UUID,
    municipality: int,
    purpose: str,
    day: date,
    until: datetime,
    keys: KeyFiles,
) -> SealedEvidence:
    """Seal evidence or a question under a fresh data key, wrapped by the key of purpose and day."""
    data_key = secrets.token_bytes(KEY_BYTES)
    aad = _aad(retrieval, municipality, purpose)
    wrapped = _seal(keys.day_key(purpose, day), data_key, aad)
    # Used once and never again: building it is its only use.
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(data_key).encrypt(nonce, plain, aad)
    return SealedEvidence(retrieval, day, wrapped, sealed, until)


def open_evidence(
    held: SealedEvidence, *, municipality: int, purpose: str, keys: KeyFiles
) -> bytes | None:
    """What was sealed; None when its day's key is destroyed.

    Raises:
        Broken: it was changed, or belongs elsewhere.
    """
    key = keys.read_day_key(purpose, held.day)
    if key is None:
        return None
    aad = _aad(held.retrieval, municipality, purpose)
    return _open(_open(key, held.wrapped_key, aad), held.sealed, aad)


def _entry_aad(entry: UUID, municipality: int) -> bytes:
    return entry.bytes + municipality.to_bytes(4, "big")


def _aad(retrieval: UUID, municipality: int, purpose: str) -> bytes:
    return retrieval.bytes + municipality.to_bytes(4, "big") + purpose.encode()


@lru_cache(64)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _seal(key: bytes, plain: bytes, aad: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, plain, aad)


def _open(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError):
        raise Broken("a seal does not fit") from None
