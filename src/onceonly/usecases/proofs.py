"""What the log shows to anyone: its head, its tiles, its key; and the proof that an entry is in it."""

import asyncio
from uuid import UUID

from onceonly.domain.errors import NotFound, NotSequenced
from onceonly.domain.log import Head, Leaf
from onceonly.merkle.bundle import LogProof
from onceonly.merkle.proof import inclusion_spans
from onceonly.merkle.tiles import Tile, bundle, hash_of, is_of, needed
from onceonly.security.checkpoints import origin_in, origin_of, signer
from onceonly.store import log, sequencing
from onceonly.store.database import Connection
from onceonly.usecases.world import Caller, World


async def published(world: World, *, generation: int | None = None) -> Head:
    """The log's last head, kept beside the keys before anybody sees it.

    Raises:
        NotFound: nothing is sequenced yet.
        LogUnavailable: the database did not answer.
    """
    async with world.database.outside() as connection:
        return await _published(connection, world, generation=generation)


async def _published(connection: Connection, world: World, *, generation: int | None) -> Head:
    head = await sequencing.head(connection, generation=generation)
    if head is None:
        raise NotFound
    await asyncio.to_thread(world.kept_head.keep, head)
    return head


async def tile(
    world: World, wanted: Tile, *, entries: bool, generation: int | None = None
) -> bytes:
    """A tile of hashes, or of entries: those are commitments alone.

    Raises:
        NotFound: the published log has no such tile, or none so wide.
        LogUnavailable: the database did not answer.
    """
    async with world.database.outside() as connection:
        head = await _published(connection, world, generation=generation)
        if not is_of(wanted, head.size):
            raise NotFound
        if not entries:
            return b"".join(
                await sequencing.hashes_of(connection, wanted, generation=head.generation)
            )
        first = wanted.index * 256
        leaves = await sequencing.leaves(
            connection, generation=head.generation, first=first, end=first + wanted.width
        )
    return bundle(one.commitment for one in leaves)


async def verifier_key(world: World, *, generation: int | None = None) -> str:
    """The public key that the log's heads are verified with, as one line.

    Raises:
        NotFound: there is no such generation.
        LogUnavailable: the database did not answer.
    """
    async with world.database.outside() as connection:
        head = await sequencing.head(connection, generation=generation)
    if head is None and generation not in (None, 1):
        raise NotFound
    origin = origin_of(world.issuer, 1) if head is None else origin_in(head.note)
    return signer(world.keys, origin).verifier.line() + "\n"


async def prove_to(caller: Caller, entry: UUID, world: World) -> str:
    """The proof that an entry is in the log, for an auditor or the office whose retrieval it is.

    Raises:
        NotFound: there is no such entry, or it is not theirs.
        NotSequenced: it has no position yet.
        LogUnavailable: the database did not answer.
    """
    async with world.database.within(caller.municipality) as connection:
        if "log.read" in caller.scopes:
            known = await log.by_id(connection, entry) is not None
        else:
            office = "" if caller.office is None else caller.office.code
            known = await log.is_of_office(connection, entry, office=office)
        if not known:
            raise NotFound
        leaf = await sequencing.of_entry(connection, entry)
        if leaf is None:
            raise NotSequenced
        return await _proof(connection, leaf, world)


async def prove(entry: UUID, world: World) -> str:
    """The proof of any entry, also of one whose row is destroyed: what it says is not in it.

    Raises:
        NotFound: there never was such an entry, or it has no position yet.
        LogUnavailable: the database did not answer.
    """
    async with world.database.outside() as connection:
        leaf = await sequencing.of_entry(connection, entry)
        if leaf is None:
            raise NotFound
        return await _proof(connection, leaf, world)


async def _proof(connection: Connection, leaf: Leaf, world: World) -> str:
    head = await _published(connection, world, generation=leaf.generation)
    spans = inclusion_spans(leaf.position, head.size)
    wanted = sorted(needed(spans, head.size))
    hashes = await sequencing.hashes_of_all(connection, wanted, generation=leaf.generation)
    tiles = {(one.level, one.index): found for one, found in hashes.items()}
    path = tuple(hash_of(one, tiles) for one in spans)
    return LogProof(leaf.position, path, head.note).text()
