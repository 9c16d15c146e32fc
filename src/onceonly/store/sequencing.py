"""The log as a tree: entries get their positions, tiles are kept when full, every head is kept.

Nothing here is ever updated. Only the sequencer writes; the primary keys make two of them an error.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from onceonly.domain.log import Head, Leaf
from onceonly.merkle.tiles import WIDTH, Frontier, FullTile, Tile, edge, split_hashes
from onceonly.merkle.tree import leaf_hash
from onceonly.store.database import Connection, Statement

BEGINNING = "(0,0)"
"""The first place of the inbox."""

LOCK = 7_811_887_373
"""Whoever holds it sequences; of the transaction, so that none outlives a lost connection."""

ALONE = Statement("select pg_try_advisory_xact_lock(cast(:lock as bigint)) as alone")
WAITING = Statement("select exists (select from log_inbox) as waiting")
HEAD = Statement(
    "select generation, size, root, note from log_checkpoint"
    " order by generation desc, size desc limit 1"
)
HEAD_OF = Statement(
    "select generation, size, root, note from log_checkpoint where generation = :generation"
    " order by size desc limit 1"
)
ROOT_AT = Statement(
    "select root from log_checkpoint where generation = :generation and size = :size"
)
TAKE = Statement(
    """
    with batch as (
        delete from log_inbox
        where ctid = any(array(
            select ctid from log_inbox where ctid >= cast(cast(:begin as text) as tid)
            limit cast(:most as integer)))
        returning ctid as place, entry_id, commitment),
    filed as (
        insert into log_leaf (generation, position, entry_id, commitment)
        select cast(:generation as integer), cast(:size as bigint) + row_number() over () - 1,
            entry_id, commitment
        from batch
        returning position, commitment)
    select string_agg(commitment, '' order by position) as commitments,
        (select cast(max(place) as text) from batch) as last
    from filed
    """
)
FILE = Statement(
    "insert into log_leaf (generation, position, entry_id, commitment)"
    " select cast(:generation as integer), one.place - 1, one.entry_id, one.commitment"
    " from unnest(cast(:entries as uuid[]), cast(:commitments as bytea[]))"
    " with ordinality as one (entry_id, commitment, place)"
)
KEEP_TILES = Statement(
    "insert into log_tile (generation, level, index, hashes, root)"
    " select cast(:generation as integer), one.level, one.index, one.hashes, one.root"
    " from unnest(cast(:levels as smallint[]), cast(:indexes as bigint[]),"
    "   cast(:hashes as bytea[]), cast(:roots as bytea[])) as one (level, index, hashes, root)"
)
KEEP_HEAD = Statement(
    "insert into log_checkpoint (generation, size, root, note, at)"
    " values (:generation, :size, :root, :note, :at)"
)
LEAVES = Statement(
    "select position, entry_id, commitment from log_leaf"
    " where generation = :generation and position >= :first and position < :end order by position"
)
HASHES = Statement(
    "select hashes from log_tile"
    " where generation = :generation and level = :level and index = :index"
)
ROOTS = Statement(
    "select root from log_tile where generation = :generation and level = :level"
    " and index >= :first and index < :end order by index"
)
OF_ENTRY = Statement(
    "select generation, position, entry_id, commitment from log_leaf where entry_id = :entry"
)
STANDING = Statement(
    "select log_waiting_since() as waiting, (select at from log_checkpoint"
    " order by generation desc, size desc limit 1) as signed"
)
THIN = Statement("select log_checkpoint_thin(cast(:before as timestamptz)) as gone")
MAKE_MONTH = Statement("select log_entry_month(cast(:first as date)) as made")


async def alone(connection: Connection) -> bool:
    """Whether this transaction is the one that sequences."""
    row = await ALONE.row(connection, lock=LOCK)
    return row is not None and bool(row["alone"])


async def waiting(connection: Connection) -> bool:
    """Whether an entry has no position yet."""
    row = await WAITING.row(connection)
    return row is not None and bool(row["waiting"])


async def head(connection: Connection, *, generation: int | None = None) -> Head | None:
    """The last head, of the last generation or of that one; None before the first."""
    if generation is None:
        row = await HEAD.row(connection)
    else:
        row = await HEAD_OF.row(connection, generation=generation)
    return None if row is None else Head(row["generation"], row["size"], row["root"], row["note"])


async def root_at(connection: Connection, *, generation: int, size: int) -> bytes:
    """The root that was signed for that size, or that the stored tree had at it.

    Not every head is kept; leaves and tiles are. Where they too are fewer it is some other root.
    """
    row = await ROOT_AT.row(connection, generation=generation, size=size)
    if row is not None:
        return bytes(row["root"])
    hashes = await hashes_of_all(connection, edge(size), generation=generation)
    return Frontier.of_tiles(size, hashes).root()


async def standing(connection: Connection) -> tuple[datetime | None, datetime | None]:
    """Since when an entry has waited for its position, and when the last head was signed."""
    row = await STANDING.row(connection)
    return (None, None) if row is None else (row["waiting"], row["signed"])


async def thin_heads(connection: Connection, *, before: datetime) -> int:
    """Let go of older heads but the last of each day and generation, some at a time; how many."""
    row = await THIN.row(connection, before=before)
    return 0 if row is None else int(row["gone"])


async def take(
    connection: Connection, *, generation: int, size: int, most: int, begin: str = BEGINNING
) -> tuple[list[bytes], str]:
    """Give waiting entries the positions from `size` on; their commitments, in that order.

    `begin`: where in the inbox to look from; the second says where this look ended. A long backlog
    leaves deleted rows at the beginning, which every look would pass over again.
    """
    row = await TAKE.row(connection, generation=generation, size=size, most=most, begin=begin)
    if row is None or row["commitments"] is None:
        return [], BEGINNING
    # One value, because ten thousand rows cost as much to read as to hash.
    return split_hashes(row["commitments"]), row["last"]


async def file(connection: Connection, leaves: Sequence[Leaf], *, generation: int) -> None:
    """Put these entries at the beginning of a generation."""
    await FILE.rows(
        connection,
        generation=generation,
        entries=[one.entry for one in leaves],
        commitments=[one.commitment for one in leaves],
    )


async def record_head(
    connection: Connection, new: Head, tiles: Sequence[FullTile], *, at: datetime
) -> None:
    """Keep the tiles that became full, and the head over everything before it."""
    if tiles:
        await KEEP_TILES.rows(
            connection,
            generation=new.generation,
            levels=[one.level for one in tiles],
            indexes=[one.index for one in tiles],
            hashes=[one.hashes for one in tiles],
            roots=[one.root for one in tiles],
        )
    await KEEP_HEAD.rows(
        connection,
        generation=new.generation,
        size=new.size,
        root=new.root,
        note=new.note,
        at=at,
    )


async def leaves(connection: Connection, *, generation: int, first: int, end: int) -> list[Leaf]:
    """The leaves of a range of positions."""
    rows = await LEAVES.rows(connection, generation=generation, first=first, end=end)
    return [Leaf(generation, row["position"], row["entry_id"], row["commitment"]) for row in rows]


async def hashes_of(connection: Connection, tile: Tile, *, generation: int) -> list[bytes]:
    """The hashes of a tile, of a partial one as many as it is wide."""
    first = tile.index * WIDTH
    if tile.full:
        row = await HASHES.row(
            connection, generation=generation, level=tile.level, index=tile.index
        )
        return [] if row is None else split_hashes(row["hashes"])
    if tile.level == 0:
        found = await leaves(connection, generation=generation, first=first, end=first + tile.width)
        return [leaf_hash(one.commitment) for one in found]
    rows = await ROOTS.rows(
        connection,
        generation=generation,
        level=tile.level - 1,
        first=first,
        end=first + tile.width,
    )
    return [row["root"] for row in rows]


async def hashes_of_all(
    connection: Connection, tiles: Sequence[Tile], *, generation: int
) -> Mapping[Tile, list[bytes]]:
    """The hashes of several tiles."""
    return {one: await hashes_of(connection, one, generation=generation) for one in tiles}


async def of_entry(connection: Connection, entry: object) -> Leaf | None:
    """Where an entry stands; None until it is sequenced."""
    row = await OF_ENTRY.row(connection, entry=entry)
    if row is None:
        return None
    return Leaf(row["generation"], row["position"], row["entry_id"], row["commitment"])


async def make_month(connection: Connection, first: date) -> bool:
    """Make the partition of a month's entries; False when it is there, or came too late."""
    row = await MAKE_MONTH.row(connection, first=first)
    return row is not None and bool(row["made"])
