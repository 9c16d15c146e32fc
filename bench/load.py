"""Load: so many connections, each asking as soon as it has been answered."""

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping

import aiohttp

CONNECTIONS = 16

Call = tuple[str, Mapping[str, str], bytes]
"""URL, headers and body of one POST."""


async def rate(
    call: Callable[[int], Call], *, seconds: float, wanted: int, connections: int = CONNECTIONS
) -> float:
    """Answers a second, over `seconds`; every answer must have the wanted status.

    Raises:
        RuntimeError: an answer had another status.
    """
    numbers = itertools.count(time.time_ns())
    end = time.perf_counter() + seconds
    done = 0

    async def ask(session: aiohttp.ClientSession) -> None:
        nonlocal done
        while time.perf_counter() < end:
            url, headers, body = call(next(numbers))
            async with session.post(url, headers=headers, data=body) as answer:
                text = await answer.read()
                if answer.status != wanted:
                    raise RuntimeError(f"{answer.status}: {text[:300]!r}")
                done += 1

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as session:
        began = time.perf_counter()
        await asyncio.gather(*[ask(session) for _ in range(connections)])
        return done / (time.perf_counter() - began)
