"""Everybody in the Landkreis Musterkreis: the people of the story and any number of others.

The same seed, number and month give the same households, in every process.
"""

import random
from collections.abc import Iterator
from itertools import islice

from onceonly.demo import awards
from onceonly.demo.casting import STREETS, a_child, an_adult
from onceonly.demo.households import Award, Home, Household
from onceonly.demo.months import YEAR, age, shift
from onceonly.demo.named import named
from onceonly.demo.people import Person

USUAL_SEED, USUAL_COUNT = 67, 50
BEGINNING = "0000-01"

_COURSES = ("basic", "basic", "ended", "pending", "housing", "housing", "work", "work")
"""What a household lives on: SGB II, until lately and Wohngeld after it or asked for, or work."""


def households(
    month: str, *, seed: int = USUAL_SEED, count: int = USUAL_COUNT
) -> Iterator[Household]:
    """The people of the story, then others until there are `count` households in all.

    The people of the story are there whatever the number.
    """
    story = named(month)
    yield from story
    yield from islice(others(month, seed=seed), max(count - len(story), 0))


def others(month: str, *, seed: int = USUAL_SEED) -> Iterator[Household]:
    """Made-up households without end; each at an address of its own."""
    dice = random.Random(seed)  # noqa: S311 -- repeatable people, nothing secret
    number = 100
    while True:
        number += 1
        yield _household(dice, month, str(number))


def _household(dice: random.Random, month: str, number: str) -> Household:
    ages = [dice.randint(1, 17) for _ in range(dice.choice((0, 0, 1, 1, 2, 2, 3, 4)))]
    eldest, street = max(ages, default=0), dice.choice(STREETS)
    alone = dice.random() < (0.4 if ages else 0.7)
    adults = tuple(
        an_adult(dice, month, street=street, number=number, eldest=eldest)
        for _ in range(1 if alone else 2)
    )
    children = tuple(a_child(dice, month, adults[0], years) for years in sorted(ages, reverse=True))
    elsewhere: tuple[Person, ...] = ()
    if alone and children:
        apart = dice.choice(STREETS)
        elsewhere = (an_adult(dice, month, street=apart, number=f"{number} a", eldest=eldest),)
    bare = Household(
        adults, children, _home(dice, month, len(adults), len(children)), (), elsewhere
    )
    return Household(adults, children, bare.home, tuple(_notices(dice, bare, month)), elsewhere)


def _home(dice: random.Random, month: str, adults: int, children: int) -> Home:
    rooms = 1 + adults + (children + 1) // 2
    return Home(
        cold_ct=18000 * rooms + 500 * dice.randint(0, 30),
        nk_ct=3500 * rooms,
        heat_ct=2900 * rooms,
        area_m2=18.5 * rooms,
        rooms=rooms,
        contract_date=f"{shift(month, -dice.randint(18, 120))}-01",
        landlord=f"Musterbau {dice.choice('ABCDE')}",
    )


def _notices(dice: random.Random, household: Household, month: str) -> Iterator[Award]:
    main = tuple(_living(dice, household, month))
    yield from main
    running = next((one for one in main if one.runs(month)), None)
    parent = household.adults[0]
    for child in household.children:
        years = age(child.date_of_birth, month)
        yield awards.allowance(child, parent)
        if household.elsewhere:
            first = max(shift(child.date_of_birth[:7], 1), shift(month, -18))
            yield awards.advance(child, parent, month, first)
        if awards.KITA_AGE <= years < awards.SCHOOL_AGE:
            yield awards.place(child, parent, f"Kita Muster{dice.choice(('bach', 'berg'))}")
        if running is not None and years >= awards.SCHOOL_AGE:
            yield awards.education(child, running)


def _living(dice: random.Random, household: Household, month: str) -> Iterator[Award]:
    """What the household lives on, beside what is paid for its children."""
    course = dice.choice(_COURSES)
    born = max((child.date_of_birth[:7] for child in household.children), default=BEGINNING)
    complete = shift(born, 1)
    if course == "basic":
        since = max(shift(month, -dice.randint(0, YEAR - 1)), complete)
        yield _basic(dice, household, since, shift(since, YEAR - 1))
    elif course in {"ended", "pending"}:
        end = shift(month, -dice.randint(1, 3))
        yield _basic(dice, household, max(shift(end, 1 - YEAR), complete), end)
        after = shift(end, 1) if course == "ended" else month
        yield _housing(dice, household, after, applied=course == "pending")
    elif course == "housing":
        yield _housing(dice, household, shift(month, -dice.randint(0, YEAR - 1)))
        if household.children:
            began = shift(month, -dice.randint(0, YEAR // 2 - 1))
            yield awards.supplement(household.adults, household.children, began)


def _basic(dice: random.Random, household: Household, first: str, last: str) -> Award:
    income = 1000 * dice.randint(0, 80)
    return awards.basic(
        household.adults,
        household.children,
        household.home,
        first,
        last,
        income_ct=income,
        extra_ct=dice.choice((0, 6720)),
        avoidable=dice.random() < 1 / 3,
        money_income_ge_600=income >= awards.MONEY_INCOME_CT,
    )


def _housing(
    dice: random.Random, household: Household, first: str, *, applied: bool = False
) -> Award:
    return awards.housing(
        household.adults,
        household.children,
        household.home,
        first,
        amount_ct=household.home.warm_ct * dice.randint(25, 60) // 10000 * 100,
        income_ct=1000 * dice.randint(120, 260),
        applied=applied,
    )
