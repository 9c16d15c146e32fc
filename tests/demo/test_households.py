"""The made-up Kreis: whatever the seed, a household is one household in every office's files."""

import json
import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onceonly.api.persons import PersonBody
from onceonly.demo import education, familienkasse, jobcenter, kita, uvg, wohngeld
from onceonly.demo.bodies import family
from onceonly.demo.households import EXCLUSIVE, Award, Household
from onceonly.demo.months import age, between, shift
from onceonly.demo.named import named
from onceonly.demo.papers import cases
from onceonly.demo.people import Person
from onceonly.demo.registry import households

SYSTEMS = [one.SYSTEM for one in (education, familienkasse, jobcenter, kita, uvg, wohngeld)]
MONTH = "2026-10"
seeds = st.integers(0, 2**32)
months = st.builds(shift, st.just("2024-01"), st.integers(0, 120))


def all_months(award: Award) -> Iterable[str]:
    last = award.to_month or shift(award.from_month, 24)
    return (shift(award.from_month, by) for by in range(between(award.from_month, last) + 1))


def everybody(kreis: Iterable[Household]) -> list[Person]:
    return [one for house in kreis for one in (*house.members, *house.elsewhere)]


@settings(max_examples=25, deadline=None)
@given(seeds, months)
def test_the_same_seed_gives_the_same_people(seed: int, month: str) -> None:
    once, again = (list(households(month, seed=seed, count=40)) for _ in range(2))

    assert once == again
    assert len(once) == 40
    assert list(households(month, seed=seed, count=25)) == once[:25]


def test_another_seed_gives_other_people_and_the_story_stays() -> None:
    one, other = (list(households(MONTH, seed=seed)) for seed in (1, 2))

    story = named(MONTH)
    assert tuple(one[: len(story)]) == tuple(other[: len(story)]) == story
    assert one[len(story) :] != other[len(story) :]


@settings(max_examples=40, deadline=None)
@given(seeds, months)
def test_nobody_has_two_benefits_that_exclude_each_other(seed: int, month: str) -> None:
    for house in households(month, seed=seed, count=40):
        granted: dict[str, set[str]] = {}
        for award in house.awards:
            if award.state == "granted":
                granted.setdefault(award.evidence_type, set()).update(all_months(award))
        for pair in EXCLUSIVE:
            one, other = (granted.get(name, set()) for name in pair)
            assert not one & other, (pair, house)


@settings(max_examples=40, deadline=None)
@given(seeds, months)
def test_a_notice_fits_the_household_it_is_about(seed: int, month: str) -> None:
    for house in households(month, seed=seed, count=40):
        for award in house.awards:
            assert set(award.members) <= set(house.members)
            assert award.recipient in house.adults
            assert award.to_month is None or award.from_month <= award.to_month
            for member in award.members:
                born = member.date_of_birth[:7].replace("-00", "-01")
                assert born <= award.from_month
                assert born <= award.notice_date[:7]
            if award.evidence_type != "ben.kindergeld":
                assert award.notice_date[:7] < award.from_month
        for kind in ("ben.uvg", "ben.kindergeld", "but.anspruch", "edu.kita"):
            children = [award.members for award in house.of(kind)]
            assert len(children) == len(set(children)), f"{kind} twice for one child"
            assert all(set(one) <= set(house.children) for one in children)


@settings(max_examples=40, deadline=None)
@given(seeds, months)
def test_children_are_minors_and_what_is_paid_for_them_ends_with_it(seed: int, month: str) -> None:
    for house in households(month, seed=seed, count=40):
        for child in house.children:
            assert 0 <= age(child.date_of_birth, month) < 18
            (allowance,) = (one for one in house.of("ben.kindergeld") if child in one.members)
            assert allowance.to_month is not None
            assert age(child.date_of_birth, allowance.to_month) < 18
        for advance in house.of("ben.uvg"):
            assert house.elsewhere, "no other parent owes maintenance"
            assert advance.to_month is not None
            assert age(advance.members[0].date_of_birth, advance.to_month) < 18
        for parent in (*house.adults, *house.elsewhere):
            assert all(
                int(parent.date_of_birth[:4]) + 17 < int(child.date_of_birth[:4])
                for child in house.children
            )


