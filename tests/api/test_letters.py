"""Names in the letters of DIN 91379, data type A: accepted and sent on unchanged; others are not."""

import json
import unicodedata
from typing import Any

import pytest

from api.calling import Api, pointers
from builders import AnOffice, a_body
from onceonly.api.letters import is_alias, is_name, is_wording

GOOD = (
    "Yılmaz", "Gökçe", "O'Neill", "O’Neill", "von der Straße", "Đặng", "Nguyễn", "Łukasz", "Ørsted",
    "Þór", "Æbelø", "İnönü", "Ŋala", "Şerban", "Ștefan", "Țepeş", "Ğül", "Ẇ", "ẞ", "Ĳssel", "ŉ",
    "Al-ʿAbbās", "Ḥasan", "Mu\u02bemin", "Müller-Lüdenscheidt", "J. R.", "Ǧūrğī", "Səməd", "ɨ", "ʒ", "ẖ",
    "C̆", "c̨̆",
    "L̥̄", "r̥", "K͟h", "k͟h", "S̛̄", "Z̧", "Ž̦", "Ụ̄", "ạ̈", "ÿ́", "ī́", "M̐", "J̌", "A̋",
    "ň", "¨", "·", "‡", "\u02c8", "a`b", "a~b", "a,b",
)  # fmt: skip
BAD = (
    "Иван", "Ελένη", "李", "محمد", "😀", "Eri\u00adka", "Mu\u0308ller", "Anna2", "Anna!", "a_b", "a/b",
    "(Anna)", "a\u200bb", "a\u00a0b", "a\tb", "a\nb", " Anna", "Anna ", "ﬁ", "ɐ", "\u017f", "\uff21", "ª",
    "x\u0300", "e\u0323\u0302", "\u0308", "a\ufffd", "§", "€", "",
)  # fmt: skip


def named(**changes: Any) -> dict[str, Any]:
    return a_body(persons=[a_body()["persons"][0] | changes])


@pytest.mark.parametrize("name", GOOD)
def test_letters_and_sequences_of_the_standard_make_names(name: str) -> None:
    assert unicodedata.is_normalized("NFC", name)
    assert is_name(name)


@pytest.mark.parametrize("name", BAD)
def test_other_letters_make_none(name: str) -> None:
    assert not is_name(name)


def test_a_decomposed_spelling_is_another_text() -> None:
    for name in GOOD:
        decomposed = unicodedata.normalize("NFD", name)
        assert is_name(decomposed) == (decomposed == name)


def test_aliases_take_greek_and_cyrillic_and_no_other_script() -> None:
    assert all(map(is_alias, ("Иван", "Ελένη", "Борѝс", "Müller", "ΐ")))
    assert not any(map(is_alias, ("李", "محمد", "😀", "й" + "\u0300", "ђ", "Ы", "")))


def test_places_and_streets_take_digits_and_brackets() -> None:
    assert all(map(is_wording, ("Frankfurt (Oder)", "Halle/Saale", "Straße des 17. Juni", "4a")))
    assert not any(map(is_wording, ("Москва", "😀", "a\u00adb", "a\nb", "")))


async def test_names_of_the_standard_reach_the_office_unchanged(
    api: Api, jobcenter: AnOffice
) -> None:
    for name in GOOD[:25]:
        assert (await api.ask(named(family_name=name, given_names=[name]))).status_code == 201
    for changes in ({"family_name": None}, {"given_names": None}):
        assert (await api.ask(named(**changes))).status_code == 201

    assert tuple(order.person.family_name for order in jobcenter.asked[:25]) == GOOD[:25]
    assert len(jobcenter.asked) == 27


async def test_other_names_are_refused_wherever_they_stand(api: Api, jobcenter: AnOffice) -> None:
    for name in BAD:
        body = named(
            family_name=name,
            given_names=["Erika", name],
            birth_name=name,
            aliases=[{"family_name": "李" if is_alias(name) else name}],
        )
        answer = await api.send(json.dumps(body).encode())
        where = ("aliases/0/family_name", "birth_name", "family_name", "given_names/1")
        assert pointers(answer) == [f"#/persons/0/{one}" for one in where], name
        assert not name.strip() or name in "§€-`" or name not in answer.text
    assert jobcenter.asked == []
