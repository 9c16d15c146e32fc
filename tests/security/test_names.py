"""Pseudonyms: one person is one to an office, and nobody to any other."""

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceonly.api.letters import is_name
from onceonly.domain.persons import Person
from onceonly.security.keys import KeyFiles
from onceonly.security.names import Names, search_form

ERIKA = Person("p1", "applicant", "Mustermann", ("Erika",), "1964-08-12", place_of_birth="Berlin")


@pytest.fixture
def names(keys: KeyFiles) -> Names:
    return Names(keys)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Müller", "mueller"),
        ("MÜLLER", "mueller"),
        ("Mu\u0308ller", "mueller"),
        ("Groß", "gross"),
        ("GROẞ", "gross"),
        ("Yılmaz", "yilmaz"),
        ("İnci", "inci"),
        ("Gökçe", "goekce"),
        ("Łukasz", "lukasz"),
        ("Đorđević", "dordevic"),
        ("Ærø", "aeroe"),
        ("O'Neill", "oneill"),
        ("O’Neill", "oneill"),
        ("Anna-Lena", "annalena"),
        ("van der Berg", "vanderberg"),
        ("Nguyễn", "nguyen"),
        ("Þór", "thor"),
        ("", ""),
    ],
)
def test_a_search_form_has_small_latin_letters_only(name: str, form: str) -> None:
    assert search_form(name) == form


def test_every_letter_of_the_standard_leaves_a_trace() -> None:
    letters = [one for one in map(chr, range(0x1F00)) if one.isalpha() and is_name(one)]
    modifiers = {one for one in letters if unicodedata.category(one) == "Lm"}

    assert len(letters) > 400
    assert [one for one in letters if not search_form(one)] == sorted(modifiers)


@given(st.text())
def test_a_search_form_is_its_own_and_that_of_every_spelling(name: str) -> None:
    form = search_form(name)

    assert form == "" or (form.isascii() and form.isalpha() and form.islower())
    assert search_form(form) == form
    assert search_form(unicodedata.normalize("NFD", name)) == form


def test_a_person_is_the_same_however_the_name_is_spelt(names: Names) -> None:
    spelt = replace(ERIKA, ref="p7", role="child", family_name="MUSTERMANN", given_names=("erika",))

    assert names.subject(1, "but", spelt) == names.subject(1, "but", ERIKA)
    assert len(names.subject(1, "but", ERIKA)) == 32


@pytest.mark.parametrize(
    "other",
    [
        replace(ERIKA, family_name="Musterfrau"),
        replace(ERIKA, family_name=None),
        replace(ERIKA, given_names=("Max",)),
        replace(ERIKA, given_names=("Erika", "Maria")),
        replace(ERIKA, given_names=()),
        replace(ERIKA, date_of_birth="1964-08-00"),
        replace(ERIKA, place_of_birth="Bonn"),
        replace(ERIKA, family_name="Erika", given_names=("Mustermann",)),
    ],
)
def test_another_person_is_another_subject(names: Names, other: Person) -> None:
    assert names.subject(1, "but", other) != names.subject(1, "but", ERIKA)


def test_no_two_offices_call_a_person_the_same(names: Names) -> None:
    offices = ["but", "jobcenter", "wohngeld", "b", "ut"]

    assert len({names.subject(1, office, ERIKA) for office in offices}) == 5


def test_an_office_of_the_same_code_elsewhere_calls_nobody_the_same(names: Names) -> None:
    municipalities = [1, 2, 11, 12]

    named = {names.subject(one, office, ERIKA) for one in municipalities for office in ("but", "1")}

    assert len(named) == 8


def test_every_process_calls_a_person_the_same_and_no_other_hub_does(
    keys: KeyFiles, names: Names, tmp_path: Path
) -> None:
    foreign = Names(KeyFiles(tmp_path / "other", create=True))

    assert Names(keys).subject(1, "but", ERIKA) == names.subject(1, "but", ERIKA)
    assert foreign.subject(1, "but", ERIKA) != names.subject(1, "but", ERIKA)


def test_a_keyed_hash_is_of_one_purpose(names: Names) -> None:
    assert names.keyed_hash("cursor", b"x") == names.keyed_hash("cursor", b"x")
    assert names.keyed_hash("cursor", b"x") != names.keyed_hash("idempotency", b"x")
    assert len(names.keyed_hash("cursor", b"")) == 32


def test_a_protected_person_is_another_for_every_office_and_every_municipality(
    names: Names,
) -> None:
    marks = {
        names.protection(municipality, office, "own:mustermann|own:erika|own:1964-08-12")
        for municipality in (1, 2)
        for office in ("jobcenter", "wohngeld")
    }

    assert len(marks) == 4
    assert {len(one) for one in marks} == {32}
