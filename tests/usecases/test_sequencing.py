"""Positions: one for every entry, without gap or repeat, under a head that is never taken back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from builders import BUT as OFFICE
from builders import NOW, a_call, a_caller, a_request
from guards.conftest import session
from onceonly.domain.log import Event
from onceonly.embedded import Addresses
from onceonly.merkle.note import Checkpoint
from onceonly.merkle.tiles import WIDTH
from onceonly.merkle.tree import leaf_hash, root_of
from onceonly.security.checkpoints import KeptHead, signer
from onceonly.security.keys import KeyTrouble
from onceonly.store import log, sequencing
from onceonly.store.database import Database
from onceonly.usecases.log import ADMINISTRATION, entry
from onceonly.usecases.proofs import prove
from onceonly.usecases.requests import ask
from onceonly.usecases.sequencing import (
    BATCHES,
    LogShorter,
    check_log,
    keep_months_ahead,
    make_months,
    recover,
    take_in,
    thin_heads,
)
from onceonly.usecases.world import Edge, World


async def write(world: World, count: int) -> None:
    """Put so many entries on record."""
    made = [
        entry(
            Event.LOG_READ,
            {"reader": "test", "of": None},
            world,
            municipality=1,
            at=NOW,
            retention=ADMINISTRATION,
        )
        for _ in range(count)
    ]
    async with world.database.within(1) as connection:
        await log.record(connection, made)


async def positions(world: World) -> list[int | None]:
    async with world.database.within(1) as connection:
        return [one.position for one in await log.all_entries(connection)]


async def head(world: World) -> Checkpoint:
    """The last head, seen to be signed and to be over the leaves as they are stored."""
    async with world.database.outside() as connection:
        last = await sequencing.head(connection)
        assert last is not None
        leaves = await sequencing.leaves(
            connection, generation=last.generation, first=0, end=last.size + 1
        )
    origin = f"hub.example/log/{last.generation}"
    found = Checkpoint.opened(last.note, signer(world.keys, origin).verifier)
    assert [one.position for one in leaves] == list(range(found.size))
    assert root_of([leaf_hash(one.commitment) for one in leaves]) == found.root
    return found


async def test_every_entry_gets_a_position_and_the_head_is_over_all_of_them(worker: World) -> None:
    await write(worker, 3)

    taken = await take_in(worker)

    assert taken == 4  # the applied file is an entry too
    assert set(await positions(worker)) == {0, 1, 2, 3}
    assert (await head(worker)).size == 4


async def test_where_nothing_waits_nothing_is_signed(worker: World) -> None:
    await take_in(worker)
    before = await head(worker)

    assert await take_in(worker) == 0
    assert await head(worker) == before


async def test_the_edge_is_the_same_remembered_or_read(worker: World) -> None:
    for count in (WIDTH - 2, 1, WIDTH, 5, 2 * WIDTH):
        await write(worker, count)
        await take_in(worker)
        await write(worker, 2)
        await take_in(replace(worker, edge=Edge()))

    assert (await head(worker)).size == 4 * WIDTH + 15


async def test_a_backlog_is_taken_piece_by_piece_each_from_where_the_last_one_ended(
    worker: World,
) -> None:
    await write(worker, 7)
    database = worker.sequencer
    assert database is not None

    async with database.outside() as connection, connection.together():
        first, end = await sequencing.take(connection, generation=1, size=0, most=3)
        second, further = await sequencing.take(connection, generation=1, size=3, most=3, begin=end)
        third, _ = await sequencing.take(connection, generation=1, size=6, most=3, begin=further)
        none, beginning = await sequencing.take(connection, generation=1, size=8, most=3)

    assert [len(one) for one in (first, second, third, none)] == [3, 3, 2, 0]
    assert sequencing.BEGINNING == beginning != end != further
    assert len({*first, *second, *third}) == 8
    assert set(await positions(worker)) == set(range(8))


async def test_within_a_backlog_several_batches_share_one_head(
    worker: World, owning: asyncpg.Connection
) -> None:
    await write(worker, 20)

    taken = [await take_in(worker, batch=3) for _ in range(3)]

    assert taken == [3 * BATCHES, 21 - 3 * BATCHES, 0]
    assert (await head(worker)).size == 21
    heads = await owning.fetch("select size from log_checkpoint order by size")
    assert [one["size"] for one in heads] == [3 * BATCHES, 21]


async def test_three_sequencers_at_once_are_as_good_as_one(
    worker: World, addresses: Addresses
) -> None:
    databases = [
        await Database.open(addresses.sequencer, role="onceonly_sequencer", size=2)
        for _ in range(3)
    ]
    three = [replace(worker, sequencer=one, edge=Edge()) for one in databases]

    async def sequence(one: World) -> None:
        for _ in range(15):
            await take_in(one)
            await asyncio.sleep(0)

    async def record() -> None:
        for _ in range(20):
            await write(worker, 7)

    await asyncio.gather(*map(sequence, three), record(), record())
    await take_in(worker)

    assert sorted(n for n in await positions(worker) if n is not None) == list(range(281))
    assert (await head(worker)).size == 281
    for one in databases:
        await one.close()


async def test_a_round_that_fails_leaves_the_log_as_it_was(worker: World) -> None:
    await take_in(worker)
    before = await head(worker)
    await write(worker, 5)
    key = worker.keys.directory / "log.key"
    key.rename(key.with_suffix(".away"))
    key.mkdir()
    locked = replace(worker, keys=type(worker.keys)(worker.keys.directory, create=False))

    with pytest.raises(KeyTrouble):
        await take_in(replace(locked, kept_head=KeptHead(locked.keys)))
    key.rmdir()
    key.with_suffix(".away").rename(key)

    assert await head(worker) == before
    assert (await positions(worker)).count(None) == 5
    assert await take_in(worker) == 5


async def test_a_head_is_kept_before_anybody_sees_it_and_only_ever_moves_on(
    worker: World,
) -> None:
    await take_in(worker)
    first = worker.kept_head.read()
    await write(worker, 1)
    await take_in(worker)
    second = worker.kept_head.read()
    assert first is not None
    assert second is not None

    KeptHead(worker.keys).keep(first)

    assert (first.size, second.size) == (1, 2)
    assert worker.kept_head.read() == second
    await check_log(worker)


async def restored(owning: asyncpg.Connection, size: int) -> None:
    """The database as it was when the log had that size."""
    await owning.execute("delete from log_checkpoint where size > $1", size)
    await owning.execute("delete from log_leaf where position >= $1", size)


async def test_a_restored_database_is_not_gone_on_with(
    worker: World, owning: asyncpg.Connection
) -> None:
    await take_in(worker)
    await write(worker, 2)
    await take_in(worker)
    await restored(owning, 1)
    await write(worker, 1)

    with pytest.raises(LogShorter, match="log recover"):
        await check_log(worker)
    for one in (worker, replace(worker, edge=Edge())):
        with pytest.raises(LogShorter):
            await take_in(one)


async def test_another_log_of_the_same_length_is_not_gone_on_with_either(
    worker: World, owning: asyncpg.Connection
) -> None:
    await take_in(worker)
    await owning.execute("update log_checkpoint set root = $1", bytes(32))

    with pytest.raises(LogShorter):
        await check_log(worker)


async def test_of_old_heads_the_last_of_each_day_stays_and_nothing_a_proof_needs_goes(
    worker: World, owning: asyncpg.Connection
) -> None:
    kept: dict[int, str] = {}
    for size, days in ((2, 3), (3, 3), (4, 2), (5, 2), (6, 0)):
        await write(worker, 1)
        assert await take_in(worker) == (2 if size == 2 else 1)
        kept[size] = (worker.keys.directory / "log.checkpoint").read_text()
        await owning.execute(
            "update log_checkpoint set at = $1 where size = $2", NOW - timedelta(days=days), size
        )
    first = await owning.fetchval("select entry_id from log_leaf where position = 0")
    proven = await prove(first, worker)

    gone = await thin_heads(worker)

    heads = await owning.fetch("select size from log_checkpoint order by size")
    assert gone == 2
    assert [one["size"] for one in heads] == [3, 5, 6]
    assert await thin_heads(worker) == 0
    assert await prove(first, worker) == proven
    # The keys' backup may hold a head that is gone: leaves and tiles still give its root.
    (worker.keys.directory / "log.checkpoint").write_text(kept[4])
    await check_log(replace(worker, kept_head=KeptHead(worker.keys)))
    await owning.execute("update log_leaf set commitment = $1 where position = 1", bytes(32))
    with pytest.raises(LogShorter):
        await check_log(replace(worker, kept_head=KeptHead(worker.keys)))


async def test_recovery_begins_a_generation_that_commits_to_what_was_published(
    worker: World,
    owning: asyncpg.Connection,
    payloads: Callable[[str], AsyncIterator[list[dict[str, object]]]],
) -> None:
    await take_in(worker)
    await write(worker, 2)
    await take_in(worker)
    kept = worker.kept_head.read()
    assert kept is not None
    await restored(owning, 1)

    begun = await recover(worker, actor="test")

    assert begun is not None
    assert (begun.generation, begun.size) == (2, 1)
    (told,) = await payloads("log:recovered")  # type: ignore[misc]
    assert (told["checkpoint"], told["size"], told["found"]) == (kept.note, 3, 1)
    await check_log(worker)
    await write(worker, 1)
    assert await take_in(replace(worker, edge=Edge())) == 1
    assert (await head(worker)).size == 2
    assert await recover(worker, actor="test") is None


async def test_where_nothing_is_behind_there_is_nothing_to_recover(worker: World) -> None:
    assert await recover(worker, actor="test") is None
    await take_in(worker)

    assert await recover(worker, actor="test") is None
    assert (await head(worker)).origin == "hub.example/log/1"


async def test_a_recovery_that_was_cut_off_is_finished_by_the_next(
    worker: World, owning: asyncpg.Connection
) -> None:
    await take_in(worker)
    await write(worker, 1)
    await take_in(worker)
    before = (worker.keys.directory / "log.checkpoint").read_text()
    await restored(owning, 1)
    begun = await recover(worker, actor="test")
    (worker.keys.directory / "log.checkpoint").write_text(before)
    again = replace(worker, kept_head=KeptHead(worker.keys))

    assert await recover(again, actor="test") == begun
    assert again.kept_head.read() == begun


async def test_only_the_sequencer_sets_positions_and_nobody_takes_one_back(
    worker: World, addresses: Addresses
) -> None:
    await take_in(worker)
    refused = (asyncpg.InsufficientPrivilegeError,)

    for url in (addresses.app, addresses.auditor):
        async with session(url) as connection:
            for statement in (
                "insert into log_leaf select 1, 9, gen_random_uuid(), ''",
                "insert into log_tile select 1, 0, 0, '', ''",
                "insert into log_checkpoint select 1, 9, '', '', now()",
                "delete from log_inbox",
                "select * from log_inbox",
            ):
                with pytest.raises(refused):
                    await connection.execute(statement)
    for url in (addresses.app, addresses.auditor, addresses.sequencer):
        async with session(url) as connection:
            for table in ("log_leaf", "log_tile", "log_checkpoint"):
                for statement in (f"delete from {table}", f"update {table} set generation = 2"):  # noqa: S608 -- names of our own
                    with pytest.raises(refused):
                        await connection.execute(statement)


async def test_an_entry_stands_once(worker: World, owning: asyncpg.Connection) -> None:
    await take_in(worker)
    taken = "insert into log_leaf select {}, entry_id, commitment from log_leaf"

    for place in ("1, 7", "2, 0"):
        with pytest.raises(asyncpg.UniqueViolationError):
            await owning.execute(taken.format(place))


async def partition_of(owning: asyncpg.Connection, entry_id: UUID) -> str:
    await owning.execute("set onceonly.municipality = '1'")
    found = await owning.fetchval(
        "select tableoid::regclass::text from log_entry where id = $1", entry_id
    )
    return str(found)


async def test_entries_lie_in_the_partition_of_their_month(
    worker: World, owning: asyncpg.Connection
) -> None:
    standing = await ask(a_request(), OFFICE, a_caller(), worker, a_call())

    asked = standing.retrievals[0].question_entry

    assert await partition_of(owning, asked) == "log_entry_2026_11"
    made = await keep_months_ahead(worker)
    assert made == 3  # December to February
    assert await keep_months_ahead(worker) == 0


async def test_a_month_that_began_without_its_partition_stays_in_the_default_one(
    worker: World, owning: asyncpg.Connection
) -> None:
    assert worker.sequencer is not None
    early = UUID(int=int(date(2026, 3, 14).strftime("%s")) * 1000 << 80)
    await owning.execute("set onceonly.municipality = '1'")
    await owning.execute(
        "insert into log_entry values (1, $1, 'c', '2026-03-14', 'e', now(), null, '')", early
    )

    made = await make_months(worker.sequencer, date(2026, 2, 1))

    assert made == 3  # February, April, May
    assert await partition_of(owning, early) == "log_entry_default"


async def test_partitions_are_reached_through_the_whole_table_alone(addresses: Addresses) -> None:
    for url in (addresses.app, addresses.auditor, addresses.sequencer):
        async with session(url) as connection:
            await connection.execute("set onceonly.municipality = '1'")
            for table in ("log_entry_default", "log_entry_2026_11"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.fetch(f"select * from {table}")  # noqa: S608 -- names of our own
