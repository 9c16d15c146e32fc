"""Synthetic people of the Landkreis Musterkreis. Nobody here exists, and every name says so.

Family names begin with a made-up stem (`Muster`, `Probe` …), everybody lives in 99999 Musterstadt.
Among them are the hard cases: unknown parts of a birth date, one name only, two namesakes.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

TOWN = "Musterstadt"
POSTAL_CODE = "99999"

_STEMS = ("Muster", "Beispiel", "Probe", "Fiktiv", "Schein")
_ENDINGS = ("müller", "größ", "yılmaz", "şahin", "oğlu", "čenko", "shchuk", "łowski", "ärmann")
_GIVEN_NAMES = ("Jörg", "Zoë", "İpek", "Çağla", "Oleksii", "Mykhailo", "Łucja", "Bärbel", "Đorđe")
_STREETS = ("Musterweg", "Beispielallee", "Am Probeplatz")


@dataclass(frozen=True, slots=True)
class Person:
    """A person as an office has them on file; `date_of_birth` may have `00` parts."""

    family_name: str | None
    given_names: tuple[str, ...]
    date_of_birth: str
    place_of_birth: str
    street: str
    house_number: str

    def names(self) -> dict[str, object]:
        """How an office names this person inside an evidence: names and birth date."""
        named: dict[str, object] = {"date_of_birth": self.date_of_birth}
        if self.family_name is not None:
            named["family_name"] = self.family_name
        if self.given_names:
            named["given_names"] = list(self.given_names)
        return named

    def attributes(self) -> dict[str, object]:
        """Everything a request may say about this person."""
        return self.names() | {
            "place_of_birth": self.place_of_birth,
            "address": {
                "street": self.street,
                "house_number": self.house_number,
                "postal_code": POSTAL_CODE,
                "town": TOWN,
            },
        }


AYSE = Person("Mustergül", ("Ayşe",), "1988-04-17", "Izmir", "Musterweg", "1")
CAN = Person("Mustergül", ("Can",), "2016-09-03", TOWN, "Musterweg", "1")
OKSANA = Person("Beispielshchenko", ("Oksana",), "1979-00-00", "Odesa", "Musterweg", "2")
ZLATKA = Person("Probeva", ("Zlatka", "Mária"), "1991-05-00", "Plovdiv", "Musterweg", "3")
SURYA = Person(None, ("Suryamuster",), "1994-11-30", "Surabaya", "Musterweg", "4")
JOERG = Person("Mustermüller", ("Jörg",), "1985-04-06", TOWN, "Musterweg", "5")
NAMESAKE = Person("Mustermüller", ("Jörg",), "1985-04-06", "Beispielhausen", "Musterweg", "6")

NOBODY = Person("Niemandsdóttir", ("Åse",), "1990-02-28", "Nirgendwo", "Musterweg", "99")
"""Known to no office."""

HARD_CASES = (AYSE, CAN, OKSANA, ZLATKA, SURYA, JOERG, NAMESAKE)


def residents(*, seed: int = 67, count: int = 40) -> tuple[Person, ...]:
    """The hard cases and `count` others; the same seed gives the same people."""
    dice = random.Random(seed)  # noqa: S311 -- repeatable people, nothing secret
    return HARD_CASES + tuple(_someone(dice) for _ in range(count))


def _someone(dice: random.Random) -> Person:
    return Person(
        dice.choice(_STEMS) + dice.choice(_ENDINGS),
        tuple(dice.sample(_GIVEN_NAMES, dice.choice((1, 1, 2)))),
        f"{dice.randint(1945, 2020)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
        TOWN,
        dice.choice(_STREETS),
        str(dice.randint(10, 90)),
    )


@dataclass(frozen=True, slots=True)
class Case:
    """One person's file at one office; without `benefit` known, but without the benefit."""

    person: Person
    benefit: Mapping[str, object] | None


def shift(month: str, by: int) -> str:
    """The month `by` months after `month`; both `YYYY-MM`."""
    year, index = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + by, 12)
    return f"{year:04}-{index + 1:02}"
