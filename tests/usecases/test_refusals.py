"""What a person will hand in themself: closed for the office, until they choose otherwise."""

from dataclasses import replace
from typing import Any

import pytest

from builders import (
    NOW,
    WOHNGELD,
    AnOffice,
    a_call,
    a_caller,
    a_municipality,
    a_request,
    an_agreement,
    an_item,
    delivered,
)
from onceonly.domain.persons import Person
from onceonly.domain.requests import Choice, Justification
from onceonly.domain.retrievals import Retrieval
from onceonly.usecases import configuration
from onceonly.usecases.previews import decide_use
from onceonly.usecases.requests import ask
from onceonly.usecases.use_decisions import UseDecision
from onceonly.usecases.world import World

PORTAL, OFFICE = a_caller("wohngeld-online"), a_caller("wohngeld-fachverfahren")
GOKCE = Person("p1", "applicant", "Musteryılmaz", ("Gökçe",), "1990-03-14")
DAVOR = Person("p2", "partner", "Musterkovač", ("Davor",), "1988-01-02")
WHY = Justification("sgbx-67a-2-3-1", "person-unable", "Die Person liegt im Krankenhaus.", None)
KEYS = iter(f"k{n}" for n in range(1000))


@pytest.fixture
async def town(world: World, owner: World, jobcenter: AnOffice) -> World:
    """Wohngeld may ask the Jobcenter by agreement too."""
    jobcenter.answer = lambda _: delivered({"role": "recipient", "state": "ended"})
    agreed = an_agreement(
        consumer="wohngeld",
        procedures=("wohngeld.mietzuschuss",),
        approvals=tuple(
            replace(one, office="wohngeld" if one.office == "but" else one.office)
            for one in an_agreement().approvals
        ),
    )
    await configuration.apply(a_municipality(agreements=[agreed]), owner, actor="test")
    await world.snapshots.renew(world.database)
    return world


async def asked(
    world: World, *, online: bool, person: str = "p1", case: str = "WG-1", **more: Any
) -> Retrieval:
    item = an_item(person=person, profile="WOG", fact="wogg-7-ausschluss", **more)
    request = a_request(
        item,
        procedure="wohngeld.mietzuschuss",
        case_reference=case,
        channel="online" if online else "office",
        persons=(GOKCE, DAVOR),
    )
    caller = PORTAL if online else OFFICE
    return (await ask(request, WOHNGELD, caller, world, a_call(next(KEYS)))).retrievals[0]


async def chosen(world: World, **more: Any) -> Retrieval:
    person = more.get("person", "p1")
    choice = Choice(person, NOW, "wahl-67f-v1", "session-0123456789")
    return await asked(world, online=True, choices=(choice,), **more)


async def by_right(world: World, **more: Any) -> Retrieval:
    return await asked(world, online=False, justification=WHY, **more)


async def test_who_hands_it_in_themself_is_asked_by_nobody_else_in_that_case(town: World) -> None:
    before = await by_right(town)
    refusal = await asked(town, online=True, choice_refused=True)
    bare, after = await asked(town, online=False), await by_right(town)
    elsewhere = await by_right(town, case="WG-2")
    his = await by_right(town, person="p2")

    assert (before.state, before.decision.mode) == ("released", "may")
    assert {one.decision.reason for one in (refusal, bare, after)} == {"choice-refused"}
    assert [elsewhere.state, his.state] == ["released", "released"]


async def test_a_later_choice_opens_what_a_refusal_closed(town: World) -> None:
    await asked(town, online=True, choice_refused=True)

    choice = await chosen(town)
    after = await by_right(town)

    assert choice.state == "previewing"
    assert (after.state, after.decision.mode) == ("released", "may")


async def test_another_persons_choice_opens_nothing(town: World) -> None:
    await asked(town, online=True, choice_refused=True)
    await chosen(town, person="p2")

    assert (await by_right(town)).decision.reason == "choice-refused"


async def test_who_looks_again_and_says_no_again_has_closed_it_again(town: World) -> None:
    await asked(town, online=True, choice_refused=True)
    choice = await chosen(town)

    said = UseDecision("do-not-use", "p1", NOW, "session-0123456789")
    await decide_use(choice.id, said, PORTAL, town)

    assert (await by_right(town)).decision.reason == "choice-refused"


async def test_a_refusal_has_no_other_consequence(town: World) -> None:
    refusal = await asked(town, online=True, choice_refused=True)

    kinds = [one.kind for one in refusal.decision.alternatives]
    assert (refusal.state, refusal.problem) == ("refused", None)
    assert "upload" in kinds
    assert "consent" not in kinds
