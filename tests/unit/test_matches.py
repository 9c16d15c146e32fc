"""Which rows speak of a question, and how much they give."""

from dataclasses import replace
from datetime import date

import pytest

from onceonly.domain.calendar import Month, Months
from onceonly.domain.decision import Outcome
from onceonly.domain.rules import (
    Alternative,
    Given,
    When,
    WhenPerson,
)
from unit.laws import (
    MAY,
    STATUTE,
    a_choice,
    a_justification,
    a_law,
    a_person,
    a_rule,
    a_town,
    an_agreement,
    an_item,
    decided,
    stated,
)

CHOSEN = an_item(choices=(a_choice(),))
JUSTIFIED = an_item(justification=a_justification())
AGREED = a_town(retrieval_agreements=(an_agreement(),))


def test_a_wider_question_is_cut_to_what_row_and_fact_give() -> None:
    by_row = decided(a_law(a_rule()), replace(CHOSEN, profile="P2"))
    by_fact = decided(
        a_law(a_rule(evidence=(Given("notice", "YESNO"),), facts=("upkeep-yes",))),
        replace(CHOSEN, profile="P2", fact="upkeep-yes"),
    )

    assert (by_row.outcome, by_row.reason, by_row.profile) == (Outcome.PARTIAL, "minimised", "P1")
    assert (by_fact.outcome, by_fact.profile, by_fact.fields) == (
        Outcome.PARTIAL,
        "YESNO",
        ("draws",),
    )


def test_a_container_stands_for_its_members_in_field_lists() -> None:
    given_all = Given("notice", "P2")
    dropped = a_rule(evidence=(given_all,), drop_fields=("sums[]", "with"))
    only = a_rule(evidence=(given_all,), fields=("state", "sums[]"))
    asked = replace(CHOSEN, profile="P2")

    assert decided(a_law(dropped), asked).fields == ("state", "from_month", "total_ct")
    assert decided(a_law(only), asked).fields == ("state", "sums[].kind", "sums[].amount_ct")


def test_a_field_of_another_procedure_is_not_asked_for() -> None:
    law = a_law(a_rule(evidence=(Given("notice", "P2"),)))

    decision = decided(law, replace(CHOSEN, profile="P2"))

    assert (decision.outcome, decision.fields[-1]) == (Outcome.PERMIT, "with")


def test_a_lone_assertion_that_is_missing_is_a_missing_precondition() -> None:
    needing = replace(MAY, needs=("justification", "application-filed"))
    law = a_law(a_rule(modes=(needing,)))

    assert decided(law, JUSTIFIED).reason == "precondition-missing"
    filed = replace(JUSTIFIED, assertions=stated("application-filed"))
    assert decided(law, filed, town=AGREED).permits


def test_months_are_cut_to_row_and_fact() -> None:
    law = a_law(a_rule(facts=("upkeep-months",), when=When(months="from-reference")))
    asked = replace(CHOSEN, fact="upkeep-months", months=Months(Month(2026, 9), Month(2026, 12)))

    both = decided(law, asked)
    whole = decided(a_law(a_rule(facts=("upkeep-months",))), replace(CHOSEN, fact="upkeep-months"))

    assert (both.outcome, both.months) == (Outcome.PARTIAL, None)
    assert whole.months == Months(Month(2026, 8), Month(2026, 10))
    assert whole.outcome is Outcome.PERMIT


def test_where_nothing_bounds_them_months_are_the_reference_month() -> None:
    asked = replace(CHOSEN, months=Months(Month(2026, 9), Month(2026, 10)))
    outside = replace(CHOSEN, months=Months(Month(2026, 8), Month(2026, 9)))

    assert decided(a_law(a_rule()), asked).outcome is Outcome.PARTIAL
    assert decided(a_law(a_rule()), outside).reason == "not-necessary"


def test_the_months_of_a_claim_are_named_by_the_item() -> None:
    law = a_law(a_rule(facts=("upkeep-claim",)))
    asked = replace(CHOSEN, fact="upkeep-claim")
    claimed = Months(Month(2026, 1), Month(2026, 6))

    assert decided(law, asked).reason == "precondition-missing"
    assert decided(law, replace(asked, months=claimed)).months == claimed


def test_a_missing_precondition_is_answered_in_the_words_of_the_row() -> None:
    row = a_rule(
        modes=(STATUTE,),
        preconditions=("azr-insufficient",),
        when=When(detail_required=("azr-insufficient",)),
        reason="azr-first",
        law=("§ 5 Probe",),
        alternatives=(Alternative("other-evidence", what="azr"),),
    )

    without_detail = decided(a_law(row), an_item(assertions=stated("azr-insufficient")))
    stated_whole = an_item(assertions=stated("azr-insufficient", detail="Beginn"))

    assert (without_detail.reason, without_detail.law) == ("azr-first", ("§ 5 Probe",))
    assert without_detail.alternatives == (Alternative("other-evidence", what="azr"),)
    assert decided(a_law(row), stated_whole).permits


def test_a_row_without_words_rests_on_the_law_of_its_first_mode() -> None:
    decision = decided(a_law(a_rule(modes=(STATUTE,), preconditions=("application-filed",))))

    assert (decision.reason, decision.law) == ("precondition-missing", STATUTE.law)
    assert decision.alternatives == (Alternative("upload"), Alternative("ask-office"))


@pytest.mark.parametrize(
    ("nationalities", "asserted", "reason"),
    [
        (("SY",), (), None),
        (("XA",), (), None),
        (("BG",), (), "azr-eu-citizen"),
        (("BG", "SY"), (), "azr-eu-citizen"),
        (("BG",), ("loss-of-free-movement",), None),
        ((), (), "precondition-missing"),
        (("SY", "XX"), (), "precondition-missing"),
    ],
)
def test_a_register_of_foreigners_says_nothing_on_union_citizens(
    nationalities: tuple[str, ...], asserted: tuple[str, ...], reason: str | None
) -> None:
    row = a_rule(modes=(STATUTE,), when=When(nationality="not-union"), reason="azr-eu-citizen")

    decision = decided(
        a_law(row),
        an_item(assertions=stated(*asserted)),
        persons=(a_person(nationalities=nationalities),),
    )

    assert decision.reason == reason


def test_a_row_for_a_certain_age_speaks_of_nobody_else() -> None:
    law = a_law(a_rule(modes=(STATUTE,), when=When(person=WhenPerson(age=(12, 17)))))
    turning = a_person(born="2014-10-31")

    assert decided(law).reason == "not-necessary"
    assert decided(law, persons=(turning,)).permits


def test_a_row_stands_aside_for_the_narrower_one() -> None:
    law = a_law(a_rule(modes=(STATUTE,), when=When(stands_aside=("upkeep-drawn", "x-claim"))))

    assert decided(law).permits
    assert not decided(law, an_item(assertions=stated("x-claim"))).permits


def test_fields_by_fact_give_only_what_that_fact_needs() -> None:
    when = When(fields_by={"fact": {"upkeep-drawn": ("state",)}, "role": {"child": ("total_ct",)}})

    decision = decided(a_law(a_rule(modes=(STATUTE,), when=when)))

    assert (decision.fields, decision.outcome) == (("state",), Outcome.PARTIAL)


def test_a_row_is_law_from_its_first_day_to_its_last() -> None:
    law = a_law(a_rule(in_force_to=date(2026, 10, 4)))

    assert decided(law, CHOSEN).reason == "no-rule"
