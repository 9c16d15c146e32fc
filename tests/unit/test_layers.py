"""Layers over the law: a narrowing never widens, Land law adds where it has room and nowhere else."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.layers import Narrowing, narrowed, never_wider
from onceonly.domain.offices import Approver, Layer
from onceonly.domain.rules import Given, Law, When
from onceonly.readers.layers import Beside, law_with, layers_of
from onceonly.readers.lines import Wrong
from unit.laws import (
    CHOICE,
    DUTY,
    a_choice,
    a_law,
    a_person,
    a_rule,
    a_town,
    an_agreement,
    an_item,
    decided,
)
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


@settings(max_examples=40, deadline=None)
@given(narrowings(), st.integers(0, 3_900))
def test_a_narrowing_never_widens(some: tuple[Narrowing, ...], start: int) -> None:
    law = narrowed(shipped(), some, "narrowed")

    for cell in cells()[start : start + 60]:
        wide, narrow = WHOLE.decide(cell), WHOLE.decide(cell, law)
        if moves(narrow):
            assert moves(wide), cell
            assert set(narrow.fields) <= set(wide.fields), cell
            assert narrow.outcome is Outcome.MANUAL or wide.permits, cell


def test_what_is_dropped_is_not_given() -> None:
    """R01 is choice, then may; without its choice nobody is asked to choose."""
    law = law_with(
        shipped(), (a_narrowing({"rule": "R01", "drop_modes": ["choice"], "reason": "x"}),)
    )
    item = about("ben.sgb2", "WOG", "wogg-7-ausschluss", choices=(a_choice(),))
    sgb2 = a_service_of("jobcenter", "ben.sgb2")

    def said(by: Law) -> Decision:
        return asked_by(by, "wohngeld", "wohngeld.mietzuschuss", item, sgb2)

    assert said(shipped()).mode == "choice"
    assert not moves(said(law))
    fewer = a_narrowing({"rule": "R01", "drop_fields": ["loan_only"], "reason": "x"})
    assert set(said(shipped()).fields) - set(said(law_with(shipped(), (fewer,))).fields) == {
        "loan_only"
    }


def test_a_dropped_way_that_kept_another_from_giving_more_opens_nothing() -> None:
    """A duty gave two fields; without it a choice would give three. It gives none instead."""
    little = a_rule("T1", modes=(DUTY,), evidence=(Given("notice", "P0"),))
    much = a_rule("T2", modes=(CHOICE,))
    wide = a_law(little, much)
    town = a_town(retrieval_agreements=(an_agreement(),))
    item = an_item(choices=(a_choice(),))
    law = narrowed(wide, [Narrowing("T1", ("duty",), (), "Probe")], "narrowed")

    before, after = decided(wide, item, town=town), decided(law, item, town=town)
    alone = decided(replace(law, wider=None), item, town=town)

    assert (before.rule, before.fields) == ("T1", ("state", "from_month"))
    assert (alone.rule, len(alone.fields)) == ("T2", 3)
    assert (after.outcome, after.reason) == (Outcome.DENY, "no-rule")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"when": When(months="reference")}, {"when": When(months="from-reference")}),
        ({"when": When(months="last:2")}, {"when": When(months="last:3")}),
        ({"obligations": ("recheck", "inform-person")}, {"obligations": ("inform-person",)}),
        ({"about": ("applicant",)}, {"about": ("applicant", "child")}),
        ({"when": When(values={"state": ("ended",)})}, {}),
        (
            {"when": When(values={"state": ("ended",)})},
            {"when": When(values={"state": ("ended", "drawn")})},
        ),
    ],
)
def test_a_dropped_way_opens_none_that_is_wider_in_any_regard(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    wide = a_law(a_rule("T1", modes=(DUTY,), **first), a_rule("T2", modes=(DUTY,), **second))
    town = a_town(retrieval_agreements=(an_agreement(),))

    def said(law: Law) -> tuple[str | None, bool]:
        found = decided(law, an_item(), town=town)
        return found.rule, moves(found)

    dropped = [Narrowing("T1", ("duty",), (), "Probe")]
    assert said(wide) == ("T1", True)
    assert said(replace(narrowed(wide, dropped, "narrowed"), wider=None)) == ("T2", True)
    assert said(narrowed(wide, dropped, "narrowed")) == (None, False)


def test_what_rests_on_fewer_consents_or_lifts_a_secrecy_is_wider() -> None:
    town = a_town(retrieval_agreements=(an_agreement(),))
    by_law = decided(a_law(a_rule(modes=(DUTY,))), town=town)
    by_consent = replace(by_law, consents=(UUID(int=1),))
    lifted = replace(by_law, secrecy_lifted=True)

    assert by_law.permits
    assert never_wider(by_law, by_consent, a_law()).outcome is Outcome.DENY
    assert never_wider(lifted, by_law, a_law()).outcome is Outcome.DENY
    assert never_wider(by_consent, by_law, a_law()) is by_consent
    assert never_wider(by_law, lifted, a_law()) is by_law


def test_what_was_for_a_person_to_answer_is_not_automated_by_a_narrowing() -> None:
    by_hand = decided(a_law(a_rule(modes=(DUTY,))))
    town = a_town(retrieval_agreements=(an_agreement(),))
    automatic = decided(a_law(a_rule(modes=(DUTY,))), town=town)
    shown_first = decided(a_law(a_rule(modes=(CHOICE,))), an_item(choices=(a_choice(),)))

    assert by_hand.outcome is Outcome.MANUAL
    assert never_wider(automatic, by_hand, a_law()).outcome is Outcome.DENY
    assert never_wider(by_hand, automatic, a_law()) is by_hand
    # Nor is anything passed on by hand unseen that its person was to look at first.
    assert never_wider(by_hand, shown_first, a_law()).outcome is Outcome.DENY


def test_what_a_narrowed_law_refuses_is_decided_once() -> None:
    """What gives nothing cannot give more than another: the wider law is not looked at."""
    item = about("ben.sgb2", "WOG", "wogg-7-ausschluss")
    some = [Narrowing("R01", ("may",), (), "Probe")]
    by_both = narrowed(shipped(), some, "narrowed")
    by_one = replace(by_both, wider=Unread())
    services = a_service_of("jobcenter", "ben.sgb2")

    once, twice = (
        asked_by(law, "wohngeld", "wohngeld.mietzuschuss", item, services)
        for law in (by_one, by_both)
    )

    assert once == twice
    assert (once.outcome, once.reason) == (Outcome.CHOICE_REQUIRED, "choice-missing")


class Unread(Law):
    """A law that nobody may look at."""

    def __init__(self) -> None:
        """It says nothing."""

    @override
    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(name)


def test_a_mode_by_land_law_is_there_once_its_norm_is_named() -> None:
    pupil = a_person(born="2008-03-14")
    item = about("edu.schule", "P1", "wogg-20-ausbildung", choices=(a_choice(),))
    school = a_service_of("schule", "edu.schule")
    persons: dict[str, Any] = {"persons": (pupil,)}

    def said(law: Law) -> Decision:
        return asked_by(law, "wohngeld", "wohngeld.mietzuschuss", item, school, **persons)

    assert not said(shipped()).permits
    by_land = said(law_with(shipped(), (land_law(switch_on=(SCHOOL,)),)))
    assert (by_land.mode, by_land.rule) == ("choice", "R30a")
    assert by_land.law == ("§ 67f SGB X", "§ 5 SchulDatG")


def test_a_row_that_a_land_adds_goes_before_the_denial_that_waits_for_it() -> None:
    fact = next(
        fact.code
        for fact in shipped().catalogue.procedures["uvg.antrag"].facts.values()
        if any(one.evidence_type == "civ.geburt" for one in fact.proofs)
    )
    births = {**BIRTHS, "facts": [fact]}
    child = a_person("p2", "child", "2020-01-01")
    item = about("civ.geburt", "P2", fact, person="p2")
    registry = a_service_of("standesamt", "civ.geburt")
    persons: dict[str, Any] = {"persons": (a_person(), child)}

    federal = asked_by(shipped(), "uvg", "uvg.antrag", item, registry, **persons)
    law = law_with(shipped(), (land_law(births),))
    land = asked_by(law, "uvg", "uvg.antrag", item, registry, **persons)
    other = asked_by(law, "jobcenter", "sgb2.erstantrag", item, registry, **persons)

    assert (federal.reason, federal.rule) == ("not-listed", "R25")
    assert (land.permits, land.rule, land.fields) == (True, "L1", ("registered",))
    assert land.law == ("§ 3 PStVO-Land",)
    assert not other.permits


def faults(layer: Layer, *, signed: int = 2) -> list[str]:
    """What `apply` says of a layer's file that so many approvers signed."""
    wrongs: list[Wrong] = []
    names = tuple(f"n{place}" for place in range(signed))
    beside = Beside(lambda _: (json.dumps(layer.document), ""), lambda *_: names)
    approvers = (Approver("n0", "ed25519:a"), Approver("n1", "ed25519:b"))
    layers_of({layer.kind: "datei.yaml"}, approvers, shipped(), beside, wrongs)
    return [one.what for one in wrongs]


