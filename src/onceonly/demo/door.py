"""Who knocks: an office checks the hub's bearer before it looks at the question.

ES256 by a key of the hub's `/.well-known/jwks.json`, `iss` the hub, `aud` this office's base URL,
`sub` its municipality: one hub may serve several.
"""

from collections.abc import Callable
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from onceonly.demo.plain import async_client

LEEWAY_S = 5
MUNICIPALITY = "musterkreis"


class Stranger(Exception):
    """The caller is not the hub; the message names the failed check, never the token."""


class Door:
    """Checks bearers of one hub; its keys are read again when a `kid` is new."""

    def __init__(self, hub: str, own_url: str, clock: Callable[[], float]) -> None:
        self._hub = hub.rstrip("/")
        self._own_url = own_url
        self._clock = clock
        self._keys: dict[str, ECKey] = {}

    async def admit(self, authorization: str) -> None:
        """Let the hub in.

        Raises:
            Stranger: the bearer is missing, forged, expired, or meant for somebody else.
            httpx.HTTPError: the hub's keys could not be read.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Stranger("bearer")
        try:
            key = await self._key(str(jws.extract_compact(token.encode()).headers().get("kid")))
            claims = jwt.decode(token, key, algorithms=["ES256"]).claims
        except (JoseError, ValueError):
            raise Stranger("signature") from None
        self._check(claims)

    async def _key(self, kid: str) -> ECKey:
        if kid not in self._keys:
            async with async_client(timeout=3) as client:
                answer = await client.get(f"{self._hub}/.well-known/jwks.json")
            answer.raise_for_status()
            self._keys = {
                jwk["kid"]: ECKey.import_key(jwk)
                for jwk in answer.json()["keys"]
                if jwk.get("kty") == "EC"
            }
        if kid not in self._keys:
            raise Stranger("kid")
        return self._keys[kid]

    def _check(self, claims: dict[str, Any]) -> None:
        expires_at = claims.get("exp")
        if claims.get("iss") != self._hub:
            raise Stranger("iss")
        if claims.get("aud") != self._own_url:
            raise Stranger("aud")
        if claims.get("sub") != MUNICIPALITY:
            raise Stranger("sub")
        if not isinstance(expires_at, int) or expires_at + LEEWAY_S < self._clock():
            raise Stranger("exp")
