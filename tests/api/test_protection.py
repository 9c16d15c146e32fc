"""Protected persons over HTTP: 204, whoever it is."""

from typing import Any

from api.calling import Api, kind, pointers
from builders import a_body

PATH = "/v1/protected-persons"
CLERK = "wohngeld-fachverfahren"
HER = {"family_name": "Mustermann", "given_names": ["Erika"], "date_of_birth": "1964-08-12"}


def a_wish(**changes: Any) -> dict[str, Any]:
    return {"person": HER, "kinds": ["bmg-51"], "until": "2028-10-01"} | changes


async def put(api: Api, body: object, by: str = CLERK) -> Any:
    return await api.call("PUT", PATH, json=body, by=by)


async def test_whoever_is_named_and_whatever_was_known_the_answer_is_the_same(api: Api) -> None:
    told = [
        await put(api, body)
        for body in (
            a_wish(),
            a_wish(),
            a_wish(kinds=[]),
            a_wish(kinds=[], until=None),
            a_wish(kinds=["bgb-1758", "sbgg-13", "pstg-64", "bmg-52"]),
            a_wish(person={**HER, "ref": "p1", "role": "applicant", "place_of_birth": "Musterort"}),
        )
    ]

    assert {one.status_code for one in told} == {204}
    assert len({(one.content, str(one.headers)) for one in told}) == 1


async def test_who_is_protected_is_asked_about_in_vain(api: Api) -> None:
    await put(api, a_wish())
    await api.world.snapshots.renew(api.world.database)

    told = await api.ask(a_body())

    assert told.status_code == 201
    assert told.json()["retrievals"][0]["state"] == "no-result"


async def test_a_wish_that_breaks_its_form_is_refused_with_every_fault(api: Api) -> None:
    broken: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["#/kinds", "#/person"]),
        (a_wish(kinds=["shelter"]), ["#/kinds/0"]),
        (a_wish(until="tomorrow"), ["#/until"]),
        (a_wish(person={"date_of_birth": "1964-08-12"}), ["#/person"]),
        (a_wish(person={**HER, "date_of_birth": "64"}), ["#/person/date_of_birth"]),
        (a_wish(person={**HER, "shelter": "there"}), ["#/person"]),
        (a_wish(person={**HER, "family_name": "Muster\u2603"}), ["#/person/family_name"]),
    ]

    for body, where in broken:
        assert pointers(await put(api, body)) == where, body


async def test_nobody_reads_or_lists_who_is_protected(api: Api) -> None:
    for method in ("GET", "POST", "DELETE", "HEAD"):
        assert (await api.call(method, PATH, by=CLERK)).status_code == 405


async def test_only_who_provides_may_protect(api: Api) -> None:
    assert kind(await put(api, a_wish(), by="wohngeld-online")) == "insufficient-scope"
