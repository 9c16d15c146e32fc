"""Who is looked at together: a table of households, and what holds of every household."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceonly.domain.calendar import Month
from onceonly.domain.persons import Person, Relationship
from onceonly.domain.requests import EvidenceRequest
from onceonly.domain.rules import Shape, Unit
from onceonly.domain.units import Standing, View, standings, units_of, views
from unit.laws import OCTOBER, a_choice, a_parent, a_person, a_request, living
from unit.shipped import EXCLUSION, a_service_of, asked, shipped

UNITS = shipped().units
NEED, HOME, SUPPLEMENT, PAIR = UNITS.values()

APPLICANT = a_person()
PARTNER = a_person("p2", "partner", "1988-05-02")
CHILD = a_person("p3", "child", "2017-04-01")
OTHER = a_person("p4", "other-parent", "1987-01-01")
COUPLE = Relationship("spouse", "p2", "p1")


def tie(kind: str, one: str, other: str = "p1") -> Relationship:
    return Relationship(kind, one, other)


def among(*persons: Person, ties: Iterable[Relationship] = ()) -> EvidenceRequest:
    return a_request(persons=persons, relationships=tuple(ties))


def a_child(born: str, *ties: Relationship, role: str = "child") -> EvidenceRequest:
    """The applicant with a child at home."""
    child = a_person("p3", role, born)
    return among(APPLICANT, child, ties=(a_parent("p3"), living("p3", "p1"), *ties))


def view(members: str, shared: str = "") -> View:
    return View(frozenset(members.split()), frozenset(shared.split()))


def two_homes(mine: int | None, others: int | None) -> EvidenceRequest:
    """A child of parents who live apart, so much with the applicant, so much with the other."""
    return among(
        APPLICANT,
        CHILD,
        OTHER,
        ties=(
            a_parent("p3"),
            a_parent("p3", "p4"),
            living("p3", "p1", mine),
            living("p3", "p4", others),
            tie("separated-spouse", "p4"),
        ),
    )


GENERATIONS = among(
    APPLICANT,
    a_person("p2", "child", "2006-02-01"),
    a_person("p3", "child", "2025-02-01"),
    ties=(
        a_parent("p2"),
        a_parent("p3", "p2"),
        living("p2", "p1"),
        living("p3", "p2"),
        living("p3", "p1"),
    ),
)
"""A grandmother, her daughter of 20, and the daughter's baby, under one roof."""


@pytest.mark.parametrize(
    ("born", "belongs"),
    [
        ("2001-10-01", False),  # 25 on the first day of the month
        ("2001-10-02", True),  # 25 on the second: still a child when the month began
        ("2001-11-01", True),
        ("2001-00-00", True),  # the youngest possible counts
        ("2000-00-00", False),
    ],
)
def test_a_child_belongs_until_25(born: str, belongs: bool) -> None:  # noqa: FBT001 -- a table
    found = views(NEED, a_child(born))

    assert found == ({view("p1 p3")} if belongs else {view("p1"), view("p3")})


@pytest.mark.parametrize(
    ("born", "doubt"),
    [
        ("2001-10-02", "age-reached"),
        ("2001-00-00", "age-unknown"),
        ("2001-11-00", None),
        ("2017-04-01", None),
    ],
)
def test_a_birthday_within_the_month_and_an_unknown_one_are_told(
    born: str, doubt: str | None
) -> None:
    assert standings(NEED, a_child(born))["p3"] == Standing("member", doubt)


@pytest.mark.parametrize(
    ("household", "found"),
    [
        (among(APPLICANT, PARTNER, ties=[COUPLE]), {view("p1 p2")}),
        (among(APPLICANT, PARTNER, ties=[tie("partner", "p2")]), {view("p1 p2")}),
        (among(APPLICANT, PARTNER, ties=[tie("separated-spouse", "p2")]), {view("p1"), view("p2")}),
        # The child of one is a child of the couple; a foster child makes a unit of its own.
        (
            among(
                APPLICANT, PARTNER, CHILD, ties=[COUPLE, a_parent("p3", "p2"), living("p3", "p2")]
            ),
            {view("p1 p2 p3")},
        ),
        (
            among(APPLICANT, CHILD, ties=[tie("foster-parent", "p1", "p3"), living("p3", "p1")]),
            {view("p1"), view("p3")},
        ),
        # Who applies may be the child: then the parents at home belong to it.
        (
            among(
                a_person("p1", "applicant", "2006-01-01"),
                a_person("p2", "household-member", "1970-01-01"),
                ties=[a_parent("p1", "p2"), living("p1", "p2")],
            ),
            {view("p1 p2")},
        ),
        # A child with a child, or with a partner, makes a unit of their own.
        (GENERATIONS, {view("p1"), view("p2 p3")}),
        (
            a_child("2006-01-01", tie("partner", "p9", "p3"), role="child"),
            {view("p1"), view("p3")},
        ),
        # Nobody presumes where a child lives.
        (among(APPLICANT, CHILD, ties=[a_parent("p3")]), {view("p1"), view("p3")}),
        # Some days with the other parent make a unit for these days.
        (two_homes(90, 10), {view("p1 p3"), view("p4", "p3")}),
        (two_homes(50, 50), {view("p1", "p3"), view("p4", "p3")}),
        (two_homes(10, 90), {view("p1", "p3"), view("p3 p4")}),
        (two_homes(100, 0), {view("p1 p3"), view("p4")}),
    ],
)
def test_the_benefit_community(household: EvidenceRequest, found: set[View]) -> None:
    assert views(NEED, household) == found


