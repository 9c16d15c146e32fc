"""Bundles over HTTP: one case in one request, its limits, and who is asked where several could be."""

from dataclasses import replace
from typing import Any

import pytest

from api.calling import PORTAL, Api, kind, pointers
from api.test_requests import online
from builders import AnOffice, a_body, a_municipality
from onceonly.domain.offices import Configuration
from onceonly.telemetry import REGISTRY
from onceonly.usecases import configuration
from onceonly.usecases.world import World


def two_jobcenters() -> Configuration:
    """Two Jobcenters offer the same; BuT has an agreement with one of them."""
    whole = a_municipality()
    (service,) = whole.data_services
    nord = replace(whole.offices["jobcenter"], code="jobcenter-nord")
    return replace(
        whole,
        offices={**whole.offices, nord.code: nord},
        data_services=(service, replace(service, office=nord.code)),
    )


async def test_whoever_several_could_answer_is_told_for_every_item_at_once(
    api: Api, owner: World, jobcenter: AnOffice
) -> None:
    await configuration.apply(two_jobcenters(), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)
    item = a_body()["items"][0]
    items = [item | {"ref": f"i{number}"} for number in range(3)]
    items[1]["provider"] = "jobcenter"

    answer = await api.ask(a_body(items=items))
    named = await api.ask(a_body(items=[item | {"provider": "jobcenter"}]))

    assert kind(answer) == "choice-of-provider"
    assert pointers(answer) == ["#/items/0/provider", "#/items/2/provider"]
    assert answer.json()["choices"] == ["jobcenter", "jobcenter-nord"]
    assert named.json()["retrievals"][0]["provider"] == "jobcenter"
    assert len(jobcenter.asked) == 1


async def test_nobody_chooses_among_offices_none_of_which_may_be_asked(
    api: Api, owner: World
) -> None:
    await configuration.apply(two_jobcenters(), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)
    blocked = a_body()["items"][0] | {"evidence_type": "jug.hilfe"}

    refused = await api.ask(a_body(items=[blocked]))
    choice = await api.ask(online(), by=PORTAL)

    assert refused.json()["retrievals"][0]["state"] == "refused"
    assert choice.json()["retrievals"][0]["state"] == "choice-required"


def a_crowd(count: int, *, tied: bool) -> dict[str, Any]:
    """An applicant and others, tied to them or not."""
    first = a_body()["persons"][0]
    others = [
        first | {"ref": f"p{number}", "role": "household-member", "given_names": ["Paula"]}
        for number in range(2, count + 1)
    ]
    ties = [{"kind": "lives-with", "person": "p1", "to": one["ref"]} for one in others]
    return a_body(persons=[first, *others], relationships=ties if tied else [])


def alarms() -> float:
    found = REGISTRY.get_sample_value(
        "onceonly_bulk_requests_total", {"consumer": "musterkreis/but"}
    )
    return found or 0.0


async def test_a_bulk_request_is_refused_item_by_item_and_raises_one_alarm(
    api: Api, jobcenter: AnOffice
) -> None:
    before = alarms()
    items = [a_body()["items"][0] | {"ref": f"i{number}"} for number in range(5)]
    bulk = a_crowd(5, tied=False) | {"items": items}

    told = (await api.ask(bulk, key="bulk")).json()["retrievals"]
    await api.ask(bulk, key="bulk")
    allowed = await api.ask(a_crowd(5, tied=True))

    assert [(one["state"], one["decision"]["reason"]) for one in told] == [("refused", "bulk")] * 5
    assert alarms() == before + 1
    assert allowed.json()["retrievals"][0]["state"] == "released"
    assert len(jobcenter.asked) == 1


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        (a_crowd(21, tied=True), ["#/persons"]),
        ({"items": [a_body()["items"][0] | {"ref": f"i{n}"} for n in range(101)]}, ["#/items"]),
    ],
)
async def test_above_the_numbers_nothing_is_asked(
    api: Api, jobcenter: AnOffice, changes: dict[str, Any], where: list[str]
) -> None:
    answer = await api.ask(a_body(**changes))

    assert pointers(answer) == where
    assert jobcenter.asked == []


async def test_twenty_persons_and_a_hundred_items_are_one_case_in_the_items_order(
    api: Api,
) -> None:
    crowd = a_crowd(20, tied=True)
    item = crowd["items"][0]
    crowd["items"] = [
        item | {"ref": f"i{n}", "person": f"p{1 + n % 20}"} for n in reversed(range(100))
    ]

    answer = await api.ask(crowd)
    again = await api.get(answer.headers["location"])

    for one in (answer, again):
        told = one.json()["retrievals"]
        assert [one["item"] for one in told] == [f"i{n}" for n in reversed(range(100))]
    assert answer.status_code == 201
