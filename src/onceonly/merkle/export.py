"""A log written out as JSON Lines, and reading it back without believing any of it.

Line 1   {"origin", "checkpoint", "municipality"}
then     {"position", "entry", "commitment", "salt", "payload"} for each position,
         salt and payload absent where they are destroyed or another municipality's;
after every 256 positions and at the end   {"tile", "hashes", "root"}
"""

import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from onceonly.merkle.note import Checkpoint, Unsigned, VerifierKey
from onceonly.merkle.quick import leaves_of
from onceonly.merkle.tiles import WIDTH, Frontier, split_hashes
from onceonly.merkle.tree import HASH_BYTES, leaf_hash, root_of

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ENTRY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_HEAD = frozenset({"origin", "checkpoint", "municipality"})
_BARE = frozenset({"position", "entry", "commitment"})
_OPEN = _BARE | {"salt", "payload"}
_TILE = frozenset({"tile", "hashes", "root"})
_BEGIN = b'{"position":'
_NAMED = b'"entry":'
LONGEST_LINE = 4 * 1024 * 1024
"""Bytes of a line, at most."""
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Progress = Callable[[int, int], None]
"""Told now and then how many of how many entries are verified."""


class NotAnExport(Exception):
    """The file has not the form of an export, so nothing can be said about its entries."""


class Tampered(Exception):
    """An export is not what the log was; `position` is the first that is wrong, if one can be named."""

    def __init__(self, position: int | None, why: str) -> None:
        super().__init__(why if position is None else f"position {position}: {why}")
        self.position = position


@dataclass(frozen=True, slots=True)
class Verified:
    """What was seen to be whole: the log's head, and how many entries could be read in clear."""

    head: Checkpoint
    municipality: str | None
    readable: int


class _Bad(Exception):
    """A line is not what belongs in its place; the message says why."""


@dataclass(frozen=True, slots=True)
class _Tile:
    """The leaf hashes of a tile, the root over them, how many positions could be read in clear."""

    leaves: list[bytes]
    root: bytes
    readable: int


def head_line(*, origin: str, checkpoint: str, municipality: str | None) -> str:
    """The first line."""
    head = {"origin": origin, "checkpoint": checkpoint, "municipality": municipality}
    return _COMPACT(head) + "\n"


def entry_line(
    position: int, entry: str, commitment: bytes, opened: tuple[bytes, bytes] | None
) -> str:
    """One position; `opened` are salt and payload, None where they are not to be had."""
    inside = ""
    if opened is not None:
        salt, payload = opened
        inside = f',"salt":"{salt.hex()}","payload":"{b64encode(payload).decode()}"'
    return (
        f'{{"position":{position},"entry":"{entry}","commitment":"{commitment.hex()}"{inside}}}\n'
    )


def tile_line(index: int, leaves: Sequence[bytes]) -> str:
    """The tile over the positions before it."""
    hashes = b64encode(b"".join(leaves)).decode()
    return f'{{"tile":{index},"hashes":"{hashes}","root":"{root_of(leaves).hex()}"}}\n'


def verify(
    lines: Iterable[bytes],
    key: VerifierKey,
    *,
    since: Checkpoint | None = None,
    progress: Progress = lambda _done, _of: None,
) -> Verified:
    """Read an export once, from its first line to its last, holding one tile of it at a time.

    `since`: an earlier head, opened by the same key, with which the log must begin.

    Raises:
        NotAnExport: the first line is not that of an export.
        Tampered: an entry was changed, removed, repeated, reordered or cut off, or the head is not
            what the key signed.
    """
    coming = iter(lines)
    head, municipality = _head(next(coming, b""), key)
    if since is not None and since.size > head.size:
        raise Tampered(head.size, f"missing; {since.size} were published before")
    frontier = Frontier(0, [])
    readable = 0
    while frontier.size < head.size:
        first = frontier.size
        tile = _tile(coming, first, min(WIDTH, head.size - first))
        readable += tile.readable
        if since is not None and first < since.size <= first + len(tile.leaves):
            frontier.add(tile.leaves[: since.size - first])
            _compare(frontier, since, "the log does not begin with what was published before")
            frontier.add(tile.leaves[since.size - first :])
        elif len(tile.leaves) == WIDTH:
            frontier.add_tile(tile.root)
        else:
            frontier.add(tile.leaves)
        progress(frontier.size, head.size)
    if next(coming, None) is not None:
        raise Tampered(head.size, "more lines than the signed size")
    _compare(frontier, head, "the root is not the signed one")
    return Verified(head, municipality, readable)


def _compare(frontier: Frontier, head: Checkpoint, why: str) -> None:
    if frontier.root() != head.root:
        raise Tampered(None, f"{why}; commitments and tiles were rewritten, no entry can be named")


def _head(line: bytes, key: VerifierKey) -> tuple[Checkpoint, str | None]:
    found = _members(line)
    if found is None or found.keys() != _HEAD or not isinstance(found["checkpoint"], str):
        raise NotAnExport("its first line is not that of an export")
    try:
        head = Checkpoint.opened(found["checkpoint"], key)
    except Unsigned as error:
        raise Tampered(None, f"the checkpoint: {error}") from None
    if found["origin"] != head.origin:
        raise Tampered(None, "the origin is not the checkpoint's")
    municipality = found["municipality"]
    return head, municipality if isinstance(municipality, str) else None


