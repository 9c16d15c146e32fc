"""The hub's HTTP face, called without a socket, by whichever client of the municipality."""

from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import FastAPI

from builders import a_body
from onceonly.usecases.world import World

BUT = "but-fachverfahren"
PORTAL = "wohngeld-online"
AUDITOR = "datenschutz"


class Api:
    """Calls with a token of one client after the other; `by=None` calls without."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app = app
        self._client = client
        self._keys = 0

    @property
    def world(self) -> World:
        world = self.app.state.world
        assert isinstance(world, World)
        return world

    def token(self, client_id: str) -> str:
        caller = self.world.snapshots.caller(client_id, frozenset())
        assert caller is not None
        scopes = caller.client.scopes
        return self.world.tokens.issue(client_id=client_id, scopes=scopes, now=self.world.clock())

    async def call(
        self,
        method: str,
        path: str,
        *,
        by: str | None = BUT,
        headers: Mapping[str, str | bytes] | None = None,
        **given: Any,
    ) -> httpx.Response:
        bearer = {} if by is None else {"authorization": f"Bearer {self.token(by)}"}
        sent = [
            (name.encode(), value if isinstance(value, bytes) else value.encode())
            for name, value in {**bearer, **(headers or {})}.items()
        ]
        return await self._client.request(method, path, headers=sent, **given)

    async def get(self, path: str, **given: Any) -> httpx.Response:
        return await self.call("GET", path, **given)

    async def post(self, path: str, body: object = None, **given: Any) -> httpx.Response:
        return await self.call("POST", path, json={} if body is None else body, **given)

    async def ask(
        self,
        body: object = None,
        *,
        key: str | bytes | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        **given: Any,
    ) -> httpx.Response:
        """Ask for evidence, with a fresh key unless one is given."""
        self._keys += 1
        keyed = {"idempotency-key": key or f"k{self._keys}", **(headers or {})}
        return await self.post(
            "/v1/evidence-requests", a_body() if body is None else body, headers=keyed, **given
        )

    async def send(self, raw: bytes, **headers: str) -> httpx.Response:
        """An evidence request whose body is exactly these bytes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call(
            "POST",
            "/v1/evidence-requests",
            content=raw,
            headers={"content-type": "application/json", "idempotency-key": "raw", **named},
        )


def kind(answer: httpx.Response) -> str:
    """The last part of a problem's type, once it is seen to be a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["instance"].startswith("/")
    return str(body["type"]).rpartition("/")[2]


def pointers(answer: httpx.Response) -> list[str]:
    """Where a body breaks a rule."""
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, answer.text
    return sorted(one["pointer"] for one in answer.json()["errors"])
