"""Released evidence over HTTP: in two forms, repeated, received, gone."""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from jose import jws

from api.calling import PORTAL, Api, kind
from builders import NOW, AnOffice, a_body
from onceonly.domain.retrievals import Answer, Later, Nothing, Order


def always(answer: Answer) -> Callable[[Order], Answer]:
    return lambda _: answer


async def released(api: Api) -> str:
    retrieval = (await api.ask()).json()["retrievals"][0]
    assert retrieval["state"] == "released"
    return f"/v1/retrievals/{retrieval['id']}"


async def test_evidence_is_json_that_nobody_may_store_on_its_way(api: Api) -> None:
    where = await released(api)

    answer = await api.get(f"{where}/evidence")

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "accept"
    assert answer.json()["content"] == {
        "state": "granted",
        "from_month": "2026-06",
        "to_month": "2027-05",
    }


async def test_evidence_as_jws_holds_the_same_and_verifies_by_the_published_keys(
    api: Api,
) -> None:
    where = await released(api)
    plain = await api.get(f"{where}/evidence")

    signed = await api.get(f"{where}/evidence", headers={"accept": "application/jose"})

    header = jws.get_unverified_header(signed.text)
    keys = (await api.get("/.well-known/jwks.json", by=None)).json()["keys"]
    key = next(one for one in keys if one["kid"] == header["kid"])
    assert signed.headers["content-type"] == "application/jose"
    assert (header["typ"], header["alg"]) == ("evidence+jws", "ES256")
    assert jws.verify(signed.text, key, "ES256") == plain.content
    payload = signed.text.split(".")[1]
    assert urlsafe_b64decode(payload + "=" * (-len(payload) % 4)) == plain.content


async def test_the_form_is_the_one_the_caller_likes_best(api: Api) -> None:
    for accept, form in [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/*;q=0.1", "application/json"),
        ("application/jose, application/json", "application/jose"),
        ("application/jose;q=0.5, application/json", "application/json"),
        ("*/*, application/jose", "application/jose"),
        ("Application/JOSE", "application/jose"),
        ("text/html, application/json;q=0.9, */*;q=0.8", "application/json"),
    ]:
        where = await released(api)

        answer = await api.get(f"{where}/evidence", headers={"accept": accept})

        assert answer.headers["content-type"] == form


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/jose;q=0"])
async def test_a_form_there_is_not_is_not_acceptable_and_no_reading(api: Api, accept: str) -> None:
    where = await released(api)

    answer = await api.get(f"{where}/evidence", headers={"accept": accept})

    assert (answer.status_code, kind(answer)) == (406, "about:blank")
    api.app.state.world = replace(api.world, clock=lambda: NOW + timedelta(hours=1))
    assert (await api.get(f"{where}/evidence")).status_code == 200


async def test_a_receipt_is_empty_twice_and_the_evidence_gone(api: Api) -> None:
    where = await released(api)

    for _ in range(2):
        answer = await api.post(f"{where}/receipt")
        assert (answer.status_code, answer.content) == (204, b"")

    gone = await api.get(f"{where}/evidence")
    assert (gone.status_code, kind(gone)) == (410, "gone")
    assert (await api.get(where)).json()["collected_at"] == "2026-11-25T10:00:00.000Z"


async def test_a_quarter_of_an_hour_after_the_first_reading_it_is_gone(api: Api) -> None:
    where = await released(api)
    assert (await api.get(f"{where}/evidence")).status_code == 200

    api.app.state.world = replace(api.world, clock=lambda: NOW + timedelta(minutes=15))

    # The token was given for ten minutes: a fresh one is made at the world's own time.
    assert kind(await api.get(f"{where}/evidence")) == "gone"


async def test_what_is_not_released_says_in_which_state_it_is(
    api: Api, jobcenter: AnOffice
) -> None:
    refused = a_body(items=[a_body()["items"][0] | {"evidence_type": "jug.hilfe"}])
    for answer_, body, state in (
        (Later(None), a_body(), "deferred"),
        (Nothing("unknown"), a_body(), "no-result"),
        (Nothing("unknown"), refused, "refused"),
    ):
        jobcenter.answer = always(answer_)
        retrieval = (await api.ask(body)).json()["retrievals"][0]["id"]
        for answer in (
            await api.get(f"/v1/retrievals/{retrieval}/evidence"),
            await api.post(f"/v1/retrievals/{retrieval}/receipt"),
        ):
            assert (answer.status_code, kind(answer)) == (409, "out-of-turn")
            assert answer.json()["state"] == state


async def test_the_portal_collects_nothing_and_another_office_finds_nothing(api: Api) -> None:
    where = await released(api)

    for method, path in (("GET", "evidence"), ("POST", "receipt")):
        portal = await api.call(method, f"{where}/{path}", by=PORTAL, json={})
        other = await api.call(method, f"{where}/{path}", by="jobcenter-fachverfahren", json={})
        assert (portal.status_code, kind(portal)) == (403, "insufficient-scope")
        assert (other.status_code, kind(other)) == (404, "not-found")


async def test_nothing_and_nobody_answer_with_as_many_bytes(api: Api, jobcenter: AnOffice) -> None:
    sizes = set()
    for nothing in (Nothing("unknown"), Nothing("ambiguous"), Nothing("protected")):
        jobcenter.answer = always(nothing)
        answer = await api.ask()
        assert answer.json()["retrievals"][0]["state"] == "no-result"
        sizes.add((len(answer.content), *sorted(answer.headers)))

    assert len(sizes) == 1
