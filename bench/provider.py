"""A provider that answers everybody alike. `python -m bench.provider PORT [DELAY_S]`."""

import asyncio
import json
import re
import sys

import uvicorn
from starlette.types import Receive, Scope, Send

_ASKED = re.compile(rb'"evidence_type":"([a-z0-9.]+)"')
_NONE = {"state": "none"}
_CONTENTS = {
    "ben.sgb2": {"state": "granted", "from_month": "2026-06", "to_month": "2027-05"},
    "ben.sgb12": _NONE,
    "ben.asylblg": _NONE,
    "ben.elterngeld": {"state": "none"},
    "ben.bafoeg": {"entitled": False},
    "reg.meldedatensatz": {
        "dob": "1960-04-06",
        "address": {"town": "Musterstadt"},
        "retrieved_at": "2026-06-01T08:00:00Z",
    },
}
_BODIES = {
    code.encode(): json.dumps({"content": content, "document_date": "2026-05-20"}).encode()
    for code, content in _CONTENTS.items()
}
_DELAY_S = float(sys.argv[2]) if sys.argv[2:] else 0.0


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the question, take the time, give the answer."""
    if scope["type"] != "http":
        return
    asked, more = b"", True
    while more:
        message = await receive()
        asked += message.get("body", b"")
        more = message.get("more_body", False)
    if _DELAY_S:
        await asyncio.sleep(_DELAY_S)
    found = _ASKED.search(asked)
    body = b"{}" if found is None else _BODIES[found[1]]
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", lifespan="off")
