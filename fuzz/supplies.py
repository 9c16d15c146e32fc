"""What lies there before anybody is fuzzed: evidence to collect, consents that wait for the person."""

from collections.abc import Mapping
from typing import Any

import httpx

from fuzz.callers import HUB, token_of
from fuzz.ground import INSIDE, SOCIAL

COUNT = 12
"""Of each; most calls end what they act on."""


def collectable() -> list[str]:
    """Retrievals whose evidence waits to be collected."""
    made = _made("/v1/evidence-requests", "requestEvidence", INSIDE)
    return [one["retrievals"][0]["id"] for one in made]


def asked_for() -> list[str]:
    """Consents that the citizen has been asked for."""
    return [one["id"] for one in _made("/v1/consents", "recordConsent", SOCIAL)]


def _made(path: str, name: str, client: str) -> list[Mapping[str, Any]]:
    """The document's own example, so many times, each in a case of its own."""
    with httpx.Client(base_url=HUB, trust_env=False, timeout=60) as http:
        document = http.get("/openapi.json").json()
        operation = document["paths"][path]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["examples"][0]
        http.headers.update({"authorization": f"Bearer {token_of(client)}", "prefer": "wait=20"})
        answers = [
            http.post(
                path,
                json=body | {"case_reference": f"FUZZ-{number}"},
                headers={"idempotency-key": f"{name}-{number}"},
            )
            for number in range(COUNT)
        ]
    return [one.raise_for_status().json() for one in answers]
