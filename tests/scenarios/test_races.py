"""One thing asked many times at once, over two hubs: it happens once."""

import asyncio
import json
from collections import Counter

import pytest

from conftest import Repeated
from scenarios.conftest import Pair
from scenarios.documents import a_question

pytestmark = pytest.mark.asyncio(loop_scope="session")


def spellings() -> list[str]:
    """One body, spelled three ways."""
    body = a_question()
    return [
        json.dumps(body),
        json.dumps(dict(reversed(body.items())), ensure_ascii=False),
        json.dumps(body, indent=3),
    ]


async def test_thirty_calls_with_one_key_are_one_request_and_each_is_told(pair: Pair) -> None:
    calls = [
        pair.hubs[n % 2].http.post(
            "/v1/evidence-requests",
            content=spellings()[n % 3],
            headers={
                "content-type": "application/json",
                "idempotency-key": '"one-key"' if n % 5 == 0 else "one-key",
                "prefer": "wait=30",
            },
        )
        for n in range(30)
    ]
    others = [pair.hubs[n % 2].ask("Beispiel", key="one-key") for n in range(5)]

    told = await asyncio.gather(*calls)
    mismatched = await asyncio.gather(*others)

    assert {one.status_code for one in told} == {201}
    assert len({one.headers["location"] for one in told}) == 1
    assert Counter(one.headers.get("idempotency-replayed") for one in told) == {"true": 29, None: 1}
    assert {(one.status_code, one.json()["type"]) for one in mismatched} == {
        (422, f"{pair.stand.issuer}/problems/idempotency-mismatch")
    }
    assert list(pair.stub.times.values()) == [1]


async def test_one_assertion_opens_one_door_once(pair: Pair) -> None:
    assertion = pair.stand.assertion()

    answers = await asyncio.gather(*[pair.hubs[n % 2].exchange(assertion) for n in range(20)])
    fresh = await pair.hubs[0].token()

    assert Counter(one.status_code for one in answers) == {200: 1, 401: 19}
    assert {one.json()["error"] for one in answers if one.is_error} == {"invalid_client"}
    assert fresh.status_code == 200


async def test_an_answer_is_on_record_before_it_is_given(pair: Pair, repeated: Repeated) -> None:
    times = repeated("answers read at another hub, forty at once", 1)
    one, other = pair.hubs

    async def asked_here_read_there(wait: int) -> int:
        told = await one.ask(wait=wait)
        return (await other.http.get(told.headers["location"])).status_code

    seen = set()
    for _ in range(times):
        seen |= set(await asyncio.gather(*[asked_here_read_there(n % 2 * 5) for n in range(40)]))

    assert seen == {200}
