"""The way in: clients with keys of their own before the hub's face."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx

from builders import NOW, a_municipality
from onceonly.app import bare_application
from onceonly.security.jose import generate_client_key, sign_with_jwk
from onceonly.security.tokens import ASSERTION_TYPE
from onceonly.usecases import configuration
from onceonly.usecases.world import World

BUT, WOHNGELD = "but-fachverfahren", "wohngeld-fachverfahren"
AT = int(NOW.timestamp())
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Door:
    """The hub's face, and the private keys of two of its clients."""

    client: httpx.AsyncClient
    world: World
    private: Mapping[str, Mapping[str, Any]]

    def assertion(self, client_id: str = BUT, *, key_of: str | None = None, **changes: Any) -> str:
        """A good assertion but for the changes; a change to None takes a claim away."""
        whole = {
            "iss": client_id,
            "sub": client_id,
            "aud": self.world.issuer,
            "jti": "once",
            "iat": AT,
            "exp": AT + 60,
        } | changes
        claims = {name: value for name, value in whole.items() if value is not None}
        return sign_with_jwk(claims, self.private[key_of or client_id])

    async def ask(self, assertion: str, **fields: str | None) -> httpx.Response:
        whole = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        } | fields
        sent = {name: value for name, value in whole.items() if value is not None}
        return await self.client.post("/oauth2/token", data=sent)

    async def enter(self, token: str, path: str = "/v1/offices") -> httpx.Response:
        return await self.client.get(path, headers={"authorization": f"Bearer {token}"})


@asynccontextmanager
async def opened(owner: World, world: World) -> AsyncIterator[Door]:
    """Musterkreis with two clients that have keys."""
    pairs = {one: generate_client_key() for one in (BUT, WOHNGELD)}
    public = {one: pair[1] for one, pair in pairs.items()}
    await configuration.apply(a_municipality(keys=public), owner, actor="test")
    await world.snapshots.renew(world.database)
    async with entrance(world) as client:
        yield Door(client, world, {one: pair[0] for one, pair in pairs.items()})


def entrance(world: World) -> httpx.AsyncClient:
    app = bare_application()
    app.state.world, app.state.issuer = world, world.issuer
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=world.issuer)


def at(world: World, seconds: int) -> World:
    """The same world, so much later."""
    return replace(world, clock=lambda: NOW + timedelta(seconds=seconds))


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, error and first word of the description, once it is seen to follow RFC 6749, 5.2."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.keys() == {"error", "error_description"}
    assert all(" " <= one <= "~" and one not in '"\\' for one in body["error_description"])
    return answer.status_code, body["error"], body["error_description"].partition(":")[0]
