"""Bulkhead and breaker: a dead or slow system is let alone, and found again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
from typing_extensions import override

from builders import AnOffice, delivered
from connectors.orders import an_order
from onceonly.connectors.guard import MISSES, PAUSE_S, Guarded
from onceonly.domain.errors import (
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnreadable,
)
from onceonly.domain.retrievals import Answer, Order

DEAD = ProviderUnavailable()


def _always(answer: Answer | ProviderError, _: Order) -> Answer | ProviderError:
    return answer


@dataclass
class Moody(AnOffice):
    """Unwell until told otherwise, and slow until its gate opens."""

    well: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def fetch(self, order: Order) -> Answer:
        await self.gate.wait()
        return await super().fetch(order)


@dataclass
class Watched:
    """A guard around an office, under a clock that is moved by hand."""

    office: Moody = field(default_factory=Moody)
    now: float = 100.0

    def __post_init__(self) -> None:
        self.office.gate.set()
        self.guard = Guarded(self.office, room=3, clock=lambda: self.now)

    async def meets(self, *answers: Answer | ProviderError) -> list[ProviderError | None]:
        """One call after the other, answered so; what each was told."""
        told: list[ProviderError | None] = []
        for answer in answers:
            self.office.answer = partial(_always, answer)
            try:
                await self.guard.fetch(an_order())
            except ProviderError as error:
                told.append(error)
            else:
                told.append(None)
        return told


@pytest.fixture
async def watched() -> Watched:
    return Watched()


async def test_a_system_that_never_answers_is_let_alone_and_says_so_at_once(
    watched: Watched,
) -> None:
    await watched.meets(*[DEAD] * MISSES)

    (told,) = await watched.meets(delivered())

    assert watched.guard.cut_off
    assert not watched.guard.takes
    assert len(watched.office.asked) == MISSES
    assert isinstance(told, ProviderUnavailable)
    assert not told.asked


@pytest.mark.parametrize(
    "answers",
    [
        [DEAD] * (MISSES - 1),
        [*[DEAD] * (MISSES - 1), delivered(), DEAD],
        [*[DEAD] * (MISSES - 1), ProviderRefused("other"), DEAD],
        [*[DEAD] * (MISSES - 1), ProviderUnreadable(), DEAD],
    ],
)
async def test_whoever_answers_now_and_then_is_asked(
    watched: Watched, answers: Sequence[Answer | ProviderError]
) -> None:
    await watched.meets(*answers)

    assert await watched.meets(delivered()) == [None]


async def test_failed_calls_alone_cut_nobody_off_who_is_well(watched: Watched) -> None:
    watched.office.well = True
    await watched.guard.alive()

    await watched.meets(*[DEAD] * (3 * MISSES))

    assert await watched.meets(delivered()) == [None]
    watched.office.well = False
    await watched.meets(*[DEAD] * MISSES)
    assert not await watched.guard.alive()
    assert watched.guard.cut_off


async def test_one_call_tries_after_a_while_and_the_others_wait_for_it(watched: Watched) -> None:
    await watched.meets(*[DEAD] * MISSES)
    watched.now += PAUSE_S
    watched.office.gate.clear()

    trying = asyncio.create_task(watched.meets(DEAD))
    await asyncio.sleep(0)
    (told,) = await watched.meets(DEAD)
    watched.office.gate.set()
    await trying

    assert isinstance(told, ProviderUnavailable)
    assert not told.asked
    assert watched.guard.cut_off
    assert not watched.guard.takes


async def test_an_answer_to_the_one_that_tries_lets_everybody_in(watched: Watched) -> None:
    await watched.meets(*[DEAD] * MISSES)
    watched.now += PAUSE_S

    assert await watched.meets(delivered(), delivered()) == [None, None]
    assert not watched.guard.cut_off


async def test_a_system_that_is_well_again_is_asked_at_once(watched: Watched) -> None:
    await watched.meets(*[DEAD] * MISSES)
    watched.office.well = True

    assert await watched.guard.alive()
    assert await watched.meets(delivered()) == [None]


async def test_a_slow_system_holds_no_more_calls_than_its_room(watched: Watched) -> None:
    watched.office.gate.clear()
    slow = [asyncio.create_task(watched.guard.fetch(an_order())) for _ in range(3)]
    await asyncio.sleep(0)

    (told,) = await watched.meets(delivered())
    watched.office.gate.set()
    await asyncio.gather(*slow)

    assert isinstance(told, ProviderUnavailable)
    assert not told.asked
    assert await watched.meets(delivered()) == [None]


async def test_a_call_that_was_given_up_leaves_its_room(watched: Watched) -> None:
    watched.office.gate.clear()
    slow = [asyncio.create_task(watched.guard.fetch(an_order())) for _ in range(3)]
    await asyncio.sleep(0)

    for one in slow:
        one.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    watched.office.gate.set()

    assert await watched.meets(delivered()) == [None]
