"""What holds of every decision, whatever is asked of whatever law."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from onceonly.domain.calendar import Month, Months
from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.judge import decide
from onceonly.domain.offices import Configuration, Origin
from onceonly.domain.profiles import within
from onceonly.domain.requests import Item
from onceonly.domain.rules import Given, Rule
from unit.laws import (
    CHOICE,
    CONSENT,
    DUTY,
    MAY,
    NOW,
    OCTOBER,
    RENT,
    STATUTE,
    a_choice,
    a_justification,
    a_law,
    a_rule,
    a_service,
    a_town,
    an_agreement,
    an_item,
    decided,
    facts_in,
    judged,
)

AGREED = a_town(retrieval_agreements=(an_agreement(),))

ITEMS = st.builds(
    an_item,
    profile=st.sampled_from(["P0", "P1", "P2", "YESNO", "ODD"]),
    fact=st.sampled_from(["upkeep-drawn", "upkeep-yes", "upkeep-months", "a-diary", "none"]),
    evidence_type=st.sampled_from(["notice", "diary", "unheard-of"]),
    origin=st.sampled_from(Origin),
    choices=st.sampled_from([(), (a_choice(),), (a_choice("p2"),)]),
    choice_refused=st.booleans(),
    justification=st.sampled_from([None, a_justification()]),
)
ROWS = st.builds(
    a_rule,
    evidence=st.sampled_from([(Given("notice", code),) for code in ("P0", "P1", "P2", "YESNO")]),
    facts=st.sampled_from([("upkeep-drawn",), ("upkeep-yes", "upkeep-months")]),
    fields=st.sampled_from([None, ("state",), ("sums[]", "draws")]),
    modes=st.lists(st.sampled_from([CHOICE, DUTY, MAY, CONSENT, STATUTE]), min_size=1).map(tuple),
    providers=st.sampled_from([("upkeep",), ("archive",)]),
)
TOWNS = st.sampled_from(
    [
        a_town(),
        AGREED,
        a_town(data_services=()),
        a_town(data_services=(a_service(immediate=False),)),
    ]
)


@given(row=ROWS, item=ITEMS, town=TOWNS)
def test_nothing_is_given_beyond_question_row_and_fact(
    row: Rule, item: Item, town: Configuration
) -> None:
    law = a_law(row)
    decision = decided(law, item, town=town)

    if decision.profile is not None:
        known = law.catalogue.evidence_types["notice"].profiles[decision.profile].leaves
        bounds = {item.profile, row.evidence[0].profile, decision.profile}
        assert decision.fields == tuple(path for path in known if path in decision.fields)
        assert all(within(path, row.fields or known) for path in decision.fields)
        assert decision.profile == (
            min(bounds - {None}, key=str) if "YESNO" not in bounds else "YESNO"
        )
        assert item.fact in row.facts


@given(row=ROWS, item=ITEMS, town=TOWNS)
def test_whatever_is_not_a_permit_names_reason_law_and_a_way_out(
    row: Rule, item: Item, town: Configuration
) -> None:
    decision = decided(a_law(row), item, town=town)

    if not decision.permits:
        assert decision.reason
        assert decision.law
        assert decision.alternatives
    if decision.outcome is Outcome.DENY:
        assert (decision.profile, decision.fields) == (None, ())


@given(row=ROWS, item=ITEMS, town=TOWNS)
def test_a_decision_is_the_same_twice(row: Rule, item: Item, town: Configuration) -> None:
    one = judged(a_law(row), item, town=town)

    assert one.decision == decide(one.question, facts_in(town), a_law(row))


@given(row=ROWS, item=ITEMS, town=TOWNS)
def test_a_further_choice_never_narrows(row: Rule, item: Item, town: Configuration) -> None:
    item = replace(item, choice_refused=False)
    before = decided(a_law(row), item, town=town)
    after = decided(a_law(row), replace(item, choices=(*item.choices, a_choice())), town=town)

    if before.permits:
        assert after.permits
        assert set(before.fields) <= set(after.fields)


def test_an_office_is_judged_by_what_it_is_and_not_by_its_code() -> None:
    law, town = a_law(a_rule(modes=(STATUTE,))), a_town()
    stranger = replace(RENT, procedures=())

    before = decided(law, town=town)
    foreign = decided(law, town=town, office=stranger)
    after = decided(law, town=town)

    assert before.outcome is Outcome.PERMIT
    assert foreign.reason == "procedure-not-yours"
    assert after == before


def test_another_file_and_another_day_are_judged_anew() -> None:
    law = a_law(a_rule(modes=(DUTY,)))
    agreed = a_town(retrieval_agreements=(an_agreement(valid_to=NOW.date()),))

    assert decided(law, town=agreed).outcome is Outcome.PERMIT
    assert decided(law, town=a_town()).outcome is Outcome.MANUAL
    later = {"today": NOW.date() + timedelta(days=1)}
    assert decided(law, town=agreed, facts=later).outcome is Outcome.MANUAL
    assert decided(law, town=agreed).outcome is Outcome.PERMIT


@given(st.data())
def test_what_both_decisions_grant_is_what_each_grants(data: st.DataObject) -> None:
    around = [OCTOBER.plus(by) for by in range(-3, 4)]
    ends = st.sampled_from([*around, None])

    def some() -> Months | None:
        first, last = data.draw(ends), data.draw(ends)
        whole = Months(first, last)
        # Nobody asks for months that end before they begin.
        return None if whole.within(Months(None, None)) is None else whole

    def has(decision: Decision, month: Month) -> bool:
        asked = decision.months or Months(OCTOBER, OCTOBER)
        return bool(decision.fields) and asked.within(Months(month, month)) is not None

    one = Decision(Outcome.PERMIT, (), fields=("state", "to_month"), months=some())
    again = replace(one, fields=("state",), months=some())

    both = one.narrowed_to(again, OCTOBER)

    for month in around:
        assert has(both, month) is (has(one, month) and has(again, month))
