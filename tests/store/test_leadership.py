"""Of all that run a loop one leads, and the next as soon as it is gone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from onceonly.embedded import Addresses
from onceonly.store.database import Database
from onceonly.store.leadership import Leadership
from scenarios.stand import until

HELD = (
    "select pid from pg_locks where locktype = 'advisory' and granted"
    " and database = (select oid from pg_database where datname = current_database())"
)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def candidates(
    addresses: Addresses, stack: AsyncExitStack, *, count: int = 3, idle_s: int = 60
) -> list[Leadership]:
    made = [
        Leadership(await Database.open(addresses.app, size=1, idle_s=idle_s)) for _ in range(count)
    ]
    for one in made:
        stack.push_async_callback(one.resign)
    return made


async def holders(addresses: Addresses) -> list[int]:
    connection = await asyncpg.connect(addresses.owner)
    try:
        return [row["pid"] for row in await connection.fetch(HELD)]
    finally:
        await connection.close()


async def end_session(addresses: Addresses, pid: int) -> None:
    connection = await asyncpg.connect(addresses.app)
    try:
        await connection.execute("select pg_terminate_backend($1, 5000)", pid)
    finally:
        await connection.close()


async def test_one_of_three_leads_and_goes_on_leading(
    addresses: Addresses, stack: AsyncExitStack
) -> None:
    three = await candidates(addresses, stack)

    rounds = [[await one.of("sweep") for one in three] for _ in range(3)]

    assert rounds == [[True, False, False]] * 3
    assert len(await holders(addresses)) == 1


async def test_another_loop_may_be_led_by_another(
    addresses: Addresses, stack: AsyncExitStack
) -> None:
    one, other, _ = await candidates(addresses, stack)
    await one.of("sweep")

    assert await other.of("destroy")
    assert not await one.of("destroy")


async def test_who_lost_the_session_leads_no_more_and_the_next_does(
    addresses: Addresses, stack: AsyncExitStack
) -> None:
    one, other, _ = await candidates(addresses, stack)
    await one.of("sweep")
    (leader,) = await holders(addresses)

    await end_session(addresses, leader)

    assert await other.of("sweep")
    assert not await one.of("sweep")


async def test_who_resigns_is_followed_at_once(addresses: Addresses, stack: AsyncExitStack) -> None:
    one, other, _ = await candidates(addresses, stack)
    for _ in range(5):
        await one.of("sweep")

    await one.resign()

    assert await other.of("sweep")


async def test_who_steps_down_lets_another_lead_and_may_follow(
    addresses: Addresses, stack: AsyncExitStack
) -> None:
    one, other, _ = await candidates(addresses, stack)
    for _ in range(3):
        await one.of("sweep")
        await one.of("destroy")

    await one.step_down()

    assert await other.of("sweep")
    assert not await one.of("sweep")
    assert await one.of("destroy")


async def test_who_hangs_is_followed(addresses: Addresses, stack: AsyncExitStack) -> None:
    (hangs,) = await candidates(addresses, stack, count=1, idle_s=1)
    (other,) = await candidates(addresses, stack, count=1)
    await hangs.of("sweep")

    await until(lambda: other.of("sweep"))

    assert not await hangs.of("sweep")


async def test_nobody_opens_a_session_before_leading(
    addresses: Addresses, stack: AsyncExitStack
) -> None:
    await candidates(addresses, stack)
    connection = await asyncpg.connect(addresses.owner)

    found = await connection.fetchval(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and application_name = 'onceonly'"
    )

    await connection.close()
    assert found == 0


async def test_who_hangs_in_the_middle_of_a_fact_is_let_go_by_the_server(
    addresses: Addresses,
) -> None:
    database = await Database.open(addresses.app, size=1)

    async with database.outside() as connection:
        lasts = await connection.fetchval("show idle_in_transaction_session_timeout")
    await database.close()

    assert lasts == "10s"
