"""The people of the story, with what the offices know of them, around a month.

Children are as old in every month as the story needs them: their birth months move with it.
"""

from onceonly.demo import awards
from onceonly.demo.households import Home, Household
from onceonly.demo.months import YEAR, shift
from onceonly.demo.people import (
    AYSE,
    BROKEN,
    CAN,
    GARBLED,
    IPEK,
    JOERG,
    LATE,
    NAMESAKE,
    OKSANA,
    PROTECTED,
    REFUSED,
    SLOW,
    SURYA,
    TALKED_ABOUT,
    TOWN,
    VAST,
    ZLATKA,
    Person,
)

_HARD = (OKSANA, ZLATKA, SURYA, JOERG, NAMESAKE, IPEK)
_TREATED = (LATE, REFUSED, SLOW, BROKEN, GARBLED, VAST, TALKED_ABOUT, PROTECTED)


def named(month: str) -> tuple[Household, ...]:
    """Everybody of the story and the hard cases."""
    return (
        family_of_ayse(month),
        *(_alone(person, month) for person in (*_HARD, *_TREATED)),
        yilmaz(month),
        shevchenko(month),
        brandt(month),
        brandt_with_benefit(month),
    )


def family_of_ayse(month: str) -> Household:
    """Mother and son with SGB II; the son has Bildung und Teilhabe."""
    home = _home(52000)
    basic = awards.basic(
        (AYSE,), (CAN,), home, shift(month, -4), shift(month, 7), income_ct=20000, extra_ct=9570
    )
    return Household(
        (AYSE,),
        (CAN,),
        home,
        (basic, awards.allowance(CAN, AYSE), awards.education(CAN, basic)),
    )


def yilmaz(month: str) -> Household:
    """S01: SGB II until the month before, then work, and an application for Wohngeld."""
    goekce = Person("Yılmaz", ("Gökçe",), "1990-03-14", "Izmir", "Lindenweg", "4")
    davor = Person("Kovačić", ("Davor",), "1988-02-21", "Osijek", "Lindenweg", "4")
    mila = _child("Mila", goekce, 9, month)
    can = _child("Can", goekce, 4, month)
    adults, children, home = (goekce, davor), (mila, can), _home(71000)
    return Household(
        adults,
        children,
        home,
        (
            awards.basic(adults, children, home, shift(month, -12), shift(month, -1)),
            awards.housing(
                adults, children, home, month, amount_ct=31800, income_ct=214000, applied=True
            ),
            awards.allowance(mila, goekce),
            awards.allowance(can, goekce),
            awards.place(can, goekce, "Kita Musterbach"),
        ),
    )


def shevchenko(month: str) -> Household:
    """S02: mother and son with SGB II; the Jobcenter has the name in Cyrillic too."""
    cyrillic = "Шевченко"
    olena = Person(
        "Shevchenko",
        ("Olena",),
        "1997-07-19",
        "Poltava",
        "Am Probeplatz",
        "7",
        ((cyrillic, "Олена"),),
    )
    danylo = _child("Danylo", olena, 3, month, aliases=((cyrillic, "Данило"),))
    home = _home(46000)
    return Household(
        (olena,),
        (danylo,),
        home,
        (
            awards.basic(
                (olena,), (danylo,), home, shift(month, -3), shift(month, 8), extra_ct=20268
            ),
            awards.allowance(danylo, olena),
            awards.place(danylo, olena, "Kita Musterbach"),
        ),
    )


def brandt(month: str) -> Household:
    """S03: a boy of fourteen without SGB II, known to the Jobcenter from earlier."""
    sabine = Person("Brandt", ("Sabine",), "1985-01-09", TOWN, "Beispielallee", "12")
    jonas = _child("Jonas", sabine, 14, month)
    home = _home(58000)
    earlier = awards.basic((sabine,), (jonas,), home, shift(month, -36), shift(month, -25))
    return Household(
        (sabine,),
        (jonas,),
        home,
        (
            earlier,
            awards.allowance(jonas, sabine),
            awards.advance(jonas, sabine, month, shift(month, -24)),
        ),
        elsewhere=(Person("Brandt", ("Holger",), "1983-10-02", TOWN, "Musterweg", "41"),),
    )


def brandt_with_benefit(month: str) -> Household:
    """S03, the other case: SGB II is paid, and the advance does not make it needless."""
    katrin = Person("Brandt", ("Katrin",), "1983-06-27", TOWN, "Beispielallee", "14")
    jakob = _child("Jakob", katrin, 14, month)
    home = _home(55000)
    basic = awards.basic(
        (katrin,),
        (jakob,),
        home,
        shift(month, -2),
        shift(month, 9),
        income_ct=64000,
        money_income_ge_600=True,
    )
    return Household(
        (katrin,),
        (jakob,),
        home,
        (basic, awards.allowance(jakob, katrin), awards.education(jakob, basic)),
        elsewhere=(Person("Probe", ("Uwe",), "1981-12-15", TOWN, "Musterweg", "43"),),
    )


def _alone(person: Person, month: str) -> Household:
    home = _home(41000)
    return Household(
        (person,),
        (),
        home,
        (awards.basic((person,), (), home, shift(month, -4), shift(month, 7)),),
    )


def _child(
    given_name: str,
    parent: Person,
    years: int,
    month: str,
    *,
    aliases: tuple[tuple[str, str], ...] = (),
) -> Person:
    born = f"{shift(month, -YEAR * years - 4)}-11"
    return Person(
        parent.family_name, (given_name,), born, TOWN, parent.street, parent.house_number, aliases
    )


def _home(cold_ct: int) -> Home:
    return Home(cold_ct, 9500, 7800, 64.5, 3, "2019-08-01", "Musterbau Wohnungsgesellschaft")
