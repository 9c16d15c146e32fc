"""The disk full, and the keys on a disk that takes nothing: nothing is asked off the record."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from conftest import Repeated
from onceonly.embedded import EmbeddedPostgres
from scenarios.mounting import NotMounted, mounted, read_only
from scenarios.own import reachable_folder
from scenarios.stand import Hub, Stand, until
from scenarios.stub import Stub
from scenarios.test_outages import works_again

MIB = 1024 * 1024
EMBEDDED: dict[str, str | None] = dict.fromkeys(
    ("DATABASE_URL", "OWNER_URL", "SEQUENCER_URL", "AUDITOR_URL")
)
FEW_LINES = 60


@asynccontextmanager
async def on_a_small_disk(
    keys: Mapping[str, Path], stack: AsyncExitStack
) -> AsyncIterator[tuple[Stand, Hub]]:
    """A hub with its worker and its own PostgreSQL, all they keep on one small disk."""
    place = stack.enter_context(reachable_folder())
    disk = stack.enter_context(mounted(place / "disk", 400))
    server = EmbeddedPostgres(disk / "data")
    addresses = await asyncio.to_thread(server.join)
    try:
        async with Stub() as stub:
            stand = Stand(disk, addresses, keys, stub)
            settings = EMBEDDED | {"DATA_DIR": str(disk / "data")}
            async with stand.starting("--with-worker", **settings) as hub:
                await hub.is_ready()
                await stand.apply(stand.file())
                await hub.come_in()
                yield stand, hub
    finally:
        await asyncio.to_thread(server.leave)


def fill(place: Path) -> Path:
    """Leave no byte."""
    ballast = place / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for piece in (MIB, 4096, 1):
            try:
                while file.write(bytes(piece)):
                    pass
            except OSError:
                continue
    return ballast


async def whatever_was_asked_is_on_record(stand: Stand) -> None:
    asked = {str(row["id"]) for row in await stand.rows("select id from retrieval")}
    assert set(stand.stub.times) <= asked
    assert set(stand.stub.times.values()) == {1}
    lines = (stand.directory / "serve.log").read_text(errors="replace").splitlines()
    assert len(lines) < FEW_LINES
    assert not [line for line in lines if '"bug"' in line]


async def test_a_full_disk_stops_the_questions_and_a_freed_one_lets_them_through(
    client_keys: Mapping[str, Path], repeated: Repeated
) -> None:
    async with AsyncExitStack() as stack:
        try:
            stand, hub = await stack.enter_async_context(on_a_small_disk(client_keys, stack))
        except NotMounted as why:
            repeated(f"full disk: NOT TRIED, nothing can be mounted here ({why})", 0)
            return
        repeated("disks filled up and freed", 1)
        await hub.ask("Davor")
        ballast = fill(stand.directory)
        statuses = set[int]()

        async def is_full() -> bool:
            statuses.add((await hub.ask("Voll", wait=2)).status_code)
            return 503 in statuses

        await until(is_full)
        refused = [(await hub.ask("Voll", wait=0)).status_code for _ in range(50)]
        live = await hub.http.get("/livez")
        ready = await hub.http.get("/readyz")
        ballast.unlink()
        told = await works_again(hub)
        await whatever_was_asked_is_on_record(stand)

    assert statuses <= {201, 202, 503}
    assert set(refused) <= {201, 202, 503}
    assert (live.status_code, ready.status_code) == (200, 503)
    assert "keys" in ready.json()["failing"]
    assert told.status_code == 201


async def test_keys_that_can_only_be_read_are_told_and_all_is_well_once_they_can_be_written(
    stand: Stand, repeated: Repeated
) -> None:
    keys = stand.directory / "keys"
    async with stand.hubs(1, "--with-worker") as (hub,):
        await hub.ask("Davor")
        try:
            with read_only(keys):
                meanwhile = [await hub.ask("Lesend") for _ in range(20)]
                ready = await hub.http.get("/readyz")
                await asyncio.sleep(2)
        except NotMounted as why:
            repeated(f"read-only keys: NOT TRIED, nothing can be mounted here ({why})", 0)
            return
        repeated("key directories made read-only and writable again", 1)
        told = await works_again(hub)

        async def sequenced() -> bool:
            return not await stand.rows("select 1 from log_inbox")

        await until(sequenced)
    await whatever_was_asked_is_on_record(stand)

    assert {one.status_code for one in meanwhile} <= {201, 503}
    assert (ready.status_code, ready.json()["failing"]) == (503, ["keys"])
    assert told.status_code == 201
