"""Exports of small logs, and the ways to tamper with them."""

import hmac
from random import Random
from uuid import UUID

from onceonly.merkle.export import entry_line, head_line, tile_line
from onceonly.merkle.note import Checkpoint, Signer
from onceonly.merkle.tiles import WIDTH
from onceonly.merkle.tree import leaf_hash, root_of

LOG = Signer.of("hub.example/log/1", bytes(range(32)))


def an_export(size: int, *, closed_every: int = 7, seed: int = 1) -> list[bytes]:
    """The lines of an export; every so manieth payload is destroyed."""
    draw = Random(seed)  # noqa: S311 -- no secret
    lines: list[str] = []
    leaves: list[bytes] = []
    for position in range(size):
        entry = str(UUID(int=draw.getrandbits(128)))
        salt, payload = draw.randbytes(32), b'{"entry":"%s","n":%d}' % (entry.encode(), position)
        payload += b" " * draw.randrange(3)
        commitment = hmac.digest(salt, payload, "sha256")
        opened = None if position % closed_every == closed_every - 1 else (salt, payload)
        lines.append(entry_line(position, entry, commitment, opened))
        leaves.append(leaf_hash(commitment))
        if len(leaves) % WIDTH == 0 or len(leaves) == size:
            index = position // WIDTH
            lines.append(tile_line(index, leaves[index * WIDTH :]))
    head = Checkpoint(LOG.name, size, root_of(leaves))
    first = head_line(origin=LOG.name, checkpoint=LOG.sign(head.text()), municipality=None)
    return [one.encode() for one in (first, *lines)]


def place_of(position: int) -> int:
    """Which line of an export a position is."""
    return 1 + position + position // WIDTH
