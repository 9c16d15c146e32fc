"""What a decision says in words: what moves or why not, and by which norm, in both languages."""

from dataclasses import replace

import pytest

from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.explanations import explanation
from unit.laws import CHOICE, a_choice, a_law, a_rule, an_item, decided, one_controller
from unit.shipped import EXCLUSION, SGB2, WOHNGELD, about, asked, for_rent_aid, shipped


def said(decision: Decision) -> tuple[str, str]:
    law = shipped()
    return explanation(decision, law, german=True), explanation(decision, law, german=False)


def test_a_permit_says_what_moves_with_every_norm() -> None:
    german, english = said(for_rent_aid(replace(EXCLUSION, choices=(a_choice(),)), SGB2))

    assert german == (
        "Die Wohngeldbehörde erfährt vom Jobcenter, ob und in welchen Monaten eine Leistung nach"
        " dem SGB II das Wohngeld ausschließt, nie einen Betrag (§ 67f SGB X, § 7 (1) S. 1 Nr. 1"
        " WoGG, § 8 WoGG)."
    )
    assert english.startswith("The housing benefit office learns from the Jobcenter")
    assert english.endswith("(§ 67f SGB X, § 7 (1) S. 1 Nr. 1 WoGG, § 8 WoGG).")


def test_a_smaller_permit_says_that_it_is_smaller() -> None:
    wider = replace(EXCLUSION, profile="P2", choices=(a_choice(),))

    german, _ = said(for_rent_aid(wider, SGB2))

    assert german.endswith(shipped().reasons["minimised"].de)


def test_what_is_missing_is_said_and_not_what_would_move() -> None:
    german, english = said(for_rent_aid(EXCLUSION, SGB2))

    assert german == (
        "Die Person muss den Abruf im Online-Verfahren selbst wählen. Sie kann den Nachweis auch"
        " selbst einreichen (§ 67f (1) SGB X, § 67a (2) S. 1 SGB X)."
    )
    assert "choose" in english


def test_a_row_that_denies_speaks_for_itself() -> None:
    item = about("ben.sgb2", "P0", "bkgg-6a-1a", choices=(a_choice(),))

    german, _ = said(asked("familienkasse", "kinderzuschlag.antrag", item, SGB2))

    row = shipped().by_id["R05b"]
    assert row.explanation is not None
    assert german.startswith(row.explanation.de.removesuffix("."))
    assert german.endswith("(§ 6a (1) Nr. 3 BKGG, § 6a (1a) Nr. 3 BKGG).")


def test_use_by_the_same_controller_says_so() -> None:
    aid = about("ben.wohngeld", "P0", "bkgg-6b-grundleistung")
    town = {"shared_controllers": (one_controller("but", "wohngeld"),)}

    german, english = said(asked("but", "but.bkgg", aid, WOHNGELD, town=town))

    assert german.startswith("Dieselbe verantwortliche Stelle")
    assert english.endswith("(§ 67c (2) Nr. 1 SGB X).")


@pytest.mark.parametrize("german", [True, False])
def test_a_row_without_words_leaves_the_norm(*, german: bool) -> None:
    law = a_law(a_rule(modes=(CHOICE,)))
    decision = decided(law, an_item(choices=(a_choice(),)))

    assert decision.outcome is Outcome.PERMIT
    assert "§ choice" in explanation(decision, law, german=german)


def test_every_row_says_in_one_sentence_of_each_language_what_moves_or_why_not() -> None:
    for row in shipped().rules:
        assert row.explanation is not None
        for text in (row.explanation.de, row.explanation.en):
            assert text.endswith("."), row.id
            assert text.count(". ") == 0, row.id
            assert 30 < len(text) < 240, row.id
        assert row.title.de
        assert row.title.en
