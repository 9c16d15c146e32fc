"""Forgetting: by class and day, on record, out of reach of a backup; and what is held back."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from builders import NOW
from onceonly.domain.calendar import german_day
from onceonly.domain.errors import NotFound
from onceonly.domain.log import Event, Filed
from onceonly.merkle.bundle import LogProof
from onceonly.merkle.tree import leaf_hash
from onceonly.security.checkpoints import signer
from onceonly.security.ids import Ids
from onceonly.security.seals import open_entry
from onceonly.store import log
from onceonly.usecases.exports import export
from onceonly.usecases.log import entry, read_entry
from onceonly.usecases.proofs import prove
from onceonly.usecases.retention import (
    HeldAlready,
    NothingToHold,
    destroy_due_entries,
    hold,
)
from onceonly.usecases.sequencing import LogShorter, check_log, recover, take_in
from onceonly.usecases.world import Edge, World

Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]
TABLES = ("log_entry", "log_inbox", "log_leaf", "log_tile", "log_checkpoint", "log_hold")
HALF_A_YEAR = datetime.fromisoformat("2027-05-25T00:00:00+02:00")
"""Midnight of the German day on which what NOW's day wrote under a class of six months is due."""


def at(world: World, now: datetime) -> World:
    """The same hub at another time."""
    return replace(world, clock=lambda: now, new_id=Ids(lambda: now), swept={})


async def written(world: World, retention: str, now: datetime = NOW) -> UUID:
    """An entry of a class, written at that time."""
    then = at(world, now)
    one = entry(
        Event.ANSWER_NONE,
        {"provider": "jobcenter"},
        then,
        municipality=1,
        at=now,
        retention=retention,
    )
    async with world.database.within(1) as connection:
        await log.record(connection, [one])
    return one.id


async def standing(world: World) -> dict[UUID, Filed]:
    async with world.database.within(1) as connection:
        return {one.entry.id: one for one in await log.all_entries(connection)}


async def test_a_day_goes_with_its_rows_and_its_key_and_that_is_on_record(
    worker: World, payloads: Payloads
) -> None:
    due = await written(worker, "refused")
    next_day = await written(worker, "refused", NOW + timedelta(days=1))
    longer = await written(worker, "idnr")

    early = await destroy_due_entries(at(worker, HALF_A_YEAR - timedelta(seconds=1)))
    count = await destroy_due_entries(at(worker, HALF_A_YEAR))
    again = await destroy_due_entries(at(worker, HALF_A_YEAR + timedelta(hours=3)))

    assert (early, count, again) == (0, 1, 0)
    assert {due, next_day, longer} & (await standing(worker)).keys() == {next_day, longer}
    assert worker.keys.read_day_key("refused", german_day(NOW)) is None
    assert worker.keys.read_day_key("refused", german_day(NOW) + timedelta(days=1)) is not None
    assert worker.keys.read_day_key("idnr", german_day(NOW)) is not None
    (told,) = await payloads("payload:destroyed")
    assert (told["class"], told["day"], told["after"]) == ("refused", "2026-11-25", "P6M")


async def test_who_was_cut_off_after_the_rows_finds_the_key_again(worker: World) -> None:
    await written(worker, "refused")
    later = at(worker, HALF_A_YEAR)
    await destroy_due_entries(later)
    worker.keys.day_key("refused", german_day(NOW))  # as if it had not come to that

    assert await destroy_due_entries(later) == 0
    assert worker.keys.read_day_key("refused", german_day(NOW)) is None


async def test_what_lasts_for_the_life_of_something_goes_on_no_day(worker: World) -> None:
    kept = await written(worker, "configuration")

    await destroy_due_entries(at(worker, NOW + timedelta(days=4000)))

    assert kept in await standing(worker)


async def dumped(owning: asyncpg.Connection) -> dict[str, list[asyncpg.Record]]:
    """The log as a dump has it, seen through no wall."""
    await owning.execute("set onceonly.municipality = '1'")
    return {one: await owning.fetch(f"select * from {one}") for one in TABLES}  # noqa: S608 -- names of our own


