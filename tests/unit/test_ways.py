"""The ways that rows open, and what is asked for where none carries."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from onceonly.domain.acts import holds
from onceonly.domain.decision import Outcome
from onceonly.domain.judge import judge
from onceonly.domain.offices import Admission, Origin, Settings
from onceonly.domain.rules import (
    Alternative,
    Automation,
    Mode,
    Section35Kind,
)
from unit.laws import (
    CHOICE,
    CONSENT,
    DUTY,
    MAY,
    NOW,
    RENT,
    STATUTE,
    UPKEEP,
    a_choice,
    a_justification,
    a_law,
    a_mode,
    a_person,
    a_request,
    a_rule,
    a_service,
    a_town,
    an_agreement,
    an_item,
    decided,
    facts_in,
)

CHOSEN = an_item(choices=(a_choice(),))
JUSTIFIED = an_item(justification=a_justification())
AGREED = a_town(retrieval_agreements=(an_agreement(),))


def test_a_choice_online_from_an_immediate_issuer_permits_with_preview() -> None:
    decision = decided(a_law(a_rule()), CHOSEN)

    assert (decision.outcome, decision.mode, decision.rule) == (Outcome.PERMIT, Mode.CHOICE, "T1")
    assert decision.fields == ("state", "from_month", "total_ct")
    assert decision.obligations == ("preview", "inform-person")
    assert decision.rule_version == "2024-07-24"
    assert decision.retention == "choice-67f"


@pytest.mark.parametrize(
    "made", [timedelta(), timedelta(seconds=-60), timedelta(seconds=-61), timedelta(days=30)]
)
@pytest.mark.parametrize("passed", [timedelta(seconds=1), timedelta(hours=9)])
def test_time_tells_of_a_choice_only_whether_it_holds(made: timedelta, passed: timedelta) -> None:
    choice = a_choice(made_at=NOW - made)
    item, later = an_item(choices=(choice,)), NOW + passed

    first = decided(a_law(a_rule()), item)
    again = decided(a_law(a_rule()), item, facts={"now": later})

    assert (first == again) is (holds(choice, NOW) is holds(choice, later))


def test_silence_is_no() -> None:
    decision = decided(a_law(), CHOSEN)

    assert (decision.outcome, decision.reason) == (Outcome.DENY, "no-rule")
    assert (decision.mode, decision.rule, decision.profile, decision.fields) == (
        None,
        None,
        None,
        (),
    )


def test_nothing_brought_asks_for_the_choice_and_names_who_must_act() -> None:
    decision = decided(a_law(a_rule(modes=(CHOICE, MAY))), channel="office")

    assert (decision.outcome, decision.reason) == (Outcome.CHOICE_REQUIRED, "choice-missing")
    assert [(one.act, one.by) for one in decision.required] == [("choice", "p1")]
    assert decision.alternatives == (Alternative("choice", of="p1"), Alternative("upload"))


def test_a_mode_that_lacks_only_the_consent_asks_for_it() -> None:
    decision = decided(a_law(a_rule(modes=(MAY, CONSENT))))

    assert (decision.outcome, decision.reason) == (Outcome.CONSENT_REQUIRED, "consent-missing")


def test_without_choice_or_consent_the_justification_is_what_is_missing() -> None:
    assert decided(a_law(a_rule(modes=(MAY,)))).reason == "justification-missing"


def test_a_duty_with_an_agreement_permits_without_anybody_acting() -> None:
    decision = decided(a_law(a_rule(modes=(DUTY,))), town=AGREED)

    assert (decision.outcome, decision.mode, decision.automation) == (
        Outcome.PERMIT,
        Mode.DUTY,
        Automation.AGREEMENT,
    )
    assert decision.obligations == ("inform-person",)


@pytest.mark.parametrize(
    "changed",
    [
        {"valid_to": date(2026, 10, 4)},
        {"valid_from": date(2026, 10, 6)},
        {"procedures": ()},
        {"provider": "upkeep-north"},
        {"evidence_types": ()},
    ],
)
def test_an_agreement_that_is_not_about_it_today_automates_nothing(
    changed: dict[str, object],
) -> None:
    town = a_town(retrieval_agreements=(an_agreement(**changed),))

    decision = decided(a_law(a_rule(modes=(DUTY,))), town=town)

    assert (decision.outcome, decision.reason) == (Outcome.MANUAL, "no-agreement")
    assert decision.automation is Automation.NONE
    assert Alternative("ask-office") in decision.alternatives
    assert decision.retention == "manual"


def test_where_no_agreement_could_be_a_person_decides() -> None:
    law = a_law(a_rule(modes=(DUTY,)), section35={"rent": Section35Kind("rent")})

    assert decided(law, town=AGREED).reason == "human-decision"


def test_a_duty_without_agreement_yields_to_the_choice() -> None:
    law = a_law(a_rule(modes=(DUTY, CHOICE)))

    chosen = decided(law, CHOSEN)
    slow = decided(law, CHOSEN, town=a_town(data_services=(a_service(immediate=False),)))

    assert (chosen.mode, chosen.outcome) == (Mode.CHOICE, Outcome.PERMIT)
    assert (slow.mode, slow.outcome) == (Mode.DUTY, Outcome.MANUAL)
    assert decided(law, CHOSEN, town=AGREED).mode is Mode.DUTY


def test_a_refused_choice_closes_the_voluntary_ways_and_not_the_duty() -> None:
    refused = an_item(choice_refused=True, justification=a_justification())
    voluntary = decided(a_law(a_rule(modes=(CHOICE, MAY, CONSENT))), refused, town=AGREED)
    duty = decided(a_law(a_rule(modes=(DUTY, CHOICE))), refused, town=AGREED)

    assert (voluntary.outcome, voluntary.reason) == (Outcome.DENY, "choice-refused")
    assert Alternative("consent", of="p1") not in voluntary.alternatives
    assert duty.permits


def test_an_earlier_refusal_is_opened_by_a_later_choice_alone() -> None:
    law = a_law(a_rule(modes=(CHOICE, MAY)))
    earlier = {"refused": frozenset({("p1", "notice")})}

    assert decided(law, JUSTIFIED, town=AGREED, facts=earlier).reason == "choice-refused"
    assert decided(law, CHOSEN, facts=earlier).permits


@pytest.mark.parametrize(
    ("said", "permits"),
    [
        (a_justification(), True),
        (a_justification(norm="sgb8-62-3"), False),
        (a_justification(reason="held-by-third-party"), False),
        (a_justification(reason="asked-and-incomplete"), False),
        (a_justification(reason="asked-and-incomplete", asked_once_on=date(2026, 10, 5)), True),
        (a_justification(reason="asked-and-incomplete", asked_once_on=date(2026, 10, 6)), False),
    ],
)
def test_a_justification_counts_under_its_own_norm(said: object, *, permits: bool) -> None:
    decision = decided(a_law(a_rule(modes=(MAY,))), an_item(justification=said), town=AGREED)

    assert decision.permits is permits
    assert permits or decision.reason == "justification-missing"


def test_submitted_copies_are_never_given_by_choice() -> None:
    town = a_town(data_services=(a_service(origin=Origin.SUBMITTED),))

    decision = decided(a_law(a_rule()), replace(CHOSEN, origin=Origin.SUBMITTED), town=town)

    assert decision.reason == "not-issuer"


def test_an_issuer_who_does_not_answer_at_once_cannot_be_chosen() -> None:
    town = a_town(data_services=(a_service(immediate=False),))

    assert decided(a_law(a_rule()), CHOSEN, town=town).reason == "not-immediate"
    assert decided(a_law(a_rule()), town=town).reason == "not-immediate"


def test_nobody_but_an_issuer_gives_what_is_issued() -> None:
    town = a_town(RENT, replace(UPKEEP, kind="archive"))

    assert decided(a_law(a_rule(providers=("archive",))), CHOSEN, town=town).reason == "no-rule"


@pytest.mark.parametrize(
    "choice",
    [
        a_choice(made_at=NOW - timedelta(days=30, seconds=1)),
        a_choice(made_at=NOW + timedelta(seconds=61)),
    ],
)
def test_a_choice_of_another_time_is_none(choice: object) -> None:
    assert decided(a_law(a_rule()), an_item(choices=(choice,))).reason == "choice-missing"


def test_a_choice_on_the_office_channel_is_none() -> None:
    assert decided(a_law(a_rule()), CHOSEN, channel="office").reason == "choice-missing"


def test_a_row_that_names_its_notice_takes_no_other() -> None:
    law = a_law(a_rule(modes=(replace(CHOICE, notice="wahl-67f-abh-v1"),)))

    assert decided(law, CHOSEN).reason == "choice-missing"


def test_a_mode_that_needs_an_admission_is_passed_over_without_one() -> None:
    by_hand = a_mode(Mode.REGULATION, Automation.NONE)
    law = a_law(a_rule(modes=(replace(STATUTE, config="admissions"), by_hand)))
    admitted = a_town(admissions=(Admission("T1", "B", "1", date(2026, 4, 1)),))

    assert decided(law).outcome is Outcome.MANUAL
    assert decided(law, town=admitted).outcome is Outcome.PERMIT


def test_a_choice_after_the_notice_is_kept_longer() -> None:
    on_the_day = a_town(settings=Settings(bundesanzeiger_notice_on=NOW.date()))
    after = a_town(settings=Settings(bundesanzeiger_notice_on=date(2026, 10, 4)))

    assert decided(a_law(a_rule()), CHOSEN, town=on_the_day).retention == "choice-67f"
    assert decided(a_law(a_rule()), CHOSEN, town=after).retention == "choice-67f-after-notice"


def test_several_applicants_are_refused_whole() -> None:
    two = (a_person(), a_person("p2"))
    items = (CHOSEN, replace(CHOSEN, ref="i2", person="p2"))

    answers = judge(RENT, a_request(*items, persons=two), facts_in(a_town()), a_law(a_rule()))

    assert [one.decision.reason for one in answers] == ["bulk", "bulk"]


def test_more_than_three_persons_without_a_chain_are_refused_whole() -> None:
    loose = [a_person(f"p{n}", "household-member") for n in range(2, 6)]
    law = a_law(a_rule())

    assert decided(law, CHOSEN, persons=(a_person(), *loose[:3])).permits
    assert decided(law, CHOSEN, persons=(a_person(), *loose)).reason == "bulk"
