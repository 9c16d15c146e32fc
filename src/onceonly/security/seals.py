"""Seals: log entries with their commitments, held evidence under data keys of its own.

payload     RFC 8785 bytes                      salt  32 random bytes
commitment  HMAC-SHA-256(salt, payload)         leaf  SHA-256(0x00 ‖ commitment)
sealed      nonce ‖ AES-256-GCM(key of class and day,
                salt ‖ length ‖ payload ‖ zeros to a multiple of 512,
                AAD = entry id ‖ municipality)
"""

import hmac
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from onceonly.domain.calendar import instant
from onceonly.domain.errors import LogUnavailable
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import Entry, SealedEntry, hold_of
from onceonly.security.keys import KeyFiles, KeyTrouble

SALT_BYTES, NONCE_BYTES, KEY_BYTES, LENGTH_BYTES, BLOCK = 32, 12, 32, 4, 512
_FIRST_POINT, _LAST_POINT = -6, 21
_LEAVES = frozenset({str, int, bool, type(None)})


class Broken(Exception):
    """What was sealed is not what is there: it was changed, or moved to another place."""


def canonical(payload: Mapping[str, object]) -> bytes:
    """Canonical JSON. Source: RFC 8785.

    An integer beyond 2^53 is written with all its digits, where the RFC has none.

    Raises:
        ValueError: a number is NaN or infinite, or a text has half a surrogate pair.
    """
    # The library's writer differs from the RFC in floats and in the order of non-ASCII members.
    whole = dict(payload)
    if not _is_plain(whole):
        return _written(whole).encode()
    try:
        return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        return _encode(whole).encode()


_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def _is_plain(value: object) -> bool:
    """Whether there are neither floats nor non-ASCII members."""
    members: Collection[object]
    if isinstance(value, dict):
        if not "".join(value).isascii():
            return False
        members = value.values()
    elif isinstance(value, list | tuple):
        members = value
    else:
        return not isinstance(value, float)
    # One look in C at all members: this runs for every entry.
    return _LEAVES.issuperset(map(type, members)) or all(map(_is_plain, members))


def _written(value: object) -> str:
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: str(member[0]).encode("utf-16-be"))
        inside = [f"{_encode(name)}:{_written(member)}" for name, member in members]
        return "{" + ",".join(inside) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_written, value)) + "]"
    return _number(value) if isinstance(value, float) else _encode(value)


def _number(value: float) -> str:
    """A float as ECMAScript writes it. Source: RFC 8785, 3.2.2.3; ECMA-262, Number::toString."""
    if not isfinite(value):
        raise ValueError("not a number of JSON")
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    figures, point = "".join(map(str, digits)), len(digits) + int(exponent)
    if value == 0:
        return "0"
    if 0 < point <= _LAST_POINT:
        text = figures.ljust(point, "0")
        text = text[:point] + ("." + text[point:] if text[point:] else "")
    elif _FIRST_POINT < point <= 0:
        text = "0." + "0" * -point + figures
    else:
        fraction = "." + figures[1:] if figures[1:] else ""
        text = f"{figures[0]}{fraction}e{point - 1:+d}"
    return "-" * sign + text


def seal_entry(entry: Entry, *, municipality: int, keys: KeyFiles) -> SealedEntry:
    """Seal an entry under the key of its class and day, and commit to it.

    The payload names its own `entry`, so that id and commitment cannot be parted; `event`, `at`
    and `retrieval` are added where it has none.

    Raises:
        LogUnavailable: the day's key cannot be had, so nothing can be put on record.
    """
    named = {
        "event": entry.event.value,
        "at": instant(entry.at),
        "retrieval": entry.retrieval,
    }
    # Payloads are texts, ids, whole numbers, lists and ASCII members alone: so it is canonical.
    payload = orjson.dumps(
        {**named, **entry.payload, "entry": entry.id},
        default=_id,
        option=orjson.OPT_SORT_KEYS,
    )
    noise = os.urandom(SALT_BYTES + NONCE_BYTES)
    salt, nonce = noise[:SALT_BYTES], noise[SALT_BYTES:]
    plain = salt + len(payload).to_bytes(LENGTH_BYTES, "big") + payload
    plain += bytes(-len(plain) % BLOCK)
    key = _day_key(keys, entry.retention, entry.day)
    sealed = _seal(key, plain, _entry_aad(entry.id, municipality), nonce)
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


