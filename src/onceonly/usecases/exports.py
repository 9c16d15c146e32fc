"""The log of one generation, written out for whoever verifies it without the hub."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from onceonly.domain.errors import NotFound
from onceonly.domain.log import Head, Leaf
from onceonly.merkle.export import entry_line, head_line, tile_line
from onceonly.merkle.tiles import WIDTH, Tile
from onceonly.security.checkpoints import origin_in
from onceonly.security.seals import Broken, open_payload
from onceonly.store import log, sequencing
from onceonly.usecases.log import record_reading
from onceonly.usecases.world import Snapshot, World

Opened = dict[UUID, tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of an export, how far it is by now, and positions whose seal was broken."""

    lines: tuple[str, ...]
    done: int
    of: int
    broken: tuple[int, ...] = ()


async def export(
    world: World, *, code: str | None, generation: int | None, reader: str
) -> AsyncIterator[Piece]:
    """A generation of the log in pieces of one tile; the reading is on record before the first.

    `code`: in clear that municipality's entries alone; None: everybody's.

    Raises:
        NotFound: there is no such municipality or generation, or nothing is sequenced yet.
        LogUnavailable: the reading is not on record, or the database did not answer.
    """
    readers = [one for one in world.snapshots.all() if code in (None, one.configuration.code)]
    async with world.database.outside() as connection:
        head = await sequencing.head(connection, generation=generation)
    if head is None or (code is not None and not readers):
        raise NotFound
    origin = origin_in(head.note)
    for one in readers:
        async with world.database.within(one.municipality) as connection:
            await record_reading(
                connection,
                world,
                reader=reader,
                municipality=one.municipality,
                of=f"export of {origin}",
            )
    first = head_line(origin=origin, checkpoint=head.note, municipality=code)
    yield Piece((first,), 0, head.size)
    for begin in range(0, head.size, WIDTH):
        yield await _tile(world, head, begin, readers)


async def _tile(world: World, head: Head, begin: int, readers: list[Snapshot]) -> Piece:
    end = min(begin + WIDTH, head.size)
    tile = Tile(0, begin // WIDTH, end - begin)
    async with world.database.outside() as connection:
        leaves = await sequencing.leaves(
            connection, generation=head.generation, first=begin, end=end
        )
        hashes = await sequencing.hashes_of(connection, tile, generation=head.generation)
    opened: Opened = {}
    broken: list[int] = []
    for one in readers:
        await _open(world, one.municipality, leaves, opened, broken)
    lines = [
        entry_line(one.position, str(one.entry), one.commitment, opened.get(one.entry))
        for one in leaves
    ]
    return Piece((*lines, tile_line(tile.index, hashes)), end, head.size, tuple(sorted(broken)))


async def _open(
    world: World, municipality: int, leaves: list[Leaf], opened: Opened, broken: list[int]
) -> None:
    """Salt and payload of those of the leaves whose entry the municipality has and can open."""
    async with world.database.within(municipality) as connection:
        found = await log.of_ids(connection, [one.entry for one in leaves])
    for one in found:
        try:
            plain = open_payload(one.entry, municipality=municipality, keys=world.keys)
        except Broken:
            broken.append(one.position or 0)
            continue
        if plain is not None:
            opened[one.entry.id] = plain
