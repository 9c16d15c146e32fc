"""The asking side of an office system: its own key, its own token, its own calls to the hub.

`/desk/…` takes a call of whoever sits at the system and makes it at the hub's `/v1/…`, as this
client. The key never leaves the process. Assertion: RFC 7523, ES256, one minute.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onceonly.demo.plain import async_client

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RENEWED_EARLY_S = 60
_SENT_ON = ("accept", "accept-language", "content-type", "idempotency-key", "prefer")
_TOLD = ("content-type", "location", "idempotency-replayed", "preference-applied")


class Refused(Exception):
    """The hub gives no token; the message has its status."""


class Desk:
    """One client of the hub."""

    def __init__(self, hub: str, client_id: str, key: Path, clock: Callable[[], float]) -> None:
        self._hub = hub.rstrip("/")
        self._client_id = client_id
        self._key = ECKey.import_key(json.loads(key.read_text()))
        self._clock = clock
        self._token, self._good_until = "", 0.0
        self._http = async_client(self._hub, timeout=40)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def take(self, request: Request) -> Response:
        """Make the call of whoever sits here; the hub's answer is theirs."""
        try:
            headers = {name: request.headers[name] for name in _SENT_ON if name in request.headers}
            answer = await self._http.request(
                request.method,
                f"/v1/{request.path_params['path']}",
                params=str(request.query_params),
                content=await request.body(),
                headers=headers | {"authorization": f"Bearer {await self._access()}"},
            )
        except Refused as refused:
            return JSONResponse({"title": str(refused)}, 503)
        except httpx.TransportError:
            return JSONResponse({"title": "the hub does not answer"}, 503)
        told = {name: answer.headers[name] for name in _TOLD if name in answer.headers}
        return Response(answer.content, answer.status_code, told)

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        """A call of the system itself, for its own pages.

        Raises:
            Refused: the hub gives no token.
            httpx.TransportError: the hub does not answer.
        """
        headers = {"authorization": f"Bearer {await self._access()}", "accept-language": "de"}
        return await self._http.request(method, f"/v1{path}", json=body, headers=headers)

    async def _access(self) -> str:
        if self._clock() > self._good_until:
            answer = await self._http.post(
                "/oauth2/token",
                data={
                    "grant_type": "client_credentials",
                    "client_assertion_type": ASSERTION_TYPE,
                    "client_assertion": self._assertion(),
                },
            )
            if not answer.is_success:
                raise Refused(f"the hub gives no token ({answer.status_code})")
            said = answer.json()
            self._token = str(said["access_token"])
            self._good_until = self._clock() + int(said["expires_in"]) - RENEWED_EARLY_S
        return self._token

    def _assertion(self) -> str:
        now = int(self._clock())
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._hub,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        header = {"alg": "ES256", "kid": self._key.thumbprint()}
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])
