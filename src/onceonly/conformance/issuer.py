"""A hub's identity for one trial: a key of its own, published on a page of its own.

Tokens are those of the provider protocol; forged ones differ from them in one thing each.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiohttp import web

from onceonly.security.jose import generate_client_key, sign_with_jwk

LIFE_S = 60
Jwk = Mapping[str, Any]


class Issuer:
    """The hub that the provider is told to believe."""

    def __init__(
        self,
        url: str,
        *,
        audience: str,
        municipality: str,
        clock: Callable[[], datetime],
        private: Jwk | None = None,
    ) -> None:
        self.url = url
        self._audience = audience
        self._municipality = municipality
        self._clock = clock
        self._private = private or generate_client_key()[0]
        self._published = [_public(self._private)]
        self.times_read = 0

    @property
    def keys_url(self) -> str:
        """Where the keys are published."""
        return f"{self.url}/.well-known/jwks.json"

    @property
    def page(self) -> dict[str, object]:
        """What stands at `/.well-known/jwks.json`."""
        return {"keys": self._published}

    def claims(self, **changes: object) -> dict[str, object]:
        """Those of a good token, some changed; None leaves one out."""
        now = int(self._clock().timestamp())
        good: dict[str, object] = {
            "iss": self.url,
            "sub": self._municipality,
            "aud": self._audience,
            "iat": now,
            "exp": now + LIFE_S,
            "jti": secrets.token_urlsafe(16),
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(self, **changes: object) -> str:
        """Signed by the published key."""
        return sign_with_jwk(self.claims(**changes), self._private)

    def by_other_key(self, *, named_alike: bool) -> str:
        """Signed by a key that is not published, under the published name or one of its own."""
        other = generate_client_key()[0]
        if named_alike:
            other["kid"] = self._private["kid"]
        return sign_with_jwk(self.claims(), other)

    def by_next_key(self) -> str:
        """Signed by a key that has just been published beside the first."""
        following = generate_client_key()[0]
        self._published.append(_public(following))
        return sign_with_jwk(self.claims(), following)

    def unsigned(self) -> str:
        """With the algorithm `none`."""
        return f"{_joined({'alg': 'none', 'kid': self._private['kid']}, self.claims())}."

    def by_public_key(self) -> str:
        """With the published key taken for a shared secret."""
        signed = _joined({"alg": "HS256", "kid": self._private["kid"]}, self.claims())
        secret = json.dumps(_public(self._private)).encode()
        return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"

    def changed(self) -> str:
        """Its claims changed after it was signed."""
        head, _, signature = self.token().split(".")
        later = _part(self.claims(exp=int(self._clock().timestamp()) + 10 * LIFE_S))
        return f"{head}.{later}.{signature}"

    @asynccontextmanager
    async def publishing(self, host: str, port: int) -> AsyncIterator[None]:
        """Serve the page.

        Raises:
            OSError: something else listens there.
        """

        async def keys(_: web.Request) -> web.Response:
            self.times_read += 1
            return web.json_response(self.page)

        application = web.Application()
        application.router.add_get("/.well-known/jwks.json", keys)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield
        finally:
            await runner.cleanup()


def _public(private: Jwk) -> dict[str, Any]:
    members = ("kty", "crv", "x", "y", "n", "e", "kid")
    return {name: private[name] for name in members if name in private} | {"use": "sig"}


def _joined(header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    return f"{_part(header)}.{_part(claims)}"


def _part(value: Mapping[str, object]) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
