"""Making up people: names of several origins, unknown birth days, one name only.

Family names begin with a made-up stem (`Muster`, `Probe` …), so that nobody real can be meant.
"""

import random
from dataclasses import dataclass

from onceonly.demo.months import YEAR, shift
from onceonly.demo.people import TOWN, Person

STREETS = ("Musterweg", "Beispielallee", "Am Probeplatz", "Straße der Beispiele")
UNKNOWN_YEARDAY, UNKNOWN_DAY, ONE_NAME = 0.05, 0.1, 0.04
"""How often a birth date lacks day and month, or at least the day; how often there is one name."""

_STEMS = (("Muster", "Мустер"), ("Probe", "Пробе"), ("Fiktiv", "Фиктив"), ("Schein", "Шайн"))


@dataclass(frozen=True, slots=True)
class Origin:
    """Endings of family names, given names, a place of birth; Cyrillic in the same order."""

    endings: tuple[str, ...]
    given: tuple[str, ...]
    town: str
    cyrillic_endings: tuple[str, ...] = ()
    cyrillic_given: tuple[str, ...] = ()


_ORIGINS = (
    Origin(
        ("müller", "größ", "ärmann", "hübner"), ("Jörg", "Zoë", "Bärbel", "Änne"), "Beispielhausen"
    ),
    Origin(("yılmaz", "şahin", "oğlu", "çelik"), ("İpek", "Çağla", "Işıl", "Ömer"), "Izmir"),
    Origin(
        ("shchuk", "chenko", "enko"),
        ("Olena", "Bohdan", "Kateryna", "Tymur"),
        "Poltava",
        ("щук", "ченко", "енко"),
        ("Олена", "Богдан", "Катерина", "Тимур"),
    ),
    Origin(("łowski", "ówna", "czyk"), ("Łucja", "Zbyšek", "Małgorzata"), "Toruń"),
    Origin(("ković", "đić", "šek"), ("Đorđe", "Željka", "Ćiro"), "Osijek"),
)


def an_adult(
    dice: random.Random, month: str, *, street: str, number: str, eldest: int = 0
) -> Person:
    """Somebody old enough to be a parent of a child of `eldest` years."""
    origin, stem = dice.choice(_ORIGINS), dice.choice(_STEMS)
    ending, name = (dice.randrange(len(some)) for some in (origin.endings, origin.given))
    years = dice.randint(max(20, eldest + 19), max(25, eldest + 45))
    born = _born(dice, month, years)
    if dice.random() < ONE_NAME:
        only = f"{origin.given[name]}{stem[0].lower()}"
        return Person(None, (only,), born, origin.town, street, number)
    aliases: tuple[tuple[str, str], ...] = ()
    if origin.cyrillic_given:
        spelled = stem[1] + origin.cyrillic_endings[ending]
        aliases = ((spelled, origin.cyrillic_given[name]),)
    return Person(
        stem[0] + origin.endings[ending],
        (origin.given[name],),
        born,
        origin.town,
        street,
        number,
        aliases,
    )


def a_child(dice: random.Random, month: str, parent: Person, years: int) -> Person:
    """A child at the parent's address, with the parent's family name."""
    origin = dice.choice(_ORIGINS)
    names = tuple(dice.sample(origin.given, dice.choice((1, 1, 2))))
    born = f"{_month(dice, month, years)}-{dice.randint(1, 28):02}"
    family = parent.family_name or "Musterkind"
    return Person(family, names, born, TOWN, parent.street, parent.house_number)


def _born(dice: random.Random, month: str, years: int) -> str:
    chance, born, day = dice.random(), _month(dice, month, years), dice.randint(1, 28)
    if chance < UNKNOWN_YEARDAY:
        return f"{born[:4]}-00-00"
    return f"{born}-00" if chance < UNKNOWN_DAY else f"{born}-{day:02}"


def _month(dice: random.Random, month: str, years: int) -> str:
    return shift(month, -YEAR * years - dice.randint(0, YEAR - 1))
