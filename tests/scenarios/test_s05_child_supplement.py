"""S05: the Al-Hassan family asks for the child supplement; each adult chooses for themself."""

import pytest

from scenarios.documents import Document
from scenarios.social import (
    FAMILIENKASSE,
    FAMILIENKASSE_ONLINE,
    Social,
    chosen,
    item,
    person,
    question,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAMILY = [
    person("p1", "applicant", "Musterhassan", "Layla", "1988-02-11"),
    person("p2", "partner", "Musterhassan", "Omar", "1985-09-30"),
    *(
        person(f"p{place}", "child", "Musterhassan", given, f"{born}-04-01")
        for place, (given, born) in enumerate(
            [("Samir", 2012), ("Noor", 2015), ("Yasin", 2019)], start=3
        )
    ),
]
TIES: list[Document] = [
    {"kind": "spouse", "person": "p1", "to": "p2"},
    *(
        {"kind": "parent", "person": parent, "to": child, "custody": "joint"}
        for parent in ("p1", "p2")
        for child in ("p3", "p4", "p5")
    ),
    *(
        {"kind": "lives-with", "person": child, "to": parent}
        for parent in ("p1", "p2")
        for child in ("p3", "p4", "p5")
    ),
]


def asked(procedure: str, *items: Document, online: bool = True) -> Document:
    return question(procedure, FAMILY, *items, ties=TIES, online=online)


async def test_the_wohngeld_of_exactly_the_month_of_application(social: Social) -> None:
    aid = item("i1", "p1", "ben.wohngeld", "P1", "bkgg-6a-1-3-wohngeld", **chosen("p1"))

    retrieval = await social.retrieval(FAMILIENKASSE_ONLINE, asked("kinderzuschlag.antrag", aid))
    evidence = await social.used(FAMILIENKASSE_ONLINE, FAMILIENKASSE, retrieval, "p1")

    decision = retrieval["decision"]
    assert (decision["outcome"], decision["reason"], decision["rule"]) == (
        "partial",
        "minimised",
        "R04",
    )
    assert evidence["content"] == {"state": "granted", "month": "2026-10", "amount_ct": 41_200}
    (heard,) = social.heard(retrieval)
    assert heard["period"] == {"from_month": "2026-10", "to_month": "2026-10"}


async def test_the_extended_variant_learns_two_yes_or_no_of_each_and_no_date(
    social: Social,
) -> None:
    upkeep = [
        item(f"{type_[-1]}{ref}", ref, type_, "KIZ1A", fact, **chosen(by))
        for type_, fact in (("ben.sgb2", "bkgg-6a-1a"), ("ben.sgb12", "bkgg-6a-1a"))
        for ref, by in (("p1", "p1"), ("p2", "p2"), ("p3", "p1"), ("p4", "p2"), ("p5", "p1"))
    ]
    for one in upkeep:
        one["ref"] = f"i{upkeep.index(one)}"

    told = await social.ask(FAMILIENKASSE_ONLINE, asked("kinderzuschlag.erweitert", *upkeep))

    assert len(told.json()["retrievals"]) == 2 * len(FAMILY)
    for retrieval in told.json()["retrievals"]:
        assert retrieval["decision"]["outcome"] == "permit", retrieval
        by = "p2" if retrieval["person"] in ("p2", "p4") else "p1"
        evidence = await social.used(FAMILIENKASSE_ONLINE, FAMILIENKASSE, retrieval, by)
        assert evidence["content"] == {"applied": False, "receives": False}


async def test_nobody_chooses_for_another_adult(social: Social) -> None:
    his = item("i1", "p2", "ben.sgb2", "KIZ1A", "bkgg-6a-1a", **chosen("p1"))

    retrieval = await social.retrieval(FAMILIENKASSE_ONLINE, asked("kinderzuschlag.erweitert", his))

    decision = retrieval["decision"]
    assert (retrieval["state"], decision["reason"]) == ("choice-required", "choice-not-theirs")
    assert decision["required"] == [{"act": "choice", "by": "p2"}]
    assert social.heard(retrieval) == []


async def test_the_ordinary_variant_does_not_need_it(social: Social) -> None:
    upkeep = item("i1", "p1", "ben.sgb2", "KIZ1A", "bkgg-6a-1-3-wohngeld", **chosen("p1"))

    retrieval = await social.retrieval(FAMILIENKASSE_ONLINE, asked("kinderzuschlag.antrag", upkeep))

    assert (retrieval["state"], retrieval["decision"]["reason"]) == ("refused", "not-necessary")
    assert retrieval["decision"]["rule"] == "R05b"


async def test_payslips_in_the_wohngeld_file_need_a_consent(social: Social) -> None:
    pay = item("i1", "p1", "inc.entgelt", "P1", "bkgg-6a-8-einkommen", origin="submitted")

    retrieval = await social.retrieval(
        FAMILIENKASSE, asked("kinderzuschlag.antrag", pay, online=False)
    )

    decision = retrieval["decision"]
    assert (decision["outcome"], decision["reason"]) == ("consent-required", "consent-missing")
    assert decision["required"] == [{"act": "consent", "by": "p1"}]
    assert "choice" not in {one["kind"] for one in decision["alternatives"]}
