"""S02: Olena asks for the Kita fee waiver; one yes and its months are all the office needs."""

from typing import Any

import httpx
import pytest

from onceonly.demo.bodies import Body
from onceonly.demo.clerk import Clerk
from onceonly.demo.daycare import OFFICE, PORTAL, waiver
from scenarios.kreis import MONTH, Kreis, a_case

WAIVED = {"qualifying_benefit": True, "from_month": "2026-07", "to_month": "2027-06"}


@pytest.fixture
def portal(kreis: Kreis) -> Clerk:
    return kreis.clerk(PORTAL)


@pytest.fixture
def office(kreis: Kreis) -> Clerk:
    return kreis.clerk(OFFICE)


def chosen(kreis: Kreis, **olena: Any) -> Body:
    body = waiver(MONTH, kreis.now()) | {"case_reference": a_case()}
    body["persons"][0] |= olena
    return body


def test_the_whole_notice_is_cut_to_one_yes_and_its_months(
    kreis: Kreis, portal: Clerk, office: Clerk
) -> None:
    (retrieval,) = portal.ask(chosen(kreis))
    preview = portal.look(retrieval, "p1").json()["content"]
    portal.decide(retrieval, "use", "p1")
    evidence = office.read(retrieval).json()

    decision = retrieval["decision"]
    assert (decision["outcome"], decision["reason"]) == ("partial", "minimised")
    assert (decision["rule"], decision["mode"], decision["profile"]) == ("R16a", "choice", "KITA")
    assert (retrieval["profile"], evidence["profile"]) == ("P2", "KITA")
    assert preview == evidence["content"] == WAIVED


def test_the_jobcenter_is_asked_for_no_more_than_that(kreis: Kreis, portal: Clerk) -> None:
    (retrieval,) = portal.ask(chosen(kreis))

    (heard,) = kreis.heard(retrieval)
    assert heard["asked"]["fields"] == list(WAIVED)
    assert heard["sent"] == list(WAIVED)


def test_at_the_office_with_neither_choice_nor_justification_a_choice_is_required(
    kreis: Kreis, office: Clerk
) -> None:
    (retrieval,) = office.ask(waiver(MONTH, None) | {"case_reference": a_case()})

    decision = retrieval["decision"]
    assert retrieval["state"] == "choice-required"
    assert (decision["outcome"], decision["reason"]) == ("choice-required", "choice-missing")
    assert {"act": "choice", "by": "p1"} in decision["required"]
    assert kreis.heard(retrieval) == []


def test_a_choice_at_the_office_is_no_choice(kreis: Kreis, office: Clerk) -> None:
    body = chosen(kreis) | {"channel": "office", "caseworker": {"id": "sb-1"}}

    answer = office.send(body)

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert answer.json()["type"].endswith("choice-needs-electronic-procedure")


def test_another_transliteration_finds_her_by_the_cyrillic_spelling(
    kreis: Kreis, portal: Clerk
) -> None:
    german = {"family_name": "Schewtschenko", "given_names": ["Olena"]}

    (found,) = portal.ask(chosen(kreis, **german))
    (unknown,) = portal.ask(chosen(kreis, **german, aliases=None))

    assert (found["state"], unknown["state"]) == ("previewing", "no-result")


def test_a_name_itself_is_never_cyrillic(kreis: Kreis, portal: Clerk) -> None:
    body = chosen(kreis, family_name="Шевченко")

    answer = portal.send(body)

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert [one["pointer"] for one in answer.json()["errors"]] == ["#/persons/0/family_name"]
    assert "Шевченко" not in answer.text
