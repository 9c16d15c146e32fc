"""`many`: a thousand connections that stay, and a hundred exchanges a second over all of them."""

import asyncio
import json
import time
from pathlib import Path

from bench.exchange import municipality, question
from bench.figures import Figure, tail
from bench.ground import Ground, ground
from bench.load import Call, paced

CONNECTIONS, PER_SECOND, SECONDS = 1000, 100, 40


def measured(directory: Path) -> list[Figure]:
    """How long an exchange takes when each connection asks every ten seconds."""
    with ground(directory, municipality) as stand:
        took = asyncio.run(_took(stand))
    return [tail("many, of a thousand connections", took, share=0.99, goal="1 s, no error")]


async def _took(stand: Ground) -> list[float]:
    body = json.dumps(question(time.strftime("%Y-%m"))).encode()
    headers = {
        "authorization": f"Bearer {stand.token()}",
        "content-type": "application/json",
        "prefer": "return=representation, wait=20",
    }

    def call(number: int) -> Call:
        key = {"idempotency-key": f"k{number}"}
        return f"{stand.hub}/v1/evidence-requests", headers | key, body

    return await paced(
        call, connections=CONNECTIONS, per_second=PER_SECOND, seconds=SECONDS, wanted=201
    )
