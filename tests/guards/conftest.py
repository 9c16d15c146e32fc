"""A filled database, and sessions of every role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from guards.filling import FEW, fill
from onceonly.embedded import Addresses


@asynccontextmanager
async def session(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A session as the address says, closed whatever happens in it."""
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def owning(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    """The owner's session."""
    async with session(addresses.owner) as connection:
        yield connection


@pytest.fixture
async def filled(addresses: Addresses, owning: asyncpg.Connection) -> Addresses:
    """The addresses of a database whose tables hold rows of two municipalities."""
    await fill(owning, FEW)
    return addresses
