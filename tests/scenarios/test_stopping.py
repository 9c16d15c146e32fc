"""Told to stop: what was asked is finished, on record and answered; nothing new is begun."""

import asyncio
import json
import signal

import httpx

from conftest import Repeated
from scenarios.documents import a_question
from scenarios.raw import asking, port_of
from scenarios.stand import Hub, Stand, until
from scenarios.stub import behind

RAW = json.dumps(a_question("Langsam")).encode()


async def idle_connections(hub: Hub, count: int) -> list[asyncio.StreamWriter]:
    """Connections that asked once, are kept alive and stay silent since."""
    writers = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(hub))
        writer.write(b"GET /livez HTTP/1.1\r\nhost: hub\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writers.append(writer)
    return writers


async def half_an_upload(hub: Hub) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A question of which one half is there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(hub))
    half = RAW[: len(RAW) // 2]
    writer.write(asking(hub, f"content-length: {len(RAW)}", key="slow") + half)
    await writer.drain()
    return reader, writer


async def told_to_stop(hub: Hub) -> httpx.Response:
    """Tell it, and wait until it turns new questions away: the last refusal."""
    hub.process.send_signal(signal.SIGTERM)
    answers = []

    async def refused() -> bool:
        answers.append(await hub.ask("Neu", wait=0))
        return answers[-1].status_code == 503

    await until(refused)
    return answers[-1]


async def test_a_hub_told_once_finishes_and_told_twice_ends_at_once(
    stand: Stand, repeated: Repeated
) -> None:
    count = repeated("idle connections when a hub is told to stop", 20)
    gate = asyncio.Event()
    stand.stub.manner = behind(gate)

    async with stand.hubs(2, "--with-worker") as (once, twice):
        idle = await idle_connections(once, count)
        silent = [await asyncio.open_connection("127.0.0.1", port_of(once)) for _ in range(5)]
        reader, writer = await half_an_upload(once)
        calls = [asyncio.create_task(once.ask()) for _ in range(10)]
        lost = asyncio.create_task(twice.ask("Abgebrochen"))
        await stand.stub.has_heard(11)

        refusal = await told_to_stop(once)
        ready = await once.http.get("/readyz")
        writer.write(RAW[len(RAW) // 2 :])
        slow = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await told_to_stop(twice)
        twice.process.send_signal(signal.SIGTERM)
        cut_status = await twice.ended()
        (cut,) = await asyncio.gather(lost, return_exceptions=True)
        still_waiting = not any(one.done() for one in calls)

        gate.set()
        told = await asyncio.gather(*calls)
        status = await once.ended()
        for one in (*idle, writer, *(one for _, one in silent)):
            one.close()

    assert refusal.json()["type"] == f"{stand.issuer}/problems/stopping"
    assert refusal.headers["retry-after"].isdigit()
    assert (ready.status_code, ready.json()["failing"]) == (503, ["process"])
    assert cut_status == 0
    assert isinstance(cut, httpx.TransportError) or getattr(cut, "status_code", 0) >= 500
    assert still_waiting
    assert slow.startswith("http/1.1 503")
    assert "retry-after" in slow
    assert {one.status_code for one in told} == {201}
    assert {one.json()["retrievals"][0]["state"] for one in told} == {"released"}
    assert status == 0
