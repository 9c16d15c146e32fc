"""Consents that carry, those that do not, and the general row."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from onceonly.domain.agreed import HeldConsent
from onceonly.domain.calendar import Month, Months
from onceonly.domain.consents import Opened
from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.offices import Origin
from onceonly.domain.rules import Automation, Given, Law, Mode
from unit.laws import (
    CONSENT,
    MAY,
    RENT,
    UPKEEP,
    a_law,
    a_mode,
    a_rule,
    a_town,
    an_agreement,
    an_item,
    decided,
)

CODE = UUID(int=1)
AGREED = a_town(retrieval_agreements=(an_agreement(),))
UNDER_CONSENT = a_law(a_rule(modes=(MAY, CONSENT)))


def a_consent(**more: Any) -> HeldConsent:
    whole: dict[str, Any] = {
        "state": "given",
        "by": "p1",
        "about": frozenset({"p1"}),
        "consumer": "rent",
        "provider": "upkeep",
        "procedure": "rent.aid",
        "case_reference": "A-1",
        "opens": (Opened("notice", "P1", Origin.ISSUED),),
        "months": Months(Month(2026, 10), Month(2026, 10)),
        "given_on": date(2026, 10, 5),
    }
    return HeldConsent(**(whole | more))


def under(consent: HeldConsent, law: Law = UNDER_CONSENT, **more: Any) -> Decision:
    item = an_item(consents=(CODE,), **more)
    return decided(law, item, town=AGREED, facts={"consents": {CODE: consent}})


def test_a_consent_that_matches_in_everything_permits() -> None:
    decision = under(a_consent())

    assert (decision.outcome, decision.mode) == (Outcome.PERMIT, Mode.CONSENT)
    assert decision.retention == "agreement-79"


def test_a_consent_without_an_agreement_is_a_task_for_a_person() -> None:
    decision = decided(
        UNDER_CONSENT, an_item(consents=(CODE,)), facts={"consents": {CODE: a_consent()}}
    )

    assert (decision.outcome, decision.reason) == (Outcome.MANUAL, "no-agreement")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"state": "withdrawn"}, "consent-withdrawn"),
        ({"state": "requested"}, "consent-missing"),
        ({"state": "expired"}, "consent-expired"),
        ({"expires_on": date(2026, 10, 4)}, "consent-expired"),
        ({"used": frozenset({("p1", "notice", Origin.ISSUED)})}, "consent-used"),
        ({"consumer": "other"}, "consent-mismatch"),
        ({"provider": "other"}, "consent-mismatch"),
        ({"procedure": "other.aid"}, "consent-mismatch"),
        ({"case_reference": "B-2"}, "consent-mismatch"),
        ({"opens": (Opened("notice", "P0", Origin.ISSUED),)}, "consent-mismatch"),
        ({"opens": (Opened("notice", "P1", Origin.SUBMITTED),)}, "consent-mismatch"),
        ({"months": Months(Month(2026, 8), Month(2026, 9))}, "consent-mismatch"),
        ({"about": frozenset({"p2"})}, "consent-not-theirs"),
        ({"by": "p2"}, "consent-not-theirs"),
        ({"by": None}, "consent-not-theirs"),
    ],
)
def test_a_consent_that_does_not_carry_says_why(changed: dict[str, Any], reason: str) -> None:
    decision = under(a_consent(**changed))

    assert (decision.outcome, decision.reason) == (Outcome.CONSENT_REQUIRED, reason)


def test_a_stronger_consent_covers_the_weaker_profile_and_lasts_through_its_last_day() -> None:
    strong = a_consent(
        opens=(Opened("notice", "P2", Origin.ISSUED),), expires_on=date(2026, 10, 5), months=None
    )

    assert under(strong).permits


def test_health_needs_the_own_act_explicit_words_and_the_release() -> None:
    explicit = a_mode(
        Mode.CONSENT, Automation.AGREEMENT, "explicit-consent", "release-from-secrecy"
    )
    law = a_law(a_rule(modes=(explicit,)))
    whole = a_consent(own_act=True, special_categories=True, release_from_secrecy=True)

    assert under(whole, law).permits
    for lacking in ("own_act", "special_categories", "release_from_secrecy"):
        changes: dict[str, Any] = {lacking: False}
        assert under(replace(whole, **changes), law).reason == "consent-mismatch"


def test_nobody_consents_freely_towards_some_offices() -> None:
    border = replace(RENT, kind="border")
    law = a_law(a_rule(modes=(CONSENT,)))

    decision = decided(
        law,
        an_item(consents=(CODE,)),
        office=border,
        town=a_town(border, UPKEEP),
        facts={"consents": {CODE: a_consent()}},
    )

    assert (decision.outcome, decision.mode) == (Outcome.DENY, None)


def a_general(**more: Any) -> Any:
    whole: dict[str, Any] = {
        "evidence": (Given("notice", "P2"),),
        "facts": (),
        "modes": (CONSENT,),
        "matrix": {"rent": ("notice",)},
    }
    return a_rule("G1", **(whole | more))


def test_the_general_row_answers_where_no_row_speaks() -> None:
    law = a_law(a_general())

    asked = decided(law, town=AGREED)
    given = under(a_consent(), law)

    assert (asked.outcome, asked.rule) == (Outcome.CONSENT_REQUIRED, "G1")
    assert (given.outcome, given.rule) == (Outcome.PERMIT, "G1")
    assert decided(a_law(a_general(matrix={"rent": ()}))).reason == "no-rule"


def test_the_general_row_gives_no_more_than_a_row_would_have_given() -> None:
    narrow = a_rule(evidence=(Given("notice", "P0"),), fields=("state",), modes=(MAY,))

    decision = under(a_consent(), a_law(narrow, a_general()))

    assert (decision.rule, decision.fields) == ("G1", ("state",))


def test_the_general_row_gives_nothing_where_rows_name_the_fact_and_none_matches() -> None:
    elsewhere = a_rule(about=("child",), modes=(MAY,))

    assert under(a_consent(), a_law(elsewhere, a_general())).reason == "not-necessary"
