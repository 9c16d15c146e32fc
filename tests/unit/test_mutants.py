"""Every condition of every row decides something: a law without it answers some question otherwise."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from onceonly.domain.rules import Alternative, Automation, Law, Rule, RuleMode, When
from unit.circumstances import CIRCUMSTANCES, NORMS, OTHER, Cell
from unit.laws import NOW
from unit.shipped import shipped
from unit.summing import said
from unit.sweep import Sweep

WHOLE = Sweep(shipped())
SHADOWED = {"R81": "R36 closes every file of the Beistand before it"}
CLOSED = tuple(
    row
    for row in shipped().rules
    if not row.via_hub
    and row.providers
    and row.consumers
    and row.evidence
    and row.id not in SHADOWED
)
OPEN = tuple(row for row in shipped().rules if row.via_hub and not row.matrix)
GENERAL = tuple(row for row in shipped().rules if row.matrix)

FACT_HAS_MONTHS = "the fact bounds the same months"
FACT_HAS_FIELDS = "the fact names the same fields, or the profile has no others"
FACT_HAS_ROLES = "the fact is about fewer roles"
SUBJECT_ANYWAY = "no field speaks of others, so it is the subject's act anyway"
IDLE: Mapping[str, Mapping[str, str]] = {
    **{
        code: {"when.months": FACT_HAS_MONTHS}
        for code in (
            *("R04", "R06", "R13", "R17b", "R17c", "R32b", "R32c", "R39a", "R39c", "R39d"),
            *("R39e", "R75"),
        )
    },
    **{
        code: {"drop_fields": FACT_HAS_FIELDS}
        for code in ("R07a", "R07b", "R08", "R27a", "R27c", "R28a", "R92a")
    },
    **{
        code: {"when.consent_of": SUBJECT_ANYWAY}
        for code in ("R24", "R30a", "R30b", "R30c", "R34a", "R34b", "R34c", "R79")
    },
    "R03b": {"when.person.own_case": "R03c tells the own case from another's for every row"},
    "R09": {"fields": FACT_HAS_FIELDS},
    "R09b": {"fields": FACT_HAS_FIELDS, "about": FACT_HAS_ROLES},
    "R10b": {"drop_fields": FACT_HAS_FIELDS, "about": FACT_HAS_ROLES},
    "R26a": {"when.fields_by": FACT_HAS_FIELDS},
    "R26b": {"when.fields_by": FACT_HAS_FIELDS, "about": FACT_HAS_ROLES},
    "R29": {"consent[1].notice": "the text read is checked with every consent towards this office"},
    "R38": {"about": FACT_HAS_ROLES},
    "R39f": {"consumer_kinds": "its norm alone keeps it from other kinds, as R39e shows"},
    "R63": {"fields": FACT_HAS_FIELDS},
    "R86": {"about": FACT_HAS_ROLES},
    "R101": {
        "when.person.self_only": "nobody of the sweep has a mandate; test_shipped_law_persons has one"
    },
    "R102": {"when.fields_by": FACT_HAS_FIELDS},
}
"""Conditions that say twice what binds anyway: they decide nothing alone, and why."""

Mutant = tuple[str, Rule]


def mutants(row: Rule) -> Iterator[Mutant]:
    """The row with one of its conditions taken away or made another."""
    yield from _shorter(row)
    if row.fields is not None:
        yield "fields", replace(row, fields=row.fields[1:] or None)
    if row.origin is not None:
        yield "origin", replace(row, origin="submitted" if row.origin == "issued" else "issued")
    yield "in_force_from", replace(row, in_force_from=NOW.date() + timedelta(days=1))
    if not row.via_hub:
        yield "reason", replace(row, reason="bulk" if row.reason != "bulk" else "no-rule")
        yield "law", replace(row, law=("§ 1 Probe",))
        yield "alternatives", replace(row, alternatives=(Alternative("ask-third-party"),))
        return
    if row.idnr:
        yield "idnr", replace(row, idnr=False)
    if row.obligations != ("preview",):
        yield "obligations", replace(row, obligations=("recheck",))
    if any(mode.automation is not Automation.NONE and not mode.land_law for mode in row.modes):
        yield "retention", replace(row, retention="payload")
    yield from _of_modes(row)
    yield from _of_when(row)


def _shorter(row: Rule) -> Iterator[Mutant]:
    """Without the first of a list, or without a list that may be absent."""
    of_permits = ("facts", "preconditions", "about") if row.via_hub else ()
    for name in ("consumers", "evidence", "providers", *of_permits):
        some = getattr(row, name)
        if len(some) > 1 or (some and name == "preconditions"):
            yield name, _with(row, **{name: some[1:]})
    for name in ("consumer_kinds", "submitted_only", "drop_fields"):
        if getattr(row, name):
            yield name, _with(row, **{name: ()})


def _of_modes(row: Rule) -> Iterator[Mutant]:
    for place, mode in enumerate(row.modes):
        name = f"{mode.mode}[{place}]"
        for what, other in _other_modes(mode):
            modes = (
                *row.modes[:place],
                *(() if other is None else (other,)),
                *row.modes[place + 1 :],
            )
            if modes:
                yield f"{name}.{what}", replace(row, modes=modes)


def _other_modes(mode: RuleMode) -> Iterator[tuple[str, RuleMode | None]]:
    if mode.land_law:
        yield "land_law", replace(mode, land_law=False)
        return
    yield "gone", None
    yield "law", replace(mode, law=("§ 1 Probe",))
    if mode.automation is not Automation.CHOICE:
        other = Automation.NONE if mode.automation is not Automation.NONE else Automation.STATUTE
        yield "automation", replace(mode, automation=other)
    for need in mode.needs:
        # A consent in a form of its own is a consent too, and asks for more.
        if need != "choice" and not (need == "consent" and len(mode.needs) > 1):
            norm = None if need == "justification" else mode.justification_norm
            left = tuple(one for one in mode.needs if one != need)
            yield f"needs.{need}", replace(mode, needs=left, justification_norm=norm)
    yield from _without(mode)


def _without(mode: RuleMode) -> Iterator[tuple[str, RuleMode]]:
    if mode.justification_norm is not None:
        other = next(one for one in NORMS if one != mode.justification_norm)
        yield "justification_norm", replace(mode, justification_norm=other)
    if mode.notice is not None:
        yield "notice", replace(mode, notice=None)
    if mode.config is not None:
        yield "config", replace(mode, config=None)
    if mode.types:
        yield "types", replace(mode, types=())


def _of_when(row: Rule) -> Iterator[Mutant]:
    when, plain = row.when, When()
    for name in ("nationality", "months", "stands_aside", "needs_reason", "detail_required",
                 "fields_by", "purpose_code", "config", "consent_of", "recipient"):  # fmt: skip
        if getattr(when, name) != getattr(plain, name):
            yield f"when.{name}", replace(row, when=replace(when, **{name: getattr(plain, name)}))
    for closing in when.closed_by:
        left = tuple(one for one in when.closed_by if one != closing)
        yield f"when.closed_by.{closing}", replace(row, when=replace(when, closed_by=left))
    person = when.person
    if person is not None:
        others: dict[str, Any] = {
            "own_case": None,
            "lives_apart_from_child": None,
            "age": None,
            "roles": (),
            "self_only": False,
        }
        for name, other in others.items():
            if getattr(person, name) not in (other, ()):
                changed = replace(when, person=replace(person, **{name: other}))
                yield f"when.person.{name}", replace(row, when=changed)
    for kind in row.matrix:
        yield f"matrix.{kind}", replace(row, matrix={**row.matrix, kind: ()})


def _with(row: Rule, **changes: Any) -> Rule:
    return replace(row, **changes)


def cells(row: Rule) -> Iterator[Cell]:
    """The questions that a row is about, in every circumstance; the likeliest first."""
    types = list(dict.fromkeys(one.evidence_type for one in row.evidence))
    named = {one.profile for one in row.evidence} | {"P2"}
    offices = {*row.providers[:2], *row.providers[-1:]}
    roles = tuple(dict.fromkeys((row.about[0], row.about[-1], "child")))
    for about in CIRCUMSTANCES:
        for kind, procedure in _pairs(row)[: 2 if about else None]:
            for code in types[:2] if about else types:
                for cell in WHOLE.cells_of(kind, procedure, code, about, roles):
                    asked = cell.provider.removesuffix(OTHER)
                    if cell.profile in named and (asked in offices or not offices):
                        yield cell


def _pairs(row: Rule) -> list[tuple[str, str]]:
    """Offices and procedures in which the row is asked, and one of a kind that it does not name."""
    known = shipped().catalogue.procedures
    procedures = list(known) if "any" in row.consumers else list(row.consumers)
    every = [(kind, one) for one in procedures for kind in known[one].kinds]
    asking = [pair for pair in every if not row.consumer_kinds or pair[0] in row.consumer_kinds]
    fact = next((one for one in procedures if set(row.facts[:1]) & known[one].facts.keys()), None)
    wanted = (procedures[0], fact, procedures[-1])
    firsts = [next(pair for pair in asking if pair[1] == one) for one in wanted if one is not None]
    others = [pair for pair in every if pair not in asking][:1]
    return list(dict.fromkeys((*firsts, *others)))


class Changed:
    """Whether a law answers some question otherwise, with the answers of the shipped one kept."""

    def __init__(self, row: Rule, asked: Iterable[Cell]) -> None:
        types = {one.evidence_type for one in row.evidence}
        self.row = row
        # Rows of other types have no part in it; without them a law is laid out at once.
        self.rules = tuple(
            one
            for one in shipped().rules
            if not one.evidence or any(given.evidence_type in types for given in one.evidence)
        )
        self.law = replace(shipped(), rules=self.rules, version=f"{row.id} as shipped")
        self.cells = list(asked)
        self.before: dict[Cell, str] = {}

    def by(self, name: str, mutant: Rule) -> bool:
        law: Law = replace(
            self.law,
            rules=tuple(mutant if one.id == mutant.id else one for one in self.rules),
            version=f"{mutant.id} {name}",
        )
        for cell in self.cells:
            if cell not in self.before:
                self.before[cell] = said(WHOLE.decide(cell, self.law))
            if said(WHOLE.decide(cell, law)) != self.before[cell]:
                return True
        return False


@pytest.mark.parametrize("row", [*OPEN, *CLOSED], ids=lambda row: row.id)
def test_no_condition_of_a_row_is_idle(row: Rule) -> None:
    changed = Changed(row, cells(row))

    idle = IDLE.get(row.id, {})
    known = [(name, mutant) for name, mutant in mutants(row) if name not in idle]

    assert [name for name, mutant in known if not changed.by(name, mutant)] == []
    assert idle.keys() <= {name for name, _ in mutants(row)}


@pytest.mark.parametrize("row", GENERAL, ids=lambda row: row.id)
def test_the_general_row_gives_what_its_matrix_says_to_whom_consented(row: Rule) -> None:
    """What closes it is closed by a denial or for want of a fact as well: `closed_by` only says so."""
    changed = Changed(row, general_cells(row))
    wanted = ("matrix", "consent", "submitted_only", "providers")
    known = [(name, mutant) for name, mutant in mutants(row) if name.startswith(wanted)]

    assert [name for name, mutant in known if not changed.by(name, mutant)] == []


def general_cells(row: Rule) -> Iterator[Cell]:
    """Each kind of office of the matrix in its procedures, asking with a consent."""
    given = {one.evidence_type: one.profile for one in row.evidence}
    hard = ("inc.selbst", "hea.behinderung", "inc.entgelt")
    for about in ("", "oral", "plain", "unreleased", "no-agreement", "other-case"):
        for kind in row.matrix:
            for procedure in WHOLE.offices[kind].procedures:
                for code in row.matrix[kind] if not about else hard:
                    for cell in WHOLE.cells_of(kind, procedure, code):
                        if cell.ground == "consent" and cell.profile == given[code]:
                            yield replace(cell, about=about)
