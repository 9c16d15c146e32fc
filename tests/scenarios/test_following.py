"""What an applied file takes away is gone in every running process, whatever they remember."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from scenarios.conftest import Pair
from scenarios.documents import BUT, JOBCENTER
from scenarios.stand import Hub, until

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


async def test_what_left_the_file_is_over_in_every_hub_until_it_is_back(pair: Pair) -> None:
    document = pair.stand.file()
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
    changes = [one for one in await pair.stand.entries() if one["event"] == "configuration:changed"]
    assert len(changes) == 4
