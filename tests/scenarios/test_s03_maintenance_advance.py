"""S03: Unterhaltsvorschuss from twelve; each answer of the Jobcenter opens the next, or ends it."""

import pytest

from onceonly.demo.bodies import choice, item
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.households import Household
from onceonly.demo.maintenance import FACT, OFFICE, PORTAL, review
from onceonly.demo.named import brandt, brandt_with_benefit, shevchenko
from scenarios.kreis import MONTH, Kreis, a_case


@pytest.fixture
def portal(kreis: Kreis) -> Clerk:
    return kreis.clerk(PORTAL)


def used(kreis: Kreis, household: Household) -> tuple[Retrieval, dict[str, object]]:
    """Asked by choice of the caring parent, looked at, used, collected."""
    portal, office = kreis.clerk(PORTAL), kreis.clerk(OFFICE)
    (retrieval,) = portal.ask(review(household, a_case(), MONTH, kreis.now()))
    shown = portal.look(retrieval, "p1").json()["content"]
    portal.decide(retrieval, "use", "p1")
    content: dict[str, object] = office.read(retrieval).json()["content"]
    assert shown == content
    return retrieval, content


def test_a_no_ends_it_and_nothing_else_moves(kreis: Kreis) -> None:
    retrieval, content = used(kreis, brandt(MONTH))

    decision = retrieval["decision"]
    assert (decision["outcome"], decision["mode"], decision["rule"]) == ("permit", "choice", "R13")
    assert content == {"month": MONTH, "child_receives": False}
    (heard,) = kreis.heard(retrieval)
    assert heard["sent"] == ["month", "child_receives"]


def test_a_need_that_is_not_avoidable_opens_the_question_of_money_income(kreis: Kreis) -> None:
    _, content = used(kreis, brandt_with_benefit(MONTH))

    assert content == {
        "month": MONTH,
        "child_receives": True,
        "need_avoidable": False,
        "money_income_ge_600": True,
        "notice_date": "2026-07-20",
    }


def test_the_caring_parent_chooses_and_not_the_child_of_fourteen(
    kreis: Kreis, portal: Clerk
) -> None:
    body = review(brandt(MONTH), a_case(), MONTH, kreis.now())
    body["items"] = [item(1, "p2", "ben.sgb2", "UVG", FACT, **choice("p2", kreis.now()))]

    (retrieval,) = portal.ask(body)

    assert retrieval["state"] == "choice-required"
    assert retrieval["decision"]["reason"] == "choice-not-theirs"
    assert kreis.heard(retrieval) == []


def test_a_child_under_twelve_is_not_asked_about(kreis: Kreis, portal: Clerk) -> None:
    (retrieval,) = portal.ask(review(shevchenko(MONTH), a_case(), MONTH, kreis.now()))

    assert retrieval["decision"]["outcome"] == "deny"
    assert kreis.heard(retrieval) == []