def _tile(coming: Iterator[bytes], first: int, count: int) -> _Tile:
    """The positions of one tile, seen to be whole."""
    lines = list(islice(coming, count))
    closing = list(islice(coming, 1))
    quick = leaves_of(lines, first) if closing and len(lines) == count else None
    if quick is not None:
        leaves, readable = quick
        tile = _hashes(closing[0], first // WIDTH)
        if tile is not None and leaves == tile.leaves:
            return _Tile(leaves, tile.root, readable)
    return _with_care(chain(lines, closing, coming), first, count)


def _with_care(coming: Iterator[bytes], first: int, count: int) -> _Tile:
    """The same, line by line: it says what is wrong, and where."""
    lines: list[bytes] = []
    for line in coming:
        if len(lines) == count or not (line.startswith(_BEGIN) or b'"tile"' not in line[:64]):
            return _judged(lines, line, first, count)
        lines.append(line)
    return _judged(lines, None, first, count)


def _judged(lines: Sequence[bytes], closing: bytes | None, first: int, count: int) -> _Tile:
    """Judge the lines of a tile together: what its own hashes say names the first that is wrong."""
    leaves, readable, fault = _leaves(lines, first)
    tile = None if closing is None else _hashes(closing, first // WIDTH)
    if tile is not None and leaves != tile.leaves[: len(leaves)]:
        pairs = zip(leaves, tile.leaves, strict=False)
        position = next((n for n, (leaf, its) in enumerate(pairs, first) if leaf != its), None)
        if position is not None:
            raise Tampered(position, "the commitment is not that of its tile")
    after = first + len(leaves)
    if fault is not None:
        raise Tampered(after, fault)
    if len(leaves) < count:
        raise Tampered(after, "missing")
    if tile is None or len(tile.leaves) != count:
        raise Tampered(after, f"the line of tile {first // WIDTH} before it is missing or wrong")
    return _Tile(tile.leaves, tile.root, readable)


def _leaves(lines: Sequence[bytes], first: int) -> tuple[list[bytes], int, str | None]:
    """Leaf hashes up to the first bad line, how many were read in clear, what is wrong with it."""
    leaves: list[bytes] = []
    readable = 0
    for position, line in enumerate(lines, first):
        try:
            leaf, opened = _entry(line, position)
        except _Bad as bad:
            return leaves, readable, str(bad)
        readable += opened
        leaves.append(leaf)
    return leaves, readable, None


def _entry(line: bytes, position: int) -> tuple[bytes, bool]:
    """The leaf hash of one position, and whether its payload came along and fits.

    Raises:
        _Bad: it is not what belongs there.
    """
    found = _members(line)
    if found is None or found.keys() not in (_OPEN, _BARE):
        raise _Bad("the line cannot be read as an entry")
    if type(found["position"]) is not int or found["position"] != position:
        raise _Bad("another position stands in its place")
    entry, commitment = found["entry"], found["commitment"]
    if not _is(_ENTRY, entry) or not _is(_HEX, commitment):
        raise _Bad("the line cannot be read as an entry")
    committed = bytes.fromhex(commitment)
    if "payload" not in found:
        return leaf_hash(committed), False
    payload = _base64(found["payload"])
    if payload is None or not _is(_HEX, found["salt"]):
        raise _Bad("payload or salt cannot be read")
    if hmac.digest(bytes.fromhex(found["salt"]), payload, "sha256") != committed:
        raise _Bad("payload and salt do not give the commitment")
    if not _names(payload, entry):
        raise _Bad("the payload is of another entry")
    return leaf_hash(committed), True


def _names(payload: bytes, entry: str) -> bool:
    """Whether the payload says that it is this entry's."""
    # Where there is one such member in the whole payload there is nothing to tell apart.
    if payload.count(_NAMED) == 1:
        return b'"entry":"' + entry.encode() + b'"' in payload
    opened = _members(payload)
    return opened is not None and opened.get("entry") == entry


def _hashes(line: bytes, index: int) -> _Tile | None:
    """What a tile's line says; None when it is not that tile's, or not of one mind."""
    found = _members(line)
    if (
        found is None
        or found.keys() != _TILE
        or found["tile"] != index
        or type(found["tile"]) is not int
    ):
        return None
    joined = _base64(found["hashes"])
    if joined is None or len(joined) % HASH_BYTES or not 0 < len(joined) <= WIDTH * HASH_BYTES:
        return None
    leaves = split_hashes(joined)
    root = root_of(leaves)
    return _Tile(leaves, root, 0) if found["root"] == root.hex() else None


def _members(line: bytes) -> dict[str, Any] | None:
    """The members of a JSON object, each there once; None when it is none."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        found = _DECODE(line.decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is there twice")
    return found


_DECODE = json.JSONDecoder(object_pairs_hook=_once).decode


def _base64(text: object) -> bytes | None:
    """What a padded base64 text stands for, if it is written the one way there is."""
    if not isinstance(text, str):
        return None
    try:
        found = b64decode(text, validate=True)
    except ValueError:
        return None
    # The last letter can hide bits: written again, the end must be the same.
    tail = len(found) % 3 or 3
    return found if text[-4:] == b64encode(found[-tail:]).decode() or not text else None


def _is(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None
