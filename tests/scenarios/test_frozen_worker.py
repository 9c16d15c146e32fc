"""The only sequencer stands still: exchanges go on, and what waits is taken in when it moves again."""

import asyncio
import signal

import httpx

from conftest import Repeated
from scenarios.stand import Hub, Stand, until
from scenarios.test_worker import states

AT_ONCE = 20


async def proof(hub: Hub, entry: str) -> httpx.Response:
    return await hub.http.get(f"/v1/log/entries/{entry}/proof")


async def test_a_frozen_worker_holds_up_no_exchange_and_takes_in_what_waits(
    stand: Stand, repeated: Repeated
) -> None:
    rounds = repeated("rounds of 20 exchanges while the worker stands still", 2)

    async with (
        stand.hubs(1) as (hub,),
        stand.running("work", environment=stand.environment()) as worker,
    ):
        (before,) = (await hub.ask()).json()["retrievals"]

        async def proven() -> bool:
            return (await proof(hub, before["log"]["question"])).is_success

        await until(proven)
        worker.send_signal(signal.SIGSTOP)
        told = [
            one
            for _ in range(rounds)
            for one in await asyncio.gather(*[hub.ask() for _ in range(AT_ONCE)])
        ]
        (last,) = told[-1].json()["retrievals"]
        meanwhile = await proof(hub, last["log"]["release"])
        ready = await hub.http.get("/readyz")
        worker.send_signal(signal.SIGCONT)

        async def taken_in() -> bool:
            return not await stand.rows("select 1 from log_inbox")

        await until(taken_in)
        afterwards = await proof(hub, last["log"]["release"])

    assert {one.status_code for one in told} == {201}
    assert set(await states(stand)) == {("released", None)}
    assert (meanwhile.status_code, meanwhile.headers["retry-after"]) == (409, "1")
    assert (ready.status_code, afterwards.status_code) == (200, 200)
    assert "bug" not in stand.last_words("work")
