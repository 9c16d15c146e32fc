"""The shipped law where it hangs on persons: titles, ages, mandates, households, health."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from onceonly.domain.calendar import Month, Months
from onceonly.domain.decision import Outcome
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Representation
from onceonly.domain.representation import may_act
from onceonly.domain.rules import Alternative, Mode
from unit.laws import (
    NOW,
    a_choice,
    a_justification,
    a_parent,
    a_person,
    a_request,
    living,
    one_controller,
    stated,
)
from unit.shipped import (
    DAVOR,
    EXCLUSION,
    GOEKCE,
    MILA,
    SGB2,
    WOHNGELD,
    a_service_of,
    about,
    an_agreement_between,
    asked,
    for_rent_aid,
    shipped,
)

LIVELIHOOD = about("ben.sgb2", "P0", "aufenthg-5-lebensunterhalt")
AMIR: dict[str, Any] = {"persons": (a_person(nationalities=("IR",)),), "channel": "office"}


def test_s08_the_register_goes_first() -> None:
    decision = asked("auslaenderbehoerde", "aufenthalt.titel", LIVELIHOOD, SGB2, **AMIR)

    assert (decision.outcome, decision.reason) == (Outcome.DENY, "azr-first")
    assert decision.alternatives == (Alternative("other-evidence", what="azr"),)


def test_s08_what_the_register_lacks_is_a_task_for_a_person() -> None:
    named = replace(LIVELIHOOD, assertions=stated("azr-insufficient", detail="Ende"))

    decision = asked("auslaenderbehoerde", "aufenthalt.titel", named, SGB2, **AMIR)

    assert (decision.outcome, decision.reason) == (Outcome.MANUAL, "human-decision")
    assert (decision.rule, decision.mode) == ("R50", Mode.DUTY)


def test_s08_income_and_health_are_no_and_consent_is_never_offered() -> None:
    for evidence_type in ("inc.entgelt", "hea.erwerb"):
        held = a_service_of("jobcenter", evidence_type, origin=Origin.SUBMITTED)
        item = replace(LIVELIHOOD, evidence_type=evidence_type, origin=Origin.SUBMITTED)

        decision = asked("auslaenderbehoerde", "aufenthalt.titel", item, held, **AMIR)

        assert (decision.outcome, decision.reason) == (Outcome.DENY, "not-necessary")
        assert Alternative("consent", of="p1") not in decision.alternatives


def test_s08_fifteen_applicants_are_bulk() -> None:
    many = tuple(a_person(f"p{n}", nationalities=("IR",)) for n in range(1, 16))

    decision = asked(
        "auslaenderbehoerde", "aufenthalt.titel", LIVELIHOOD, SGB2, persons=many, channel="office"
    )

    assert (decision.outcome, decision.reason) == (Outcome.DENY, "bulk")


def test_youth_welfare_reaches_a_person_and_never_a_call() -> None:
    conduct = about("jug.hilfe", "P0", "aufenthg-53-ausweisung", provider="asd")
    whole = ("not-entrusted", "expulsion-ground", "azr-insufficient")
    stated_whole = replace(conduct, assertions=stated(*whole, detail="Verhalten"))

    entrusted = asked("auslaenderbehoerde", "aufenthalt.titel", conduct, **AMIR)
    by_hand = asked("auslaenderbehoerde", "aufenthalt.titel", stated_whole, **AMIR)
    elsewhere = asked("jobcenter", "sgb2.erstantrag", replace(conduct, fact="sgb2-7-ausbildung"))

    assert (entrusted.outcome, entrusted.reason) == (Outcome.DENY, "entrusted")
    assert entrusted.law == ("§ 65 SGB VIII", "§ 88 (1) AufenthG")
    assert (by_hand.outcome, by_hand.rule) == (Outcome.MANUAL, "R53")
    assert (elsewhere.outcome, elsewhere.reason) == (Outcome.DENY, "entrusted")


RESIDENCE = about("alien.status", "P2", "sgb2-7-aufenthaltsrecht")
REGISTER = a_service_of("azr", "alien.status")


def test_s10_the_register_tells_the_jobcenter_the_title() -> None:
    iryna = (a_person(nationalities=("UA",)),)

    decision = asked("jobcenter", "sgb2.erstantrag", RESIDENCE, REGISTER, persons=iryna)

    assert (decision.outcome, decision.rule, decision.purpose_code) == (
        Outcome.PERMIT,
        "R27a",
        "25",
    )
    assert {"title_type", "valid_to", "wohnsitzauflage", "identified_by_police_record"} <= set(
        decision.fields
    )


def test_s10_a_union_citizen_is_not_in_the_register_and_a_german_needs_no_title() -> None:
    georgi, german = a_person(nationalities=("BG",)), a_person(nationalities=("DE", "SY"))

    union = asked("jobcenter", "sgb2.erstantrag", RESIDENCE, REGISTER, persons=(georgi,))
    own = asked("jobcenter", "sgb2.erstantrag", RESIDENCE, REGISTER, persons=(german,))

    assert (union.outcome, union.reason) == (Outcome.DENY, "azr-eu-citizen")
    assert union.alternatives == (
        Alternative("upload"),
        Alternative("other-evidence", what="reg.meldung"),
    )
    assert (own.outcome, own.reason) == (Outcome.DENY, "not-necessary")


def test_s10_the_move_in_date_is_all_the_registration_tells() -> None:
    five_years = about(
        "reg.meldung", "P1", "sgb2-7-fuenf-jahre", justification=a_justification(norm=_norm("R26a"))
    )

    decision = asked(
        "jobcenter", "sgb2.erstantrag", five_years, a_service_of("meldebehoerde", "reg.meldung")
    )

    assert (decision.outcome, decision.rule) == (Outcome.PARTIAL, "R26a")
    assert decision.fields == ("registered", "move_in_date")


def _norm(rule: str) -> str | None:
    (row,) = (one for one in shipped().rules if one.id == rule)
    return row.modes[0].justification_norm


NELE = a_person(born="2010-06-01")
BASE_BENEFIT = about("ben.sgb2", "P0", "sgb2-28-grundleistung", choices=(a_choice(),))


def test_s13_a_sixteen_year_old_chooses_alone() -> None:
    decision = asked("but", "but.sgb2", BASE_BENEFIT, SGB2, persons=(NELE,))

    assert (decision.outcome, decision.mode) == (Outcome.PERMIT, Mode.CHOICE)
    assert decision.obligations == ("preview", "inform-person", "inform-guardian")


def test_s13_restricted_or_under_fifteen_alone_it_is_a_task_at_the_jobcenter() -> None:
    mother = a_person("p2", "guardian")
    restriction = (a_parent("p1", "p2", restricts=True),)
    child = a_person(born="2012-06-01")

    restricted = asked(
        "but", "but.sgb2", BASE_BENEFIT, SGB2, persons=(NELE, mother), relationships=restriction
    )
    young = asked("but", "but.sgb2", BASE_BENEFIT, SGB2, persons=(child,))

    for decision in (restricted, young):
        assert (decision.outcome, decision.reason) == (Outcome.MANUAL, "no-agreement")


def a_guardian_of(scope: str) -> dict[str, Any]:
    anders = a_person("p2", "representative", "1970-01-01")
    mandate = Representation("p2", "p1", "betreuer", (scope,), valid_to=date(2027, 12, 31))
    return {"persons": (a_person(born="1950-02-02"), anders), "representations": (mandate,)}


def test_s13_a_mandate_for_money_reaches_benefits() -> None:
    aid = about("ben.sgb12", "WOG", "wogg-7-ausschluss", choices=(a_choice("p2"),))

    decision = asked(
        "wohngeld",
        "wohngeld.mietzuschuss",
        aid,
        a_service_of("sozialamt", "ben.sgb12"),
        **a_guardian_of("vermoegenssorge"),
    )

    assert (decision.outcome, decision.rule) == (Outcome.PERMIT, "R41")


def test_s13_a_mandate_for_money_does_not_reach_health() -> None:
    work = about(
        *("hea.erwerb", "P0", "sgb12-41-erwerbsminderung"),
        origin=Origin.SUBMITTED,
        choices=(a_choice("p2"),),
    )

    decision = asked(
        "sozialamt",
        "sgb12.grundsicherung",
        work,
        a_service_of("jobcenter", "hea.erwerb", origin=Origin.SUBMITTED),
        **a_guardian_of("vermoegenssorge"),
    )

    assert (decision.outcome, decision.reason) == (Outcome.CONSENT_REQUIRED, "beyond-mandate")
    assert [one.by for one in decision.required] == ["p1"]
    assert Alternative("consent", of="p1") in decision.alternatives


def test_s13_nobody_releases_the_payslips_of_a_grown_child() -> None:
    finn = a_person("p2", "household-member", "2004-03-03")
    pay = about(
        *("inc.entgelt", "P2", "sgb2-11-einkommen"),
        person="p2",
        origin=Origin.SUBMITTED,
        choices=(a_choice("p1"),),
    )

    decision = asked(
        "jobcenter",
        "sgb2.erstantrag",
        pay,
        a_service_of("wohngeld", "inc.entgelt", origin=Origin.SUBMITTED),
        persons=(a_person(), finn),
        relationships=(a_parent("p2"),),
    )

    assert (decision.outcome, decision.reason) == (Outcome.CONSENT_REQUIRED, "consent-missing")
    assert [one.by for one in decision.required] == ["p2"]


def test_health_from_its_issuer_waits_for_the_consent_where_nothing_is_brought() -> None:
    disability = about("hea.behinderung", "P0", "wogg-17-1-behinderung")

    decision = for_rent_aid(disability, a_service_of("versorgungsamt", "hea.behinderung"))

    assert (decision.outcome, decision.reason, decision.rule) == (
        Outcome.CONSENT_REQUIRED,
        "consent-missing",
        "R33",
    )


def test_the_other_parent_is_asked_about_by_the_duty_and_kept_confidential() -> None:
    persons = (
        a_person(),
        a_person("p2", "child", "2020-01-01"),
        a_person("p3", "other-parent", "1985-01-01"),
    )
    ties = (a_parent("p2"), a_parent("p2", "p3"), living("p2", "p1"))
    income = about("uvg.auskunft", "P1", "uhvorschg-6-5", person="p3")
    held = a_service_of("jobcenter", "uvg.auskunft")
    town = {"retrieval_agreements": (an_agreement_between("uvg", "jobcenter"),)}

    agreed = asked(
        "uvg", "uvg.rueckgriff", income, held, town=town, persons=persons, relationships=ties
    )
    own = asked(
        *("uvg", "uvg.rueckgriff", replace(income, person="p1"), held),
        town=town,
        persons=persons,
        relationships=ties,
    )

    assert (agreed.outcome, agreed.rule) == (Outcome.PERMIT, "R12a")
    assert agreed.obligations == ("confidential-to-office",)
    assert own.outcome is Outcome.DENY


def test_another_households_rent_aid_shows_only_the_child() -> None:
    persons = (a_person(), a_person("p2", "household-member", "1985-01-01"))
    priority = about("ben.wohngeld", "P0", "sgb2-12a-vorrang", person="p2")
    chosen = replace(priority, choices=(a_choice("p2"),))

    another = asked("jobcenter", "sgb2.erstantrag", chosen, WOHNGELD, persons=persons)
    own_case = asked(
        *("jobcenter", "sgb2.erstantrag", chosen, WOHNGELD),
        persons=persons,
        relationships=(living("p2", "p1", 100),),
    )

    assert another.outcome is Outcome.DENY
    assert own_case.reason == "choice-missing"
    assert [one.by for one in own_case.required] == ["p1"]


def test_every_reason_that_a_row_answers_with_is_explained() -> None:
    law = shipped()
    blocked = {one.reason for one in law.blocked.values()}
    limits = {one.reason for one in law.bulk.values()}

    assert {row.reason for row in law.rules if row.reason} | blocked | limits <= law.reasons.keys()


def test_one_controller_is_no_way_round_whom_a_row_speaks_of() -> None:
    persons = (GOEKCE, a_person("p2", "other-parent", "1988-05-02"))
    months = Months(Month(2026, 9), Month(2026, 10))
    amounts = about("ben.wohngeld", "P1", "sgb2-40a-erstattung", person="p2", months=months)
    town = {"shared_controllers": (one_controller("jobcenter", "wohngeld"),)}

    decision = asked(
        "jobcenter", "sgb2.veraenderung", amounts, WOHNGELD, town=town, persons=persons
    )

    assert not decision.permits


def test_one_controller_keeps_confidential_what_the_row_keeps_confidential() -> None:
    persons = (
        a_person(),
        a_person("p2", "child", "2020-01-01"),
        a_person("p3", "other-parent", "1985-01-01"),
    )
    ties = (a_parent("p2"), a_parent("p2", "p3"), living("p2", "p1"))
    income = about("uvg.auskunft", "P1", "uhvorschg-6-5", person="p3")
    held = a_service_of("jobcenter", "uvg.auskunft")
    town = {"shared_controllers": (one_controller("jobcenter", "uvg"),)}

    decision = asked(
        "uvg", "uvg.rueckgriff", income, held, town=town, persons=persons, relationships=ties
    )

    assert decision.mode is Mode.INTERNAL
    assert decision.obligations == ("confidential-to-office",)


def test_an_act_counts_only_on_the_day_it_was_done() -> None:
    fifteen = a_person("p3", "child", "2011-10-03")
    at_fourteen = replace(a_choice("p3"), made_at=NOW - timedelta(days=10))
    item = replace(EXCLUSION, person="p3", choices=(at_fourteen, a_choice("p1")))

    decision = for_rent_aid(item, SGB2, persons=(GOEKCE, DAVOR, fifteen))

    assert decision.outcome is Outcome.CHOICE_REQUIRED
    assert [one.by for one in decision.required] == ["p3"]


def test_health_of_a_child_needs_both_parents_also_where_one_is_not_there() -> None:
    alone = a_request(
        persons=(GOEKCE, MILA),
        relationships=(a_parent("p3", custody="joint"), living("p3", "p1")),
    )
    catalogue = shipped().catalogue.evidence_types

    assert may_act(alone, "p3", catalogue["hea.behinderung"], NOW.date()) == ()
    assert may_act(alone, "p3", catalogue["ben.sgb2"], NOW.date()) == (frozenset({"p1"}),)


def test_nobody_else_asks_for_a_persons_own_registration_record() -> None:
    record = about("reg.meldedatensatz", "P1", "wogg-5-haushalt")
    held = a_service_of("meldebehoerde", "reg.meldedatensatz")
    mandate = Representation("p2", "p1", "bevollmaechtigter", ("all",))
    people: dict[str, Any] = {
        "persons": (GOEKCE, a_person("p2", "representative")),
        "representations": (mandate,),
    }

    own = replace(record, choices=(a_choice(),))
    anothers = replace(record, choices=(a_choice("p2"),))

    assert asked("wohngeld", "wohngeld.mietzuschuss", own, held, **people).rule == "R101"
    assert asked("wohngeld", "wohngeld.mietzuschuss", own, held, **people).permits
    refused = asked("wohngeld", "wohngeld.mietzuschuss", anothers, held, **people)
    assert (refused.outcome, refused.reason) == (Outcome.CHOICE_REQUIRED, "choice-not-theirs")


def test_a_child_with_two_homes_is_a_hint_for_the_file_and_no_verdict() -> None:
    other = a_person("p4", "other-parent")
    moving = (
        a_parent("p3"),
        a_parent("p3", "p4"),
        living("p3", "p1", 60),
        living("p3", "p4", 40),
    )
    chosen = replace(EXCLUSION, choices=(a_choice(),))
    family = (GOEKCE, MILA, other)

    between = for_rent_aid(chosen, SGB2, persons=family, relationships=moving)
    at_home = for_rent_aid(chosen, SGB2)
    refused = for_rent_aid(EXCLUSION, SGB2, persons=family, relationships=moving)

    assert between.hints == ("child-of-two-homes",)
    assert (at_home.hints, refused.hints) == ((), ())
    assert (between.outcome, between.fields) == (at_home.outcome, at_home.fields)


def test_what_a_register_told_says_that_it_stays_with_the_office() -> None:
    iryna = (a_person(nationalities=("UA",)),)

    told = asked("jobcenter", "sgb2.erstantrag", RESIDENCE, REGISTER, persons=iryna)

    assert told.hints == ("register-of-foreigners",)
