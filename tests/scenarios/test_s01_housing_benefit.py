"""S01: Gökçe and Davor apply for Wohngeld online after SGB II, and each looks first.

The half until each person's decision; what a consent opens afterwards is another story.
"""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from onceonly.demo.bodies import asked_once, choice, item
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.housing import (
    EXCLUDED,
    GUARDIANS,
    OFFICE,
    PORTAL,
    RENT,
    application,
    at_the_office,
)
from scenarios.kreis import MONTH, Kreis, a_case, problem

ENDED = {"role": "recipient", "state": "ended", "to_month": "2026-09"}
P1, P2 = 0, 1


@pytest.fixture
def portal(kreis: Kreis) -> Clerk:
    return kreis.clerk(PORTAL)


@pytest.fixture
def office(kreis: Kreis) -> Clerk:
    return kreis.clerk(OFFICE)


def content(answer: httpx.Response) -> Mapping[str, Any]:
    assert answer.is_success, answer.text
    shown: Mapping[str, Any] = answer.json()["content"]
    return shown


def test_four_parts_are_permitted_by_choice_and_wait_to_be_looked_at(
    kreis: Kreis, portal: Clerk
) -> None:
    retrievals = portal.ask(application(MONTH, kreis.now(), a_case()))

    assert [one["state"] for one in retrievals] == ["previewing"] * 4
    for retrieval in retrievals:
        decision = retrieval["decision"]
        assert (decision["outcome"], decision["mode"]) == ("permit", "choice")
        assert (decision["rule"], decision["automation"]) == ("R01", "choice")
        assert decision["law"] == ["§ 67f SGB X", "§ 7 (1) S. 1 Nr. 1 WoGG", "§ 8 WoGG"]
        assert decision["obligations"] == ["preview", "inform-person"]
        (heard,) = kreis.heard(retrieval)
        assert heard["asked"]["fields"] == decision["fields"]
        assert not [field for field in heard["asked"]["fields"] if field.endswith("_ct")]


def test_each_sees_role_state_and_end_and_nothing_of_months_that_do_not_overlap(
    kreis: Kreis, portal: Clerk
) -> None:
    retrievals = portal.ask(application(MONTH, kreis.now(), a_case()))

    for retrieval in retrievals:
        looks = portal.look(retrieval, GUARDIANS[retrieval["person"]])
        assert content(looks) == ENDED
        assert "log" not in looks.json()


def test_until_the_person_decides_nobody_else_looks_decides_or_collects(
    kreis: Kreis, portal: Clerk, office: Clerk
) -> None:
    hers, his, milas, _ = portal.ask(application(MONTH, kreis.now(), a_case()))

    assert problem(portal.look(his, "p1")) == "not-yours-to-give"
    assert problem(portal.look(milas, "p3")) == "not-yours-to-give"
    assert problem(office.look(hers, "p1")) == "insufficient-scope"
    assert problem(portal.read(hers)) == "insufficient-scope"
    assert problem(office.read(hers)) == "out-of-turn"
    assert office.read(hers).json()["state"] == "previewing"


def test_hers_is_delivered_and_his_is_destroyed(kreis: Kreis, portal: Clerk, office: Clerk) -> None:
    retrievals = portal.ask(application(MONTH, kreis.now(), a_case()))
    hers, his, milas, cans = retrievals
    portal.look(his, "p2")

    states = [
        portal.decide(hers, "use", "p1")["state"],
        portal.decide(his, "do-not-use", "p2")["state"],
        portal.decide(milas, "use", "p1")["state"],
        portal.decide(cans, "use", "p1")["state"],
    ]

    assert states == ["released", "withheld", "released", "released"]
    for one in (hers, milas, cans):
        evidence = office.read(one)
        assert content(evidence) == ENDED
        assert evidence.json()["provenance"]["origin"] == "issued"
        assert office.confirm(one).status_code == httpx.codes.NO_CONTENT
    assert problem(office.read(his)) == "out-of-turn"
    assert problem(portal.look(his, "p2")) == "out-of-turn"
    on_record = kreis.events(his)
    assert {"preview:shown", "use:decided", "evidence:destroyed"} <= set(on_record)
    assert not {"evidence:released", "evidence:read"} & set(on_record)


