"""Consents: which state may follow which, and who may say yes for whom."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from onceonly.domain.consents import (
    LIVES,
    MOVES,
    STARTS,
    Consent,
    Frequency,
    Happening,
    Opened,
    Parties,
    State,
    Terms,
    check_answering,
    give,
    last_day,
    move,
    says_the_same,
)
from onceonly.domain.errors import NotYoursToGive, OutOfTurn
from onceonly.domain.log import CONSENTS
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person

AT = datetime(2026, 11, 25, 10, tzinfo=UTC)
TODAY = date(2026, 11, 25)
ENTRY = UUID(int=9)
TERMS = Terms(
    provider="upkeep",
    procedure="rent.aid",
    case_reference="A-1",
    opens=(Opened("notice", "P1", Origin.ISSUED),),
    frequency=None,
    months=None,
    expires_on=date(2027, 3, 31),
    notice="text",
    notice_hash="00",
    language="de",
    form="electronic",
    capacity="self",
)


def a_consent(state: State = State.GIVEN, **more: Any) -> Consent:
    whole: dict[str, Any] = {
        "id": UUID(int=1),
        "office": "rent",
        "terms": TERMS,
        "state": state,
        "revision": 4,
        "requested_at": AT,
        "given_at": None if state is State.REQUESTED else AT,
    }
    return Consent(**(whole | more))


DRAWN = {
    ("requested", "given"),
    ("requested", "refused"),
    *((before, end) for before in ("requested", "given", "renewed") for end in (
        "revoked", "expired", "invalidated")),
    *((before, after) for before in ("given", "renewed") for after in ("renewed", "withdrawn")),
}  # fmt: skip
"""Every move there is, written out once more."""


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_a_consent_moves_as_drawn_and_in_no_other_way(before: State, after: State) -> None:
    if (before, after) in DRAWN:
        moved = move(a_consent(before), after, at=AT, by="person", entry=ENTRY)
        assert (moved.state, moved.revision) == (after, 5)
        assert moved.history[-1] == Happening(after, AT, "person", ENTRY)
    else:
        with pytest.raises(OutOfTurn) as raised:
            move(a_consent(before), after, at=AT, by="person", entry=ENTRY)
        assert raised.value.state == before


def test_exactly_given_and_renewed_permit() -> None:
    assert {one for one in State if one.permits} == {"given", "renewed"}
    assert {"requested", "given"} == STARTS
    assert set(State) - LIVES == {"refused", "withdrawn", "revoked", "expired", "invalidated"}
    assert MOVES.keys() == LIVES


def test_every_state_has_its_event() -> None:
    assert CONSENTS.keys() == set(State)
    assert len(set(CONSENTS.values())) == len(State)


@pytest.mark.parametrize(
    ("day", "state"),
    [(date(2027, 3, 31), State.GIVEN), (date(2027, 4, 1), State.EXPIRED)],
)
def test_it_lasts_through_its_last_day(day: date, state: State) -> None:
    assert a_consent().as_of(day) is state


def test_what_ran_out_is_neither_given_nor_withdrawn_any_more() -> None:
    late = datetime(2027, 3, 31, 22, tzinfo=UTC)

    for state in (State.RENEWED, State.WITHDRAWN):
        with pytest.raises(OutOfTurn) as raised:
            move(a_consent(), state, at=late, by="person", entry=ENTRY)
        assert raised.value.state == "expired"
    assert move(a_consent(), State.EXPIRED, at=late, by="hub", entry=ENTRY).state == "expired"
    assert a_consent(State.WITHDRAWN).as_of(date(2030, 1, 1)) is State.WITHDRAWN


def test_the_newest_yes_sets_the_ticks() -> None:
    asked = a_consent(State.REQUESTED)
    later = AT.replace(day=26)

    first = give(
        asked, special_categories=True, release_from_secrecy=False, at=AT, by="person", entry=ENTRY
    )
    again = give(
        first,
        special_categories=False,
        release_from_secrecy=True,
        at=later,
        by="person",
        entry=ENTRY,
    )

    assert (first.state, first.given_at, first.special_categories) == ("given", AT, True)
    assert (again.state, again.given_at, again.release_from_secrecy) == ("renewed", later, True)
    assert not again.special_categories


def test_only_the_same_yes_of_the_same_german_day_says_the_same() -> None:
    ticks = {"special_categories": False, "release_from_secrecy": False}
    late = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)

    assert says_the_same(a_consent(), day=TODAY, **ticks)
    assert not says_the_same(a_consent(), day=date(2026, 11, 26), **ticks)
    assert not says_the_same(a_consent(given_at=late), day=TODAY, **ticks)
    assert not says_the_same(a_consent(), day=TODAY, **ticks | {"special_categories": True})
    assert not says_the_same(a_consent(State.REQUESTED), day=TODAY, **ticks)
    assert not says_the_same(a_consent(State.WITHDRAWN), day=TODAY, **ticks)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (date(2026, 11, 25), date(2027, 11, 25)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_no_consent_outlasts_twelve_months(begins: date, ends: date) -> None:
    assert last_day(begins) == ends


@pytest.mark.parametrize(
    ("per", "first"),
    [
        ("day", date(2026, 11, 25)),
        ("week", date(2026, 11, 23)),
        ("month", date(2026, 11, 1)),
        ("quarter", date(2026, 10, 1)),
        ("year", date(2026, 1, 1)),
    ],
)
def test_periods_begin_as_the_german_calendar_says(per: str, first: date) -> None:
    assert Frequency(1, per).begins(TODAY) == first


ADULT = Person("", "", "Musterkovač", ("Davor",), "1988-01-02")
OTHER = Person("", "", "Musteryılmaz", ("Gökçe",), "1990-03-14")
CHILD = Person("", "", "Musterkovač", ("Mila",), "2017-05-01")
YOUTH = Person("", "", "Musterkovač", ("Nele",), "2011-11-25")
NEARLY = replace(YOUTH, date_of_birth="2011-11-26")


@pytest.mark.parametrize(
    ("person", "by", "about", "capacity", "who", "may"),
    [
        (ADULT, None, (ADULT,), "self", ADULT, True),
        (ADULT, None, (ADULT, CHILD), "self", ADULT, True),
        (ADULT, None, (ADULT, OTHER), "self", ADULT, False),
        (ADULT, None, (ADULT, YOUTH), "self", ADULT, False),
        (CHILD, ADULT, (CHILD,), "guardian", ADULT, True),
        (NEARLY, ADULT, (NEARLY,), "guardian", ADULT, True),
        (YOUTH, ADULT, (YOUTH,), "guardian", ADULT, False),
        (YOUTH, ADULT, (YOUTH,), "guardian", YOUTH, True),
        (NEARLY, ADULT, (NEARLY,), "guardian", NEARLY, False),
        (CHILD, None, (CHILD,), "self", CHILD, False),
        (OTHER, ADULT, (OTHER,), "betreuer", ADULT, True),
        (OTHER, ADULT, (OTHER,), "betreuer", OTHER, True),
        (OTHER, ADULT, (OTHER, CHILD), "guardian", CHILD, False),
        (OTHER, ADULT, (OTHER,), "entrusting-person", ADULT, True),
    ],
)
def test_who_may_answer(  # noqa: PLR0917 -- one row of a table
    person: Person, by: Person | None, about: tuple[Person, ...], capacity: str, who: Person,
    may: bool,  # noqa: FBT001 -- as above
) -> None:  # fmt: skip
    parties = Parties(person, by, about)
    if may:
        check_answering(parties, capacity, who, TODAY)
    else:
        with pytest.raises(NotYoursToGive):
            check_answering(parties, capacity, who, TODAY)
