"""Notices as the offices write them: who is counted, for which months, with which amounts.

All amounts are invented and follow no tariff; they only fit one another. Cents everywhere.
"""

from collections.abc import Sequence

from onceonly.demo.households import Award, Home
from onceonly.demo.months import YEAR, age, shift
from onceonly.demo.people import Person

ALONE_CT, TOGETHER_CT = 56300, 50600
CHILD_CT = ((14, 47100), (6, 39000), (0, 35700))
"""What a person needs a month, by age from."""

ALLOWANCE_CT, SUPPLEMENT_CT = 25900, 29700
ADVANCE_CT = {1: 22700, 2: 29900, 3: 39400}
MONEY_INCOME_CT = 60000
GROWN_UP = 18
SCHOOL_AGE, KITA_AGE = 6, 3


def basic(
    adults: Sequence[Person],
    children: Sequence[Person],
    home: Home,
    first: str,
    last: str,
    *,
    income_ct: int = 0,
    extra_ct: int = 0,
    avoidable: bool = False,
    money_income_ge_600: bool = False,
) -> Award:
    """SGB II for everybody at the address: needs by age, housing by head, income by head."""
    members = (*adults, *children)
    rents = _shares(home.cold_ct, len(members))
    charges = _shares(home.nk_ct, len(members))
    heating = _shares(home.heat_ct, len(members))
    incomes = _shares(income_ct, len(members))
    parts = []
    for place, person in enumerate(members):
        need = _need(person, adults, first)
        extra = extra_ct if place == 0 else 0
        housing = {"rent": rents[place], "nk": charges[place], "heat": heating[place]}
        parts.append(
            {
                "regelbedarf_ct": need,
                "mehrbedarf": [{"amount_ct": extra}] if extra else [],
                "kdu_ct": housing,
                "income_counted_ct": incomes[place],
                "total_ct": need + extra + sum(housing.values()) - incomes[place],
            }
        )
    terms = {
        "parts": parts,
        "need_avoidable": avoidable,
        "money_income_ge_600": money_income_ge_600,
    }
    return Award("ben.sgb2", adults[0], members, first, last, _noticed(first), terms)


def housing(
    adults: Sequence[Person],
    children: Sequence[Person],
    home: Home,
    first: str,
    *,
    amount_ct: int,
    income_ct: int,
    applied: bool = False,
) -> Award:
    """Wohngeld for twelve months, or the application for it."""
    members = (*adults, *children)
    terms = {
        "kind": "Miete",
        "amount_ct": amount_ct,
        "rent_considered_ct": home.cold_ct + home.nk_ct,
        "total_income_ct": income_ct,
        "n_members": len(members),
    }
    state = "applied" if applied else "granted"
    last = shift(first, YEAR - 1)
    return Award(
        "ben.wohngeld", adults[0], members, first, last, _noticed(first), terms, state=state
    )


def allowance(child: Person, entitled: Person) -> Award:
    """Kindergeld from birth to the month before the 18th birthday: one person is entitled."""
    first = child.date_of_birth[:7]
    last = shift(first, GROWN_UP * YEAR - 1)
    terms = {"amount_ct": ALLOWANCE_CT, "payment_day": 10}
    return Award("ben.kindergeld", entitled, (child,), first, last, f"{shift(first, 1)}-12", terms)


def supplement(adults: Sequence[Person], children: Sequence[Person], first: str) -> Award:
    """Kinderzuschlag for six months."""
    terms = {"per_child_ct": SUPPLEMENT_CT, "total_ct": SUPPLEMENT_CT * len(children)}
    last = shift(first, YEAR // 2 - 1)
    return Award("ben.kiz", adults[0], tuple(children), first, last, _noticed(first), terms)


def advance(child: Person, parent: Person, month: str, first: str) -> Award:
    """Unterhaltsvorschuss until the 18th birthday, by the child's age step in `month`."""
    years = age(child.date_of_birth, month)
    step = 1 + (years >= SCHOOL_AGE) + (years >= 2 * SCHOOL_AGE)
    last = shift(child.date_of_birth[:7], GROWN_UP * YEAR - 1)
    terms = {"step": step, "amount_ct": ADVANCE_CT[step], "credited_ct": ALLOWANCE_CT}
    return Award("ben.uvg", parent, (child,), first, last, _noticed(first), terms)


def place(child: Person, parent: Person, facility: str) -> Award:
    """A place in a Kita from the third birthday for three and a half years."""
    first = shift(child.date_of_birth[:7], KITA_AGE * YEAR)
    terms = {"facility": facility, "hours_week": 35, "fee_ct": 18000, "lunch_ct": 6500}
    return Award("edu.kita", parent, (child,), first, shift(first, 41), _noticed(first), terms)


def education(child: Person, base: Award) -> Award:
    """Bildung und Teilhabe of a schoolchild, as long as the benefit it rests on."""
    terms = {
        "base_benefit": base.evidence_type,
        "components": [
            {"kind": "schulbedarf", "amount_ct": 13000},
            {"kind": "mittagessen", "amount_ct": 6200},
        ],
    }
    return Award(
        "but.anspruch",
        base.recipient,
        (child,),
        base.from_month,
        base.to_month,
        f"{base.notice_date[:7]}-25",
        terms,
    )


def _need(person: Person, adults: Sequence[Person], month: str) -> int:
    if person in adults:
        return ALONE_CT if len(adults) == 1 else TOGETHER_CT
    years = max(age(person.date_of_birth, month), 0)
    return next(need for since, need in CHILD_CT if years >= since)


def _shares(amount: int, heads: int) -> list[int]:
    """Equal parts in cents; the first takes what does not divide."""
    each = amount // heads
    return [amount - each * (heads - 1), *[each] * (heads - 1)]


def _noticed(first: str) -> str:
    return f"{shift(first, -1)}-20"
