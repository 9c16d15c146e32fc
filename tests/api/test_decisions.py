"""Dry runs and discoveries over HTTP: the verdict of the live call, nothing asked, all on record."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.calling import PORTAL, Api, kind, pointers
from builders import NOW, AnOffice, a_body, a_municipality
from onceonly.usecases import configuration
from onceonly.usecases.world import World

Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]
Logged = Callable[[], Awaitable[list[str]]]


def an_item(ref: str = "i1", **changes: Any) -> dict[str, Any]:
    return {**a_body()["items"][0], "ref": ref, **changes}


def a_household(**changes: Any) -> dict[str, Any]:
    body = {name: value for name, value in a_body().items() if name != "items"}
    child = {
        "ref": "p2",
        "role": "child",
        "family_name": "Mustermann",
        "given_names": ["Moritz"],
        "date_of_birth": "2016-03-01",
    }
    lives = {"kind": "lives-with", "person": "p2", "to": "p1"}
    parent = {"kind": "parent", "person": "p1", "to": "p2", "custody": "sole"}
    persons = [*body["persons"], child]
    return body | {"persons": persons, "relationships": [parent, lives]} | changes


async def test_a_dry_run_says_what_the_live_call_says_and_asks_nobody(
    api: Api, jobcenter: AnOffice
) -> None:
    body = a_body(
        items=[
            an_item(),
            an_item("i2", profile="P1"),
            an_item("i3", evidence_type="hea.erwerb"),
            an_item("i4", choice_refused=True),
        ]
    )

    tried = await api.post("/v1/decisions", body)

    assert tried.status_code == 200
    assert tried.headers["cache-control"] == "no-store"
    assert jobcenter.asked == []
    live = (await api.ask(body)).json()["retrievals"]
    assert tried.json()["decisions"] == [
        {name: one[name] for name in ("item", "person", "evidence_type", "provider", "decision")}
        for one in live
    ]
    assert [one["decision"]["outcome"] for one in live] == ["permit", "partial", "deny", "permit"]


async def test_a_dry_run_knows_what_was_refused_in_this_case(api: Api) -> None:
    chosen = a_body(
        procedure="wohngeld.mietzuschuss",
        channel="office",
        items=[an_item(profile="WOG", necessity={"fact": "wogg-7-ausschluss"})],
    )
    refused = chosen | {"items": [chosen["items"][0] | {"choice_refused": True}]}

    before = (await api.post("/v1/decisions", chosen, by="wohngeld-fachverfahren")).json()
    await api.ask(refused, by="wohngeld-fachverfahren")
    after = (await api.post("/v1/decisions", chosen, by="wohngeld-fachverfahren")).json()

    assert before["decisions"][0]["decision"]["reason"] == "choice-missing"
    assert after["decisions"][0]["decision"]["reason"] == "choice-refused"


async def test_a_dry_run_leaves_nothing_but_one_entry_a_minute(
    api: Api, logged: Logged, payloads: Payloads
) -> None:
    for _ in range(3):
        await api.post("/v1/decisions", a_body())

    assert await logged() == ["dry-run:made"]
    (payload,) = await payloads("dry-run:made")
    said = {
        "client": "but-fachverfahren",
        "consumer": "but",
        "kind": "decisions",
        "minute": "2026-11-25T10:00Z",
    }
    assert payload == payload | said
    assert payload.keys() == {*said, "entry", "at", "event", "retrieval"}
    assert (await api.get("/v1/evidence-requests")).json()["items"] == []


async def test_processes_side_by_side_write_one_entry_and_the_next_minute_another(
    api: Api, logged: Logged
) -> None:
    await api.post("/v1/decisions", a_body())
    api.app.state.world = replace(api.world, tried={})
    await api.post("/v1/decisions", a_body())
    await api.post("/v1/decisions", a_body(), by="but-fachverfahren")
    await api.post("/v1/discoveries", a_household())
    assert await logged() == ["dry-run:made"] * 2

    api.app.state.world = replace(api.world, clock=lambda: NOW + timedelta(seconds=60))
    await api.post("/v1/decisions", a_body())

    assert await logged() == ["dry-run:made"] * 3


async def test_several_offices_are_a_choice_in_a_dry_run_too(api: Api, owner: World) -> None:
    town = a_municipality()
    north = replace(town.offices["jobcenter"], code="jobcenter-nord")
    service = replace(town.data_services[0], office="jobcenter-nord")
    two = replace(
        town,
        offices={**town.offices, north.code: north},
        data_services=(*town.data_services, service),
    )
    await configuration.apply(two, owner, actor="test")
    await api.world.snapshots.renew(api.world.database)

    answer = await api.post("/v1/decisions", a_body())
    found = (await api.post("/v1/discoveries", a_household())).json()

    assert kind(answer) == "choice-of-provider"
    assert sorted(answer.json()["choices"]) == ["jobcenter", "jobcenter-nord"]
    offers = [one["offers"] for one in _all(found) if one["evidence_type"] == "ben.sgb2"]
    assert {tuple(each["provider"] for each in one) for one in offers} == {
        ("jobcenter", "jobcenter-nord")
    }


async def test_a_body_is_read_as_strictly_as_the_live_call_reads_it(api: Api) -> None:
    assert kind(await api.post("/v1/decisions", {"nothing": 1})) == "invalid"
    nobody = await api.post("/v1/decisions", a_body(items=[an_item(person="p9")]))
    assert pointers(nobody) == ["#/items/0/person"]
    assert kind(await api.post("/v1/decisions", a_body(procedure="x.y"))) == "unknown-code"
    online = await api.post("/v1/decisions", a_body(channel="online"))
    assert kind(online) == "insufficient-scope"
    assert kind(await api.post("/v1/decisions", a_body(), by=None)) == "unauthenticated"


def _all(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for each in found["requirements"] for way in each["satisfied_by"] for one in way]


async def test_a_discovery_keeps_every_alternative_and_says_what_the_law_says(api: Api) -> None:
    answer = await api.post("/v1/discoveries", a_household())

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    listed = (await api.get("/v1/procedures/but.sgb2")).json()["requirements"]
    assert [(one["code"], one["title"]) for one in found["requirements"]] == [
        (one["code"], one["title"]) for one in listed
    ]
    for one, shown in zip(found["requirements"], listed, strict=True):
        types = {
            (each["evidence_type"], each["profile"]) for way in one["satisfied_by"] for each in way
        }
        assert types == {
            (each["evidence_type"], each["profile"])
            for way in shown["satisfied_by"]
            for each in way
        }
    basic = [one for one in _all(found) if one["evidence_type"] == "ben.sgb2"]
    assert {one["person"] for one in basic} == {"p1", "p2"}
    for one in basic:
        (offer,) = one["offers"]
        assert (offer["provider"], offer["origin"], offer["immediate"]) == (
            "jobcenter",
            "issued",
            True,
        )
        assert offer["decision"]["outcome"] == "permit"
        assert offer["decision"]["explanation"]
    assert any(one["offers"] == [] for one in _all(found))


async def test_a_discovery_says_who_is_looked_at_together_and_who_must_choose(api: Api) -> None:
    """Another unit for each benefit; nobody is presumed into one, and nothing of it is kept."""
    father = {"ref": "p3", "role": "other-parent", "family_name": "Vater", "given_names": ["Max"]}
    household = a_household()
    household["persons"] += [father | {"date_of_birth": "1980-05-05"}]
    household["relationships"] += [
        {"kind": "parent", "person": "p3", "to": "p2", "custody": "none"},
        {"kind": "separated-spouse", "person": "p3", "to": "p1"},
    ]

    found = (await api.post("/v1/discoveries", household)).json()

    (unit,) = found["units"]
    assert (unit["code"], unit["title"]["de"]) == ("bedarfsgemeinschaft", "Bedarfsgemeinschaft")
    assert unit["law"][0] == "§ 7 (3) SGB II"
    assert [(one["person"], one["belongs"], one["doubt"]) for one in unit["persons"]] == [
        ("p1", "member", None),
        ("p2", "member", None),
        ("p3", "outside", None),
    ]
    assert {(one["person"], str(one["acts"])) for one in _all(found)} >= {
        ("p1", "[['p1']]"),
        ("p2", "[['p1']]"),
    }
    both = a_household(procedure="wohngeld.mietzuschuss")
    (other,) = (await api.post("/v1/discoveries", both, by="wohngeld-fachverfahren")).json()[
        "units"
    ]
    assert other["code"] == "wohngeld-haushalt"


@pytest.mark.parametrize("procedure", ["wohngeld.mietzuschuss", "sgb2.weiterbewilligung"])
async def test_what_a_discovery_says_of_an_office_a_dry_run_of_its_item_says(
    api: Api, procedure: str
) -> None:
    by = f"{'wohngeld' if procedure.startswith('wohngeld') else 'jobcenter'}-fachverfahren"
    household = a_household(procedure=procedure)
    found = _all((await api.post("/v1/discoveries", household, by=by)).json())
    offered = [(one, offer) for one in found for offer in one["offers"]]
    items = [
        an_item(
            f"i{place}",
            person=one["person"],
            evidence_type=one["evidence_type"],
            profile=one["profile"],
            necessity={"fact": one["fact"]},
            provider=offer["provider"],
            origin=offer["origin"],
        )
        for place, (one, offer) in enumerate(offered)
    ]

    if items:
        tried = await api.post("/v1/decisions", household | {"items": items}, by=by)
        assert [one["decision"] for one in tried.json()["decisions"]] == [
            offer["decision"] for _, offer in offered
        ]
    assert bool(items) == (procedure == "wohngeld.mietzuschuss")


async def test_a_discovery_takes_no_items_and_knows_its_own_channel(api: Api) -> None:
    assert kind(await api.post("/v1/discoveries", a_body())) == "invalid"
    lost = a_household(relationships=[{"kind": "spouse", "person": "p1", "to": "p7"}])
    assert pointers(await api.post("/v1/discoveries", lost)) == ["#/relationships/0/to"]
    assert kind(await api.post("/v1/discoveries", a_household(), by=PORTAL)) == "insufficient-scope"
    other = await api.post("/v1/discoveries", a_household(procedure="x.y"))
    assert pointers(other) == ["#/procedure"]


async def test_a_procedure_that_is_not_the_offices_is_said_of_every_offer(api: Api) -> None:
    foreign = a_household(procedure="wohngeld.mietzuschuss")

    found = (await api.post("/v1/discoveries", foreign)).json()

    reasons = {each["decision"]["reason"] for one in _all(found) for each in one["offers"]}
    assert reasons == {"procedure-not-yours"}