@pytest.mark.parametrize(
    ("household", "found"),
    [
        # Kin under one roof, however old; spouses need no entry, flatmates are no kin.
        (a_child("1999-01-01"), {view("p1 p3")}),
        (among(APPLICANT, PARTNER, ties=[COUPLE]), {view("p1 p2")}),
        (
            among(APPLICANT, OTHER, ties=[tie("relative", "p4"), tie("lives-with", "p4")]),
            {view("p1 p4")},
        ),
        (among(APPLICANT, OTHER, ties=[tie("lives-with", "p4")]), {view("p1"), view("p4")}),
        (among(APPLICANT, OTHER, ties=[tie("relative", "p4")]), {view("p1"), view("p4")}),
        (GENERATIONS, {view("p1 p2 p3")}),
        (
            among(APPLICANT, CHILD, ties=[tie("foster-parent", "p1", "p3"), living("p3", "p1")]),
            {view("p1 p3")},
        ),
        # A third of the care counts in both households, less does not.
        (two_homes(60, 40), {view("p1 p3"), view("p4", "p3")}),
        (two_homes(67, 33), {view("p1 p3"), view("p4", "p3")}),
        (two_homes(50, 50), {view("p1", "p3"), view("p4", "p3")}),
        (two_homes(68, 32), {view("p1 p3"), view("p4")}),
    ],
)
def test_the_household_of_housing_benefit(household: EvidenceRequest, found: set[View]) -> None:
    assert views(HOME, household) == found


@pytest.mark.parametrize(
    ("household", "found"),
    [
        (a_child("2017-04-01"), {view("p1 p3")}),
        (a_child("2001-01-01"), set()),
        (among(APPLICANT, PARTNER, ties=[COUPLE]), set()),
        (two_homes(60, 40), {view("p1 p3")}),
        (two_homes(50, 50), {view("p1", "p3"), view("p4", "p3")}),
    ],
)
def test_the_household_of_the_child_supplement(
    household: EvidenceRequest, found: set[View]
) -> None:
    assert views(SUPPLEMENT, household) == found


@pytest.mark.parametrize(
    ("household", "found"),
    [
        (a_child("2017-04-01"), {view("p1 p3")}),
        (a_child("2008-10-01"), set()),  # 18 on the first day of the month
        (a_child("2008-10-02"), {view("p1 p3")}),
        # A new spouse ends it, a partner who is no parent does not; a separation begins it.
        (a_child("2017-04-01", tie("spouse", "p2")), set()),
        (a_child("2017-04-01", tie("partner", "p2")), {view("p1 p3")}),
        (a_child("2017-04-01", tie("separated-spouse", "p2")), {view("p1 p3")}),
        # The other parent under the same roof.
        (
            among(
                APPLICANT,
                CHILD,
                OTHER,
                ties=[a_parent("p3"), a_parent("p3", "p4"), living("p3", "p1"), living("p3", "p4")],
            ),
            set(),
        ),
        (two_homes(61, 39), {view("p1 p3")}),
        (two_homes(60, 40), set()),
        (two_homes(50, 50), set()),
        (two_homes(30, 70), {view("p3 p4")}),
    ],
)
def test_the_pair_of_child_and_lone_parent(household: EvidenceRequest, found: set[View]) -> None:
    assert views(PAIR, household) == found


def test_two_children_of_a_lone_parent_are_two_pairs() -> None:
    twin = a_person("p5", "child", "2017-04-01")
    household = among(
        APPLICANT,
        CHILD,
        twin,
        ties=(
            *(a_parent(one) for one in ("p3", "p5")),
            *(living(one, "p1") for one in ("p3", "p5")),
        ),
    )

    assert views(PAIR, household) == {view("p1 p3"), view("p1 p5")}
    assert {one.belongs for one in standings(PAIR, household).values()} == {"member"}


def test_the_same_people_are_other_units_for_other_benefits() -> None:
    """A grown son at home: kin of the household, no child of the benefit community."""
    son = a_child("1999-01-01")

    belongs = {code: standings(unit, son)["p3"].belongs for code, unit in UNITS.items()}

    assert list(belongs.values()) == ["outside", "member", "outside", "outside"]


@pytest.mark.parametrize(
    ("ties", "doubt"),
    [
        ([], "tie-not-stated"),
        ([tie("lives-with", "p3")], "tie-not-stated"),
        ([a_parent("p3")], "home-not-stated"),
    ],
)
def test_what_is_not_stated_leaves_it_open(ties: list[Relationship], doubt: str) -> None:
    assert standings(NEED, among(APPLICANT, CHILD, ties=ties))["p3"] == Standing("open", doubt)


