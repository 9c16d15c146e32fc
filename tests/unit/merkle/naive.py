"""RFC 6962, section 2.1, word for word and slowly: what the real one is held against."""

from collections.abc import Sequence
from hashlib import sha256


def mth(d: Sequence[bytes]) -> bytes:
    """2.1: the Merkle Tree Hash of a list."""
    n = len(d)
    if n == 0:
        return sha256().digest()
    if n == 1:
        return sha256(b"\0" + d[0]).digest()
    k = _k(n)
    return sha256(b"\1" + mth(d[:k]) + mth(d[k:])).digest()


def path(m: int, d: Sequence[bytes]) -> list[bytes]:
    """2.1.1: the Merkle audit path."""
    n = len(d)
    if n == 1:
        return []
    k = _k(n)
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def proof(m: int, d: Sequence[bytes]) -> list[bytes]:
    """2.1.2: the Merkle consistency proof."""
    return _subproof(m, d, whole=True)


def _subproof(m: int, d: Sequence[bytes], *, whole: bool) -> list[bytes]:
    n = len(d)
    if m == n:
        return [] if whole else [mth(d)]
    k = _k(n)
    if m <= k:
        return [*_subproof(m, d[:k], whole=whole), mth(d[k:])]
    return [*_subproof(m - k, d[k:], whole=False), mth(d[:k])]


def _k(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k
