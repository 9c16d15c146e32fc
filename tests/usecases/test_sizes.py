"""The log where a tile begins and ends: every proof holds, and every head goes on from the others."""

from conftest import Repeated
from onceonly.merkle.bundle import LogProof
from onceonly.merkle.note import Checkpoint
from onceonly.merkle.tree import leaf_hash, root_of
from onceonly.security.checkpoints import signer
from onceonly.store import sequencing
from onceonly.usecases.proofs import prove
from onceonly.usecases.sequencing import take_in
from onceonly.usecases.world import World
from usecases.test_sequencing import head, write

SIZES = (255, 256, 257, 511, 512, 513)
LARGE = (65_535, 65_536, 65_537)
PIECE = 5_000


async def grown(world: World, size: int) -> Checkpoint:
    """The log at exactly that size."""
    async with world.database.outside() as connection:
        last = await sequencing.head(connection)
    wanted = size - (0 if last is None else last.size)
    while wanted:
        await write(world, min(PIECE, wanted))
        wanted -= min(PIECE, wanted)
    while await take_in(world):
        pass
    return await head(world)


async def test_at_every_edge_of_a_tile_all_proofs_hold(worker: World, repeated: Repeated) -> None:
    often = repeated("sizes of the log at which a tile begins or ends", len(SIZES)) > len(SIZES)
    # The applied file is an entry already.
    while await take_in(worker):
        pass
    key = signer(worker.keys, "hub.example/log/1").verifier
    seen = list[Checkpoint]()

    for size in (*SIZES, *(LARGE if often else ())):
        seen.append(await grown(worker, size))
        edges = {0, 1, 254, 255, 256, 257, size // 2, size - 2, size - 1}
        for position in sorted(edges & set(range(size))):
            async with worker.database.outside() as connection:
                (leaf,) = await sequencing.leaves(
                    connection, generation=1, first=position, end=position + 1
                )
            proof = LogProof.parse(await prove(leaf.entry, worker))
            assert proof.index == position
            assert proof.verify(leaf_hash(leaf.commitment), key) == seen[-1]

    assert [one.size for one in seen][: len(SIZES)] == list(SIZES)
    async with worker.database.outside() as connection:
        leaves = await sequencing.leaves(connection, generation=1, first=0, end=seen[-1].size)
    hashes = [leaf_hash(one.commitment) for one in leaves]
    assert all(root_of(hashes[: one.size]) == one.root for one in seen)
