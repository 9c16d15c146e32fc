"""Trees stored as tiles of 256 hashes. Source: c2sp.org/tlog-tiles.

A hash in a tile of level L is the root over 256^L leaves. Full tiles never change; the partial one
at the end of each level is what the full ones below it leave over.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from onceonly.merkle.proof import Span
from onceonly.merkle.tree import HASH_BYTES, joined, peaks, perfect_root, split

WIDTH = 256
_BITS = 8
_LEVELS = 64
_PATH = re.compile(
    r"(?P<level>entries|0|[1-9]\d?)/(?P<index>(x\d{3}/)*\d{3})(\.p/(?P<width>[1-9]\d{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which tile: `width` hashes of it, 256 when it is full."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def full(self) -> bool:
        """Whether it will never change."""
        return self.width == WIDTH


@dataclass(frozen=True, slots=True)
class FullTile:
    """A tile that is complete: its hashes one after the other, and the root over them."""

    level: int
    index: int
    hashes: bytes
    root: bytes


def tile_of(path: str) -> tuple[Tile, bool] | None:
    """Which tile a path means, and whether it is of entries; None when it is no tile's path."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    parts = found["index"].replace("x", "").split("/")
    if len(parts) > 1 and parts[0] == "000":
        return None
    width = int(found["width"] or WIDTH)
    entries = found["level"] == "entries"
    level = 0 if entries else int(found["level"])
    if level >= _LEVELS or (found["width"] is not None and width >= WIDTH):
        return None
    return Tile(level, int("".join(parts)), width), entries


def path_of(tile: Tile, *, entries: bool = False) -> str:
    """Where a tile is served, below the log's prefix and `tile/`."""
    digits = str(tile.index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[n : n + 3] for n in range(0, len(digits), 3)]
    index = "/".join([*(f"x{one}" for one in parts[:-1]), parts[-1]])
    end = "" if tile.full else f".p/{tile.width}"
    return f"{'entries' if entries else tile.level}/{index}{end}"


def is_of(tile: Tile, size: int) -> bool:
    """Whether a tree of that size has the tile, at least so wide."""
    return tile.index * WIDTH + tile.width <= size >> _BITS * tile.level


def split_hashes(hashes: bytes) -> list[bytes]:
    """The hashes of a tile, apart."""
    return [hashes[n : n + HASH_BYTES] for n in range(0, len(hashes), HASH_BYTES)]


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as their tile holds them: each after its length, 16 bits."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in entries)


class Frontier:
    """The right edge of a tree: for each level the hashes that fill no tile yet."""

    def __init__(self, size: int, levels: Sequence[Sequence[bytes]]) -> None:
        self.size = size
        self._levels = [list(one) for one in levels]

    @classmethod
    def of_tiles(cls, size: int, hashes: Mapping[Tile, Sequence[bytes]]) -> "Frontier":
        """The edge of a stored tree; `hashes` are those of `edge(size)`."""
        found = {tile.level: list(hashes[tile]) for tile in edge(size)}
        return cls(size, [found.get(level, []) for level in range(max(found, default=-1) + 1)])

    def root(self) -> bytes:
        """The root over everything that was added."""
        return joined([one for level in reversed(self._levels) for one in peaks(level)])

    def add(self, leaves: Sequence[bytes]) -> list[FullTile]:
        """Add leaf hashes at the end; the tiles that became full, the lowest level first."""
        before = self.size
        self.size += len(leaves)
        return self._grow(0, before, leaves)

    def add_tile(self, root: bytes) -> None:
        """Add the leaves of a whole tile by the root over them.

        Raises:
            ValueError: the tree does not end with a whole tile.
        """
        if self.size % WIDTH:
            raise ValueError("a whole tile follows a whole tile")
        before = self.size // WIDTH
        self.size += WIDTH
        self._grow(1, before, [root])

    def _grow(self, level: int, before: int, coming: Sequence[bytes]) -> list[FullTile]:
        """Add hashes to a level that has had `before` of them, and what they fill to those above."""
        full: list[FullTile] = []
        while coming:
            while level >= len(self._levels):
                self._levels.append([])
            waiting = [*self._levels[level], *coming]
            index, above = before // WIDTH, []
            for begin in range(0, len(waiting) - WIDTH + 1, WIDTH):
                hashes = waiting[begin : begin + WIDTH]
                one = FullTile(level, index, b"".join(hashes), perfect_root(hashes))
                full.append(one)
                above.append(one.root)
                index += 1
            self._levels[level] = waiting[len(above) * WIDTH :]
            before, level, coming = before // WIDTH, level + 1, above
        return full


def edge(size: int) -> list[Tile]:
    """The partial tiles of a tree, the lowest level first."""
    found: list[Tile] = []
    level = 0
    while count := size >> _BITS * level:
        if count % WIDTH:
            found.append(Tile(level, count // WIDTH, count % WIDTH))
        level += 1
    return found


def needed(spans: Iterable[Span], size: int) -> set[Tile]:
    """The tiles of a tree of that size in which the hashes of these spans are found."""
    found: set[Tile] = set()
    for span in spans:
        for part in _perfect(span):
            level, count = _place(part)
            index = (part.begin >> _BITS * level) // WIDTH
            there = (size >> _BITS * level) - index * WIDTH
            found.add(Tile(level, index, min(there, WIDTH)))
            if count > WIDTH:
                raise AssertionError("a perfect span lies within one tile")
    return found


def hash_of(span: Span, tiles: Mapping[tuple[int, int], Sequence[bytes]]) -> bytes:
    """The hash of a span, out of tiles by level and index.

    Raises:
        KeyError: a tile that it needs is not among them.
    """
    roots: list[bytes] = []
    for part in _perfect(span):
        level, count = _place(part)
        place = part.begin >> _BITS * level
        begin = place % WIDTH
        roots.append(perfect_root(tiles[level, place // WIDTH][begin : begin + count]))
    return joined(roots)


def _perfect(span: Span) -> list[Span]:
    """The largest perfect subtrees a span is made of, from left to right."""
    found: list[Span] = []
    begin = span.begin
    while begin < span.end:
        left = span.end - begin
        width = left if left & (left - 1) == 0 else split(left)
        found.append(Span(begin, begin + width))
        begin += width
    return found


def _place(part: Span) -> tuple[int, int]:
    """The level in whose tiles a perfect subtree is found, and of how many of its hashes it is."""
    bits = part.size.bit_length() - 1
    level = bits // _BITS
    return level, 1 << bits - _BITS * level
