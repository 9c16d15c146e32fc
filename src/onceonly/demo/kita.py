"""The Jugendamt's Kita office: has `edu.kita`; asks with its Fachverfahren.

Run: `python -m onceonly.demo.kita --port N --state DIR [--hub URL]`.
"""

from typing import Any

from onceonly.demo.households import Award, Household
from onceonly.demo.papers import Paper, Specialty, period
from onceonly.demo.people import Person
from onceonly.demo.program import OfficeSystem, run
from onceonly.demo.question import Question


def about(award: Award, _household: Household, person: Person) -> Paper | None:
    """The contract is about the child alone."""
    if person not in award.members:
        return None
    return {**period(award), "child": person.names(), "terms": dict(award.terms)}


def monthly(paper: Paper | None, month: str, _question: Question) -> dict[str, Any] | None:
    """The record of one month; nothing where no place is taken in it."""
    if paper is None or not paper["from_month"] <= month <= paper["to_month"]:
        return None
    months = {name: paper[name] for name in ("from_month", "to_month")}
    return {"child": paper["child"], **months, **paper["terms"]}


SYSTEM = OfficeSystem("kita", "kita-fachverfahren", (Specialty("edu.kita", about, monthly),))

if __name__ == "__main__":
    run(SYSTEM)
