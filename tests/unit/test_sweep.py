"""The shipped law, asked everything: what the whole of it answers, and what holds of all of it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from onceonly.domain.catalogue import CHAIN
from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.rules import Automation, Mode
from unit.circumstances import Cell
from unit.shipped import shipped
from unit.summing import summary
from unit.sweep import Sweep

FILE = Path(__file__).with_name("sweep.txt")


@cache
def swept() -> Mapping[Cell, Decision]:
    sweep = Sweep(shipped())
    return {cell: sweep.decide(cell) for cell in sweep.cells()}


def allowed(decision: Decision) -> bool:
    return decision.permits or decision.outcome is Outcome.MANUAL


def test_the_whole_law_answers_what_the_committed_summary_says() -> None:
    assert summary(swept()) == FILE.read_text("utf-8"), "see the difference, then: make sweep"


def test_every_row_that_permits_is_what_some_question_is_permitted_by() -> None:
    carrying = {one.rule for one in swept().values() if allowed(one)}

    assert {row.id for row in shipped().rules if row.via_hub} - carrying == set()


def test_every_permit_names_its_norms_and_the_version_of_its_row() -> None:
    rows = shipped().by_id
    for one in swept().values():
        if allowed(one):
            assert one.law
            if one.mode is not Mode.INTERNAL:
                assert one.rule_version == rows[one.rule or ""].version


def test_every_no_names_a_reason_norms_and_what_is_open_instead() -> None:
    for one in swept().values():
        if not one.permits:
            assert one.reason in shipped().reasons
            assert one.law
            assert one.alternatives


def test_nothing_is_fetched_where_no_right_automates_it() -> None:
    for one in swept().values():
        if one.permits:
            assert one.automation in (Automation.CHOICE, Automation.AGREEMENT, Automation.STATUTE)


def test_blocked_types_are_never_fetched_and_entrusted_data_never_asked_but_of_a_person() -> None:
    for cell, one in swept().items():
        if cell.evidence_type in shipped().blocked:
            assert not one.permits
            assert one.outcome is not Outcome.MANUAL or one.rule in {
                row for block in shipped().blocked.values() for row in block.except_rules
            }


def test_consent_is_never_offered_or_used_towards_whom_nobody_consents_freely() -> None:
    for cell, one in swept().items():
        if cell.kind in shipped().never_consent_towards:
            assert one.mode is not Mode.CONSENT
            assert all(other.kind != "consent" for other in one.alternatives)
            assert all(act.act != "consent" for act in one.required)


def test_a_stronger_profile_is_never_permitted_where_a_weaker_one_is_refused() -> None:
    """Unless the weaker one holds none of the given fields."""
    chains: dict[Cell, dict[str, Decision]] = defaultdict(dict)
    for cell, one in swept().items():
        if cell.profile in CHAIN:
            chains[replace(cell, profile="")][cell.profile] = one
    catalogue = shipped().catalogue.evidence_types
    for cell, by_profile in chains.items():
        profiles = catalogue[cell.evidence_type].profiles
        for weaker, stronger in ((a, b) for a in CHAIN for b in CHAIN if a < b):
            if not {weaker, stronger} <= by_profile.keys() or not allowed(by_profile[stronger]):
                continue
            shared = set(by_profile[stronger].fields) & set(profiles[weaker].leaves)
            assert allowed(by_profile[weaker]) or not shared, (cell, weaker, stronger)


def test_what_is_granted_lies_in_the_profile_that_is_named() -> None:
    catalogue = shipped().catalogue.evidence_types
    for cell, one in swept().items():
        if one.profile is not None:
            assert set(one.fields) <= set(
                catalogue[cell.evidence_type].profiles[one.profile].leaves
            )


def test_a_preview_comes_with_a_choice_and_with_nothing_else() -> None:
    for one in swept().values():
        if one.permits:
            assert ("preview" in one.obligations) == (one.mode is Mode.CHOICE)


def test_bringing_nothing_never_opens_what_a_ground_closes() -> None:
    """What is permitted to a bare question is permitted to the same question with a consent."""
    for cell, one in swept().items():
        if cell.ground == "nothing" and one.permits:
            other = swept().get(replace(cell, ground="consent"))
            assert other is None or other.permits
