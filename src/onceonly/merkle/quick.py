"""Positions of an export that are to the byte as they are written, judged a tile at a time.

What it does not know says nothing about the log: such lines are read with care (`export`), which
takes several times as long. Whatever is done here for each line is done for every entry of the log.
"""

import re
from binascii import a2b_base64, hexlify, unhexlify
from collections.abc import Sequence
from hashlib import sha256
from struct import Struct, error

from onceonly.merkle.tree import HASH_BYTES, leaf_hashes

_BEGIN = b'{"position":%d,"entry":"'
_OPEN = Struct("36s16s64s10s64s13s")
_BETWEEN = ({b'","commitment":"'}, {b'","salt":"'}, {b'","payload":"'})
_END = b'"}\n'
_NAMED = b'"entry":'
_BARE = re.compile(
    rb'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}","commitment":"'
    rb'([0-9a-f]{64})"\}\n'
)
_BARE_BYTES = 36 + 16 + 64 + len(_END)
_PADDED = ord("=")
# The last letter before padding hides no bits.
_BEFORE_ONE, _BEFORE_TWO = frozenset(b"AEIMQUYcgkosw048"), frozenset(b"AQgw")
# HMAC of a key of 32 bytes (RFC 2104), written out: half the time of `hmac.digest`.
_INNER = bytes(one ^ 0x36 for one in range(256))
_OUTER = bytes(one ^ 0x5C for one in range(256))
_INNER_END, _OUTER_END = b"\x36" * 32, b"\x5c" * 32


def leaves_of(lines: Sequence[bytes], first: int) -> tuple[list[bytes], int] | None:
    """The leaf hashes of positions from `first` on, and how many came in clear.

    None: one of them is to be read with care.
    """
    end = first + len(lines)
    at = len(_BEGIN % first)
    # All at once, where the numbers are equally long: nearly always.
    begins = b"".join([line[:at] for line in lines])
    if begins != _BEGIN * len(lines) % tuple(range(first, end)) or at != len(_BEGIN % (end - 1)):
        return None
    clear = [line for line in lines if len(line) != at + _BARE_BYTES]
    commitments = _commitments(clear, at) if clear else []
    if commitments is None:
        return None
    if len(clear) < len(lines):
        coming, merged = iter(commitments), []
        for line in lines:
            if len(line) != at + _BARE_BYTES:
                merged.append(next(coming))
            elif bare := _BARE.fullmatch(line, at):
                merged.append(unhexlify(bare[1]))
            else:
                return None
        commitments = merged
    return leaf_hashes(commitments), len(clear)


def _commitments(lines: Sequence[bytes], at: int) -> list[bytes] | None:
    """What positions in clear commit to; None unless everything on their lines is in good order."""
    try:
        columns = zip(*[_OPEN.unpack_from(line, at) for line in lines], strict=True)
        entries, one, said, two, salted, three = columns
        written = [line[at + _OPEN.size : -len(_END)] for line in lines]
        payloads = [a2b_base64(one, strict_mode=True) for one in written]
        salts = unhexlify(hexed := b"".join(salted))
    except (ValueError, error):
        return None
    if (set(one), set(two), set(three)) != _BETWEEN or hexed != hexed.lower():
        return None
    if {line[-len(_END) :] for line in lines} != {_END}:
        return None
    for entry, payload, text in zip(entries, payloads, written, strict=True):
        # Where there is one such member in the whole payload there is nothing to tell apart.
        _, _, named = payload.partition(_NAMED)
        if not named.startswith(b'"%s"' % entry) or _NAMED in named:
            return None
        if text[-1] == _PADDED and (
            text[-2] not in _BEFORE_ONE if text[-2] != _PADDED else text[-3] not in _BEFORE_TWO
        ):
            return None
    inner, outer = salts.translate(_INNER), salts.translate(_OUTER)
    places = range(0, len(salts), HASH_BYTES)
    inside = [
        sha256(inner[n : n + HASH_BYTES] + _INNER_END + payload).digest()
        for n, payload in zip(places, payloads, strict=True)
    ]
    commitments = [
        sha256(outer[n : n + HASH_BYTES] + _OUTER_END + digest).digest()
        for n, digest in zip(places, inside, strict=True)
    ]
    return commitments if hexlify(b"".join(commitments)) == b"".join(said) else None
