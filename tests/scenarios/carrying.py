"""Load that a hub carries while something is done to what it stands on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from scenarios.stand import Hub


@asynccontextmanager
async def carrying(
    hubs: Sequence[Hub], *, askers: int = 4, wait: int = 5
) -> AsyncIterator[list[httpx.Response]]:
    """Questions, and looks at what became of them, without end; everything they were told."""
    over, told = asyncio.Event(), list[httpx.Response]()

    async def ask(number: int) -> None:
        hub = hubs[number % len(hubs)]
        while not over.is_set():
            asked = await hub.ask("Immer", wait=wait)
            told.append(asked)
            if asked.is_success:
                told.append(await hub.http.get(asked.headers["location"]))
                (one,) = asked.json()["retrievals"]
                if one["state"] == "released":
                    told.append(await hub.http.get(f"/v1/retrievals/{one['id']}/evidence"))
            await asyncio.sleep(0.02)

    running = [asyncio.create_task(ask(number)) for number in range(askers)]
    try:
        yield told
    finally:
        over.set()
        await asyncio.gather(*running)
