"""Hubs killed between question and answer: the record and what the office heard agree."""

import asyncio
import random
from datetime import timedelta

import httpx

from conftest import Repeated
from onceonly.usecases.world import LOST_AFTER
from scenarios.documents import TIMEOUTS_S, Document
from scenarios.stand import Hub, Stand
from scenarios.stub import after

ROUNDS = 5
AT_ONCE = 12
LONGEST = timedelta(seconds=max(TIMEOUTS_S.values())) + LOST_AFTER + timedelta(seconds=1)


async def asked_until_killed(hub: Hub, key: str) -> httpx.Response | None:
    """The answer; None when the hub died first."""
    try:
        return await hub.ask(key=key)
    except httpx.TransportError:
        return None


async def a_round(hub: Hub, number: int) -> list[httpx.Response]:
    """Load, SIGKILL in the middle of it; whatever was answered before."""
    heard = len(hub.stand.stub.heard)
    calls = [
        asyncio.create_task(asked_until_killed(hub, f"{number}-{place}"))
        for place in range(AT_ONCE)
    ]
    # Somewhere between the first question and the last answer.
    await hub.stand.stub.has_heard(heard + 1 + 2 * number)
    hub.process.kill()
    await hub.process.wait()
    return [one for one in await asyncio.gather(*calls) if one is not None]


async def nothing_is_lost_for_ever(stand: Stand) -> None:
    """A worker whose clock is past every end looks after what was lost."""
    later = stand.environment(NOW=stand.played(LONGEST))
    async with stand.running("work", environment=later):
        await stand.rests()


def of_event(entries: list[Document], *events: str) -> list[str]:
    """The retrievals that events are on record for."""
    return [one["retrieval"] for one in entries if one["event"] in events]


async def test_five_hubs_killed_under_load_leave_nothing_unrecorded_or_asked_twice(
    stand: Stand,
) -> None:
    stand.stub.manner = after(0.2)

    async with stand.hubs(ROUNDS + 1) as hubs:
        told = [one for n in range(ROUNDS) for one in await a_round(hubs[n], n)]
        again = [
            await hubs[-1].ask(key=f"{number}-{place}", wait=0)
            for number in range(ROUNDS)
            for place in range(AT_ONCE)
        ]
        told.append(await hubs[-1].ask())
    await nothing_is_lost_for_ever(stand)
    entries = await stand.entries()

    assert {one.status_code for one in again} <= {201, 202}
    asked, heard = of_event(entries, "question:permitted"), stand.stub.times
    assert len(asked) == len(set(asked)) == ROUNDS * AT_ONCE + 1
    assert set(heard) <= set(asked)
    assert set(heard.values()) == {1}
    answers = of_event(entries, "answer:received", "answer:none", "retrieval:presumed-lost")
    assert sorted(answers) == sorted(asked)
    released = set(of_event(entries, "evidence:released"))
    for one in told:
        (retrieval,) = one.json()["retrievals"]
        assert (retrieval["state"] == "released") == (retrieval["id"] in released)
    ends = await stand.rows("select distinct state, problem from retrieval")
    assert {tuple(row) for row in ends} == {("released", None), ("failed", "presumed-lost")}


async def test_one_key_at_two_hubs_of_which_one_is_killed_is_one_request(
    stand: Stand, repeated: Repeated
) -> None:
    rounds = repeated("hubs killed amid calls with one key", 1)
    stand.stub.manner = after(0.1)
    told, again = list[httpx.Response](), list[httpx.Response]()

    async with stand.hubs(1) as (lives,):
        for number in range(rounds):
            async with stand.starting() as dies:
                await dies.is_ready()
                await dies.come_in()
                calls = [
                    asyncio.create_task(asked_until_killed(hub, f"key-{number}"))
                    for hub in (dies, lives) * 6
                ]
                await asyncio.sleep(random.uniform(0, 0.2))  # noqa: S311 -- no secret
                dies.process.kill()
                await dies.process.wait()
                told += [one for one in await asyncio.gather(*calls) if one is not None]
            again.append(await lives.ask(key=f"key-{number}", wait=0))

    assert {one.status_code for one in (*told, *again)} <= {201, 202}
    assert len({one.headers["location"] for one in again}) == rounds
    assert {one.headers["location"] for one in told} <= {one.headers["location"] for one in again}
    assert set(stand.stub.times.values()) == {1}
    assert len(await stand.rows("select 1 from retrieval")) == rounds