def test_every_unit_is_of_some_procedure_and_none_of_one_that_looks_at_one_person() -> None:
    known = shipped().catalogue.procedures
    assert {code for code in known if units_of(shipped(), code)} == {
        *("sgb2.erstantrag", "sgb2.weiterbewilligung", "sgb2.veraenderung", "but.sgb2"),
        *("wohngeld.mietzuschuss", "wohngeld.lastenzuschuss", "but.bkgg"),
        *("kinderzuschlag.antrag", "kinderzuschlag.erweitert"),
        *("uvg.antrag", "uvg.ueberpruefung", "uvg.rueckgriff"),
    }
    assert {one.shape for one in UNITS.values()} == set(Shape)


def test_evidence_about_somebody_outside_is_a_hint_for_the_file() -> None:
    """A grown brother elsewhere: what he draws is asked by consent, and may not be needed."""
    brother = a_person("p4", "household-member", "1980-01-01")
    far = Relationship("sibling", "p4", "p1")
    apart = Relationship("lives-with", "p4", "p5")
    somebody = a_person("p5", "household-member", "1950-01-01")
    related = Relationship("relative", "p5", "p4")
    persons = (APPLICANT, brother, somebody)
    near = Relationship("lives-with", "p4", "p1")
    sgb2 = a_service_of("jobcenter", "ben.sgb2")

    def hints(*ties: Relationship) -> tuple[str, ...]:
        item = replace(EXCLUSION, person="p4", choices=(a_choice("p4"),))
        found = asked(
            "wohngeld", "wohngeld.mietzuschuss", item, sgb2, relationships=ties, persons=persons
        )
        assert found.permits
        return found.hints

    assert "outside-the-unit" in hints(far, apart, related)
    assert "outside-the-unit" not in hints(far, near, related)


KINDS = (
    *("spouse", "separated-spouse", "partner", "parent", "foster-parent", "sibling", "relative"),
    "lives-with",
)
REFS = ("p1", "p2", "p3", "p4", "p5")


@st.composite
def households(draw: st.DrawFn) -> EvidenceRequest:
    """Anybody with anybody: what a request may state, however odd."""
    years = draw(st.lists(st.integers(1950, 2026), min_size=5, max_size=5))
    months = draw(st.lists(st.integers(0, 12), min_size=5, max_size=5))
    persons = tuple(
        a_person(ref, "applicant" if ref == "p1" else "household-member", f"{year}-{month:02}-00")
        for ref, year, month in zip(REFS, years, months, strict=True)
    )
    pairs = st.tuples(st.sampled_from(REFS), st.sampled_from(REFS)).filter(
        lambda two: two[0] != two[1]
    )
    shares = st.sampled_from([None, 0, 10, 33, 50, 60, 100])
    ties = draw(
        st.lists(
            st.builds(
                lambda kind, pair, share: Relationship(
                    kind, pair[0], pair[1], share_percent=share if kind == "lives-with" else None
                ),
                st.sampled_from(KINDS),
                pairs,
                shares,
            ),
            max_size=12,
        )
    )
    month = draw(st.sampled_from([OCTOBER, Month(2026, 1), Month(2027, 2)]))
    return a_request(persons=persons, relationships=tuple(ties), reference_month=month)


EVERY = st.sampled_from(list(UNITS.values()))
GROUPED = st.sampled_from([one for one in UNITS.values() if one.shape is not Shape.PAIR])


@given(GROUPED, households())
def test_nobody_is_a_member_of_two_units(unit: Unit, household: EvidenceRequest) -> None:
    """Who has two homes is shared, where the law counts the days; a member once at most."""
    members = [ref for one in views(unit, household) for ref in one.members]

    assert len(members) == len(set(members))
    assert all(one.members.isdisjoint(one.shared) for one in views(unit, household))


@given(EVERY, households())
def test_somebody_unrelated_changes_no_unit(unit: Unit, household: EvidenceRequest) -> None:
    stranger = a_person("p9", "household-member", "1999-09-09")
    more = replace(household, persons=(stranger, *household.persons))

    found = {one for one in views(unit, more) if "p9" not in one.everybody}

    assert found == views(unit, household)
    assert not any("p9" in one.everybody and len(one.everybody) > 1 for one in views(unit, more))


@given(EVERY, households(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_stated_is_nothing(
    unit: Unit, household: EvidenceRequest, random: Random
) -> None:
    persons, ties = list(household.persons), list(household.relationships)
    random.shuffle(persons)
    random.shuffle(ties)
    turned = replace(household, persons=tuple(persons), relationships=tuple(ties))

    assert views(unit, turned) == views(unit, household)
    assert standings(unit, turned) == standings(unit, household)


@given(EVERY, households())
def test_only_who_is_of_the_request_belongs(unit: Unit, household: EvidenceRequest) -> None:
    told = {ref for one in views(unit, household) for ref in one.everybody}

    assert told <= standings(unit, household).keys() == set(REFS)
