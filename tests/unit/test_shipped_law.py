"""The law as it ships, judged: the acceptance scenarios that need no provider's answer."""

from dataclasses import replace
from typing import Any

from onceonly.domain.calendar import Month, Months
from onceonly.domain.decision import Outcome
from onceonly.domain.offices import Origin
from onceonly.domain.rules import Mode
from unit.laws import (
    a_choice,
    a_justification,
    a_parent,
    a_person,
    living,
    one_controller,
    stated,
)
from unit.shipped import (
    EXCLUSION,
    GOEKCE,
    SGB2,
    WOHNGELD,
    a_service_of,
    about,
    an_agreement_between,
    asked,
    for_rent_aid,
)


def test_s01_the_exclusion_is_permitted_by_choice_and_previewed() -> None:
    decision = for_rent_aid(replace(EXCLUSION, choices=(a_choice(),)), SGB2)

    assert (decision.outcome, decision.mode, decision.rule) == (Outcome.PERMIT, Mode.CHOICE, "R01")
    assert decision.law == ("§ 67f SGB X", "§ 7 (1) S. 1 Nr. 1 WoGG", "§ 8 WoGG")
    assert decision.fields == (
        *("role", "state", "applied_from_month", "from_month", "to_month", "kdu_considered"),
        *("loan_only", "subordinate_104", "exclusion_lifted"),
    )
    assert decision.obligations == ("preview", "inform-person")
    assert decision.rule_version == "2024-07-24"


def test_s01_each_adult_chooses_their_own_part_and_a_parent_the_childs() -> None:
    chosen = replace(EXCLUSION, choices=(a_choice(),))

    assert for_rent_aid(replace(chosen, person="p2"), SGB2).reason == "choice-not-theirs"
    assert for_rent_aid(replace(chosen, person="p3"), SGB2).permits


def test_s01_do_not_use_closes_may_and_consent() -> None:
    refused = replace(EXCLUSION, person="p2", choice_refused=True, justification=a_justification())
    agreed = {"retrieval_agreements": (an_agreement_between("wohngeld", "jobcenter"),)}

    decision = for_rent_aid(refused, SGB2, town=agreed)

    assert (decision.outcome, decision.reason) == (Outcome.DENY, "choice-refused")


def test_s01_the_rent_contract_in_the_file_needs_a_consent() -> None:
    rent = about("hou.unterkunft", "P2", "wogg-11-miete", origin=Origin.SUBMITTED)
    held = a_service_of("jobcenter", "hou.unterkunft", origin=Origin.SUBMITTED)

    decision = for_rent_aid(replace(rent, choices=(a_choice(),)), held)

    assert (decision.outcome, decision.rule) == (Outcome.CONSENT_REQUIRED, "R22")
    assert [(one.act, one.by) for one in decision.required] == [("consent", "p1")]
    assert not any("landlord" in path for path in decision.fields)


WAIVER = about("ben.sgb2", "P2", "sgb8-90-4-erlass")


def test_s02_the_waiver_gets_a_yes_and_months_and_nothing_else() -> None:
    chosen = replace(WAIVER, choices=(a_choice(),))

    decision = asked("kita", "kita.beitragserlass", chosen, SGB2)

    assert (decision.outcome, decision.reason, decision.rule) == (
        Outcome.PARTIAL,
        "minimised",
        "R16a",
    )
    assert decision.profile == "KITA"
    assert decision.fields == ("qualifying_benefit", "from_month", "to_month")


def test_s02_without_choice_or_justification_the_choice_is_required() -> None:
    decision = asked("kita", "kita.beitragserlass", WAIVER, SGB2, channel="office")

    assert (decision.outcome, decision.reason) == (Outcome.CHOICE_REQUIRED, "choice-missing")


def test_s03_the_notice_of_a_child_of_twelve_is_asked_of_the_jobcenter() -> None:
    jonas = a_person("p2", "child", "2012-02-01")
    notice = about("ben.sgb2", "UVG", "uhvorschg-1-1a", person="p2", choices=(a_choice(),))

    decision = asked(
        "uvg",
        "uvg.antrag",
        notice,
        SGB2,
        persons=(GOEKCE, jonas),
        relationships=(a_parent("p2"), living("p2", "p1")),
    )

    assert (decision.outcome, decision.rule, decision.months) == (Outcome.PERMIT, "R13", None)
    assert decision.fields == (
        *("month", "child_receives", "need_avoidable", "money_income_ge_600", "notice_date"),
    )


def test_s05_the_child_supplement_gets_the_application_month_of_the_rent_aid() -> None:
    aid = about("ben.wohngeld", "P1", "bkgg-6a-1-3-wohngeld", choices=(a_choice(),))

    decision = asked("familienkasse", "kinderzuschlag.antrag", aid, WOHNGELD)

    assert (decision.outcome, decision.rule, decision.months) == (Outcome.PARTIAL, "R04", None)
    assert decision.fields == ("state", "month", "amount_ct")


