"""A provider whose answers are of all sizes. `python -m bench.sizes PORT`."""

import json
import random
import sys

import uvicorn
from starlette.types import Receive, Scope, Send

SHARES = {2_000: 0.3, 10_000: 0.6, 100_000: 0.09, 2_000_000: 0.009, 10_000_000: 0.001}
"""Bytes of an answer -> how many of all answers."""

_CONTENT = {"state": "granted", "from_month": "2026-06", "to_month": "2027-05"}
_BODIES = [
    # What a system adds beside the protocol is read and not handed on.
    json.dumps({"content": _CONTENT, "document_date": "2026-05-20", "scan": "A" * size}).encode()
    for size in SHARES
]
_chance = random.Random(4)  # noqa: S311 -- the same answers in each run


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Give an answer of some size."""
    if scope["type"] != "http":
        return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    (body,) = _chance.choices(_BODIES, list(SHARES.values()))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", lifespan="off")
