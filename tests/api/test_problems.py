"""Failures over HTTP: one shape for all of them, in two languages, naming nobody."""

from dataclasses import replace

import pytest
from typing_extensions import override

from api.calling import PORTAL, Api, kind
from builders import AnOffice
from onceonly.domain.persons import Person
from onceonly.domain.retrievals import Answer, Order
from onceonly.security.names import Names
from onceonly.telemetry import metrics

UNKNOWN = "01994a3e-7c1b-7d3e-9a4f-2b6c8d0e1f23"


async def test_whatever_is_not_there_is_a_problem_and_never_a_redirect(api: Api) -> None:
    for method, path, status in [
        ("GET", "/", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v2/offices", 404),
        ("GET", "/v1/offices/", 404),
        ("GET", "//v1/offices", 404),
        ("GET", "/v1//offices", 404),
        ("GET", "/V1/offices", 404),
        ("GET", "/v1/offices/../offices/%2e", 404),
        ("GET", "/docs", 404),
        ("GET", "/problems/../../etc/passwd", 404),
        ("GET", "/problems/Erika", 404),
        ("POST", "/livez", 405),
        ("HEAD", "/livez", 405),
        ("OPTIONS", "/v1/offices", 405),
        ("OPTIONS", "*", 404),
        ("DELETE", "/v1/evidence-requests", 405),
        ("PUT", f"/v1/retrievals/{UNKNOWN}", 405),
        ("GET", "/v1/evidence-requests/search", 405),
        ("GET", "/oauth2/token", 405),
        ("TRACE", "/livez", 405),
        ("BREW", "/livez", 405),
    ]:
        answer = await api.call(method, path)

        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert "location" not in answer.headers
        assert ("allow" in answer.headers) == (status == 405)
        assert "Erika" not in answer.text


async def test_a_405_names_every_method_of_the_path_and_no_other(api: Api) -> None:
    for path, methods in {
        "/v1/evidence-requests": "GET, POST",
        "/v1/evidence-requests/search": "POST",
        f"/v1/evidence-requests/{UNKNOWN}": "GET",
        "/v1/protected-persons": "PUT",
        "/livez": "GET",
    }.items():
        answer = await api.call("DELETE", path)

        assert (answer.status_code, answer.headers["allow"]) == (405, methods)


async def test_an_id_has_one_spelling(api: Api) -> None:
    for spelling in [
        UNKNOWN.upper(),
        UNKNOWN.replace("-", ""),
        "{" + UNKNOWN + "}",
        f"urn:uuid:{UNKNOWN}",
        UNKNOWN + "0",
        "Erika-Mustermann",
        "%00",
        "%ed%a0%80",
        "1",
    ]:
        for path in ("retrievals", "evidence-requests"):
            answer = await api.get(f"/v1/{path}/{spelling}")
            assert (answer.status_code, kind(answer)) == (404, "not-found")
            assert answer.json()["instance"] == f"/v1/{path}/-"


async def test_the_same_id_in_capitals_does_not_find_what_is_there(api: Api) -> None:
    retrieval = (await api.ask()).json()["retrievals"][0]["id"]

    assert (await api.get(f"/v1/retrievals/{retrieval}")).status_code == 200
    for spelling in (retrieval.upper(), retrieval.replace("-", ""), f"urn:uuid:{retrieval}"):
        assert kind(await api.get(f"/v1/retrievals/{spelling}")) == "not-found"


async def test_a_problem_says_where_it_was_met_without_repeating_what_it_does_not_know(
    api: Api,
) -> None:
    known = await api.get(f"/v1/retrievals/{UNKNOWN}")
    unknown = await api.get("/v1/Erika/Mustermann")

    assert known.json()["instance"] == f"/v1/retrievals/{UNKNOWN}"
    assert unknown.json()["instance"] == "/v1/-/-"


async def test_titles_are_german_unless_english_is_preferred(api: Api) -> None:
    for path, method in (("/v1/nothing", "GET"), ("/livez", "POST")):
        titles = {
            language: (await api.call(method, path, headers={"accept-language": language})).json()[
                "title"
            ]
            for language in ("de", "en", "en-US,en;q=0.9", "de-DE, en", "fr")
        }
        assert titles["en"] == titles["en-US,en;q=0.9"]
        assert titles["de"] == titles["de-DE, en"] == titles["fr"] != titles["en"]


async def test_the_type_of_a_problem_leads_to_its_page(api: Api) -> None:
    answer = await api.get("/v1/nothing")

    page = await api.get(answer.json()["type"].removeprefix(api.world.issuer), by=None)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "not-found" in page.text


async def test_without_a_valid_token_nothing_is_told(api: Api) -> None:
    for authorization in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x.y.z",
        "Basic dTpw",
        "Bearer ä",
        "Bearer " + "x" * 9000,
    ]:
        for path in ("/v1/offices", f"/v1/retrievals/{UNKNOWN}", "/v1/evidence-requests"):
            headers = {"authorization": authorization.encode("latin-1")}
            answer = await api.get(path, by=None, headers=headers)
            assert (answer.status_code, kind(answer)) == (401, "unauthenticated")
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_portal_may_not_do_what_a_consumer_may(api: Api) -> None:
    answer = await api.get(f"/v1/retrievals/{UNKNOWN}/evidence", by=PORTAL)

    assert (answer.status_code, kind(answer)) == (403, "insufficient-scope")
    assert "insufficient_scope" in answer.headers["www-authenticate"]


async def test_every_answer_bears_the_hubs_own_date(api: Api) -> None:
    for path in ("/livez", "/nothing", "/v1/offices"):
        answer = await api.get(path)
        assert answer.headers.get_list("date") == ["Wed, 25 Nov 2026 10:00:00 GMT"]


async def test_a_bug_of_ours_is_a_bare_500_that_quotes_nothing(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    class Leaky(Names):
        @override
        def subject(self, municipality: int, office: str, person: Person) -> bytes:
            raise ValueError(person.family_name)

    api.app.state.world = replace(api.world, names=Leaky(api.world.keys))

    answer = await api.ask()

    assert (answer.status_code, kind(answer)) == (500, "about:blank")
    assert "Mustermann" not in answer.text
    assert "Mustermann" not in "".join(capsys.readouterr())


async def test_metric_labels_are_templates_and_closed_lists(api: Api, jobcenter: AnOffice) -> None:
    def answer(order: Order) -> Answer:
        raise AssertionError(order)

    jobcenter.answer = answer
    before = metrics().count(b"\n")
    for n in range(300):
        await api.get(f"/erika-{n}/mustermann")
        await api.call(f"ERIKA{n}", f"/v1/procedures/erika-{n}")
        await api.get(f"/v1/retrievals/erika-{n}?erika={n}")

    text = metrics().decode()
    assert "erika" not in text.lower()
    assert 'route="/v1/retrievals/{id}"' in text
    assert 'method="other"' in text
    assert text.count("\n") < before + 100
