"""The owner's session, for what nobody who serves may do."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from guards.conftest import session
from onceonly.embedded import Addresses


@pytest.fixture
async def owning(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    """The owner's session."""
    async with session(addresses.owner) as connection:
        yield connection
