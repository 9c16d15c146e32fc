"""The Jobcenter: has `ben.sgb2` and copies of leases; asks with its Fachverfahren.

Run: `python -m onceonly.demo.jobcenter --port N --state DIR [--hub URL] [--talkative]`.
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


def about(award: Award, _household: Household, person: Person) -> Paper | None:
    """The person's part of the notice, and whose parts stand beside it."""
    if person not in award.members:
        return None
    parts = award.terms["parts"]
    members = [
        {**one.names(), "role": "recipient", "total_ct": part["total_ct"]}
        for one, part in zip(award.members, parts, strict=True)
    ]
    findings = {name: award.terms[name] for name in ("need_avoidable", "money_income_ge_600")}
    part = parts[award.members.index(person)]
    return {**period(award), "part": part, "members": members, **findings}


def monthly(paper: Paper | None, month: str, question: Question) -> dict[str, Any]:
    """The record of one month, as each profile of `ben.sgb2` wants it."""
    state = standing(paper, month)
    match question.profile:
        case "WOG":
            return _excluding(paper, state, question)
        case "UVG":
            return _cascade(paper, state, month)
        case "KITA":
            return waiver(paper, month)
        case "KIZ1A":
            return {"applied": state["state"] != "none", "receives": state["state"] == "granted"}
        case _:
            return _basic(paper, state, month)


def _basic(paper: Paper | None, state: dict[str, Any], month: str) -> dict[str, Any]:
    """The chain of profiles P0 to P3: the person's own part, at the end everybody's."""
    if paper is None or state["state"] != "granted":
        return {**state, "month": month, "total_ct": 0}
    return {
        **state,
        "month": month,
        **paper["part"],
        "provisional": False,
        "members": paper["members"],
    }


def _excluding(paper: Paper | None, state: dict[str, Any], question: Question) -> dict[str, Any]:
    """Profile WOG: details only where the months of both benefits meet."""
    if paper is None:
        return {"role": "considered", **state}
    if state["state"] == "applied" or not question.overlaps(paper):
        return {
            "role": "recipient",
            **{name: state[name] for name in state if name != "from_month"},
        }
    return {
        "role": "recipient",
        "state": "granted",
        "from_month": paper["from_month"],
        "to_month": paper["to_month"],
        "kdu_considered": True,
        "loan_only": False,
        "subordinate_104": False,
    }


def _cascade(paper: Paper | None, state: dict[str, Any], month: str) -> dict[str, Any]:
    """Profile UVG: each answer opens the next question, and the first no ends it."""
    receives = state["state"] == "granted"
    found: dict[str, Any] = {"month": month, "child_receives": receives}
    if paper is None or not receives:
        return found
    found |= {"need_avoidable": paper["need_avoidable"], "notice_date": paper["document_date"]}
    if not paper["need_avoidable"]:
        found["money_income_ge_600"] = paper["money_income_ge_600"]
    return found


SYSTEM = OfficeSystem(
    "jobcenter",
    "jobcenter-fachverfahren",
    (
        Specialty("ben.sgb2", about, monthly),
        Specialty("hou.unterkunft", dwelling, lease, behind="ben.sgb2"),
    ),
    elsewhere=True,
)

if __name__ == "__main__":
    run(SYSTEM)
