"""Keys are exchanged while everybody works: nobody is refused, and what was signed can be checked."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from onceonly.security.jose import check_signature, take_apart
from scenarios.documents import BUT
from scenarios.stand import Hub, Stand, until

ROUND = timedelta(minutes=9, seconds=57)
"""A rotation said by somebody so far behind takes effect three seconds later."""


def public(path: Path) -> dict[str, Any]:
    private = json.loads(path.read_text())
    return {name: value for name, value in private.items() if name != "d"}


async def jwks(hub: Hub, name: str = "jwks") -> dict[str, dict[str, str]]:
    answer = await hub.http.get(f"/.well-known/{name}.json")
    return {one["kid"]: one for one in answer.json()["keys"]}


async def a_signed_evidence(hub: Hub) -> str:
    """Evidence as the asking office keeps it, signed by the hub."""
    asked = await hub.ask()
    retrieval = asked.json()["retrievals"][0]["id"]
    path = f"/v1/retrievals/{retrieval}/evidence"
    answer = await hub.http.get(path, headers={"accept": "application/jose"})
    assert answer.status_code == 200, answer.text
    return answer.text


def checks(signed: str, keys: dict[str, dict[str, str]]) -> bool:
    taken = take_apart(signed)
    check_signature(taken, keys[str(taken.header["kid"])], "ES256")
    return True


def kid(signed: str) -> str:
    return str(take_apart(signed).header["kid"])


class Load:
    """Clients that come in anew and ask, at every hub, until they are told to stop."""

    def __init__(self, hubs: list[Hub]) -> None:
        self._hubs = hubs
        self._stopped = asyncio.Event()
        self.answers: list[httpx.Response] = []

    async def __aenter__(self) -> "Load":
        self._tasks = [asyncio.create_task(self._call(hub)) for hub in self._hubs]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped.set()
        await asyncio.gather(*self._tasks)

    async def _call(self, hub: Hub) -> None:
        while not self._stopped.is_set():
            token = await hub.token(BUT)
            self.answers.append(token)
            asked = await hub.ask()
            self.answers.append(asked)
            hub.http.headers["authorization"] = f"Bearer {token.json()['access_token']}"

    @property
    def refused(self) -> list[str]:
        return [one.text for one in self.answers if one.status_code not in (200, 201)]


async def everywhere(hubs: list[Hub], holds: Callable[[Hub], Awaitable[bool]]) -> None:
    for hub in hubs:
        await until(partial(holds, hub))


async def test_the_hubs_key_and_a_clients_are_exchanged_under_load_without_a_refusal(
    stand: Stand, tmp_path: Path
) -> None:
    async with stand.hubs(2) as hubs:
        before = await a_signed_evidence(hubs[0])
        async with Load(hubs) as load:
            said = await stand.onceonly("keys", "rotate", "token", NOW=stand.played(-ROUND))
            assert said.status == 0, said.err
            new = said.out.split()[0]

            async def signs(hub: Hub) -> bool:
                return kid((await hub.token(BUT)).json()["access_token"]) == new

            await everywhere(hubs, signs)
            published = [await jwks(hub) for hub in hubs]

            made = await stand.onceonly("client-key", str(tmp_path / "next.json"))
            document = stand.file()
            (client,) = [one for one in document["clients"] if one["client_id"] == BUT]
            old, next_ = client["jwks"]["keys"][0], json.loads(made.out)
            client["jwks"]["keys"] = [old, next_]
            await stand.apply(document)
            theirs = dict(stand.keys) | {BUT: tmp_path / "next.json"}
            rolled = Stand(tmp_path, stand.addresses, theirs, stand.stub, stand.port, stand.began)

            async def takes_the_next(hub: Hub) -> bool:
                return (await hub.exchange(rolled.assertion(BUT))).is_success

            await everywhere(hubs, takes_the_next)
        after = await a_signed_evidence(hubs[1])
        client["jwks"]["keys"] = [next_]
        await stand.apply(document)

        async def refuses_the_old(hub: Hub) -> bool:
            return (await hub.token(BUT)).status_code == 401

        await everywhere(hubs, refuses_the_old)

    assert load.refused == []
    assert len(load.answers) > 8
    assert kid(before) != kid(after) == new
    assert all(one.keys() == {kid(before), new} for one in published)
    assert checks(before, published[1])
    assert checks(after, published[0])

    later = stand.played(timedelta(hours=1))
    async with stand.starting("--with-worker", NOW=later) as hub:
        await hub.is_ready()
        now, retired = await jwks(hub), await jwks(hub, "retired-jwks")

        async def destroyed() -> bool:
            return not (stand.directory / "keys/token.pem").exists()

        await until(destroyed)
    assert now.keys() == {new}
    assert checks(before, retired)


async def test_what_cannot_be_rotated_is_refused_with_why(stand: Stand) -> None:
    for name in ("log", "names", "other"):
        said = await stand.onceonly("keys", "rotate", name)
        assert said.status == 2
        assert said.err.startswith(f"{name}: ")
