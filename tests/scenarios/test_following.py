"""What an applied file takes away is gone in every running process, whatever they remember."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from onceonly.security.jose import generate_client_key
from scenarios.conftest import Pair
from scenarios.documents import BUT, JOBCENTER
from scenarios.stand import Hub, until
from scenarios.test_worker import LATER

pytestmark = pytest.mark.asyncio(loop_scope="session")

Call = Callable[[Hub], Awaitable[httpx.Response]]


async def everywhere(pair: Pair, call: Call, holds: Callable[[httpx.Response], bool]) -> None:
    """Wait until it holds for the same call at each hub, called all the time."""

    async def follows(hub: Hub) -> None:
        async def followed() -> bool:
            return holds(await call(hub))

        await until(followed)

    await asyncio.gather(*[follows(hub) for hub in pair.hubs])


def outcome(answer: httpx.Response) -> str:
    return str(answer.json()["retrievals"][0]["decision"]["outcome"])


async def changes(pair: Pair) -> int:
    """How many changes of the file are on record."""
    entries = await pair.stand.entries()
    return sum(one["event"] == "configuration:changed" for one in entries)


async def test_what_left_the_file_is_over_in_every_hub_until_it_is_back(pair: Pair) -> None:
    document = pair.stand.file()
    changed = await changes(pair)
    await asyncio.gather(*[hub.come_in() for hub in pair.hubs])
    (before,) = {outcome(await hub.ask()) for hub in pair.hubs}

    without_agreement = document | {"retrieval_agreements": []}
    await pair.stand.apply(without_agreement)
    await everywhere(pair, lambda hub: hub.ask(wait=0), lambda one: outcome(one) == "manual")

    without_client = document | {"clients": document["clients"][1:]}
    assert without_client["clients"][0]["client_id"] == JOBCENTER
    await pair.stand.apply(without_client)
    await everywhere(
        pair, lambda hub: hub.http.get("/v1/offices"), lambda one: one.status_code == 401
    )
    refused = [await hub.token(BUT) for hub in pair.hubs]

    await pair.stand.apply(document)
    await everywhere(pair, lambda hub: hub.ask(), lambda one: one.status_code == 201)

    assert before == "permit"
    assert {(one.status_code, one.json()["error"]) for one in refused} == {(401, "invalid_client")}
    assert await changes(pair) == changed + 3


async def test_a_clients_new_key_opens_everywhere_and_its_old_one_nowhere(
    pair: Pair, tmp_path: Path
) -> None:
    document = pair.stand.file()
    private, public = generate_client_key()
    path = tmp_path / "new.json"
    path.write_text(json.dumps(private))
    renewed = replace(pair.stand, keys={**pair.stand.keys, BUT: path})
    first = document["clients"][0] | {"jwks": {"keys": [public]}}

    await pair.stand.apply(document | {"clients": [first, *document["clients"][1:]]})
    await everywhere(pair, lambda hub: hub.token(), lambda one: one.status_code == 401)
    opened = [await hub.exchange(renewed.assertion()) for hub in pair.hubs]
    await pair.stand.apply(document)
    await everywhere(pair, lambda hub: hub.token(), lambda one: one.status_code == 200)
    shut = [await hub.exchange(renewed.assertion()) for hub in pair.hubs]

    assert {one.status_code for one in opened} == {200}
    assert {one.status_code for one in shut} == {401}


async def test_what_was_put_off_is_not_asked_again_under_an_agreement_that_ended(
    pair: Pair,
) -> None:
    document = pair.stand.file()
    pair.stub.manner = LATER
    told = await pair.hubs[0].ask(wait=0)
    (retrieval,) = told.json()["retrievals"]
    where = f"/v1/retrievals/{retrieval['id']}"

    async def is_put_off() -> bool:
        return bool((await pair.hubs[0].http.get(where)).json()["state"] == "deferred")

    await until(is_put_off)
    await pair.stand.apply(document | {"retrieval_agreements": []})
    async with pair.stand.running("work", environment=pair.stand.environment()):

        async def is_over() -> bool:
            return bool((await pair.hubs[1].http.get(where)).json()["state"] != "deferred")

        await until(is_over)
    ended = (await pair.hubs[1].http.get(where)).json()
    await pair.stand.apply(document)
    await everywhere(
        pair, lambda hub: hub.ask("Danach", wait=0), lambda one: outcome(one) == "permit"
    )

    assert (ended["state"], ended["problem"]) == ("discarded", "no-longer-permitted")
    assert pair.stub.times[retrieval["id"]] == 1
