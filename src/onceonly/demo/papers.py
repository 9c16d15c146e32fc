"""What an office has on file about one person, and which part of a household it files.

A paper is a notice as far as it is about one person: its months, its day, its amounts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from onceonly.demo.households import Award, Household
from onceonly.demo.people import Person
from onceonly.demo.question import Question

Paper = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One person's file at one office: papers by evidence type; without any only known."""

    person: Person
    papers: Mapping[str, Paper] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Specialty:
    """One kind of evidence an office has.

    `about(award, household, person)` is the paper about that person, None if the notice is not
    about them. `monthly(paper, month, question)` is the full record of one month; it gets None for
    somebody known without a paper, and None from it means that there is nothing. `behind` is the
    kind of notice that the paper comes with, if it is another.
    """

    evidence_type: str
    about: Callable[[Award, Household, Person], Paper | None]
    monthly: Callable[[Paper | None, str, Question], dict[str, Any] | None]
    behind: str | None = None

    @property
    def notice(self) -> str:
        """The kind of notice that the papers come from."""
        return self.behind or self.evidence_type


def cases(
    specialties: Iterable[Specialty], households: Iterable[Household], *, elsewhere: bool = False
) -> Iterator[Case]:
    """The files of an office: everybody of each household it has written a notice to.

    `elsewhere`: the children's other parents too, who are known for what they owe.
    """
    known = tuple(specialties)
    for household in households:
        if any(True for one in known for _ in household.of(one.notice)):
            others = household.elsewhere if elsewhere else ()
            for person in (*household.members, *others):
                yield Case(person, dict(_papers(known, household, person)))


def _papers(
    specialties: Iterable[Specialty], household: Household, person: Person
) -> Iterator[tuple[str, Paper]]:
    for one in specialties:
        for award in household.of(one.notice):
            paper = one.about(award, household, person)
            if paper is not None:
                yield one.evidence_type, paper


def period(award: Award) -> dict[str, Any]:
    """What every paper shows: months, day and state of the notice."""
    return {
        "from_month": award.from_month,
        "to_month": award.to_month,
        "document_date": award.notice_date,
        "state": award.state,
    }


def standing(paper: Paper | None, month: str) -> dict[str, Any]:
    """State and period of a benefit in a month; `none` before it begins and for the unknown."""
    if paper is None:
        return {"state": "none"}
    if paper["state"] == "applied":
        return {"state": "applied", "applied_from_month": paper["from_month"]}
    if month < paper["from_month"]:
        return {"state": "none"}
    months = {"from_month": paper["from_month"], "to_month": paper["to_month"]}
    ended = paper["to_month"] is not None and month > paper["to_month"]
    return {"state": "ended" if ended else "granted", **months}


def waiver(paper: Paper | None, month: str) -> dict[str, Any]:
    """Profile KITA: whether the benefit waives the fee, and for which months."""
    state = standing(paper, month)
    if state["state"] != "granted":
        return {"qualifying_benefit": False}
    return {
        "qualifying_benefit": True,
        "from_month": state["from_month"],
        "to_month": state["to_month"],
    }


def dwelling(award: Award, household: Household, person: Person) -> Paper | None:
    """The copy of the lease that whoever got the notice once handed in."""
    if person != award.recipient:
        return None
    home = household.home
    return {
        "document_date": home.contract_date,
        "lease": {
            "variant": "Miete",
            "cold_ct": home.cold_ct,
            "nk_ct": home.nk_ct,
            "heat_ct": home.heat_ct,
            "warmwater": "zentral",
            "area_m2": home.area_m2,
            "rooms": home.rooms,
            "persons": len(household.members),
            "contract_date": home.contract_date,
            "landlord": {"name": home.landlord, "iban": "DE02 0000 0000 0000 0000 00"},
        },
    }


def lease(paper: Paper | None, _month: str, _question: Question) -> dict[str, Any] | None:
    """The record of a dwelling: the same in every month."""
    return None if paper is None else dict(paper["lease"])