def test_s05_upkeep_is_asked_in_the_extended_variant_only() -> None:
    upkeep = about("ben.sgb2", "KIZ1A", "bkgg-6a-1a", choices=(a_choice(),))

    extended = asked("familienkasse", "kinderzuschlag.erweitert", upkeep, SGB2)
    ordinary = asked("familienkasse", "kinderzuschlag.antrag", upkeep, SGB2)

    assert (extended.outcome, extended.fields) == (Outcome.PERMIT, ("applied", "receives"))
    assert (ordinary.outcome, ordinary.reason) == (Outcome.DENY, "not-necessary")
    assert ordinary.rule == "R05b"


def test_s05_payslips_in_another_file_need_a_consent() -> None:
    pay = about("inc.entgelt", "P2", "bkgg-6a-8-einkommen", origin=Origin.SUBMITTED)
    held = a_service_of("wohngeld", "inc.entgelt", origin=Origin.SUBMITTED)

    decision = asked("familienkasse", "kinderzuschlag.antrag", pay, held)

    assert (decision.outcome, decision.rule) == (Outcome.CONSENT_REQUIRED, "R109")
    assert decision.months == Months(Month(2026, 4), Month(2026, 9))


CHILD_BENEFIT = about("ben.kindergeld", "P2", "bkgg-6b-kindergeld", person="p2")
IOANA_AND_ANDREI: dict[str, Any] = {
    "persons": (a_person(), a_person("p2", "child", "2015-01-20")),
    "relationships": (a_parent("p2"), living("p2", "p1")),
}


def test_s06_child_benefit_comes_without_amount_and_nationality() -> None:
    named = replace(CHILD_BENEFIT, assertions=stated("named-official", detail="B-17"))
    held = a_service_of("familienkasse", "ben.kindergeld")

    decision = asked("but", "but.bkgg", named, held, **IOANA_AND_ANDREI)

    assert (decision.outcome, decision.reason, decision.rule) == (
        Outcome.PARTIAL,
        "minimised",
        "R08",
    )
    assert decision.profile == "BUT"
    assert decision.retention == "sozkigabv"
    assert not any("amount" in path or "nationality" in path for path in decision.fields)


def test_s06_rent_aid_shows_both_as_considered() -> None:
    aid = about("ben.wohngeld", "P0", "bkgg-6b-grundleistung", choices=(a_choice(),))

    decision = asked("but", "but.bkgg", aid, WOHNGELD, **IOANA_AND_ANDREI)

    assert (decision.outcome, decision.rule) == (Outcome.PERMIT, "R11")
    assert "persons_considered[].ref" in decision.fields


def test_s06_an_adult_of_whom_the_evidence_speaks_must_choose_too() -> None:
    aid = about("ben.wohngeld", "P0", "bkgg-6b-grundleistung", choices=(a_choice(),))
    household = IOANA_AND_ANDREI | {
        "persons": (*IOANA_AND_ANDREI["persons"], a_person("p4", "partner"))
    }

    decision = asked("but", "but.bkgg", aid, WOHNGELD, **household)

    assert (decision.outcome, decision.reason) == (Outcome.CHOICE_REQUIRED, "choice-missing")
    assert [one.by for one in decision.required] == ["p4"]


def test_s06_under_the_asylum_benefits_act_nothing_is_listed() -> None:
    held = a_service_of("familienkasse", "ben.kindergeld")

    decision = asked("but", "but.asylblg", CHILD_BENEFIT, held, **IOANA_AND_ANDREI)

    assert (decision.outcome, decision.reason, decision.rule) == (
        Outcome.DENY,
        "not-listed",
        "R08b",
    )


def test_s06_one_controller_uses_it_internally_with_the_same_cut() -> None:
    aid = about("ben.wohngeld", "P2", "bkgg-6b-grundleistung")
    town = {"shared_controllers": (one_controller("but", "wohngeld"),)}

    decision = asked("but", "but.bkgg", aid, WOHNGELD, town=town, **IOANA_AND_ANDREI)

    assert (decision.outcome, decision.mode, decision.profile) == (
        Outcome.PARTIAL,
        Mode.INTERNAL,
        "P0",
    )
    assert decision.law == ("§ 67c (2) Nr. 1 SGB X",)


def test_the_kind_of_an_income_is_no_question_for_its_group() -> None:
    held = a_service_of("drv", "inc.sv")

    answers = [
        asked(
            "kita",
            "kita.staffelung",
            about("inc.sv", profile, "sgb8-90-3-einkommen", choices=(a_choice(),)),
            held,
        )
        for profile in ("P0", "P1", "BRACKET")
    ]

    assert [(one.reason, one.profile) for one in answers] == [
        ("not-necessary", None),
        ("minimised", "BRACKET"),
        (None, "BRACKET"),
    ]