def withheld(kreis: Kreis, portal: Clerk, case: str) -> Retrieval:
    _, his, _, _ = portal.ask(application(MONTH, kreis.now(), case))
    return portal.decide(his, "do-not-use", "p2")


def test_after_his_no_neither_a_justification_nor_a_bare_question_opens_it(
    kreis: Kreis, portal: Clerk, office: Clerk
) -> None:
    case = a_case()
    withheld(kreis, portal, case)

    for brought in (asked_once(kreis.now()), {}):
        again = item(1, "p2", "ben.sgb2", "WOG", EXCLUDED, **brought)
        (refused,) = office.ask(at_the_office(MONTH, [again], case))
        decision = refused["decision"]
        assert refused["state"] == "refused"
        assert (decision["outcome"], decision["reason"]) == ("deny", "choice-refused")
        assert "consent" not in {one["kind"] for one in decision["alternatives"]}
        assert kreis.heard(refused) == []


def test_his_no_closes_his_part_in_this_case_and_nothing_else(
    kreis: Kreis, portal: Clerk, office: Clerk
) -> None:
    case, because = a_case(), asked_once(kreis.now())
    withheld(kreis, portal, case)

    his = item(1, "p2", "ben.sgb2", "WOG", EXCLUDED, **because)
    hers = item(1, "p1", "ben.sgb2", "WOG", EXCLUDED, **because)
    (elsewhere,) = office.ask(at_the_office(MONTH, [his], a_case()))
    (other_part,) = office.ask(at_the_office(MONTH, [hers], case))

    for one in (elsewhere, other_part):
        assert (one["state"], one["decision"]["mode"]) == ("released", "may")


def test_only_a_later_choice_of_his_own_opens_it_again(kreis: Kreis, portal: Clerk) -> None:
    case = a_case()
    withheld(kreis, portal, case)

    _, his, _, _ = portal.ask(application(MONTH, kreis.now(), case))

    assert his["state"] == "previewing"
    assert portal.decide(his, "use", "p2")["state"] == "released"


@pytest.mark.parametrize(
    ("person", "actor"), [("p2", "p1"), ("p3", "p3")], ids=["for-the-partner", "by-the-child"]
)
def test_a_choice_by_somebody_who_may_not_make_it_asks_nobody(
    kreis: Kreis, portal: Clerk, person: str, actor: str
) -> None:
    body = application(MONTH, kreis.now(), a_case())
    chosen = choice(actor, kreis.now())
    body["items"] = [item(1, person, "ben.sgb2", "WOG", EXCLUDED, **chosen)]

    (retrieval,) = portal.ask(body)

    decision = retrieval["decision"]
    assert retrieval["state"] == "choice-required"
    assert (decision["outcome"], decision["reason"]) == ("choice-required", "choice-not-theirs")
    assert kreis.heard(retrieval) == []


def test_the_copy_of_the_lease_wants_a_consent(kreis: Kreis, office: Clerk) -> None:
    lease = item(1, "p1", "hou.unterkunft", "P2", RENT, origin="submitted")

    (retrieval,) = office.ask(at_the_office(MONTH, [lease], a_case()))

    decision = retrieval["decision"]
    assert retrieval["state"] == "consent-required"
    assert (decision["outcome"], decision["reason"]) == ("consent-required", "consent-missing")
    assert decision["required"] == [{"act": "consent", "by": "p1"}]
    assert kreis.heard(retrieval) == []


def test_the_copy_of_the_lease_is_never_had_by_choice(kreis: Kreis, portal: Clerk) -> None:
    body = application(MONTH, kreis.now(), a_case())
    chosen = choice("p1", kreis.now())
    body["items"] = [item(1, "p1", "hou.unterkunft", "P2", RENT, origin="submitted", **chosen)]

    (retrieval,) = portal.ask(body)

    assert retrieval["state"] == "consent-required"
    assert kreis.heard(retrieval) == []
