"""Runs migrations as the owner, one at a time in the whole cluster, each in its own transaction."""

import asyncio
from typing import cast

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_LOCK = 7_230_491_865  # any number of our own: one migration at a time


def _run(connection: Connection) -> None:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def _migrate(url: str) -> None:
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        poolclass=NullPool,
        connect_args={"server_settings": {"lock_timeout": "4s", "statement_timeout": "30s"}},
    )
    try:
        async with engine.connect() as lock, engine.connect() as connection:
            # Waiting for another migration is no lock conflict: its turn comes.
            await lock.execute(text("set lock_timeout = 0"))
            await lock.execute(text("set statement_timeout = 0"))
            await lock.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.run_sync(_run)
            await connection.commit()
            await lock.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    finally:
        await engine.dispose()


asyncio.run(_migrate(cast("str", context.config.attributes["owner_url"])))
