"""S10: who may stay, and since when somebody lives here: facts of the registers, never a verdict."""

from typing import Any

import pytest

from scenarios.documents import Document
from scenarios.social import JOBCENTER, Social, item, person, question

pytestmark = pytest.mark.asyncio(loop_scope="session")

IRYNA = person("p1", "applicant", "Musterkoval", "Iryna", "1991-08-24", nationalities=["UA"])
GEORGI = person("p1", "applicant", "Musterdimitrov", "Georgi", "1987-03-03", nationalities=["BG"])
ASKED_ONCE = {
    "justification": {
        "norm": "sgbx-67a-2-3-2",
        "reason": "asked-and-incomplete",
        "text": "Der Nachweis wurde erbeten und blieb unvollständig.",
        "asked_once_on": "2026-11-02",
    }
}


def asked(who: Document, *items: Document) -> Document:
    return question("sgb2.erstantrag", [who], *items)


def registration(fact: str, **more: Any) -> Document:
    return item("i1", "p1", "reg.meldung", "P1", fact, **(ASKED_ONCE | more))


async def test_the_register_tells_title_obligation_and_a_yes_and_never_a_number(
    social: Social,
) -> None:
    title = item("i1", "p1", "alien.status", "P2", "sgb2-7-aufenthaltsrecht")

    retrieval = await social.retrieval(JOBCENTER, asked(IRYNA, title))
    path = f"/v1/retrievals/{retrieval['id']}/evidence"
    content = (await social.call(JOBCENTER, "GET", path)).json()["content"]

    assert (retrieval["decision"]["outcome"], retrieval["decision"]["rule"]) == ("permit", "R27a")
    assert (content["title_type"], content["legal_basis"]) == ("Fiktion", "§ 81 (5) AufenthG")
    assert content["wohnsitzauflage"] == "09999001"
    assert content["identified_by_police_record"] is True
    assert content["valid_to"] == "2027-03-04"
    assert not any("number" in one for one in content)


async def test_the_register_hears_which_body_asks_and_why_and_nothing_of_the_benefit(
    social: Social,
) -> None:
    title = item("i1", "p1", "alien.status", "P2", "sgb2-7-aufenthaltsrecht")

    retrieval = await social.retrieval(JOBCENTER, asked(IRYNA, title))

    (heard,) = social.heard(retrieval)
    assert heard["requesting_body"] == {"name": "Musterkreis", "reference": retrieval["id"]}
    assert heard["purpose_code"] == "25"
    assert not {"consumer", "procedure", "rule", "law"} & heard.keys()


async def test_on_a_union_citizen_the_register_is_not_asked(social: Social) -> None:
    title = item("i1", "p1", "alien.status", "P2", "sgb2-7-aufenthaltsrecht")

    retrieval = await social.retrieval(JOBCENTER, asked(GEORGI, title))

    decision = retrieval["decision"]
    assert (retrieval["state"], decision["reason"]) == ("refused", "azr-eu-citizen")
    assert decision["law"] == ["§ 10 (1a) AZRG"]
    assert {"kind": "other-evidence", "what": "reg.meldung"} in decision["alternatives"]
    assert social.heard(retrieval) == []


async def test_the_move_in_date_is_a_move_in_date_and_nothing_else(social: Social) -> None:
    retrieval = await social.retrieval(JOBCENTER, asked(GEORGI, registration("sgb2-7-fuenf-jahre")))
    path = f"/v1/retrievals/{retrieval['id']}/evidence"
    content = (await social.call(JOBCENTER, "GET", path)).json()["content"]

    assert (retrieval["decision"]["outcome"], retrieval["decision"]["rule"]) == ("partial", "R26a")
    assert content == {"registered": True, "move_in_date": "2022-01-15"}
    # The five years start with the registration, which the list does not hold: a fact for the file.
    assert [one["code"] for one in retrieval["hints"]] == [
        "move-in-is-no-registration",
        "residents-register",
    ]
    assert retrieval["hints"][0]["law"] == ["§ 7 (1) S. 5 SGB II", "§ 34 (1) BMG"]


async def test_a_workers_right_to_stay_needs_no_date(social: Social) -> None:
    retrieval = await social.retrieval(
        JOBCENTER, asked(GEORGI, registration("sgb2-7-aufenthaltsrecht"))
    )

    assert (retrieval["state"], retrieval["decision"]["reason"]) == ("refused", "not-necessary")
