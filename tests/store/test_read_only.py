"""A database that could not be written is written as soon as it can be, by sessions of before too."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from onceonly.domain.errors import LogUnavailable
from onceonly.embedded import Addresses
from onceonly.store.database import Database, Statement

WRITE = Statement("delete from assertion")
Setting = Callable[[str], Awaitable[None]]


@pytest.fixture
async def read_only(addresses: Addresses) -> AsyncIterator[Setting]:
    """Whether sessions that begin from now on may write."""
    owner = await asyncpg.connect(addresses.owner)
    name = addresses.owner.rpartition("/")[2]

    async def set_to(word: str) -> None:
        await owner.execute(f'alter database "{name}" set default_transaction_read_only = {word}')

    yield set_to
    await owner.close()


async def test_a_session_that_began_read_only_writes_nothing_and_is_not_kept(
    addresses: Addresses, read_only: Setting
) -> None:
    await read_only("on")
    database = await Database.open(addresses.app, size=1)

    async def write() -> None:
        async with database.within(1) as connection:
            await WRITE.rows(connection)

    with pytest.raises(LogUnavailable):
        await write()
    await read_only("off")
    await write()
    await database.close()


async def test_who_looks_whether_it_can_be_written_lets_all_sessions_begin_anew(
    addresses: Addresses, read_only: Setting
) -> None:
    await read_only("on")
    database = await Database.open(addresses.app, size=2)

    before = await database.writable()
    await read_only("off")
    after = await database.writable()
    await database.close()

    assert (before, after) == (False, True)
