"""The office for Bildung und Teilhabe: has `but.anspruch`; asks with its Fachverfahren.

Run: `python -m onceonly.demo.education --port N --state DIR --hub URL [--talkative]`.
"""

from typing import Any

from onceonly.demo.households import Award, Household
from onceonly.demo.papers import Paper, Specialty, period, standing
from onceonly.demo.people import Person
from onceonly.demo.program import OfficeSystem, run
from onceonly.demo.question import Question


def about(award: Award, _household: Household, person: Person) -> Paper | None:
    """The notice is about the child alone."""
    if person not in award.members:
        return None
    return {**period(award), "child": person.names(), "terms": dict(award.terms)}


def monthly(paper: Paper | None, month: str, _question: Question) -> dict[str, Any] | None:
    """The record of one month; nothing for whoever has no claim of their own."""
    if paper is None:
        return None
    state = standing(paper, month)
    granted = paper["terms"] if state["state"] == "granted" else {"components": []}
    return {"child": paper["child"], **state, **granted}


SYSTEM = OfficeSystem("but", "but-fachverfahren", (Specialty("but.anspruch", about, monthly),))

if __name__ == "__main__":
    run(SYSTEM)