async def restore(owning: asyncpg.Connection, dump: dict[str, list[asyncpg.Record]]) -> None:
    """The database is again what it was when it was dumped."""
    for table, rows in dump.items():
        await owning.execute(f"delete from {table}")  # noqa: S608 -- as above
        await owning.execute(
            f"insert into {table} select one.* from unnest($1::{table}[]) as one",  # noqa: S608 -- as above
            [tuple(one) for one in rows],
        )


async def test_yesterdays_dump_beside_todays_keys(
    worker: World, owning: asyncpg.Connection
) -> None:
    due = [await written(worker, one) for one in ("refused", "no-result", "refused")]
    others = [
        await written(worker, "idnr"),
        await written(worker, "configuration"),
        await written(worker, "refused", NOW + timedelta(days=5)),
    ]
    await take_in(worker)
    proofs = {one: await prove(one, worker) for one in (*due, *others)}
    dump = await dumped(owning)
    today = at(worker, HALF_A_YEAR)
    assert await destroy_due_entries(today) == 3
    await take_in(today)

    await restore(owning, dump)

    for one, filed in (await standing(worker)).items():
        opened = open_entry(filed.entry, municipality=1, keys=worker.keys)
        assert (opened is None) == (one in due), one
        if one in proofs:
            key = signer(worker.keys, "hub.example/log/1").verifier
            leaf = leaf_hash(filed.entry.commitment)
            assert LogProof.parse(proofs[one]).verify(leaf, key).size > len(proofs)
    with pytest.raises(LogShorter):
        await check_log(today)
    restored = replace(today, edge=Edge(), swept={})
    await written(today, "refused", HALF_A_YEAR)
    with pytest.raises(LogShorter):
        await take_in(restored)
    assert await recover(restored, actor="test") is not None
    await check_log(restored)
    assert await destroy_due_entries(restored) == 3
    await take_in(restored)
    assert due[0] not in await standing(worker)
    assert LogProof.parse(await prove(due[0], worker)).index == LogProof.parse(proofs[due[0]]).index


async def test_a_held_entry_outlives_its_day_and_ends_with_the_hold(
    worker: World, auditor: World, payloads: Payloads
) -> None:
    held, other = await written(worker, "refused"), await written(worker, "refused")
    await take_in(worker)
    last = date(2027, 8, 31)
    await hold(held, until=last, reason="Prüfung 7/2026", actor="dsb", world=auditor)
    on_the_last_day = at(worker, datetime(2027, 8, 31, 12, tzinfo=NOW.tzinfo))

    await destroy_due_entries(on_the_last_day)

    there = await standing(worker)
    assert (held in there, other in there) == (True, False)
    shown = await read_entry(auditor, municipality=1, wanted=held, reader="test")
    payload = shown["payload"]
    assert isinstance(payload, dict)
    assert (payload["entry"], shown["position"]) == (str(held), there[held].position)
    lines = "".join(
        [
            line
            async for piece in export(auditor, code=None, generation=None, reader="test")
            for line in piece.lines
        ]
    )
    assert lines.count('"payload"') == 2  # the applied file, and what is held
    (told,) = await payloads("entry:held")
    assert (told["held"], told["reason"], told["until"]) == (
        str(held),
        "Prüfung 7/2026",
        "2027-08-31",
    )

    assert await destroy_due_entries(at(worker, datetime(2027, 9, 1, tzinfo=NOW.tzinfo))) == 1
    assert held not in await standing(worker)
    assert list((worker.keys.directory / "days" / f"hold-{held}").iterdir()) == []


async def test_a_hold_has_something_to_hold_and_is_there_once(
    worker: World, auditor: World
) -> None:
    one = await written(worker, "refused")
    last = date(2027, 8, 31)
    await hold(one, until=last, reason="r", actor="dsb", world=auditor)

    with pytest.raises(HeldAlready):
        await hold(one, until=last + timedelta(days=1), reason="r", actor="dsb", world=auditor)
    with pytest.raises(NothingToHold):
        await hold(one, until=date(2026, 11, 24), reason="r", actor="dsb", world=auditor)
    with pytest.raises(NotFound):
        await hold(UUID(int=7), until=last, reason="r", actor="dsb", world=auditor)
    gone = await written(worker, "no-result")
    worker.keys.destroy_days("no-result", german_day(NOW) + timedelta(days=1))
    with pytest.raises(NothingToHold):
        await hold(gone, until=last, reason="r", actor="dsb", world=auditor)
