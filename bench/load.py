"""Load: connections that ask as soon as they have been answered, or so many times a second."""

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


async def paced(
    call: Callable[[int], Call], *, connections: int, per_second: float, seconds: float, wanted: int
) -> list[float]:
    """How long each answer took; `per_second` are asked over all connections, in turn.

    A connection that is still waiting when its turn comes asks late, and the delay counts.

    Raises:
        RuntimeError: an answer had another status.
    """
    numbers = itertools.count(time.time_ns())
    turn_s = connections / per_second
    took: list[float] = []

    async def ask(place: int, began: float) -> None:
        connector = aiohttp.TCPConnector(limit=1, keepalive_timeout=2 * turn_s)
        async with aiohttp.ClientSession(connector=connector) as session:
            due = began + place / per_second
            while due < began + seconds:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                url, headers, body = call(next(numbers))
                async with session.post(url, headers=headers, data=body) as answer:
                    text = await answer.read()
                    if answer.status != wanted:
                        raise RuntimeError(f"{answer.status}: {text[:300]!r}")
                took.append(time.perf_counter() - due)
                due += turn_s

    began = time.perf_counter()
    await asyncio.gather(*[ask(place, began) for place in range(connections)])
    return took