@settings(max_examples=25, deadline=None)
@given(seeds, months)
def test_amounts_add_up_and_the_rent_is_the_same_everywhere(seed: int, month: str) -> None:
    for house in households(month, seed=seed, count=40):
        for basic in house.of("ben.sgb2"):
            parts = basic.terms["parts"]
            for part in parts:
                extra = sum(one["amount_ct"] for one in part["mehrbedarf"])
                needs = part["regelbedarf_ct"] + extra + sum(part["kdu_ct"].values())
                assert part["total_ct"] == needs - part["income_counted_ct"] >= 0
            assert sum(sum(one["kdu_ct"].values()) for one in parts) == house.home.warm_ct
        for housing in house.of("ben.wohngeld"):
            assert housing.terms["rent_considered_ct"] == house.home.cold_ct + house.home.nk_ct
            assert housing.terms["n_members"] == len(house.members)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_a_person_is_the_same_in_every_file_and_the_months_are_the_notices(seed: int) -> None:
    kreis = list(households(MONTH, seed=seed, count=40))
    known = {json.dumps(one.attributes(), sort_keys=True) for one in everybody(kreis)}
    periods = {
        (award.evidence_type, member, award.from_month, award.to_month)
        for house in kreis
        for award in house.awards
        for member in (*house.members, award.recipient)
    }

    for system in SYSTEMS:
        filed = list(cases(system.specialties, kreis, elsewhere=system.elsewhere))
        assert filed
        for case in filed:
            assert json.dumps(case.person.attributes(), sort_keys=True) in known
            for kind, paper in case.papers.items():
                if "from_month" in paper:
                    period = (kind, case.person, paper["from_month"], paper["to_month"])
                    assert period in periods


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_the_hub_takes_every_household_as_it_is(seed: int) -> None:
    for house in households(MONTH, seed=seed, count=40):
        persons, relationships = family(house)
        for body in persons:
            PersonBody.model_validate(body)
        assert {one["to"] for one in relationships} <= {one["ref"] for one in persons}


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_names_are_latin_and_only_other_spellings_are_cyrillic(seed: int) -> None:
    for person in everybody(households(MONTH, seed=seed, count=40)):
        spelled = "".join((person.family_name or "", *person.given_names))
        assert spelled == unicodedata.normalize("NFC", spelled)
        assert all("CYRILLIC" not in unicodedata.name(sign) for sign in spelled)
        for alias in person.aliases:
            assert all("CYRILLIC" in unicodedata.name(sign) for sign in "".join(alias))


@pytest.mark.parametrize(
    "is_there",
    [
        lambda house: any(one.date_of_birth.endswith("-00-00") for one in house.adults),
        lambda house: any(one.date_of_birth.endswith("-00") for one in house.adults),
        lambda house: any(one.family_name is None for one in house.adults),
        lambda house: any(one.aliases for one in house.adults),
        lambda house: house.elsewhere and house.children,
        lambda house: any("ı" in (one.family_name or "") for one in house.adults),
        lambda house: any("ü" in (one.family_name or "") for one in house.adults),
    ],
    ids=["birth-year-only", "no-day", "one-name", "cyrillic", "separated", "turkish", "umlaut"],
)
def test_the_usual_demo_has_the_hard_cases(is_there: object) -> None:
    assert callable(is_there)
    assert any(is_there(house) for house in households(MONTH))


def test_the_usual_demo_has_two_who_cannot_be_told_apart_by_name_and_birth() -> None:
    named_so = [(one.family_name, one.date_of_birth) for one in everybody(households(MONTH))]

    assert any(named_so.count(one) > 1 for one in named_so)
