"""A provider that knows everybody but strangers. `python -m bench.strangers PORT`.

By family name: `Musterniema` is unknown, `Musterzwill` is two, `Musterflagg` is flagged; everybody
else is known.
"""

import json
import sys

import uvicorn
from starlette.types import Receive, Scope, Send

_KNOWN = {
    "content": {"state": "granted", "from_month": "2026-06", "to_month": "2027-05"},
    "document_date": "2026-05-20",
}
_ANSWERS = {
    "Musterniema": (404, b"{}"),
    "Musterzwill": (409, b"{}"),
    "Musterflagg": (200, json.dumps(_KNOWN | {"flags": {"address_protected": True}}).encode()),
}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the question, answer by the name."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        part = await receive()
        body += part.get("body", b"")
        more = part.get("more_body", False)
    name = json.loads(body)["person"]["family_name"] if body else ""
    status, told = _ANSWERS.get(name, (200, json.dumps(_KNOWN).encode()))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(told))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": told})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", lifespan="off")
