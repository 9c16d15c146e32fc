"""`mix`: fifty exchanges a second, whose answers are of all sizes; `make bench only=mix seconds=600`."""

import asyncio
import json
import os
import time
from pathlib import Path

from bench.exchange import municipality, question
from bench.figures import Figure, figure, tail
from bench.ground import Ground, ground
from bench.load import Call, paced

CONNECTIONS, PER_SECOND, SHORT_S = 64, 50, 60
WARM_S = 15
"""Until everything has been needed once; from then on nothing may grow."""

RENEW_EVERY_S = 240
MEBI = 1024 * 1024


def measured(directory: Path) -> list[Figure]:
    """How long an exchange takes, and by how much the serving process grows."""
    seconds = int(os.environ.get("BENCH_SECONDS") or SHORT_S)
    with ground(directory, municipality, provider="bench.sizes") as stand:
        took, sizes = asyncio.run(_took(stand, seconds))
    grown = [min(sizes[at : at + 5]) - min(sizes[:5]) for at in range(5, len(sizes) - 5)]
    return [
        tail(f"mix, {seconds} s", took, share=0.95, goal="0.5 s, no error"),
        figure("mix, the serving process grew by", grown[-10:], unit="MiB", goal="less than 50"),
    ]


async def _took(stand: Ground, seconds: int) -> tuple[list[float], list[float]]:
    body = json.dumps(question(time.strftime("%Y-%m"))).encode()
    headers = {
        "authorization": f"Bearer {stand.token()}",
        "content-type": "application/json",
        "prefer": "return=representation, wait=20",
    }
    sizes: list[float] = []

    def call(number: int) -> Call:
        key = {"idempotency-key": f"k{number}"}
        return f"{stand.hub}/v1/evidence-requests", headers | key, body

    async def renew() -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            headers["authorization"] = f"Bearer {await asyncio.to_thread(stand.token)}"

    async def weigh() -> None:
        await asyncio.sleep(WARM_S)
        while True:
            sizes.append(stand.resident() / MEBI)
            await asyncio.sleep(1)

    beside = [asyncio.create_task(renew()), asyncio.create_task(weigh())]
    took = await paced(
        call, connections=CONNECTIONS, per_second=PER_SECOND, seconds=seconds, wanted=201
    )
    for one in beside:
        one.cancel()
    return took, sizes
