"""Withdrawals at random moments between question and answer.

A leak is evidence that the asking office can read once the withdrawal was answered.
"""

import asyncio
import random
from dataclasses import dataclass, replace
from uuid import UUID

from typing_extensions import override

from agreeing import RENT
from builders import AnOffice, connected, delivered
from onceonly.domain.errors import Gone, OutOfTurn
from onceonly.domain.retrievals import Answer, Order
from onceonly.usecases.evidence import read
from onceonly.usecases.world import World
from usecases.agreed import FACHVERFAHREN, a_consent, asked, stands, taken_back

AT_ONCE = 8
LONGEST_S = 0.03


@dataclass
class Seen:
    """How the rounds ended; the release came before the withdrawal or after it."""

    rounds: int = 0
    leaks: int = 0
    discarded_before: int = 0
    discarded_after: int = 0


@dataclass
class Sometime(AnOffice):
    """An office that answers after a random while."""

    @override
    async def fetch(self, order: Order) -> Answer:
        await asyncio.sleep(random.uniform(0, LONGEST_S))  # noqa: S311 -- no secret
        return delivered(RENT)


async def drill(world: World, rounds: int) -> Seen:
    """Play so many rounds, some at a time."""
    world, seen = replace(world, connect=connected(Sometime())), Seen()
    waiting = iter(range(rounds))

    async def play() -> None:
        for number in waiting:
            await _round(world, number, seen)

    await asyncio.gather(*[play() for _ in range(AT_ONCE)])
    return seen


async def _round(world: World, number: int, seen: Seen) -> None:
    case = f"WG-{number}"
    consent = await a_consent(world, f"c{number}", case=case)
    (retrieval,) = await asked(world, consent, key=f"k{number}", patience_s=0, case=case)
    await asyncio.sleep(random.uniform(0, 2 * LONGEST_S))  # noqa: S311 -- no secret
    released = (await stands(retrieval, world)).state == "released"
    await taken_back(world, consent)
    while not (ended := await stands(retrieval, world)).settled:
        seen.leaks += await _readable(retrieval.id, world)
        await asyncio.sleep(LONGEST_S / 10)
    seen.leaks += await _readable(retrieval.id, world)
    assert (ended.state, ended.problem) == ("discarded", "withdrawn-before-delivery")
    seen.rounds += 1
    if released:
        seen.discarded_after += 1
    else:
        seen.discarded_before += 1


async def _readable(retrieval: UUID, world: World) -> bool:
    try:
        await read(retrieval, FACHVERFAHREN, world)
    except (Gone, OutOfTurn):
        return False
    return True
