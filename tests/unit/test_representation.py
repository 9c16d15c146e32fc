"""Who may act for whom, and who lives with whom."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onceonly.domain.calendar import age_on, has_completed
from onceonly.domain.catalogue import EvidenceType
from onceonly.domain.households import chained, lives_apart_from_child, own_case, together
from onceonly.domain.persons import Person, Relationship, Representation
from onceonly.domain.representation import ACTS_FROM, OF_AGE, Acts, may_act
from unit.laws import a_law, a_parent, a_person, a_request, living

TODAY = date(2026, 10, 5)
CHILD = a_person("p3", "child", "2017-04-01")
FATHER = a_person("p2", "partner")
JOINT = (a_parent("p3"), a_parent("p3", "p2"))


def a_type(code: str = "ben.probe", sensitivity: str = "N") -> EvidenceType:
    known = a_law().catalogue.evidence_types["notice"]
    return EvidenceType(
        code=code,
        title=known.title,
        sensitivity=sensitivity,
        issuer_kinds=(),
        submitted_by_person=True,
        max_age=(),
        profiles={},
    )


def acts_for(
    person: Person,
    *relationships: Relationship,
    kind: EvidenceType | None = None,
    mandates: tuple[Representation, ...] = (),
    others: tuple[Person, ...] = (FATHER,),
) -> Acts:
    applicant = () if person.ref == "p1" else (a_person(),)
    request = a_request(
        persons=(*applicant, person, *others),
        relationships=relationships,
        representations=mandates,
    )
    return may_act(request, person.ref, kind or a_type(), TODAY)


def alone(*refs: str) -> Acts:
    return tuple(frozenset({ref}) for ref in refs)


def test_an_adult_acts_alone() -> None:
    assert acts_for(a_person()) == alone("p1")


@pytest.mark.parametrize(
    ("born", "acts"), [("2011-10-05", alone("p3")), ("2011-10-06", ()), ("2011-00-00", ())]
)
def test_from_fifteen_a_person_acts_alone_and_the_youngest_possible_counts(
    born: str, acts: Acts
) -> None:
    assert acts_for(a_person("p3", "child", born)) == acts


def test_a_written_restriction_gives_the_act_back_to_the_parent() -> None:
    minor = a_person("p3", "child", "2010-01-01")
    adult = a_person("p3", "child", "2008-01-01")

    assert acts_for(minor, a_parent("p3", restricts=True)) == alone("p1")
    assert acts_for(minor, a_parent("p3")) == alone("p3")
    assert acts_for(adult, a_parent("p3", restricts=True)) == alone("p3")


def test_custody_is_stated_or_not_there() -> None:
    assert acts_for(CHILD, a_parent("p3", custody=None)) == ()
    assert acts_for(CHILD, a_parent("p3", custody="none")) == ()
    assert acts_for(CHILD, a_parent("p3", custody="sole"), a_parent("p3", "p2")) == alone("p1")


def test_the_only_parent_in_the_request_acts() -> None:
    assert acts_for(CHILD, a_parent("p3")) == alone("p1")


def test_parents_living_together_act_each_and_both_in_special_categories() -> None:
    both_homes = (*JOINT, living("p3", "p1"), living("p3", "p2"))
    health = a_type("hea.probe", "A9")

    assert acts_for(CHILD, *both_homes) == alone("p1", "p2")
    assert acts_for(CHILD, *both_homes, kind=health) == (frozenset({"p1", "p2"}),)


def test_of_parents_living_apart_the_one_the_child_lives_with_acts() -> None:
    assert acts_for(CHILD, *JOINT, living("p3", "p2")) == alone("p2")
    assert acts_for(CHILD, *JOINT, living("p3", "p1", 60), living("p3", "p2", 40)) == alone("p1")
    assert acts_for(CHILD, *JOINT) == ()


@pytest.mark.parametrize(
    ("scope", "code", "reaches"),
    [
        ("vermoegenssorge", "ben.probe", True),
        ("vermoegenssorge", "hou.probe", True),
        ("vermoegenssorge", "hea.probe", False),
        ("wohnung", "hou.probe", True),
        ("wohnung", "ben.probe", False),
        ("gesundheitssorge", "ins.kv", True),
        ("aufenthalt", "alien.probe", True),
        ("aufenthalt", "edu.probe", False),
        ("behoerden", "edu.probe", True),
        ("all", "hea.probe", True),
    ],
)
def test_a_mandate_reaches_what_its_scope_names(scope: str, code: str, *, reaches: bool) -> None:
    mandate = (Representation("p2", "p1", "betreuer", (scope,)),)

    acts = acts_for(a_person(), kind=a_type(code), mandates=mandate)

    assert acts == (alone("p1", "p2") if reaches else alone("p1"))


def test_a_mandate_ends_on_its_last_day() -> None:
    def mandate(last: date) -> tuple[Representation, ...]:
        return (Representation("p2", "p1", "betreuer", ("all",), valid_to=last),)

    assert acts_for(a_person(), mandates=mandate(TODAY)) == alone("p1", "p2")
    assert acts_for(a_person(), mandates=mandate(date(2026, 10, 4))) == alone("p1")


def test_an_exclusive_mandate_takes_the_own_act_away() -> None:
    mandate = (Representation("p2", "p1", "betreuer", ("all",), exclusive=True),)

    assert acts_for(a_person(), mandates=mandate) == alone("p2")


def test_the_own_case_is_the_applicant_partner_or_whoever_always_lives_there() -> None:
    flatmate, half = a_person("p4", "household-member"), a_person("p5", "child")
    request = a_request(
        persons=(a_person(), FATHER, CHILD, flatmate, half),
        relationships=(
            Relationship("partner", "p2", "p1"),
            living("p3", "p1"),
            living("p5", "p1", 50),
        ),
    )

    cases = {one.ref: own_case(request, one.ref) for one in request.persons}

    assert cases == {"p1": True, "p2": True, "p3": True, "p4": False, "p5": False}


def test_a_parent_without_any_entry_lives_apart_from_the_child() -> None:
    request = a_request(
        persons=(a_person(), FATHER, CHILD), relationships=(*JOINT, living("p3", "p1"))
    )

    assert lives_apart_from_child(request, "p2")
    assert not lives_apart_from_child(request, "p1")


def test_parents_are_together_by_equal_shares_or_through_each_other() -> None:
    def at(*homes: Relationship) -> bool:
        request = a_request(persons=(a_person(), FATHER, CHILD), relationships=(*JOINT, *homes))
        return together(request, "p3", "p1", "p2")

    assert at(living("p3", "p1", 50), living("p3", "p2", 50))
    assert at(living("p3", "p1"), living("p1", "p2"))
    assert not at(living("p3", "p1", 60), living("p3", "p2", 40))
    assert not at()


def test_a_chain_ties_through_relationships_and_representations() -> None:
    request = a_request(
        persons=(a_person(), FATHER, CHILD, a_person("p4", "representative")),
        relationships=(a_parent("p3"), a_parent("p3", "p2")),
        representations=(Representation("p4", "p2", "betreuer", ("all",)),),
    )

    assert chained(request) == {"p1", "p2", "p3", "p4"}


@given(
    st.dates(date(1900, 1, 1), date(2030, 12, 31)),
    st.sampled_from(("%Y-%m-%d", "%Y-%m-00", "%Y-00-00")),
    st.sampled_from((ACTS_FROM, OF_AGE)),
    st.dates(date(2020, 1, 1), date(2040, 12, 31)),
)
@example(date(2008, 2, 29), "%Y-%m-%d", OF_AGE, date(2026, 2, 28))
@example(date(2008, 2, 29), "%Y-%m-%d", OF_AGE, date(2026, 3, 1))
@example(date(2010, 2, 28), "%Y-%m-%d", OF_AGE, date(2028, 2, 29))
def test_years_are_completed_on_the_day_the_age_says_so(
    born: date, written: str, years: int, day: date
) -> None:
    known = born.strftime(written)

    assert has_completed(years, known, day) is (age_on(known, day) >= years)
