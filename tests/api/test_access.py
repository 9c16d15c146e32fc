"""Access tokens at the door: believed here and now, and nothing else is."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from api.calling import kind
from api.entering import AT, BUT, WOHNGELD, Door, at, entrance, opened, refusal
from builders import NOW, a_municipality
from onceonly.domain.offices import Role
from onceonly.security.jose import generate_client_key, sign, sign_with_jwk
from onceonly.security.tokens import (
    AccessTokens,
    ProviderBearer,
    sign_evidence,
)
from onceonly.usecases import configuration
from onceonly.usecases.world import World


@pytest.fixture
async def door(owner: World, world: World) -> AsyncIterator[Door]:
    async with opened(owner, world) as door:
        yield door


def foreign_tokens(door: Door) -> dict[str, str]:
    """Everything that looks like an access token of this hub and is none."""
    world = door.world
    scopes = a_municipality().clients[BUT].scopes
    claims = {
        "iss": world.issuer,
        "aud": world.issuer,
        "sub": BUT,
        "client_id": BUT,
        "scope": "catalogue.read evidence.request",
        "iat": AT,
        "exp": AT + 600,
        "jti": "1",
    }
    elsewhere = AccessTokens(world.keys, "http://other.example")
    bearer = ProviderBearer(world.keys, world.issuer, lambda: NOW)
    good = world.tokens.issue(client_id=BUT, scopes=scopes, now=NOW)
    return {
        "of another issuer": elsewhere.issue(client_id=BUT, scopes=scopes, now=NOW),
        "a bearer for providers": bearer.of(world.issuer, municipality="musterkreis"),
        "evidence": sign_evidence(json.dumps(claims).encode(), world.keys),
        "of a wrong type": sign(claims, world.keys.signing_key(), typ="JWT"),
        "signed by the client": sign_with_jwk(claims, door.private[BUT], typ="at+jwt"),
        "a citizen's": sign_with_jwk(claims, generate_client_key()[0]),
        "the assertion": door.assertion(),
        "expired": world.tokens.issue(
            client_id=BUT, scopes=scopes, now=NOW - timedelta(seconds=600)
        ),
        "of the future": world.tokens.issue(
            client_id=BUT, scopes=scopes, now=NOW + timedelta(seconds=61)
        ),
        "of nobody": world.tokens.issue(client_id="nobody", scopes=scopes, now=NOW),
        "tampered with": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "unsigned": good.rpartition(".")[0] + ".",
        "two": f"{good} {good}",
        "nothing": "",
    }


async def test_nothing_but_an_access_token_of_this_hub_opens_it(door: Door) -> None:
    answers = {name: await door.enter(one) for name, one in foreign_tokens(door).items()}

    statuses = {name: one.status_code for name, one in answers.items()}
    assert statuses == dict.fromkeys(answers, 401)
    assert len({one.text for one in answers.values()}) == 1
    assert all("www-authenticate" in one.headers for one in answers.values())


async def test_without_a_bearer_nobody_comes_in(door: Door) -> None:
    headers = [
        {},
        {b"authorization": b"Basic YTpi"},
        {b"authorization": b"Bearer"},
        {b"authorization": "Bearer ä.ö.ü".encode()},
        {b"x-client": BUT.encode()},
    ]

    for one in headers:
        answer = await door.client.get("/v1/offices", headers=list(one.items()))
        assert (answer.status_code, kind(answer)) == (401, "unauthenticated"), one


async def test_a_token_that_was_believed_ends_nevertheless(door: Door) -> None:
    token = (await door.ask(door.assertion())).json()["access_token"]
    assert (await door.enter(token)).status_code == httpx.codes.OK

    for seconds, status in {599: 200, 600: 401}.items():
        async with entrance(at(door.world, seconds)) as client:
            later = replace(door, client=client)
            assert (await later.enter(token)).status_code == status


async def test_a_removed_client_is_out_although_its_token_lives(door: Door, owner: World) -> None:
    token = (await door.ask(door.assertion())).json()["access_token"]
    assert (await door.enter(token)).status_code == httpx.codes.OK

    public = {WOHNGELD: generate_client_key()[1]}
    await configuration.apply(a_municipality(keys=public), owner, actor="test")
    await door.world.snapshots.renew(door.world.database)

    assert (await door.enter(token)).status_code == httpx.codes.UNAUTHORIZED
    assert refusal(await door.ask(door.assertion(jti="2"))) == (401, "invalid_client", "key")


async def test_a_changed_key_is_followed(door: Door, owner: World) -> None:
    private, public = generate_client_key()
    keys = {BUT: public}
    await configuration.apply(a_municipality(keys=keys), owner, actor="test")
    await door.world.snapshots.renew(door.world.database)

    assert refusal(await door.ask(door.assertion()))[2] == "key"
    fresh = replace(door, private={BUT: private})
    assert (await fresh.ask(fresh.assertion())).status_code == httpx.codes.OK


async def test_a_token_shrinks_with_its_clients_roles(door: Door, owner: World) -> None:
    token = (await door.ask(door.assertion())).json()["access_token"]
    assert (await door.enter(token, "/v1/evidence-requests")).status_code == httpx.codes.OK

    whole = a_municipality(keys={BUT: generate_client_key()[1]})
    smaller = replace(whole.clients[BUT], roles=(Role.PROVIDER,))
    changed = replace(whole, clients={BUT: smaller})
    await configuration.apply(changed, owner, actor="test")
    await door.world.snapshots.renew(door.world.database)

    denied = await door.enter(token, "/v1/evidence-requests")
    assert (denied.status_code, kind(denied)) == (403, "insufficient-scope")
    assert (await door.enter(token)).status_code == httpx.codes.OK
