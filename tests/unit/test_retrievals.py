"""Retrievals move as drawn and in no other way, whatever asks them to."""

from collections.abc import Callable
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from builders import NOW
from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.errors import OutOfTurn, ProviderUnavailable
from onceonly.domain.offices import Origin
from onceonly.domain.retrievals import (
    MOVES,
    STARTS,
    Delivered,
    Later,
    Nothing,
    Retrieval,
    State,
    discard,
    fail,
    move,
    receive,
)

S = State
DRAWN = {
    S.MANUAL: {S.RELEASED, S.NO_RESULT, S.FAILED, S.EXPIRED, S.DISCARDED},
    S.FETCHING: {S.PREVIEWING, S.RELEASED, S.NO_RESULT, S.DEFERRED, S.FAILED, S.DISCARDED},
    S.DEFERRED: {S.FETCHING, S.FAILED, S.EXPIRED, S.DISCARDED},
    S.PREVIEWING: {S.RELEASED, S.WITHHELD, S.EXPIRED, S.DISCARDED},
    S.RELEASED: {S.EXPIRED, S.DISCARDED},
}
"""The arrows, as the interface's description has them."""


def a_retrieval(state: State, *obligations: str) -> Retrieval:
    return Retrieval(
        id=UUID(int=1),
        request=UUID(int=2),
        item="i1",
        person="p1",
        evidence_type="ben.sgb2",
        profile="P0",
        provider="jobcenter",
        origin=Origin.ISSUED,
        state=state,
        decision=Decision(Outcome.PERMIT, (), obligations=obligations),
        asked_at=NOW,
        question_entry=UUID(int=3),
    )


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_a_retrieval_moves_as_drawn_and_in_no_other_way(before: State, after: State) -> None:
    one = a_retrieval(before)

    if after in DRAWN.get(before, set()):
        assert move(one, after).state is after
    else:
        with pytest.raises(OutOfTurn) as refused:
            move(one, after)
        assert refused.value.state == before
        assert one.state is before


def test_the_arrows_are_those_of_the_drawing_and_none_leads_back_from_an_end() -> None:
    assert {before: set(after) for before, after in MOVES.items()} == DRAWN
    assert set(STARTS.values()) == {
        *(S.FETCHING, S.MANUAL, S.CHOICE_REQUIRED, S.CONSENT_REQUIRED, S.REFUSED)
    }


@pytest.mark.parametrize("state", State)
def test_an_answer_is_taken_in_by_whom_it_can_move_and_nobody_else(state: State) -> None:
    answers: dict[State, Any] = {
        S.RELEASED: Delivered({}, None, None),
        S.NO_RESULT: Nothing("unknown"),
        S.DEFERRED: Later(None),
    }
    for becomes, answer in answers.items():
        one = a_retrieval(state)
        if becomes in DRAWN.get(state, set()):
            assert receive(one, answer).state is becomes
        else:
            with pytest.raises(OutOfTurn):
                receive(one, answer)


def test_what_must_be_looked_at_is_never_released_by_its_answer() -> None:
    looked_at = receive(a_retrieval(S.FETCHING, "preview"), Delivered({}, None, None))

    assert looked_at.state is S.PREVIEWING


@pytest.mark.parametrize("state", State)
def test_what_ended_is_neither_failed_nor_discarded_afterwards(state: State) -> None:
    one, drawn = a_retrieval(state), DRAWN.get(state, set())

    doings: dict[State, Callable[[], Retrieval]] = {
        S.FAILED: lambda: fail(one, ProviderUnavailable()),
        S.DISCARDED: lambda: discard(one, "no-longer-needed"),
    }
    for becomes, doing in doings.items():
        if becomes in drawn:
            assert doing().state is becomes
            assert doing().problem
        else:
            with pytest.raises(OutOfTurn):
                doing()
