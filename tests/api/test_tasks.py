"""Tasks over HTTP: paged, answered, refused; nobody else's."""

import asyncio
import json
from typing import Any

import pytest

from api.calling import Api, kind, pointers
from api.test_lists import walk
from builders import GRANTED, a_body, a_municipality
from onceonly.usecases import configuration
from onceonly.usecases.world import World

CLERK = "jobcenter-fachverfahren"
TASKS = "/v1/tasks"
EVIDENCE = {"result": "evidence", "content": GRANTED, "document_date": "2026-05-20"}


@pytest.fixture
async def by_hand(api: Api, owner: World) -> list[str]:
    """Five questions that only a person may answer, oldest first."""
    await configuration.apply(a_municipality(agreements=[]), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)
    told = [await api.ask(a_body()) for _ in range(5)]
    return [one.json()["retrievals"][0]["id"] for one in told]


async def test_a_walk_through_the_tasks_sees_each_once(api: Api, by_hand: list[str]) -> None:
    for limit in (1, 2, 100):
        assert await walk(api, TASKS, limit=limit, by=CLERK) == by_hand[::-1]


async def test_a_walk_ends_and_sees_each_once_while_questions_come_in(
    api: Api, by_hand: list[str]
) -> None:
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            await api.ask(a_body())

    writers = [asyncio.create_task(write()) for _ in range(3)]
    found = await walk(api, TASKS, limit=1, by=CLERK)
    done.set()
    await asyncio.gather(*writers)

    assert len(found) == len(set(found))
    assert [one for one in found if one in by_hand] == by_hand[::-1]


async def test_a_cursor_of_another_list_or_office_leads_nowhere(
    api: Api, by_hand: list[str]
) -> None:
    theirs = (await api.get(TASKS, params={"limit": 1}, by=CLERK)).json()["next"]
    requests = (await api.get("/v1/evidence-requests", params={"limit": 1})).json()["next"]

    assert by_hand
    for cursor, by in ((theirs, "but-fachverfahren"), (requests, "but-fachverfahren")):
        told = await api.get(TASKS, params={"cursor": cursor}, by=by)
        assert pointers(told) == ["#/cursor"]


async def test_a_task_is_listed_without_its_question_and_shown_with_it(
    api: Api, by_hand: list[str]
) -> None:
    listed = (await api.get(TASKS, by=CLERK)).json()["items"][0]
    shown = await api.get(f"{TASKS}/{by_hand[-1]}", by=CLERK)

    assert listed == {
        "id": by_hand[-1],
        "kind": "answer-by-hand",
        "reference": by_hand[-1],
        "evidence_type": "ben.sgb2",
        "since": "2026-11-25T10:00:00.000Z",
        "consumer": "but",
        "procedure": "but.sgb2",
    }
    assert shown.headers["cache-control"] == "no-store"
    question = shown.json().pop("question")
    assert question["person"]["family_name"] == "Mustermann"
    assert shown.json() == listed | {"question": question}


async def test_a_task_answered_gives_the_task_and_then_409(api: Api, by_hand: list[str]) -> None:
    first = await api.post(f"{TASKS}/{by_hand[0]}/answer", EVIDENCE, by=CLERK)
    again = await api.post(f"{TASKS}/{by_hand[0]}/answer", EVIDENCE, by=CLERK)
    evidence = await api.get(f"/v1/retrievals/{by_hand[0]}/evidence")

    assert (first.status_code, first.json()["id"]) == (200, by_hand[0])
    assert "question" not in first.json()
    assert kind(again) == "out-of-turn"
    assert again.json()["state"] == "released"
    assert evidence.json()["content"] == GRANTED


@pytest.mark.parametrize("by", ["but-fachverfahren", "wohngeld-fachverfahren"])
async def test_a_task_of_another_office_is_not_there(api: Api, by_hand: list[str], by: str) -> None:
    for told in (
        await api.get(f"{TASKS}/{by_hand[0]}", by=by),
        await api.post(f"{TASKS}/{by_hand[0]}/answer", EVIDENCE, by=by),
    ):
        assert kind(told) == "not-found"


async def test_who_does_not_provide_has_no_tasks(api: Api) -> None:
    assert kind(await api.get(TASKS, by="wohngeld-online")) == "insufficient-scope"


BROKEN: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["#/result"]),
    ({"result": "later"}, ["#/result"]),
    ({"result": "evidence"}, ["#/content"]),
    ({"result": "evidence", "content": []}, ["#/content"]),
    ({"result": "evidence", "content": {"state": "\ud800"}}, ["#/content"]),
    ({"result": "evidence", "content": {"state": ["A\u0000"]}}, ["#/content"]),
    ({"result": "evidence", "content": {"total_ct": 2**60}}, ["#/content"]),
    ({"result": "evidence", "content": {}, "reason": "other"}, ["#/reason"]),
    ({"result": "refused"}, ["#/reason"]),
    ({"result": "refused", "reason": "lazy"}, ["#/reason"]),
    ({"result": "refused", "reason": "other", "content": {}}, ["#/content"]),
    ({"result": "done", "as_of": "2026-11-25T09:00:00Z"}, ["#/as_of"]),
    ({"result": "done", "mustermann": 1}, ["#"]),
    ({"result": "evidence", "content": {}, "document_date": "yesterday"}, ["#/document_date"]),
]
"""Answers that break their form, and where."""


async def test_an_answer_that_breaks_its_form_is_refused_and_the_question_stays(
    api: Api, by_hand: list[str]
) -> None:
    for body, where in BROKEN:
        told = await api.call(
            "POST",
            f"{TASKS}/{by_hand[0]}/answer",
            by=CLERK,
            content=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        assert pointers(told) == where, body

    assert (await api.get(f"/v1/retrievals/{by_hand[0]}")).json()["state"] == "manual"


async def test_what_was_answered_elsewhere_ends_without_a_result(
    api: Api, by_hand: list[str]
) -> None:
    for place, word in enumerate(("done", "answered-outside")):
        body = {"result": word, "content": None}
        await api.post(f"{TASKS}/{by_hand[place]}/answer", body, by=CLERK)

        told = await api.get(f"/v1/retrievals/{by_hand[place]}")
        assert told.json()["state"] == "no-result"
