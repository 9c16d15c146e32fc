"""Giving entries their positions, signing the head, and never signing a shorter log again."""

import asyncio
from datetime import date, timedelta

from onceonly.domain.calendar import Month, german_day
from onceonly.domain.log import Event, Head, Leaf, SealedEntry
from onceonly.merkle.note import Checkpoint
from onceonly.merkle.tiles import Frontier, FullTile
from onceonly.merkle.tiles import edge as edge_of
from onceonly.merkle.tree import EMPTY_ROOT, leaf_hashes
from onceonly.security.checkpoints import origin_in, origin_of, signed
from onceonly.store import log as entries
from onceonly.store import sequencing
from onceonly.store.database import Connection, Database
from onceonly.usecases.log import ADMINISTRATION, entry
from onceonly.usecases.world import Edge, World

BATCH = 10_000
"""Entries that get their positions in one statement, at most."""

BATCHES = 5
"""Statements in one transaction, at most: within a backlog they share a commit."""

HEADS_KEPT = timedelta(days=1)
"""How long every head is kept; afterwards the last of each day."""

MONTHS_AHEAD = 3
"""For how many months after this one there are partitions already."""


class LogShorter(Exception):
    """The database's log is not what was published: going on would be a fork."""

    def __init__(self) -> None:
        super().__init__(
            "the database's log is shorter than, or differs from, the last published head in"
            " log.checkpoint: it was restored from a backup; run `onceonly log recover`"
        )


def sequencer_of(world: World) -> Database:
    """The database as the role that sequences."""
    if world.sequencer is None:
        raise TypeError("only a worker's world sequences")
    return world.sequencer


async def take_in(world: World, *, batch: int = BATCH) -> int:
    """Give waiting entries their positions, in one transaction with tiles and head; how many.

    What is signed is kept before anybody sees it. Of several who try at once one goes on.

    Raises:
        LogShorter: the database is behind what was published; nothing is signed.
        LogUnavailable: nothing happened, or the confirmation was lost.
    """
    async with sequencer_of(world).outside() as connection:
        begin = world.edge.begin
        if begin == sequencing.BEGINNING and not await sequencing.waiting(connection):
            return 0
        before, frontier = world.edge.head, world.edge.frontier
        # Until it is committed nobody knows where the edge is.
        world.edge.head, world.edge.begin = None, sequencing.BEGINNING
        async with connection.together():
            if not await sequencing.alone(connection):
                return 0
            last = await sequencing.head(connection)
            if last is None or last != before:
                await _check(connection, last, world)
                frontier = await _frontier(connection, last)
            moved = Edge(last, begin, frontier)
            count = await _extended(connection, moved, batch, world)
    if moved.head is not None:
        world.edge.head, world.edge.begin = moved.head, moved.begin
        world.edge.frontier = frontier
        await asyncio.to_thread(world.kept_head.keep, moved.head)
    return count


async def _extended(connection: Connection, edge: Edge, most: int, world: World) -> int:
    """Move the edge over what waits, so many at a time; how many in all."""
    last, frontier = edge.head, edge.frontier
    generation, before = (1, 0) if last is None else (last.generation, last.size)

    async def take(size: int) -> list[bytes]:
        found, edge.begin = await sequencing.take(
            connection, generation=generation, size=size, most=most, begin=edge.begin
        )
        if len(found) < most:
            edge.begin = sequencing.BEGINNING
        return found

    batch = await take(before)
    if not batch:
        return 0
    size, tiles = before, list[FullTile]()
    while batch:
        size += len(batch)
        hashing = asyncio.to_thread(_grown, frontier, batch)
        if len(batch) == most and size < before + BATCHES * most:
            # PostgreSQL files the next ones while these are hashed.
            batch, full = await asyncio.gather(take(size), hashing)
        else:
            batch, full = [], await hashing
        tiles += full
    origin = origin_of(world.issuer, generation) if last is None else origin_in(last.note)
    head = Checkpoint(origin, frontier.size, frontier.root())
    edge.head = signed(world.keys, head, generation=generation)
    await sequencing.record_head(connection, edge.head, tiles, at=world.clock())
    return size - before


def _grown(frontier: Frontier, commitments: list[bytes]) -> list[FullTile]:
    return frontier.add(leaf_hashes(commitments))


