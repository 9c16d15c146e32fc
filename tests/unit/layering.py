"""Narrowings and Land law that tests of layers are made of, and questions to ask under them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.judge import judge
from onceonly.domain.layers import Narrowing
from onceonly.domain.offices import Layer
from onceonly.domain.rules import Law
from unit.circumstances import Cell
from unit.laws import a_request, facts_in
from unit.shipped import a_kreis, offices, shipped
from unit.sweep import Sweep

WHOLE = Sweep(shipped())
ROWS = [row for row in shipped().rules if row.via_hub]


def moves(decision: Decision) -> bool:
    return decision.permits or decision.outcome is Outcome.MANUAL


@cache
def cells() -> list[Cell]:
    """Some thousands of the sweep's questions, everywhere in it."""
    every = list(WHOLE.cells())
    return every[8 :: len(every) // 4_000]


@st.composite
def narrowings(draw: st.DrawFn) -> tuple[Narrowing, ...]:
    rows = draw(
        st.lists(st.sampled_from(ROWS), min_size=1, max_size=40, unique_by=lambda row: row.id)
    )
    found = []
    for row in rows:
        modes = draw(st.sets(st.sampled_from([mode.mode.value for mode in row.modes])))
        paths = [
            leaf
            for given_ in row.evidence
            for one in shipped().catalogue.evidence_types[given_.evidence_type].profiles.values()
            for leaf in one.leaves
        ]
        fields = draw(st.sets(st.sampled_from(paths), max_size=4))
        found.append(Narrowing(row.id, tuple(sorted(modes)), tuple(sorted(fields)), "Probe"))
    return tuple(found)


def a_narrowing(*rules: Mapping[str, Any]) -> Layer:
    return Layer("narrowing", {"rules": list(rules)}, ("dpo", "leitung"))


def land_law(*rows: Mapping[str, Any], switch_on: tuple[Mapping[str, Any], ...] = ()) -> Layer:
    document = {"switch_on": list(switch_on), "rows": list(rows)}
    return Layer("land_law", document, ("dpo", "leitung"))


SCHOOL = {"rule": "R30a", "law": ["§ 5 SchulDatG"]}
BIRTHS: dict[str, Any] = {
    "id": "L1",
    "title": {"de": "Geburt", "en": "Birth"},
    "explanation": {"de": "Nach Landesrecht.", "en": "By Land law."},
    "via_hub": True,
    "consumers": ["uvg.antrag"],
    "evidence": [{"type": "civ.geburt", "profile": "P0"}],
    "providers": ["standesamt"],
    "origin": "issued",
    "modes": [{"mode": "regulation", "law": ["§ 3 PStVO-Land"], "automation": "statute"}],
    "about": ["child"],
    "retention": "own-statute",
    "in_force_from": "2026-01-01",
    "confidence": "H",
    "note": "",
}


def asked_by(
    law: Law, kind: str, procedure: str, item: Any, *services: Any, **request: Any
) -> Decision:
    whole = a_request(item, procedure=procedure, **request)
    (one,) = judge(offices()[kind], whole, facts_in(a_kreis(*services)), law)
    return one.decision
