"""The Wohngeldbehörde: has `ben.wohngeld`, copies of leases and payslips; asks with its Fachverfahren.

Run: `python -m onceonly.demo.wohngeld --port N --state DIR [--hub URL]`.
"""

from typing import Any

from onceonly.demo.households import Award, Household
from onceonly.demo.papers import (
    Paper,
    Specialty,
    dwelling,
    lease,
    period,
    standing,
    waiver,
)
from onceonly.demo.people import Person
from onceonly.demo.program import OfficeSystem, run
from onceonly.demo.question import Question


def about(award: Award, _household: Household, _person: Person) -> Paper:
    """The notice; it says the same about everybody it counts."""
    considered = [one.names() for one in award.members]
    return {**period(award), "persons_considered": considered, "terms": dict(award.terms)}


def monthly(paper: Paper | None, month: str, question: Question) -> dict[str, Any]:
    """The record of one month, as each profile of `ben.wohngeld` wants it."""
    state = standing(paper, month)
    if question.profile == "KITA":
        return waiver(paper, month)
    if question.profile == "CHILD":
        granted = waiver(paper, month)
        return {"child_considered": granted.pop("qualifying_benefit"), **granted}
    if paper is None or state["state"] != "granted":
        return {**state, "month": month, "amount_ct": 0}
    return {
        **state,
        "persons_considered": paper["persons_considered"],
        "month": month,
        **paper["terms"],
    }


def payslips(award: Award, _household: Household, person: Person) -> Paper | None:
    """The copies of payslips that whoever asks for Wohngeld handed in."""
    if person != award.recipient:
        return None
    income = int(award.terms["total_income_ct"])
    return {"document_date": award.notice_date, "net_ct": income, "gross_ct": income * 4 // 3}


def pay(paper: Paper | None, month: str, _question: Question) -> dict[str, Any] | None:
    """What one month's payslip says."""
    if paper is None:
        return None
    return {"month": month, "gross_ct": paper["gross_ct"], "net_ct": paper["net_ct"]}


SYSTEM = OfficeSystem(
    "wohngeld",
    "wohngeld-fachverfahren",
    (
        Specialty("ben.wohngeld", about, monthly),
        Specialty("hou.unterkunft", dwelling, lease, behind="ben.wohngeld"),
        Specialty("inc.entgelt", payslips, pay, behind="ben.wohngeld"),
    ),
)

if __name__ == "__main__":
    run(SYSTEM)
