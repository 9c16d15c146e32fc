"""The schema moves on beneath a hub that carries load, as every migration here does: it expands."""

import asyncio

import asyncpg

from scenarios.carrying import carrying
from scenarios.stand import Stand, until

TABLES = ("evidence_request", "retrieval", "evidence", "log_entry")
"""Those that every exchange writes."""


async def expand(url: str) -> None:
    """What a later release's migration may do, in one transaction."""
    owner = await asyncpg.connect(url)
    try:
        async with owner.transaction():
            await owner.execute("set local lock_timeout = '4s'")
            for table in TABLES:
                await owner.execute(f"alter table {table} add column of_later text")
            await owner.execute("create table of_later (municipality integer primary key)")
    finally:
        await owner.close()


async def test_a_hub_and_a_worker_carry_load_while_the_tables_grow(stand: Stand) -> None:
    async with (
        stand.hubs(1, "--with-worker") as (hub,),
        carrying([hub]) as told,
    ):
        await asyncio.sleep(0.5)
        before = len(told)
        await expand(stand.addresses.owner)

        async def goes_on() -> bool:
            return len(told) > before + 100

        await until(goes_on)

    assert before
    assert {(one.status_code, one.url.path) for one in told if one.is_error} == set()
    assert "bug" not in (stand.directory / "serve.log").read_text()
