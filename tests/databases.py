"""Databases of single tests, dropped as somebody who may end nobody's session."""

import asyncio

import asyncpg


async def drop(owner: str, name: str) -> None:
    """Drop a database once its last session is gone; PostgreSQL sends its own vacuum away."""
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
