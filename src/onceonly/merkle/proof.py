"""Proofs: that a leaf is in a tree, that one tree begins with another. Source: RFC 9162, 2.1.

Which hashes a proof needs is told as ranges of leaves, from the leaf up; where they come from is
another's matter (`tiles`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from onceonly.merkle.tree import EMPTY_ROOT, node_hash, split


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Leaves `begin` to `end`, the last not included; its hash is the root over them alone."""

    begin: int
    end: int

    @property
    def size(self) -> int:
        """How many leaves."""
        return self.end - self.begin


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Whose hashes prove that leaf `index` is in the tree of `size`. Source: RFC 9162, 2.1.3.1.

    Raises:
        ValueError: there is no such leaf in it.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    found: list[Span] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + split(end - begin)
        if index < middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(begin, middle))
            begin = middle
    return found[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """Whose hashes prove that the tree of `new` begins with that of `old`. Source: 2.1.4.1.

    Raises:
        ValueError: the old tree is empty or larger than the new one.
    """
    if not 0 < old <= new:
        raise ValueError("no such trees")
    found: list[Span] = []
    begin, end, whole = 0, new, True
    while end != old:
        middle = begin + split(end - begin)
        if old <= middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(begin, middle))
            begin, whole = middle, False
    if not whole:
        found.append(Span(begin, end))
    return found[::-1]


def includes(leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf to the root. Source: RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for one in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(one, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, one)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def continues(
    *, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree of `new` begins with that of `old`. Source: RFC 9162, 2.1.4.2.

    An empty tree begins every other; it has one root only and needs no path.
    """
    if old > new or old < 0:
        return False
    if old in (0, new):
        same = old_root == (EMPTY_ROOT if old == 0 else new_root)
        return same and not path
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    return bool(path) and _climbed(hashes, old - 1, new - 1) == (old_root, new_root)


def _climbed(hashes: Sequence[bytes], place: int, last: int) -> tuple[bytes, bytes] | None:
    """The two roots a consistency proof leads to; None when it is too short or too long."""
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = hashes[0]
    for one in hashes[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, one)
        place, last = place >> 1, last >> 1
    return (before, after) if last == 0 else None
