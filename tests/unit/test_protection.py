"""Who is protected: whoever could be the same person, and nobody else; for how long."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceonly.domain.persons import Alias, Person
from onceonly.domain.protection import (
    NOBODY,
    PROTECTED,
    Protection,
    Protections,
    called,
    drop,
    is_partial,
    last_day,
    left_forms,
    sought_forms,
)
from onceonly.domain.retrievals import Delivered, Later, Nothing
from onceonly.domain.rules import Law
from onceonly.domain.tasks import Protecting
from onceonly.security.names import search_form

TODAY = date(2026, 10, 5)
JANA = Person("", "", "Musterkeller", ("Jana",), "1990-03-14")

DATES = st.sampled_from(
    ["1990-03-14", "1990-03-15", "1990-03-00", "1990-07-14", "1990-00-00", "1991-03-14"]
)
FAMILIES = st.sampled_from([None, "Keller", "Adler", "Muster"])
GIVENS = st.lists(st.sampled_from(["Jana", "Maria", "Emil"]), max_size=2, unique=True).map(tuple)
PERSONS = st.builds(
    Person,
    ref=st.just(""),
    role=st.just(""),
    family_name=FAMILIES,
    given_names=GIVENS,
    date_of_birth=DATES,
    birth_name=FAMILIES,
    aliases=st.lists(st.builds(Alias, FAMILIES, GIVENS), max_size=1).map(tuple),
).filter(lambda one: one.family_name or one.given_names)


def fit(one: Person, other: Person, *, partial: bool = True) -> bool:
    """As the hub compares them: by forms alone."""
    return bool(left_forms(one, search_form) & sought_forms(other, search_form, partial=partial))


def namings(one: Person) -> list[tuple[set[str], set[str]]]:
    """Family names, each with the given names that go with it."""
    own = {name for name in (one.family_name, one.birth_name) if name}, names(one.given_names)
    aliases = [
        ({alias.family_name} if alias.family_name else own[0], names(alias.given_names) or own[1])
        for alias in one.aliases
    ]
    return [own, *aliases]


def names(given: tuple[str, ...]) -> set[str]:
    return {name for name in (*given, "".join(given)) if name}


def could_share(mine: set[str], theirs: set[str]) -> bool:
    return (
        not mine
        or not theirs
        or bool({one.lower() for one in mine} & {one.lower() for one in theirs})
    )


def could_be_born(one: str, other: str) -> bool:
    return all(
        a == b or "00" in (a, b) for a, b in zip(one.split("-"), other.split("-"), strict=True)
    )


def could_be_one(one: Person, other: Person) -> bool:
    """The rule as a person would say it."""
    return could_be_born(one.date_of_birth, other.date_of_birth) and any(
        could_share(mine, theirs)
        and could_share(my_given, their_given)
        and ((mine and theirs) or (my_given and their_given))
        for mine, my_given in namings(one)
        for theirs, their_given in namings(other)
    )


@given(PERSONS, PERSONS)
def test_two_fit_exactly_when_they_could_be_one_person(one: Person, other: Person) -> None:
    assert fit(one, other) is could_be_one(one, other)


@given(PERSONS, PERSONS)
def test_where_everybody_is_known_whole_fewer_tests_tell_the_same(
    one: Person, other: Person
) -> None:
    if not is_partial(one):
        assert fit(one, other, partial=False) is fit(one, other)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (("Yılmaz", "Gökçe"), ("Yilmaz", "Goekce")),
        (("Müller", "Jörg"), ("MUELLER", "Joerg")),
        (("Keller", "Anna Maria"), ("Keller", "Maria")),
        (("Keller", "Anna-Lena"), ("Keller", "Annalena")),
    ],
)
def test_another_spelling_hides_nobody(mine: tuple[str, str], theirs: tuple[str, str]) -> None:
    one = replace(JANA, family_name=mine[0], given_names=(mine[1],))
    other = replace(JANA, family_name=theirs[0], given_names=(theirs[1],))

    assert fit(one, other)
    assert fit(other, one)


def test_a_birth_name_hides_nobody() -> None:
    assert fit(replace(JANA, birth_name="Adler"), replace(JANA, family_name="Adler"))
    assert fit(replace(JANA, family_name="Adler"), replace(JANA, birth_name="Adler"))


@pytest.mark.parametrize(
    ("kinds", "until", "last"),
    [
        (["bmg-51"], None, date(2028, 10, 5)),
        (["bmg-51"], date(2031, 1, 1), date(2028, 10, 5)),
        (["bmg-51"], date(2027, 1, 1), date(2027, 1, 1)),
        (["bmg-52"], date(2040, 1, 1), date(2028, 10, 5)),
        (["pstg-64"], date(2040, 1, 1), date(2029, 10, 5)),
        (["bmg-51", "pstg-64"], None, date(2029, 10, 5)),
        (["bgb-1758"], None, None),
        (["bgb-1758", "bmg-51"], None, None),
        (["sbgg-13"], date(2040, 1, 1), date(2040, 1, 1)),
        (["sbgg-13", "bmg-51"], date(2040, 1, 1), date(2040, 1, 1)),
    ],
)
def test_no_protection_outlasts_its_law(
    law: Law, kinds: list[str], until: date | None, last: date | None
) -> None:
    assert last_day(kinds, until, TODAY, law) == last


def test_a_term_from_a_leap_day_ends_with_february(law: Law) -> None:
    assert last_day(["bmg-51"], None, date(2028, 2, 29), law) == date(2030, 2, 28)


def by(office: str, *marks: bytes, until: date | None = None, subject: bytes = b"s") -> Protection:
    return Protection(office, subject, marks, partial=False, until=until)


def told(protections: Protections, *marks: bytes) -> list[str]:
    return [one.office for one in protections.protecting(marks, TODAY)]


def test_the_last_day_still_protects_and_the_next_does_not() -> None:
    known = NOBODY.changed(1, [by("a", b"1", until=TODAY), by("b", b"1", until=date(2026, 10, 4))])

    assert told(known, b"1", b"2") == ["a"]


ROWS = st.lists(
    st.builds(
        Protection,
        office=st.sampled_from("ab"),
        subject=st.sampled_from([b"x", b"y"]),
        marks=st.lists(st.sampled_from([b"1", b"2", b"3"]), max_size=2, unique=True).map(tuple),
        partial=st.booleans(),
        until=st.none(),
    ),
    max_size=6,
)


@given(ROWS, ROWS)
def test_following_changes_is_as_good_as_reading_all_anew(
    first: list[Protection], then: list[Protection]
) -> None:
    followed = NOBODY.changed(1, first).changed(2, then)
    anew = NOBODY.changed(2, {one.key: one for one in [*first, *then]}.values())

    assert followed.rows == anew.rows
    assert followed.offices == anew.offices
    assert {mark: set(found) for mark, found in followed.by_mark.items()} == {
        mark: set(found) for mark, found in anew.by_mark.items()
    }


def test_what_is_known_of_somebody_protected_is_nothing_and_later_stays_later() -> None:
    anybody = (Protecting("a", "00"),)
    whole = Delivered({"state": "granted"}, None, None)

    for answer in (whole, Nothing("unknown"), Nothing("ambiguous")):
        assert drop(answer, anybody) == Nothing(PROTECTED)
        assert drop(answer, ()) is answer
    assert drop(Later(None), anybody) == Later(None)


def test_an_office_tells_its_protected_apart_by_names_and_birth_date() -> None:
    spelled = {
        called(one, search_form)
        for one in (JANA, replace(JANA, given_names=("Jana", "Maria")), replace(JANA, ref="p9"))
    }

    assert len(spelled) == 2


def test_however_many_names_somebody_brings_the_tests_stay_few() -> None:
    names = tuple(f"Muster{'abcdefghijklmnopqrst'[n]}" for n in range(20))
    aliases = tuple(Alias(f"Muster{n}", names) for n in "abcde")
    many = replace(JANA, given_names=names, birth_name="Musteradler", aliases=aliases)

    assert len(sought_forms(many, search_form, partial=False)) < 200
    assert len(left_forms(many, search_form)) < 2_000
