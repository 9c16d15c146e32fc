"""Notices over HTTP, and choices that name them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.calling import BUT, PORTAL, Api, kind, pointers
from builders import a_body
from onceonly.domain.rules import Law

Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]


def chosen(**changes: Any) -> dict[str, Any]:
    """The online application of the Wohngeldbehörde, in which the person chose retrieval."""
    choice = {
        "made_by": "p1",
        "made_at": "2026-11-25T09:59:00Z",
        "notice": "wahl-67f-v1",
        "session": "0123456789abcdef",
    }
    item = a_body()["items"][0] | {
        "profile": "WOG",
        "necessity": {"fact": "wogg-7-ausschluss"},
        "choice": choice | changes,
    }
    return a_body(procedure="wohngeld.mietzuschuss", channel="online", items=[item])


@pytest.mark.parametrize("by", [BUT, PORTAL])
async def test_whoever_has_a_token_reads_every_notice(api: Api, by: str, law: Law) -> None:
    listed = (await api.get("/v1/notices", by=by)).json()

    assert [one["id"] for one in listed["items"]] == sorted(law.notices)
    assert listed["next"] is None
    for one in listed["items"]:
        assert (await api.get(f"/v1/notices/{one['id']}", by=by)).json() == one
        assert one["hash"] == law.notices[one["id"]].hash
        assert one["texts"]["de"] != one["texts"]["en"]


async def test_a_notice_that_is_not_there_is_not_found_and_none_is_public(api: Api) -> None:
    assert kind(await api.get("/v1/notices/wahl-67f-v0")) == "not-found"
    assert kind(await api.get("/v1/notices", by=None)) == "unauthenticated"


@pytest.mark.parametrize("notice", ["wahl-67f-v0", "einwilligung-v1"])
async def test_a_choice_under_a_notice_that_is_none_of_a_choice_is_refused(
    api: Api, notice: str
) -> None:
    answer = await api.ask(chosen(notice=notice), by=PORTAL)

    assert kind(answer) == "unknown-code"
    assert pointers(answer) == ["#/items/0/choice/notice"]


async def test_what_was_read_is_on_record_by_hash_and_language(
    api: Api, law: Law, payloads: Payloads
) -> None:
    asked = (await api.ask(chosen(language="en"), by=PORTAL)).json()

    (question,) = await payloads("question:permitted")
    assert asked["retrievals"][0]["decision"]["mode"] == "choice"
    assert question["notices"] == {"wahl-67f-v1": law.notices["wahl-67f-v1"].hash}
    item: Any = question["item"]
    assert [one["language"] for one in item["choices"]] == ["en"]


async def test_a_language_the_notice_does_not_speak_is_refused(api: Api) -> None:
    assert pointers(await api.ask(chosen(language="fr"), by=PORTAL)) == [
        "#/items/0/choice/language"
    ]
