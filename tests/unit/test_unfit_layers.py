"""Layers that no longer fit a newer law: what they may have meant stays closed, and is named."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onceonly.domain.layers import Narrowing, narrowed
from onceonly.domain.offices import Layer
from onceonly.domain.rules import Law
from onceonly.readers.layers import law_with, misfits
from unit.laws import a_choice
from unit.layering import (
    BIRTHS,
    SCHOOL,
    WHOLE,
    a_narrowing,
    asked_by,
    cells,
    land_law,
    moves,
    narrowings,
)
from unit.shipped import a_service_of, about, shipped


def test_land_law_that_no_longer_fits_a_newer_law_opens_nothing() -> None:
    fits = a_narrowing({"rule": "R01", "drop_modes": ["may"], "reason": "x"})
    stale = land_law({**BIRTHS, "consumers": ["gone.procedure"]}, switch_on=(SCHOOL,))

    law = law_with(shipped(), (stale, fits))

    assert law.rule("L1") is None
    kept, row = law.rule("R30a"), law.rule("R01")
    assert kept is not None
    assert any(mode.land_law for mode in kept.modes)
    assert row is not None
    assert [mode.mode for mode in row.modes] == ["choice"]
    (told,) = misfits(shipped(), (stale, fits))
    assert told.startswith("land_law: rows[0].consumers")


R01_ASKED = about("ben.sgb2", "WOG", "wogg-7-ausschluss", choices=(a_choice(),))
R41_ASKED = about("ben.sgb12", "WOG", "wogg-7-ausschluss", choices=(a_choice(),))


def asked_of_both(law: Law) -> tuple[bool, bool]:
    """Whether Wohngeld gets what R01 and what R41 give."""
    given_ = [
        asked_by(law, "wohngeld", "wohngeld.mietzuschuss", item, a_service_of(kind, code))
        for item, kind, code in (
            (R01_ASKED, "jobcenter", "ben.sgb2"),
            (R41_ASKED, "sozialamt", "ben.sgb12"),
        )
    ]
    return moves(given_[0]), moves(given_[1])


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ({"rule": "R01", "drop_modes": ["may"], "reason": "x"}, (True, True)),
        # The row is there, what it dropped is not: nothing of that row.
        ({"rule": "R01", "drop_modes": ["may", "duty"], "reason": "x"}, (False, True)),
        ({"rule": "R01", "drop_fields": ["renamed"], "reason": "x"}, (False, True)),
        # Which row has it now cannot be told: nothing at all.
        ({"rule": "R999", "drop_fields": ["state"], "reason": "x"}, (False, False)),
        # A row of Land law that is not in force gives nothing, so nothing of it is to be dropped.
        ({"rule": "L7", "drop_fields": ["state"], "reason": "x"}, (True, True)),
    ],
)
def test_a_narrowing_that_no_longer_fits_closes_what_it_may_have_meant(
    part: Mapping[str, Any], left: tuple[bool, bool]
) -> None:
    fits = {"rule": "R01", "drop_modes": ["may"], "reason": "x"}
    layers = (a_narrowing(part),)

    assert asked_of_both(shipped()) == (True, True)
    assert asked_of_both(law_with(shipped(), layers)) == left
    assert bool(misfits(shipped(), layers)) is (part != fits)


def test_a_narrowing_with_a_member_of_another_version_closes_everything() -> None:
    fits = {"rule": "R01", "drop_modes": ["may"], "reason": "x"}
    layers = (Layer("narrowing", {"rules": [fits], "offices": ["kita"]}, ("dpo", "leitung")),)

    assert asked_of_both(law_with(shipped(), layers)) == (False, False)
    assert misfits(shipped(), layers)


@settings(max_examples=20, deadline=None)
@given(narrowings(), st.integers(0, 3_900), st.sampled_from(["row", "part"]), st.data())
def test_a_narrowing_that_no_longer_fits_gives_no_more_than_one_that_does(
    some: tuple[Narrowing, ...], start: int, gone: str, data: st.DataObject
) -> None:
    stale = data.draw(st.sampled_from(some))
    now = replace(stale, rule="") if gone == "row" else replace(stale, fits=False)
    rest = tuple(one for one in some if one is not stale)
    fitting, unfit = narrowed(shipped(), some, "a"), narrowed(shipped(), (*rest, now), "b")

    for cell in cells()[start : start + 30]:
        before, after = WHOLE.decide(cell, fitting), WHOLE.decide(cell, unfit)
        if moves(after):
            assert gone == "part"
            if before.rule == after.rule:
                assert set(after.fields) <= set(before.fields), cell
            assert after.rule != stale.rule, cell
