"""What comes back wrong most often at first is what docs/integrate.md says, row by row."""

import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import httpx
import pytest

from api.calling import BUT, Api, kind, pointers
from builders import a_body

PAGE = (Path(__file__).parents[2] / "docs/integrate.md").read_text("utf-8")
ROWS = re.findall(r"^\| (?:\d{3}|`refused`,) `[a-z-]+` \|", PAGE, re.MULTILINE)

Mistake = Callable[[Api], Awaitable[httpx.Response]]


def an_item(**changes: object) -> dict[str, object]:
    return {"items": [a_body()["items"][0] | changes]}


async def without_the_word_bearer(api: Api) -> httpx.Response:
    return await api.get("/v1/offices", by=None, headers={"authorization": api.token(BUT)})


async def the_other_clients_call(api: Api) -> httpx.Response:
    return await api.ask(a_body(channel="online"))


async def no_key(api: Api) -> httpx.Response:
    return await api.post("/v1/evidence-requests", a_body())


async def an_old_key(api: Api) -> httpx.Response:
    await api.ask(key="old")
    return await api.ask(a_body(case_reference="BUT-2"), key="old")


async def a_fact_of_another_procedure(api: Api) -> httpx.Response:
    return await api.ask(a_body(**an_item(necessity={"fact": "wogg-7-ausschluss"})))


async def members_missing(api: Api) -> httpx.Response:
    body = a_body(**an_item(necessity=None))
    return await api.ask({name: body[name] for name in body if name != "case_reference"})


async def evidence_that_the_fact_does_not_need(api: Api) -> httpx.Response:
    return await api.ask(a_body(**an_item(evidence_type="ben.kindergeld")))


MISTAKES: Mapping[str, Mistake] = {
    "| 401 `unauthenticated` |": without_the_word_bearer,
    "| 403 `insufficient-scope` |": the_other_clients_call,
    "| 400 `idempotency-key-missing` |": no_key,
    "| 422 `idempotency-mismatch` |": an_old_key,
    "| 422 `unknown-code` |": a_fact_of_another_procedure,
    "| 422 `invalid` |": members_missing,
    "| `refused`, `not-necessary` |": evidence_that_the_fact_does_not_need,
}


def test_the_page_has_a_row_for_each_mistake_that_is_played() -> None:
    assert list(MISTAKES) == ROWS


@pytest.mark.parametrize("row", MISTAKES)
async def test_a_first_mistake_is_answered_as_the_page_says(api: Api, row: str) -> None:
    answer = await MISTAKES[row](api)

    if answer.is_success:
        (retrieval,) = answer.json()["retrievals"]
        told = f"| `{retrieval['state']}`, `{retrieval['decision']['reason']}` |"
    else:
        told = f"| {answer.status_code} `{kind(answer)}` |"
    assert told == row


async def test_all_that_is_missing_is_pointed_at_in_one_answer(api: Api) -> None:
    assert pointers(await members_missing(api)) == ["#/case_reference", "#/items/0/necessity"]


async def test_where_a_code_is_unknown_the_pointer_says_which(api: Api) -> None:
    assert pointers(await a_fact_of_another_procedure(api)) == ["#/items/0/necessity/fact"]
