"""Who asks in a sweep of the law, and around what: persons, days, papers, one cell of each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person, Relationship
from unit.laws import (
    a_parent,
    a_person,
    living,
)

GROUNDS = ("nothing", "choice", "may", "consent")
NOBODY = "(nobody)"
OTHER = "-nord"
"""A second office of each kind: no office is its own provider."""

DAYS = {"before": date(2024, 7, 23)}
NORMS = ("sgbx-67a-2-3-1", "sgbx-67a-2-3-2", "sgb8-62-3")
NOTICES = {"notice": "wahl-67f-abh-v1"}
NO_STATEMENTS = {
    *("choice", "consent", "justification", "explicit-consent", "own-form"),
    "release-from-secrecy",
}
_TURKEY, _BULGARIA = ("TR",), ("BG",)


def _people(**born: str) -> tuple[Person, ...]:
    """Everybody there can be in a request, from a third country; `born`: other birth dates."""
    days = {
        "applicant": "1985-04-06",
        "partner": "1984-02-03",
        "child": "2015-06-01",
        "household-member": "1960-01-01",
        "other-parent": "1983-01-01",
        "guardian": "1970-01-01",
        "representative": "1970-01-01",
    } | born
    return tuple(
        a_person(f"p{place}", role, day, nationalities=_TURKEY)
        for place, (role, day) in enumerate(days.items(), start=1)
    )


_APART = (
    a_parent("p3", "p5", custody="none"),
    living("p4", "p1"),
    Relationship("spouse", "p2", "p1"),
)
_FAR = tuple(Relationship("relative", ref, "p1") for ref in ("p6", "p7"))
_HOME = (*_APART, *_FAR, a_parent("p3", custody="sole"), living("p3", "p1"))

PEOPLE: Mapping[str, tuple[tuple[Person, ...], tuple[Relationship, ...]]] = {
    "": (_people(), _HOME),
    "teen-13": (_people(child="2013-06-01"), _HOME),
    "teen-16": (_people(child="2010-06-01"), _HOME),
    "grown-19": (_people(child="2007-06-01"), _HOME),
    "union": (tuple(replace(one, nationalities=_BULGARIA) for one in _people()), _HOME),
    "unknown": (tuple(replace(one, nationalities=()) for one in _people()), _HOME),
    "numbered": (tuple(replace(one, idnr="02476291358") for one in _people()), _HOME),
    "elsewhere": (
        _people(),
        (
            *_FAR,
            a_parent("p3", "p5", custody="sole"),
            a_parent("p3", custody="none"),
            living("p3", "p5"),
            *(Relationship("relative", ref, "p1") for ref in ("p2", "p4")),
        ),
    ),
}
"""Circumstances of persons: who is in the request, and how they belong together."""

CIRCUMSTANCES = (
    *PEOPLE,
    *("admitted", "no-agreement", "notice", "no-detail", "wide", "before", "other-reason"),
    *("released", "oral", "plain", "unreleased", "months-alone", "stated-alone"),
    *("one-short", "other-norm", "by-applicant", "other-case"),
)
"""Every way in which a question is other than common.

`released`: with a choice comes a consent that releases from secrecy. `oral`, `plain`, `unreleased`:
a consent without own session or signature, that names no health data, that releases from nothing.
`months-alone`: months without statements; `stated-alone`: statements without months; `one-short`:
all of them but one. `by-applicant`: nobody else chose. `other-case`: consents of another case.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One question of the sweep, and what is brought along."""

    kind: str
    procedure: str
    evidence_type: str
    fact: str
    role: str
    provider: str
    origin: Origin
    profile: str
    ground: str
    says: tuple[str, ...]
    about: str = ""
