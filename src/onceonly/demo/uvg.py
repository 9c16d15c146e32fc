"""The Jugendamt's Unterhaltsvorschuss: has `ben.uvg`; asks with its Fachverfahren.

Run: `python -m onceonly.demo.uvg --port N --state DIR [--hub URL]`.
"""

from typing import Any

from onceonly.demo.households import Award, Household
from onceonly.demo.papers import Paper, Specialty, period, standing
from onceonly.demo.people import Person
from onceonly.demo.program import OfficeSystem, run
from onceonly.demo.question import Question


def about(award: Award, _household: Household, person: Person) -> Paper | None:
    """The notice is about the child alone."""
    return {**period(award), "terms": dict(award.terms)} if person in award.members else None


def monthly(paper: Paper | None, month: str, _question: Question) -> dict[str, Any]:
    """The record of one month."""
    state = standing(paper, month)
    if paper is None or state["state"] != "granted":
        return {**state, "step": 1, "amount_ct": 0}
    return {**state, **paper["terms"]}


SYSTEM = OfficeSystem(
    "uvg", "uvg-fachverfahren", (Specialty("ben.uvg", about, monthly),), elsewhere=True
)

if __name__ == "__main__":
    run(SYSTEM)
