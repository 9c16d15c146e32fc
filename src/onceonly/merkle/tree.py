"""Hash trees over a growing list. Source: RFC 9162, 2.1; the same as RFC 6962, 2.1."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + data).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The hashes of many entries."""
    return [sha256(b"\x00" + one).digest() for one in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """How many leaves stand left of the root: the largest power of two below `size`, 2 at least."""
    return 1 << (size - 1).bit_length() - 1


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes whose number is a power of two."""
    level = list(hashes)
    while len(level) > 1:
        # Written out: this line runs once for every leaf of the log.
        one = iter(level)
        level = [
            sha256(b"\x01" + left + right).digest() for left, right in zip(one, one, strict=True)
        ]
    return level[0]


def peaks(hashes: Sequence[bytes]) -> list[bytes]:
    """Roots of the largest perfect subtrees, from left to right."""
    found: list[bytes] = []
    begin, left = 0, len(hashes)
    while left:
        width = 1 << left.bit_length() - 1
        found.append(perfect_root(hashes[begin : begin + width]))
        begin, left = begin + width, left - width
    return found


def joined(roots: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees that get smaller from left to right."""
    if not roots:
        return EMPTY_ROOT
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = node_hash(left, root)
    return root


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    return joined(peaks(hashes))
