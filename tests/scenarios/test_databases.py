"""PostgreSQL itself frozen, restarted, gone, robbed of its sessions, while offices go on asking."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from conftest import Repeated
from scenarios.own import OwnServer, a_stand_of_its_own
from scenarios.stand import Hub, Stand, until
from scenarios.stub import after
from scenarios.test_outages import assert_nothing_is_asked, works_again

ASKERS, AT_ONCE = 4, 40


@asynccontextmanager
async def asked_all_the_time(hub: Hub) -> AsyncIterator[list[httpx.Response]]:
    """Questions without end, and what they were told."""
    over, told = asyncio.Event(), list[httpx.Response]()

    async def ask() -> None:
        while not over.is_set():
            told.append(await hub.ask("Immer", wait=1))
            await asyncio.sleep(0.05)

    askers = [asyncio.create_task(ask()) for _ in range(ASKERS)]
    yield told
    over.set()
    await asyncio.gather(*askers)


async def is_whole_again(hub: Hub) -> None:
    """As many as ever at once, each answered."""
    await works_again(hub)

    async def all_answered() -> bool:
        told = await asyncio.gather(*[hub.ask("Danach") for _ in range(AT_ONCE)])
        return {one.status_code for one in told} == {201}

    await until(all_answered)


async def suffered(what: str, own: OwnServer, hub: Hub, away_s: float) -> None:
    """It happens, the hub says so as long as it lasts, and it is over."""
    if what == "sessions ended":
        own.end_sessions()
    elif what == "frozen":
        own.freeze()
        await assert_nothing_is_asked(hub)
        await asyncio.sleep(away_s)
        own.thaw()
    else:
        await own.stop()
        if what == "gone":
            await assert_nothing_is_asked(hub)
            await asyncio.sleep(away_s)
        await own.comes_back()


async def what_was_told_is_on_record(stand: Stand, told: list[httpx.Response]) -> None:
    answered = [one for one in told if one.status_code != 503]
    assert answered
    assert {one.status_code for one in answered} <= {201, 202}
    assert {one.json()["type"].rpartition("/")[2] for one in told if one.status_code == 503} <= {
        "log-unavailable"
    }
    asked = {str(row["id"]) for row in await stand.rows("select id from retrieval")}
    assert {one.json()["retrievals"][0]["id"] for one in answered} <= asked
    assert set(stand.stub.times) <= asked
    assert set(stand.stub.times.values()) == {1}
    assert "Verloren" not in {one["person"]["family_name"] for one in stand.stub.heard}
    words = Counter((stand.directory / "serve.log").read_text().splitlines())
    assert sum(count for line, count in words.items() if '"bug"' in line) == 0


async def test_whatever_becomes_of_postgresql_what_is_acknowledged_is_on_record(
    tmp_path: Path, client_keys: Mapping[str, Path], repeated: Repeated
) -> None:
    rounds = repeated("PostgreSQL frozen, restarted, gone, its sessions ended", 1)
    away_s = 0.0 if rounds == 1 else 10.0

    async with a_stand_of_its_own(tmp_path, client_keys) as (stand, own):
        stand.stub.manner = after(0.02)
        async with stand.hubs(1) as (hub,), asked_all_the_time(hub) as told:
            for _ in range(rounds):
                for what in ("sessions ended", "restarted", "frozen", "gone"):
                    await suffered(what, own, hub, away_s)
                    await is_whole_again(hub)
        await what_was_told_is_on_record(stand, told)
