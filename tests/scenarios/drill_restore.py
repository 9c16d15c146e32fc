"""A backup put back: nobody goes on with a shorter log, and the next one begins where it was left."""

import asyncio

import asyncpg

from conftest import Repeated
from scenarios.stand import Hub, Stand, until


async def sequenced(stand: Stand) -> bool:
    return not await stand.rows("select 1 from log_inbox")


async def ask_many(hub: Hub, count: int) -> str:
    """Ask; the entry of the last release, in the log already."""
    told = [await asyncio.gather(*[hub.ask() for _ in range(20)]) for _ in range(count // 20)]
    await until(lambda: sequenced(hub.stand))
    return str(told[-1][-1].json()["retrievals"][0]["log"]["release"])


async def copy(stand: Stand, one: str, other: str) -> None:
    """Put a copy of one database in the other's place."""
    host = stand.addresses.owner.rpartition("/")[0]
    connection = await asyncpg.connect(f"{host}/postgres")
    try:
        await connection.execute(f"drop database if exists {other} with (force)")
        await connection.execute(f"create database {other} template {one}")
    finally:
        await connection.close()


async def proven(hub: Hub, entry: str) -> int:
    return (await hub.http.get(f"/v1/log/entries/{entry}/proof")).status_code


async def test_a_restored_log_is_refused_and_the_next_generation_commits_to_what_was_published(
    stand: Stand, repeated: Repeated
) -> None:
    count = repeated("exchanges lost by a restore and told of by the next generation", 20)
    name = stand.addresses.owner.rpartition("/")[2]
    async with stand.hubs(1, "--with-worker") as (hub,):
        kept = await ask_many(hub, 20)
    await copy(stand, name, f"{name}_backup")
    async with stand.starting("--with-worker") as hub:
        await hub.is_ready()
        await hub.come_in()
        lost = await ask_many(hub, count)
        published = (await hub.http.get("/v1/log/checkpoint")).text
    await copy(stand, f"{name}_backup", name)

    refused = [await stand.onceonly(word, PORT=str(stand.port)) for word in ("serve", "work")]
    recovered = await stand.onceonly("log", "recover")
    async with stand.starting("--with-worker") as hub:
        await hub.is_ready()
        await hub.come_in()
        new = await ask_many(hub, 20)
        proofs = [await proven(hub, one) for one in (kept, lost, new)]
        origin = (await hub.http.get("/v1/log/checkpoint")).text.partition("\n")[0]
    entries = await stand.entries()
    await copy(stand, "template1", f"{name}_backup")

    assert [one.status for one in refused] == [1, 1]
    assert all("onceonly log recover" in one.err for one in refused)
    assert recovered.status == 0, recovered.err
    assert proofs == [200, 404, 200]
    assert origin.endswith("/log/2")
    (told,) = [one for one in entries if one["event"] == "log:recovered"]
    assert published in str(told["payload"]["checkpoint"])
