"""The token endpoint: one token for an assertion, once, and a refusal that tells nobody's secret."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest

from api.calling import Api, kind
from api.entering import AT, BUT, FORM, WOHNGELD, Door, at, entrance, opened, refusal
from builders import a_municipality
from onceonly.embedded import Addresses
from onceonly.security.jose import generate_client_key, sign_with_jwk
from onceonly.security.tokens import ASSERTION_TYPE
from onceonly.store.database import Database
from onceonly.usecases.world import World


@pytest.fixture
async def door(owner: World, world: World) -> AsyncIterator[Door]:
    async with opened(owner, world) as door:
        yield door


async def test_an_assertion_becomes_a_token_that_opens_the_door(door: Door) -> None:
    answer = await door.ask(door.assertion())

    assert answer.status_code == httpx.codes.OK
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert set(body["scope"].split()) == set(a_municipality().clients[BUT].scopes)
    assert (await door.enter(body["access_token"])).status_code == httpx.codes.OK


async def test_fifty_at_once_in_two_processes_get_one_token(
    door: Door, addresses: Addresses
) -> None:
    database = await Database.open(addresses.app, size=4)
    other = replace(door.world, database=database)
    assertion = door.assertion()

    async with entrance(other) as client:
        doors = [door, Door(client, other, door.private)] * 25
        answers = await asyncio.gather(*(one.ask(assertion) for one in doors))
    await database.close()

    refused = [refusal(one) for one in answers if one.status_code != httpx.codes.OK]
    assert refused == [(401, "invalid_client", "replay")] * 49


async def test_a_used_assertion_opens_nothing_in_its_last_second(door: Door) -> None:
    assertion = door.assertion(exp=AT + 300)
    assert (await door.ask(assertion)).status_code == httpx.codes.OK

    async with entrance(at(door.world, 359)) as client:
        answer = await replace(door, client=client).ask(assertion)

    assert refusal(answer) == (401, "invalid_client", "replay")


async def test_two_clients_with_one_jti_do_not_disturb_each_other(door: Door) -> None:
    answers = [await door.ask(door.assertion(one, jti="same")) for one in (BUT, WOHNGELD)]

    assert [one.status_code for one in answers] == [200, 200]


async def test_a_refused_assertion_uses_no_jti_up_and_is_told_why_and_when(door: Door) -> None:
    refused = {
        "audience": await door.ask(door.assertion(aud="http://hub.example/")),
        "time": await door.ask(door.assertion(exp=AT + 301)),
        "form": await door.ask(door.assertion(), client_id=WOHNGELD),
        "key": await door.ask(door.assertion(key_of=WOHNGELD)),
        "signature": await door.ask(door.assertion()[:-8] + "AAAAAAAA"),
    }

    for why, answer in refused.items():
        assert refusal(answer) == (401, "invalid_client", why)
        told = answer.json()["error_description"]
        assert told.endswith("the hub's time is 2026-11-25T10:00:00Z")
        assert "www-authenticate" in answer.headers
    assert (await door.ask(door.assertion())).status_code == httpx.codes.OK


async def test_a_scope_that_is_not_the_clients_is_refused_and_uses_no_jti_up(door: Door) -> None:
    assertion = door.assertion()

    for scope in ("log.read", "evidence.request log.read", "unheard.of", " ", "evidence.request\0"):
        answer = await door.ask(assertion, scope=scope)
        assert refusal(answer) == (400, "invalid_scope", "scope"), scope
        assert "evidence.request evidence.collect" in answer.json()["error_description"]
    assert (await door.ask(assertion)).status_code == httpx.codes.OK


async def test_a_token_is_good_for_the_scope_that_was_asked_for(door: Door) -> None:
    answer = await door.ask(door.assertion(), scope="catalogue.read catalogue.read")

    assert answer.json()["scope"] == "catalogue.read"
    token = answer.json()["access_token"]
    assert (await door.enter(token)).status_code == httpx.codes.OK
    denied = await door.enter(token, "/v1/evidence-requests")
    assert (denied.status_code, kind(denied)) == (403, "insufficient-scope")


async def test_parameters_without_a_value_count_as_left_out(door: Door) -> None:
    answer = await door.ask(door.assertion(), scope="", client_id="")

    assert "evidence.request" in answer.json()["scope"]


async def test_nobody_learns_which_clients_there_are(door: Door) -> None:
    stranger, public = generate_client_key()
    door = replace(door, private={**door.private, "stranger": stranger})
    claims = {"aud": "elsewhere", "exp": 1}

    answers = [
        await door.ask(door.assertion(one, key_of="stranger", **changes))
        for one in (BUT, "nobody", public["kid"])
        for changes in ({}, claims)
    ]

    assert {one.text for one in answers} == {answers[0].text}
    assert refusal(answers[0]) == (401, "invalid_client", "key")


async def test_a_wrong_form_says_nothing_of_who_is_known(door: Door) -> None:
    claims = {"aud": door.world.issuer, "jti": "1", "iat": AT, "exp": AT + 60}
    texts = [
        sign_with_jwk({"iss": one, "sub": one} | claims, door.private[BUT], typ="at+jwt")
        for one in (BUT, "nobody")
    ]

    answers = [await door.ask(text) for text in texts]

    assert {refusal(one) for one in answers} == {(401, "invalid_client", "form")}
    assert answers[0].text == answers[1].text


async def test_what_is_no_text_is_refused_in_every_claim(door: Door) -> None:
    halves = [(claim, "\ud800") for claim in ("iss", "sub", "aud", "jti", "scope", "whatever")]
    zeros = [(claim, "A\0") for claim in ("iss", "sub", "aud", "jti")]

    for claim, text in halves + zeros:
        answer = await door.ask(door.assertion(**{claim: text}))
        assert refusal(answer)[:2] == (401, "invalid_client"), claim


async def test_a_field_that_is_missing_or_unknown_is_told(door: Door) -> None:
    cases: list[tuple[dict[str, str | None], str]] = [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_assertion": None}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"client_assertion_type": None}, "invalid_request"),
        ({"client_assertion_type": "urn:ietf:params:oauth:grant-type:saml2"}, "invalid_request"),
    ]

    for fields, error in cases:
        assert refusal(await door.ask("a.b.c", **fields))[:2] == (400, error), fields


async def test_a_body_that_is_no_form_is_told(door: Door) -> None:
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": door.assertion(),
    }
    post = door.client.post
    answers = [
        await post("/oauth2/token", json=fields),
        await post("/oauth2/token", files={name: (None, one) for name, one in fields.items()}),
        await post("/oauth2/token", content=urlencode(fields)),
        await post("/oauth2/token", content=b"\xff\xfe\0", headers=FORM),
        await post("/oauth2/token", content=b"", headers=FORM),
        await post("/oauth2/token"),
    ]

    assert [refusal(one)[:2] for one in answers] == [(400, "invalid_request")] * len(answers)
    charset = {"content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}
    answer = await post("/oauth2/token", content=urlencode(fields), headers=charset)
    assert answer.status_code == httpx.codes.OK


async def test_a_field_that_is_there_twice_is_told(door: Door) -> None:
    fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", "a.b.c"),
        ("client_assertion", door.assertion()),
    ]

    answer = await door.client.post("/oauth2/token", content=urlencode(fields), headers=FORM)

    assert refusal(answer)[:2] == (400, "invalid_request")


async def test_the_metadata_and_keys_say_how_to_get_and_check_a_token(door: Door) -> None:
    metadata = (await door.client.get("/.well-known/oauth-authorization-server")).json()
    keys = (await door.client.get("/.well-known/jwks.json")).json()["keys"]

    assert metadata["issuer"] == door.world.issuer
    assert metadata["token_endpoint"] == f"{door.world.issuer}/oauth2/token"
    assert metadata["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert [one.keys() for one in keys] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}]


async def test_a_client_without_keys_gets_no_token(api: Api) -> None:
    private, _ = generate_client_key()
    claims = {"iss": BUT, "sub": BUT, "aud": api.world.issuer, "jti": "1"}
    assertion = sign_with_jwk(claims | {"iat": AT, "exp": AT + 60}, private)

    answer = await api.call(
        "POST",
        "/oauth2/token",
        by=None,
        data={
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        },
    )

    assert refusal(answer) == (401, "invalid_client", "key")
