"""S06: a class trip for Andrei: what child benefit and Wohngeld tell, to whom, and to whom nothing."""

import pytest

from scenarios.documents import Document
from scenarios.social import BUT, BUT_ONLINE, HOUSE, Social, chosen, item, person, question

pytestmark = pytest.mark.asyncio(loop_scope="session")

PEOPLE = [
    person("p1", "applicant", "Popescu", "Ioana", "1989-05-02"),
    person("p2", "child", "Țărnă", "Andrei", "2015-01-20"),
]
TIES: list[Document] = [
    {"kind": "parent", "person": "p1", "to": "p2", "custody": "sole"},
    {"kind": "lives-with", "person": "p2", "to": "p1"},
]
OFFICIAL = {"assertions": [{"code": "named-official", "detail": "ABR-2026-17"}]}


def asked(*items: Document, procedure: str = "but.bkgg", online: bool = False) -> Document:
    return question(procedure, PEOPLE, *items, ties=TIES, online=online)


def child_benefit(**more: object) -> Document:
    return item("i1", "p2", "ben.kindergeld", "P2", "bkgg-6b-kindergeld", **(OFFICIAL | more))


async def test_child_benefit_tells_the_entitled_person_the_child_and_the_period(
    social: Social,
) -> None:
    retrieval = await social.retrieval(BUT, asked(child_benefit()))
    evidence = (await social.call(BUT, "GET", f"/v1/retrievals/{retrieval['id']}/evidence")).json()

    decision = retrieval["decision"]
    assert (decision["outcome"], decision["rule"], decision["mode"]) == (
        "partial",
        "R08",
        "regulation",
    )
    assert evidence["content"] == {
        "entitled": [{"ref": "p1"}],
        "child": {"ref": "p2"},
        "from_month": "2026-01",
    }
    (heard,) = social.heard(retrieval)
    assert not any("amount" in one or "nationalit" in one for one in heard["fields"])


async def test_wohngeld_shows_both_as_considered(social: Social) -> None:
    aid = item("i1", "p1", "ben.wohngeld", "P0", "bkgg-6b-grundleistung", **chosen("p1"))

    retrieval = await social.retrieval(BUT_ONLINE, asked(aid, online=True))
    evidence = await social.used(BUT_ONLINE, BUT, retrieval, "p1")

    assert (retrieval["decision"]["outcome"], retrieval["decision"]["rule"]) == ("permit", "R11")
    assert evidence["content"]["persons_considered"] == [{"ref": "p1"}, {"ref": "p2"}]


async def test_under_the_asylum_seekers_benefits_act_nothing_is_listed(social: Social) -> None:
    same = child_benefit(necessity={"fact": "asylblg-3-4-grundleistung"})
    retrieval = await social.retrieval(BUT, asked(same, procedure="but.asylblg"))

    decision = retrieval["decision"]
    assert (retrieval["state"], decision["reason"]) == ("refused", "not-listed")
    assert decision["law"] == ["§ 1 (1) SozKiGAbV"]
    assert social.heard(retrieval) == []


async def test_one_house_uses_internally_what_it_has_with_the_same_cut(social: Social) -> None:
    aid = item("i1", "p1", "ben.wohngeld", "P1", "bkgg-6b-grundleistung")

    retrieval = await social.retrieval(HOUSE, asked(aid))

    decision = retrieval["decision"]
    assert (retrieval["state"], decision["mode"], decision["profile"]) == (
        "released",
        "internal",
        "P0",
    )
    assert decision["law"] == ["§ 67c (2) Nr. 1 SGB X"]
    assert (decision["rule"], decision["automation"]) == (None, None)
    assert "amount_ct" not in decision["fields"]
