"""Any one process killed in the middle: the others go on, and the record says what became of it."""

import asyncio
from collections import Counter

from scenarios.stand import Hub, Stand, until
from scenarios.stub import Asked, behind, by_name
from scenarios.test_crashes import nothing_is_lost_for_ever
from scenarios.test_worker import LATER

LOST = ("failed", "presumed-lost")


async def state_of(hub: Hub, retrieval: str) -> tuple[str, str | None]:
    told = (await hub.http.get(f"/v1/retrievals/{retrieval}")).json()
    return told["state"], told.get("problem")


async def asked_by(hub: Hub, name: str, *, wait: int) -> str:
    told = await hub.ask(name, wait=wait)
    return str(told.json()["retrievals"][0]["id"])


async def test_one_hub_and_the_worker_killed_mid_flight_harm_only_what_they_were_asking(
    stand: Stand,
) -> None:
    shut = asyncio.Event()

    async def later_and_then_never(asked: Asked, writer: asyncio.StreamWriter) -> None:
        first = stand.stub.times[asked["reference"]] == 1
        await (LATER if first else behind(shut))(asked, writer)

    stand.stub.manner = by_name(Hub=behind(shut), Helfer=later_and_then_never)
    async with (
        stand.hubs(2) as (dies, lives),
        stand.running("work", environment=stand.environment()) as worker,
    ):
        in_hub = await asked_by(dies, "Hub", wait=0)
        in_worker = await asked_by(dies, "Helfer", wait=0)

        async def both_are_asked() -> bool:
            return (stand.stub.times[in_hub], stand.stub.times[in_worker]) == (1, 2)

        await until(both_are_asked)
        dies.process.kill()
        worker.kill()
        others = [await asked_by(lives, "Andere", wait=30) for _ in range(3)]
        replayed = [await state_of(lives, one) for one in (in_hub, in_worker)]
        ready = await lives.http.get("/readyz")
        # Nobody hears what is said to the dead.
        shut.set()
        await nothing_is_lost_for_ever(stand)
        ended = [await state_of(lives, one) for one in (in_hub, in_worker, *others)]
    entries = await stand.entries()

    assert replayed == [("fetching", None)] * 2
    assert ready.status_code == 200
    assert ended == [LOST, LOST, *[("released", None)] * 3]
    story = {
        one: Counter(entry["event"] for entry in entries if entry["retrieval"] == one)
        for one in (in_hub, in_worker)
    }
    assert story[in_hub] == {"question:permitted": 1, "retrieval:presumed-lost": 1}
    assert story[in_worker] == {
        "question:permitted": 2,
        "answer:deferred": 1,
        "retrieval:presumed-lost": 1,
    }