async def _frontier(connection: Connection, last: Head | None) -> Frontier:
    """The tree's right edge as it is stored."""
    if last is None:
        return Frontier(0, [])
    hashes = await sequencing.hashes_of_all(
        connection, edge_of(last.size), generation=last.generation
    )
    frontier = Frontier.of_tiles(last.size, hashes)
    if frontier.root() != last.root:
        raise LogShorter
    return frontier


async def check_log(world: World) -> None:
    """See that the database's log is not behind what was published, before anything starts.

    Raises:
        LogShorter: it is; going on would be a fork.
        LogUnavailable: the database did not answer.
        KeyTrouble: the published head cannot be read.
    """
    async with world.database.outside() as connection:
        await _check(connection, await sequencing.head(connection), world)


async def _check(connection: Connection, last: Head | None, world: World) -> None:
    await check_head(connection, last, world.kept_head.read())


async def check_head(connection: Connection, last: Head | None, kept: Head | None) -> None:
    """See that the database's last head is not behind the one that was published.

    Raises:
        LogShorter: it is, or another log's.
        LogUnavailable: the database did not answer.
    """
    if kept is None:
        return
    if last is None or (last.generation, last.size) < (kept.generation, kept.size):
        raise LogShorter
    if last.generation == kept.generation:
        root = await sequencing.root_at(connection, generation=kept.generation, size=kept.size)
        if root != (kept.root if kept.size else EMPTY_ROOT):
            raise LogShorter


async def recover(world: World, *, actor: str) -> Head | None:
    """Begin the next generation; its first entries commit to the last published head.

    None: the log is not behind what was published, so there is nothing to do.

    Raises:
        LogUnavailable: nothing happened, or a sequencer is at it.
        KeyTrouble: the published head cannot be read.
    """
    kept = world.kept_head.read()
    async with sequencer_of(world).outside() as connection:
        last = await sequencing.head(connection)
        if kept is None or (last is not None and last.generation > kept.generation):
            new = last
        else:
            try:
                await _check(connection, last, world)
            except LogShorter:
                new = await _begun(connection, kept, last, world, actor=actor)
            else:
                return None
    if new is not None:
        world.kept_head.keep(new)
    return new if kept is not None else None


async def _begun(
    connection: Connection, kept: Head, last: Head | None, world: World, *, actor: str
) -> Head:
    numbers = [one.municipality for one in world.snapshots.all()] or [0]
    generation = kept.generation + 1
    async with connection.together():
        if not await sequencing.alone(connection):
            raise LogShorter
        made: list[SealedEntry] = []
        for number in numbers:
            one = _recovered(kept, last, number, world, actor=actor)
            await connection.enter(number)
            await entries.enter(connection, [one])
            made.append(one)
        leaves = [
            Leaf(generation, position, one.id, one.commitment) for position, one in enumerate(made)
        ]
        await sequencing.file(connection, leaves, generation=generation)
        frontier = Frontier(0, [])
        tiles = _grown(frontier, [one.commitment for one in leaves])
        origin = origin_of(world.issuer, generation)
        head = Checkpoint(origin, frontier.size, frontier.root())
        new = signed(world.keys, head, generation=generation)
        await sequencing.record_head(connection, new, tiles, at=world.clock())
    return new


def _recovered(
    kept: Head, last: Head | None, municipality: int, world: World, *, actor: str
) -> SealedEntry:
    return entry(
        Event.LOG_RECOVERED,
        {
            "actor": actor,
            "checkpoint": kept.note,
            "size": kept.size,
            "root": kept.root.hex(),
            "found": 0 if last is None else last.size,
        },
        world,
        municipality=municipality,
        at=world.clock(),
        retention=ADMINISTRATION,
    )


async def make_months(database: Database, today: date) -> int:
    """Make the partitions of this month and those ahead, where they are not there; how many."""
    months = [Month.of(today).plus(ahead) for ahead in range(MONTHS_AHEAD + 1)]
    async with database.outside() as connection:
        made = [await sequencing.make_month(connection, one.first_day) for one in months]
    return sum(made)


async def keep_months_ahead(world: World) -> int:
    """Make the partitions that will be wanted, by the hub's own clock; how many."""
    return await make_months(sequencer_of(world), german_day(world.clock()))


async def thin_heads(world: World) -> int:
    """Let go of old heads: a proof is made out of leaves, tiles and the last one; how many."""
    count = 0
    async with sequencer_of(world).outside() as connection:
        while gone := await sequencing.thin_heads(connection, before=world.clock() - HEADS_KEPT):
            count += gone
    return count
