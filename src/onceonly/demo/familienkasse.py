"""The Familienkasse: has `ben.kindergeld` and `ben.kiz`; asks with its Fachverfahren.

Run: `python -m onceonly.demo.familienkasse --port N --state DIR [--hub URL]`.
"""

from typing import Any

from onceonly.demo.households import Award, Household
from onceonly.demo.papers import Paper, Specialty, period, standing, waiver
from onceonly.demo.people import POSTAL_CODE, TOWN, Person
from onceonly.demo.program import OfficeSystem, run
from onceonly.demo.question import Question


def allowance(award: Award, _household: Household, person: Person) -> Paper | None:
    """Kindergeld stands in the child's file and in that of the one person entitled to it."""
    (child,) = award.members
    if person not in (child, award.recipient):
        return None
    return {
        **period(award),
        "child": _described(child, "child"),
        "entitled": _described(award.recipient, "ent"),
        "named": {"child": child.names(), "entitled": [award.recipient.names()]},
        "terms": dict(award.terms),
    }


def allowance_of(paper: Paper | None, month: str, question: Question) -> dict[str, Any]:
    """The record of one month; profile BUT names child and entitled person only."""
    state = standing(paper, month)
    if paper is None or state["state"] != "granted":
        return {**state, "month": month, "amount_ct": 0}
    if question.profile == "BUT":
        return {**paper["named"], **state}
    amount = paper["terms"]["amount_ct"]
    return {
        **state,
        "month": month,
        "amount_ct": amount,
        **paper["child"],
        "entitled": [paper["entitled"]],
        "application_date": paper["document_date"],
        "award_notice_date": paper["document_date"],
        "award_period": {name: state[name] for name in ("from_month", "to_month")},
        "payment_date": f"{month}-{paper['terms']['payment_day']:02}",
        "amount_paid_ct": amount,
    }


def supplement(award: Award, _household: Household, _person: Person) -> Paper:
    """Kinderzuschlag: the notice; it says the same about everybody in the household."""
    children = [one.names() for one in award.members]
    return {**period(award), "children": children, "terms": dict(award.terms)}


def supplement_of(paper: Paper | None, month: str, question: Question) -> dict[str, Any]:
    """The record of one month."""
    if question.profile == "KITA":
        return waiver(paper, month)
    state = standing(paper, month)
    if paper is None or state["state"] != "granted":
        return {**state, "month": month, "total_ct": 0}
    return {**state, "children": paper["children"], "month": month, **paper["terms"]}


def _described(person: Person, prefix: str) -> dict[str, Any]:
    names = " ".join([*person.given_names, *([person.family_name] if person.family_name else [])])
    address = {
        "street": person.street,
        "house_number": person.house_number,
        "postal_code": POSTAL_CODE,
        "town": TOWN,
        "country": "DE",
    }
    return {
        f"{prefix}_names": names,
        f"{prefix}_dob": person.date_of_birth,
        f"{prefix}_address": address,
    }


SYSTEM = OfficeSystem(
    "familienkasse",
    "familienkasse-fachverfahren",
    (
        Specialty("ben.kindergeld", allowance, allowance_of),
        Specialty("ben.kiz", supplement, supplement_of),
    ),
)

if __name__ == "__main__":
    run(SYSTEM)