@pytest.mark.parametrize(
    ("layer", "what"),
    [
        (a_narrowing({"rule": "R999", "drop_modes": ["may"], "reason": "x"}), "rules[0].rule"),
        (a_narrowing({"rule": "R01", "drop_modes": ["duty"], "reason": "x"}), "drop_modes"),
        (
            a_narrowing({"rule": "R01", "drop_fields": ["total_cents"], "reason": "x"}),
            "drop_fields",
        ),
        (a_narrowing({"rule": "R01", "drop_modes": ["may"]}), "reason"),
        (a_narrowing({"rule": "R01", "reason": "x"}), "drops nothing"),
        (a_narrowing({"rule": "R25", "drop_fields": [], "reason": "x"}), "denies already"),
        (a_narrowing({"rule": "R01", "add_modes": ["duty"], "reason": "x"}), "add_modes"),
        (land_law(switch_on=({"rule": "R01", "law": ["§ 1"]},)), "switch_on[0].rule"),
        (land_law(switch_on=({"rule": "R30a", "law": []},)), "switch_on[0].law"),
        (land_law({**BIRTHS, "id": "R200"}), "no id of an added row"),
        (land_law({**BIRTHS, "providers": ["jobcenter"]}), "leaves no room"),
        (land_law({**BIRTHS, "providers": []}), "leaves no room"),
        (land_law(BIRTHS, BIRTHS), "one id"),
    ],
)
def test_what_a_layer_must_not_say_is_named(layer: Layer, what: str) -> None:
    assert any(what in one for one in faults(layer)), faults(layer)


def test_a_layer_counts_with_two_signatures() -> None:
    fine = a_narrowing({"rule": "R01", "drop_modes": ["may"], "reason": "x"})

    assert faults(fine) == []
    assert any("signed by 1" in one for one in faults(fine, signed=1))


def test_without_layers_it_is_the_very_same_law() -> None:
    assert law_with(shipped(), ()) is shipped()
    layers = (a_narrowing({"rule": "R01", "drop_modes": ["may"], "reason": "x"}),)
    assert law_with(shipped(), layers) is law_with(shipped(), layers)
    assert law_with(shipped(), layers).version != shipped().version
