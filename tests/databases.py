"""Databases of single tests, looked through and dropped by somebody who may end nobody's session."""

import asyncio

import asyncpg

from leavings import check_database


async def drop(owner: str, name: str) -> None:
    """Drop a database once its last session is gone; PostgreSQL sends its own vacuum away.

    Raises:
        AssertionError: somebody is named in it; it is dropped all the same.
    """
    try:
        await check_database(owner, name)
    finally:
        await _drop(owner, name)


async def _drop(owner: str, name: str) -> None:
    connection = await asyncpg.connect(owner.replace("postgresql+asyncpg", "postgresql"))
    try:
        for _ in range(40):
            try:
                await connection.execute(f"drop database {name}")
            except asyncpg.ObjectInUseError:
                await asyncio.sleep(0.25)
            else:
                return
    finally:
        await connection.close()