def _id(value: object) -> str:
    """An id as the database's driver gives it: a kind of UUID that the writer does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


def open_entry(
    sealed: SealedEntry, *, municipality: int, keys: KeyFiles
) -> Mapping[str, object] | None:
    """The payload of an entry; None when its day's key is destroyed.

    Raises:
        Broken: it was changed since it was sealed.
        KeyTrouble: the key is there and cannot be read.
    """
    opened = open_payload(sealed, municipality=municipality, keys=keys)
    return None if opened is None else dict(json.loads(opened[1]))


def open_payload(
    sealed: SealedEntry, *, municipality: int, keys: KeyFiles
) -> tuple[bytes, bytes] | None:
    """Salt and payload as they were committed to; None when the day's key is destroyed.

    A commitment that comes along must be the payload's; `b""` is none.

    Raises:
        Broken: it was changed since it was sealed.
        KeyTrouble: the key is there and cannot be read.
    """
    key = keys.read_day_key(sealed.retention, sealed.day)
    if key is None:
        return None
    plain = _open(key, sealed.sealed, _entry_aad(sealed.id, municipality))
    begin = SALT_BYTES + LENGTH_BYTES
    length = int.from_bytes(plain[SALT_BYTES:begin], "big")
    salt, payload = plain[:SALT_BYTES], plain[begin : begin + length]
    commitment = hmac.digest(salt, payload, "sha256")
    if sealed.commitment and not hmac.compare_digest(sealed.commitment, commitment):
        raise Broken("a commitment does not fit")
    return salt, payload


def hold_entry(
    sealed: SealedEntry, *, until: date, municipality: int, keys: KeyFiles
) -> SealedEntry | None:
    """The entry sealed once more under a key of its own; None when its day's key is destroyed.

    Raises:
        Broken: it was changed since it was sealed.
        LogUnavailable: a key cannot be had.
    """
    key = keys.read_day_key(sealed.retention, sealed.day)
    if key is None:
        return None
    aad = _entry_aad(sealed.id, municipality)
    plain = _open(key, sealed.sealed, aad)
    key = _day_key(keys, hold_of(sealed.id), until)
    copy = _seal(key, plain, aad, os.urandom(NONCE_BYTES))
    return replace(sealed, retention=hold_of(sealed.id), day=until, sealed=copy)


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
    """Seal evidence or a question under a fresh data key, wrapped by the key of purpose and day.

    Raises:
        LogUnavailable: the day's key cannot be had, so nothing can be held.
    """
    noise = os.urandom(KEY_BYTES + 2 * NONCE_BYTES)
    data_key, nonces = noise[:KEY_BYTES], noise[KEY_BYTES:]
    aad = _aad(retrieval, municipality, purpose)
    wrapped = _seal(_day_key(keys, purpose, day), data_key, aad, nonces[:NONCE_BYTES])
    sealed = _seal(data_key, plain, aad, nonces[NONCE_BYTES:])
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


def _day_key(keys: KeyFiles, purpose: str, day: date) -> bytes:
    try:
        return keys.day_key(purpose, day)
    except KeyTrouble:
        raise LogUnavailable from None


def _seal(key: bytes, plain: bytes, aad: bytes, nonce: bytes) -> bytes:
    # Built anew each time (2 µs): a kept cipher would outlive the destruction of its key.
    return nonce + AESGCM(key).encrypt(nonce, plain, aad)


def _open(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError):
        raise Broken("a seal does not fit") from None
