"""Limits that come near are among the figures before anybody hits one."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg

from builders import NOW, a_municipality, an_agreement
from onceonly.embedded import Addresses
from onceonly.security.ids import id_of
from onceonly.store.leadership import Leadership
from onceonly.telemetry import REGISTRY
from onceonly.usecases import configuration
from onceonly.usecases.limits import measure
from onceonly.usecases.sequencing import take_in
from onceonly.usecases.world import World


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"onceonly_{name}", labels)


async def an_entry_waits(addresses: Addresses, *, since: timedelta) -> None:
    connection = await asyncpg.connect(addresses.owner)
    try:
        entry = id_of(NOW - since, bytes(range(10)))
        await connection.execute("insert into log_inbox values ($1, $2)", entry, bytes(32))
    finally:
        await connection.close()


async def test_a_backlog_is_told_and_gone_again(
    world: World, worker: World, addresses: Addresses
) -> None:
    await take_in(worker)
    told: list[float | None] = []
    for since in (None, timedelta(minutes=2)):
        if since is not None:
            await an_entry_waits(addresses, since=since)
        await measure(world, {})
        told.append(figure("log_backlog_count"))
    await take_in(worker)
    await measure(world, {})

    assert told == [0, 1]
    assert figure("log_backlog_count") == 0


async def test_whether_a_worker_leads_is_seen_from_outside_it(world: World, worker: World) -> None:
    await measure(world, {})
    before = figure("worker_leads_state")
    assert worker.sequencer is not None
    leadership = Leadership(worker.sequencer)
    assert await leadership.of("forget")
    await measure(world, {})
    meanwhile = figure("worker_leads_state")
    await leadership.step_down()
    await measure(world, {})

    assert (before, meanwhile, figure("worker_leads_state")) == (0, 1, 0)


async def test_what_ends_first_is_told_by_municipality_and_no_longer_when_it_goes_on(
    world: World, owner: World
) -> None:
    last = NOW.date() + timedelta(days=10)
    ends = an_agreement(valid_to=last)
    await configuration.apply(a_municipality(agreements=[ends]), owner, actor="test")
    await world.snapshots.renew(world.database)
    await measure(world, {})
    left = figure("agreement_left_seconds", municipality="musterkreis")
    follows = an_agreement(valid_from=last)
    await configuration.apply(a_municipality(agreements=[ends, follows]), owner, actor="test")
    await world.snapshots.renew(world.database)
    await measure(world, {})

    assert left is not None
    assert timedelta(days=10) < timedelta(seconds=left) < timedelta(days=11)
    assert figure("agreement_left_seconds", municipality="musterkreis") is None


async def test_pool_errands_sessions_months_and_disks_are_told_with_their_limits(
    world: World, tmp_path: Path
) -> None:
    async with world.database.outside(), world.database.outside():
        await measure(world, {"keys": tmp_path})

    assert (figure("pool_taken_count"), figure("pool_limit_count")) == (2, 4)
    assert figure("errands_limit_count") == world.errands.limit
    taken, most = figure("database_sessions_count"), figure("database_sessions_limit_count")
    assert taken is not None
    assert most is not None
    assert 1 <= taken <= most
    assert figure("log_months_ahead_count") == 0
    free = figure("disk_free_ratio", place="keys")
    assert free is not None
    assert 0 < free < 1


async def test_without_the_database_the_other_figures_are_still_told(
    world: World, tmp_path: Path
) -> None:
    await measure(world, {})
    await world.database.close()

    await measure(replace(world), {"keys": tmp_path})

    assert figure("disk_free_ratio", place="keys") is not None
