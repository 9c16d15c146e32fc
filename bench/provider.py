"""A provider that answers at once: the same bytes to everybody. `python -m bench.provider PORT`."""

import json
import sys

import uvicorn
from starlette.types import Receive, Scope, Send

_BODY = json.dumps(
    {
        "content": {"state": "granted", "from_month": "2026-06", "to_month": "2027-05"},
        "document_date": "2026-05-20",
    }
).encode()
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the question, give the answer."""
    if scope["type"] == "http":
        more = True
        while more:
            more = (await receive()).get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _BODY})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", lifespan="off")
