"""Evidence requests over HTTP: asked, replayed, waited for, kept apart."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from api.calling import PORTAL, Api, kind, pointers
from builders import AnOffice, a_body, a_municipality
from onceonly.api.requests import read_preferences
from onceonly.domain.errors import Busy, LogUnavailable
from onceonly.domain.retrievals import Answer, Later, Order
from onceonly.usecases import configuration
from onceonly.usecases.world import Errands, World


def online(**changes: Any) -> dict[str, Any]:
    """What a person asks for in Wohngeld's online application."""
    body = a_body(
        procedure="wohngeld.mietzuschuss",
        channel="online",
        items=[
            {
                "ref": "i1",
                "person": "p1",
                "evidence_type": "ben.sgb2",
                "profile": "P0",
                "necessity": {"fact": "wogg-7-ausschluss"},
            }
        ],
    )
    return body | changes


class Slow(AnOffice):
    """An office that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    @override
    async def fetch(self, order: Order) -> Answer:
        await self.may_answer.wait()
        return await super().fetch(order)


@pytest.fixture
def slow(api: Api) -> Slow:
    office = Slow()
    api.app.state.world = replace(api.world, connect=lambda *_: office)
    return office


async def test_what_is_settled_is_created_where_its_location_says(api: Api) -> None:
    answer = await api.ask()

    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/evidence-requests/{body['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert body["persons"] == [{"ref": "p1", "role": "applicant"}]
    assert [one["state"] for one in body["retrievals"]] == ["released"]
    assert "idempotency-replayed" not in answer.headers
    assert "preference-applied" not in answer.headers
    again = await api.get(answer.headers["location"])
    assert again.json() == body


async def test_a_retrieval_is_found_by_its_id_alone(api: Api) -> None:
    asked = (await api.ask()).json()["retrievals"][0]

    answer = await api.get(f"/v1/retrievals/{asked['id']}")

    assert answer.json() == asked
    assert answer.headers["cache-control"] == "no-store"


async def test_a_refusal_by_law_is_created_and_explained_in_the_callers_language(
    api: Api,
) -> None:
    item = a_body()["items"][0] | {"evidence_type": "jug.hilfe"}
    told = {}
    for language in ("de", "en"):
        answer = await api.ask(a_body(items=[item]), headers={"accept-language": language})
        assert answer.status_code == 201
        retrieval = answer.json()["retrievals"][0]
        assert retrieval["state"] == "refused"
        assert retrieval["decision"]["alternatives"]
        told[language] = retrieval["decision"]["explanation"]

    assert told["de"] != told["en"]


async def test_what_is_under_way_is_accepted_with_when_to_look_again(api: Api, slow: Slow) -> None:
    answer = await api.ask(headers={"prefer": "wait=0"})

    assert answer.status_code == 202
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["preference-applied"] == "wait=0"
    assert "fetching_until" in answer.json()["retrievals"][0]
    slow.may_answer.set()
    later = await api.get(answer.headers["location"], headers={"prefer": "wait=20"})
    assert [one["state"] for one in later.json()["retrievals"]] == ["released"]


async def test_a_deferred_answer_says_when_it_comes(api: Api, jobcenter: AnOffice) -> None:
    jobcenter.answer = lambda _: Later(api.world.clock())

    answer = await api.ask()

    assert answer.status_code == 202
    assert answer.json()["retrievals"][0]["available_at"] == "2026-11-25T10:00:00.000Z"


async def test_the_same_key_and_body_answer_with_the_request_as_it_stands(
    api: Api, jobcenter: AnOffice
) -> None:
    first = await api.ask(key="one")
    reordered = dict(reversed(a_body().items()))

    for key in ("one", '"one"'):
        again = await api.ask(reordered, key=key)
        assert again.status_code == 201
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["location"] == first.headers["location"]
        assert again.json() == first.json()
    assert len(jobcenter.asked) == 1


async def test_a_replay_of_what_is_under_way_is_accepted_too(api: Api, slow: Slow) -> None:
    await api.ask(key="one", headers={"prefer": "wait=0"})

    again = await api.ask(key="one", headers={"prefer": "wait=0"})

    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    slow.may_answer.set()


async def test_a_key_with_another_body_is_a_mismatch(api: Api) -> None:
    await api.ask(key="one")

    assert kind(await api.ask(a_body(case_reference="BUT-2"), key="one")) == "idempotency-mismatch"


async def test_two_clients_may_use_the_same_key(api: Api) -> None:
    await api.ask(key="one")

    other = await api.ask(online(), key="one", by=PORTAL)

    assert other.status_code == 201
    assert "idempotency-replayed" not in other.headers


async def test_a_key_of_another_form_is_as_good_as_none(api: Api) -> None:
    for key in ["", '""', "with blank", "k" * 256, "schlüssel".encode("latin-1"), "ключ", "a\tb"]:
        headers = {"idempotency-key": key}

        answer = await api.post("/v1/evidence-requests", a_body(), headers=headers)

        assert (answer.status_code, kind(answer)) == (400, "idempotency-key-missing")


async def test_a_missing_key_is_named_before_what_the_body_breaks(api: Api) -> None:
    answer = await api.post("/v1/evidence-requests", a_body(channel="x"))

    assert kind(answer) == "idempotency-key-missing"


async def test_a_key_may_be_any_255_visible_signs(api: Api) -> None:
    for key in ["k" * 255, '"' + "k" * 255 + '"', "!~", '"']:
        assert (await api.ask(key=key)).status_code == 201


async def test_the_channel_decides_whose_client_may_ask(api: Api) -> None:
    fachverfahren = "wohngeld-fachverfahren"
    office = online(channel="office")

    assert (await api.ask(online(), by=PORTAL)).status_code == 201
    assert (await api.ask(office, by=fachverfahren)).status_code == 201
    for answer in (await api.ask(online(), by=fachverfahren), await api.ask(office, by=PORTAL)):
        assert (answer.status_code, kind(answer)) == (403, "insufficient-scope")


async def test_a_choice_needs_the_electronic_procedure(api: Api) -> None:
    choice = {
        "made_by": "p1",
        "made_at": "2026-11-25T09:59:00Z",
        "notice": "wahl-67f-v1",
        "session": "0123456789abcdef",
    }
    item = online()["items"][0] | {"choice": choice}

    answer = await api.ask(online(channel="office", items=[item]), by="wohngeld-fachverfahren")

    assert kind(answer) == "choice-needs-electronic-procedure"
    assert pointers(answer) == ["#/items/0/choice"]


async def test_another_office_or_municipality_sees_nothing(api: Api, owner: World) -> None:
    asked = (await api.ask()).json()
    await configuration.apply(a_municipality(code="anderer", prefix="x-"), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)
    retrieval = asked["retrievals"][0]["id"]

    for by in ("wohngeld-fachverfahren", PORTAL, "x-but-fachverfahren"):
        for path in (f"/v1/evidence-requests/{asked['id']}", f"/v1/retrievals/{retrieval}"):
            assert kind(await api.get(path, by=by)) == "not-found"
        cancelled = await api.post(f"/v1/retrievals/{retrieval}/cancellation", by=by)
        assert kind(cancelled) == "not-found"
        assert (await api.get("/v1/evidence-requests", by=by)).json()["items"] == []


async def test_a_cancelled_retrieval_is_discarded_and_again_is_as_good_as_once(
    api: Api,
) -> None:
    retrieval = (await api.ask()).json()["retrievals"][0]["id"]

    for _ in range(2):
        answer = await api.post(f"/v1/retrievals/{retrieval}/cancellation")
        assert answer.status_code == 200
        body = answer.json()
        assert (body["state"], body["problem"]) == ("discarded", "no-longer-needed")


async def test_a_retrieval_that_ended_otherwise_is_not_cancelled(api: Api) -> None:
    item = a_body()["items"][0] | {"evidence_type": "jug.hilfe"}
    refused = (await api.ask(a_body(items=[item]))).json()["retrievals"][0]["id"]

    answer = await api.post(f"/v1/retrievals/{refused}/cancellation")

    assert (answer.status_code, kind(answer)) == (409, "out-of-turn")
    assert answer.json()["state"] == "refused"


async def test_a_consumer_may_have_the_evidence_in_the_answer(api: Api) -> None:
    answer = await api.ask(headers={"prefer": 'return="representation", wait="9"'})

    assert answer.headers["preference-applied"] == "wait=9, return=representation"
    assert answer.json()["retrievals"][0]["evidence"]["content"]["state"] == "granted"


async def test_no_room_or_no_record_means_that_nobody_was_asked(
    api: Api, jobcenter: AnOffice
) -> None:
    world = api.world
    api.app.state.world = replace(world, errands=Errands(limit=0))
    busy = await api.ask()
    stopping = Errands()
    stopping.stop()
    api.app.state.world = replace(world, errands=stopping)
    stopped = await api.ask()
    api.app.state.world = world
    await world.database.close()
    unrecorded = await api.ask()

    for answer, expected in ((busy, Busy.kind), (stopped, "stopping")):
        assert (answer.status_code, kind(answer)) == (503, expected)
    assert kind(unrecorded) == LogUnavailable.kind
    assert unrecorded.headers["retry-after"] == str(unrecorded.json()["retry_after"])
    assert jobcenter.asked == []


@pytest.mark.parametrize(
    ("header", "seconds", "inline"),
    [
        ([], 5, False),
        (["wait=7"], 7, False),
        (["WAIT = 7"], 7, False),
        (['wait="7"'], 7, False),
        (["wait=31"], 30, False),
        (["wait=99999999999"], 5, False),
        (["wait=-1", "wait=1"], 5, False),
        (["wait=1.5"], 5, False),
        (["wait=²"], 5, False),
        (["wait"], 5, False),
        (["wait=3, wait=9"], 3, False),
        (["respond-async, wait=3; x=y"], 3, False),
        (['note="a, wait=9", wait=2'], 2, False),
        (['note="\\", wait=9", wait=2'], 2, False),
        (["return=representation"], 5, True),
        (["Return=Representation", "wait=1"], 1, True),
        (["return=minimal, return=representation"], 5, False),
        ([",,;=, wait=4"], 4, False),
        (['"', "wait=4"], 4, False),
    ],
)
def test_preferences_are_read_as_rfc_7240_says(
    header: list[str], seconds: int, *, inline: bool
) -> None:
    preferences = read_preferences(header)

    assert (preferences.patience.total_seconds(), preferences.inline) == (seconds, inline)
