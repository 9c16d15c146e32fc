"""Who calls: the clients of two offices, an online application, a citizen. Each with a bearer."""

import json
import os
import secrets
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from schemathesis import Case

from fuzz.ground import INSIDE, PORTAL, SOCIAL
from onceonly.demo.identity import AUDIENCE, ISSUER
from onceonly.demo.people import AYSE, TOWN
from onceonly.security.jose import sign_with_jwk

CITIZEN = "citizen"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
HUB = os.environ["FUZZ_HUB"]

ONLINE = ("/preview", "/use-decision")
"""What an office's system may not do: it is the person's, through the online application."""

AT_THE_OTHER = ("/v1/consents", "/v1/tasks")
"""Where the other office is the one that has something to do."""


def caller_of(case: Case) -> str:
    """Who may call this operation; where citizens may, now one and now another."""
    path = case.operation.path
    doors = case.operation.definition.raw.get("security") or [{"hub": []}]
    may = {name for one in doors for name in one}
    # By what is asked and not by chance: whoever repeats a case shall be the same caller.
    turn = len(str(case.path_parameters)) + len(str(case.body)) if "hub" in may else 0
    if CITIZEN in may and turn % 2 == 0:
        return CITIZEN
    online = isinstance(case.body, dict) and case.body.get("channel") == "online"
    if path.endswith(ONLINE) or online:
        return PORTAL
    return SOCIAL if path.startswith(AT_THE_OTHER) else INSIDE


def token_of(caller: str) -> str:
    """A fresh bearer."""
    return _citizen() if caller == CITIZEN else _office(caller)


def assertion(client: str) -> str:
    """A fresh assertion of a client."""
    private = json.loads(Path(json.loads(os.environ["FUZZ_KEYS"])[client]).read_text("utf-8"))
    return sign_with_jwk({"iss": client, "sub": client, "aud": HUB, **_times(60)}, private)


def _office(client: str) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion(client),
    }
    answer = httpx.post(f"{HUB}/oauth2/token", data=form, timeout=30, trust_env=False)
    return str(answer.raise_for_status().json()["access_token"])


def _citizen() -> str:
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "fuzz",
        "given_name": " ".join(AYSE.given_names),
        "family_name": AYSE.family_name,
        "birthdate": AYSE.date_of_birth,
        # As the document's example of a consent has it: she shall be able to answer it.
        "place_of_birth": TOWN,
        "acr": "high",
        **_times(300),
    }
    return sign_with_jwk(claims, json.loads(Path(os.environ["FUZZ_IDENTITY"]).read_text("utf-8")))


def _times(life_s: int) -> dict[str, Any]:
    there, _, here = os.environ["FUZZ_PLAYED"].partition("@")
    ahead = datetime.fromisoformat(there).timestamp() - datetime.fromisoformat(here).timestamp()
    at = int(time.time() + ahead)
    return {"jti": secrets.token_urlsafe(16), "iat": at, "exp": at + life_s}
