"""Three workers, one leader for each loop; killed, it is followed, and nothing is asked twice."""

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack

from onceonly.store.leadership import SPACE
from onceonly.worker import LOOPS
from scenarios.stand import Stand, until
from scenarios.stub import Asked, answers
from scenarios.test_worker import LATER, states

LED = {one.name for one in LOOPS if one.led}
ASKS = "ask-deferred"
WORKERS = ("work-1", "work-2", "work-3")
LOCKS = (
    f"select objid from pg_locks where locktype = 'advisory' and granted and classid = {SPACE}"  # noqa: S608 -- a number of ours
    " and database = (select oid from pg_database where datname = current_database())"
)


def leads(stand: Stand, worker: str) -> list[str]:
    """The loops a worker said that it leads."""
    path = stand.directory / f"{worker}.log"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [one["loop"] for one in lines if one["event"] == "leading"]


def led(stand: Stand) -> Counter[str]:
    """How often each loop was taken over."""
    return Counter(loop for worker in WORKERS for loop in leads(stand, worker))


async def test_a_killed_leader_is_followed_and_no_question_is_asked_twice(stand: Stand) -> None:
    async def later_once(asked: Asked, writer: asyncio.StreamWriter) -> None:
        first = stand.stub.times[asked["reference"]] == 1
        await (LATER if first else answers)(asked, writer)

    async def all_led() -> bool:
        return led(stand).keys() == LED

    async def followed() -> bool:
        return led(stand)[ASKS] == 2

    async def all_released() -> bool:
        return await states(stand) == [("released", None)] * 12

    stand.stub.manner = later_once
    environment = stand.environment()
    async with stand.hubs(1) as (hub,), AsyncExitStack() as stack:
        workers = {
            name: await stack.enter_async_context(
                stand.running("work", environment=environment, name=name)
            )
            for name in WORKERS
        }
        await until(all_led)
        first, held = led(stand), await stand.rows(LOCKS)
        for name, worker in workers.items():
            if ASKS in leads(stand, name):
                worker.kill()
        for _ in range(12):
            await hub.ask(wait=0)
        await until(followed)
        await until(all_released)

    assert first == Counter(LED)
    assert len(held) == len({row["objid"] for row in held}) == len(LED)
    assert set(stand.stub.times.values()) == {2}
    assert "bug" not in "".join(stand.last_words(name) for name in WORKERS)
