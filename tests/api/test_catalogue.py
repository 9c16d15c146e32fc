"""The catalogue over HTTP: names and schemas of a benefit month, for anyone with a token."""

import jsonschema_rs

from api.calling import PORTAL, Api, kind, pointers


async def test_a_procedure_is_called_what_it_was_called_in_the_benefit_month(api: Api) -> None:
    for month, benefit in [
        ("2022-12", "Arbeitslosengeld II"),
        ("2026-06", "Bürgergeld"),
        ("2026-07", "Grundsicherungsgeld"),
        (None, "Grundsicherungsgeld"),
    ]:
        query = {} if month is None else {"month": month}

        one = (await api.get("/v1/procedures/sgb2.erstantrag", params=query)).json()
        listed = (await api.get("/v1/procedures", params=query | {"limit": "100"})).json()["items"]

        title = {each["code"]: each["title"] for each in listed}["sgb2.erstantrag"]
        assert one["title"]["de"].startswith(benefit)
        assert title == one["title"]


async def test_an_old_name_is_still_told_while_people_use_it(api: Api) -> None:
    path = "/v1/procedures/sgb2.erstantrag"

    present = (await api.get(path, params={"month": "2026-12"})).json()
    later = (await api.get(path, params={"month": "2027-01"})).json()

    assert [one["de"] for one in present["also_called"]] == ["Bürgergeld: erster Antrag"]
    assert later["also_called"] == []


async def test_a_procedure_says_what_it_must_know_and_what_proves_it(api: Api) -> None:
    body = (await api.get("/v1/procedures/but.sgb2", by=PORTAL)).json()

    facts = {one["fact"]: one for one in body["facts"]}
    proof = {"evidence_type": "ben.sgb2", "profile": "P0"}
    assert proof in facts["sgb2-28-grundleistung"]["evidence"]
    assert {fact for one in body["requirements"] for fact in one["facts"]} == facts.keys()


async def test_the_schema_of_a_profile_takes_what_fits_and_nothing_more(api: Api) -> None:
    body = (await api.get("/v1/evidence-types/ben.sgb2")).json()

    schema = jsonschema_rs.validator_for(body["profiles"]["P0"]["schema"])
    assert schema.is_valid({"state": "granted", "from_month": "2026-06", "to_month": None})
    assert not schema.is_valid({"state": "granted", "name": "x"})


async def test_every_type_and_procedure_of_the_lists_can_be_opened(api: Api) -> None:
    for path in ("/v1/procedures", "/v1/evidence-types"):
        listed = (await api.get(path, params={"limit": 100})).json()["items"]
        for one in listed:
            opened = await api.get(f"{path}/{one['code']}")
            assert opened.status_code == 200
            assert opened.json()["title"] == one["title"]


async def test_offices_and_their_services_are_the_municipalitys(api: Api) -> None:
    offices = (await api.get("/v1/offices")).json()["items"]
    services = (await api.get("/v1/data-services")).json()["items"]

    assert [one["code"] for one in offices] == ["but", "jobcenter", "wohngeld"]
    (service,) = [one for one in services if one["evidence_type"] == "ben.sgb2"]
    assert service.keys() == {"office", "evidence_type", "profiles", "origin", "immediate"}
    assert (service["office"], service["origin"]) == ("jobcenter", "issued")
    assert {"P0", "P1", "P2"} <= set(service["profiles"])


async def test_a_month_that_is_none_is_refused(api: Api) -> None:
    for month in ["2026-13", "2026-1", "Erika", "2026-07-01", "0000-01", ""]:
        for path in ("/v1/procedures", "/v1/procedures/but.sgb2", "/v1/evidence-types/ben.sgb2"):
            answer = await api.get(path, params={"month": month})
            assert pointers(answer) == ["#/month"]
            assert "Erika" not in answer.text


async def test_a_code_nobody_knows_is_not_found_and_not_told_back(api: Api) -> None:
    for code in ["nothing", "Erika%20Mustermann", "%00", "%ed%a0%80", "BEN.SGB2"]:
        for path in ("/v1/procedures", "/v1/evidence-types"):
            answer = await api.get(f"{path}/{code}")
            assert kind(answer) == "not-found"
            assert answer.json()["instance"] == f"{path}/-"
