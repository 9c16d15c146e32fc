"""Previews over HTTP: the portal shows, the person says, and nobody else sees anything."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.calling import PORTAL, Api, kind, pointers
from api.test_notices import chosen
from builders import NOW, AnOffice, delivered

FACHVERFAHREN = "wohngeld-fachverfahren"
SHOWN = {"role": "recipient", "state": "ended"}
USE = {
    "decision": "use",
    "made_by": "p1",
    "made_at": "2026-11-25T09:59:30Z",
    "session": "0123456789abcdef",
}


@pytest.fixture
async def where(api: Api, jobcenter: AnOffice) -> str:
    """A retrieval that waits for the person."""
    jobcenter.answer = lambda _: delivered(SHOWN)
    answer = await api.ask(chosen(), by=PORTAL)
    (retrieval,) = answer.json()["retrievals"]
    assert (answer.status_code, retrieval["state"]) == (201, "previewing")
    return f"/v1/retrievals/{retrieval['id']}"


async def say(api: Api, where: str, by: str = PORTAL, **changes: Any) -> httpx.Response:
    return await api.post(f"{where}/use-decision", USE | changes, by=by)


async def test_a_preview_is_the_evidence_without_its_place_in_the_log(api: Api, where: str) -> None:
    shown = await api.get(f"{where}/preview", by=PORTAL, params={"by": "p1"})
    used = await say(api, where)
    evidence = await api.get(f"{where}/evidence", by=FACHVERFAHREN)

    assert shown.headers["cache-control"] == "no-store"
    assert shown.json()["content"] == SHOWN
    assert used.json()["state"] == "released"
    assert evidence.json().items() > shown.json().items()
    assert evidence.json().keys() - shown.json().keys() == {"log"}


async def test_the_portal_cannot_collect_and_the_fachverfahren_cannot_look(
    api: Api, where: str
) -> None:
    refused = [
        await api.get(f"{where}/preview", by=FACHVERFAHREN, params={"by": "p1"}),
        await say(api, where, by=FACHVERFAHREN),
        await api.get(f"{where}/evidence", by=PORTAL),
        await api.post(f"{where}/receipt", by=PORTAL),
    ]

    assert {(one.status_code, kind(one)) for one in refused} == {(403, "insufficient-scope")}
    assert [one for one in refused if "recipient" in one.text] == []


async def test_nothing_is_collected_while_the_person_looks(api: Api, where: str) -> None:
    answers = [
        await api.get(f"{where}/evidence", by=FACHVERFAHREN),
        await api.post(f"{where}/receipt", by=FACHVERFAHREN),
    ]

    assert {(kind(one), one.json()["state"]) for one in answers} == {("out-of-turn", "previewing")}


async def test_the_portal_says_who_is_logged_in(api: Api, where: str) -> None:
    without = await api.get(f"{where}/preview", by=PORTAL)
    stranger = await api.get(f"{where}/preview", by=PORTAL, params={"by": "p9"})

    assert pointers(without) == ["#/by"]
    assert (stranger.status_code, kind(stranger)) == (403, "not-yours-to-give")
    assert kind(await say(api, where, made_by="p9")) == "not-yours-to-give"


async def test_a_use_decision_names_word_person_time_and_session(api: Api, where: str) -> None:
    wrong = {
        "decision": "maybe",
        "made_by": "",
        "made_at": "2026-11-25 10:00",
        "session": "short",
    }

    assert pointers(await say(api, where, **wrong)) == sorted(f"#/{one}" for one in wrong)
    assert pointers(await say(api, where, made_at="2026-11-25T10:01:01Z")) == ["#/made_at"]
    for member in ("made_by", "made_at", "session"):
        assert pointers(await say(api, where, PORTAL, **{member: None})) == [f"#/{member}"]
    assert (await api.get(where, by=PORTAL)).json()["state"] == "previewing"


@pytest.mark.parametrize(
    ("word", "other", "state"),
    [("use", "do-not-use", "released"), ("do-not-use", "use", "withheld")],
)
async def test_the_same_word_is_good_again_and_the_other_is_out_of_turn(
    api: Api, where: str, word: str, other: str, state: str
) -> None:
    said = [await say(api, where, decision=word) for _ in range(2)]
    late = await say(api, where, decision=other)
    look = await api.get(f"{where}/preview", by=PORTAL, params={"by": "p1"})

    assert [(one.status_code, one.json()["state"]) for one in said] == [(200, state)] * 2
    for one in (late, look):
        assert (one.status_code, kind(one), one.json()["state"]) == (409, "out-of-turn", state)


async def test_what_was_withheld_is_asked_for_again_only_by_a_later_choice(
    api: Api, where: str, jobcenter: AnOffice
) -> None:
    await say(api, where, decision="do-not-use")
    without = chosen()
    del without["items"][0]["choice"]

    closed = (await api.ask(without, by=PORTAL)).json()["retrievals"][0]
    again = (await api.ask(chosen(), by=PORTAL)).json()["retrievals"][0]

    assert (closed["state"], closed["decision"]["reason"]) == ("refused", "choice-refused")
    assert again["state"] == "previewing"
    assert len(jobcenter.asked) == 2


async def test_a_preview_that_nobody_answered_is_over_before_anybody_swept(
    api: Api, where: str
) -> None:
    moment = NOW + timedelta(hours=72)
    api.app.state.world = replace(api.world, clock=lambda: moment)

    answers = [
        await api.get(f"{where}/preview", by=PORTAL, params={"by": "p1"}),
        await say(api, where),
    ]

    assert {(kind(one), one.json()["state"]) for one in answers} == {("out-of-turn", "expired")}


async def test_a_preview_is_never_in_the_answer_to_the_request(
    api: Api, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: delivered(SHOWN)

    answer = await api.ask(chosen(), by=PORTAL, headers={"prefer": "return=representation"})

    assert "recipient" not in answer.text
    assert "preference-applied" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"made_by": "p2"}, "choice-required", "choice-not-theirs"),
        ({"notice": "wahl-67f-abh-v1"}, "previewing", None),
    ],
)
async def test_a_choice_the_law_does_not_carry_ends_with_its_reason(
    api: Api, jobcenter: AnOffice, changes: dict[str, str], state: str, reason: str | None
) -> None:
    jobcenter.answer = lambda _: delivered(SHOWN)
    body = chosen(**changes)
    partner = body["persons"][0] | {"ref": "p2", "role": "partner", "given_names": ["Davor"]}
    body["persons"] = [*body["persons"], partner]

    (told,) = (await api.ask(body, by=PORTAL)).json()["retrievals"]

    assert (told["state"], told["decision"]["reason"]) == (state, reason)
    if reason:
        assert told["decision"]["required"] == [{"act": "choice", "by": "p1"}]
        assert told["decision"]["alternatives"]
