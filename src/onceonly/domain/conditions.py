"""The conditions of a row: which rows speak of a question at all, and what they still miss.

Meaning of every key: the head of the rules.
"""

from dataclasses import dataclass
from enum import Enum

from onceonly.domain.calendar import age_on
from onceonly.domain.case import Case
from onceonly.domain.households import lives_apart_from_child, own_case
from onceonly.domain.rules import Rule, When, WhenPerson

PRECONDITION = "precondition-missing"
UNION_CITIZEN = "azr-eu-citizen"
_UNKNOWN = "XX"
_NOT_UNION = "not-union"
_FREEDOM_LOST = "loss-of-free-movement"
_BENEFIT_GRANTED = "benefit-granted"


class Citizen(Enum):
    """What a person's nationalities make them, towards the law of the Union."""

    UNION = "union"
    THIRD_COUNTRY = "third-country"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Missing:
    """A row that speaks of the question and answers no, and why."""

    row: Rule
    reason: str
    own_words: bool = False


def asserted(case: Case, code: str, *, detail: bool = False) -> bool:
    """Whether the item states it, with a detail where that is asked."""
    stated = case.item.assertions
    return bool(stated) and any(
        one.code == code and (not detail or bool(one.detail)) for one in stated
    )


def passed_over(case: Case, row: Rule) -> bool:
    """Whether the person or what the item states makes the row speak of something else."""
    when = row.when
    if when.stands_aside is not None and _stands_aside(case, when.stands_aside):
        return True
    return when.person is not None and not _is_such(case, when.person)


def missing(case: Case, row: Rule) -> Missing | None:
    """The first precondition of a row that the item does not state."""
    detailed = row.when.detail_required
    for code in row.preconditions:
        if not asserted(case, code, detail=code in detailed):
            return Missing(row, row.reason or PRECONDITION, own_words=True)
    if row.when.recipient and not asserted(case, _BENEFIT_GRANTED):
        return Missing(row, row.reason or PRECONDITION, own_words=True)
    return None


def by_nationality(case: Case, row: Rule) -> Missing | bool:
    """False: the row speaks of other nationalities. True: of this one."""
    asked = row.when.nationality
    if asked is None:
        return True
    citizen = citizenship(case)
    if citizen is Citizen.UNKNOWN:
        return Missing(row, PRECONDITION) if row.via_hub else False
    if asked == citizen.value:
        return True
    if asked != _NOT_UNION:
        return False
    return citizen is Citizen.THIRD_COUNTRY or _union_citizen(case, row)


def _union_citizen(case: Case, row: Rule) -> Missing | bool:
    """Like a third-country national after a finding of loss; a register says nothing on others."""
    if asserted(case, _FREEDOM_LOST):
        return True
    if row.reason == UNION_CITIZEN:
        return Missing(row, UNION_CITIZEN, own_words=True)
    if case.rows.registers.intersection(row.providers):
        return Missing(row, UNION_CITIZEN)
    return False


def citizenship(case: Case) -> Citizen:
    """A Union nationality counts first; an unknown one beside others makes it unknown."""
    nationalities = case.person.nationalities
    if not case.law.catalogue.union_states.isdisjoint(nationalities):
        return Citizen.UNION
    if not nationalities or _UNKNOWN in nationalities:
        return Citizen.UNKNOWN
    return Citizen.THIRD_COUNTRY


def by_citizenship(case: Case, when: When) -> tuple[tuple[str, ...], ...]:
    """The list that the heading `nationality` names for the person at hand, if there is one."""
    by_value = when.fields_by.get("nationality", {})
    listed = by_value.get(citizenship(case).value, by_value.get("else"))
    return () if listed is None else (listed,)


def _stands_aside(case: Case, aside: tuple[str, str]) -> bool:
    fact, code = aside
    return case.item.fact == fact and asserted(case, code)


def _is_such(case: Case, asked: WhenPerson) -> bool:
    request, ref = case.request, case.person.ref
    if asked.roles and case.role not in asked.roles:
        return False
    if asked.own_case is not None and own_case(request, ref) is not asked.own_case:
        return False
    if asked.lives_apart_from_child and not lives_apart_from_child(request, ref):
        return False
    return asked.age is None or _was_of_age(case, *asked.age)


def _was_of_age(case: Case, least: int | None, most: int | None) -> bool:
    """On at least one day of the reference month."""
    month, born = case.request.reference_month, case.person.date_of_birth
    youngest, oldest = age_on(born, month.first_day), age_on(born, month.last_day)
    return (least is None or oldest >= least) and (most is None or youngest <= most)
