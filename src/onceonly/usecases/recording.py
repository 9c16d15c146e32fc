"""Recording what came: answers that arrive together are put on record together.

A statement and its commit cost the same for one answer as for ten. Whoever comes while one is under
way waits for the next, with everybody else who does; whoever comes alone waits for nobody.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from onceonly.domain.errors import LogUnavailable
from onceonly.store import answers
from onceonly.store.answers import Arrival
from onceonly.store.database import Database, Overtaken, Rejected
from onceonly.telemetry import log

MOST, LARGEST = 64, 4 * 1024 * 1024
"""Answers, and bytes of held evidence, that are recorded in one statement."""


@dataclass(frozen=True, slots=True)
class As:
    """By what an answer was judged: whose rows it moves, and versions that must still hold."""

    municipality: int
    version: int
    protections: int


_Waiting = list[tuple[Arrival, asyncio.Future[bool | None]]]


class Recorder:
    """Puts answers on record, as many at a time as have come."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[As, _Waiting] = {}
        self._writing: set[asyncio.Task[None]] = set()

    async def record(self, arrival: Arrival, judged: As) -> bool | None:
        """Record what became of a retrieval.

        True: recorded; False: it had moved before; None: configuration or protections moved on.

        Raises:
            LogUnavailable: it is not on record, or the confirmation was lost.
        """
        waiting = self._waiting.get(judged)
        if waiting is None:
            self._waiting[judged] = []
            try:
                return await self.record_alone(arrival, judged)
            finally:
                self._go_on(judged)
        future: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        waiting.append((arrival, future))
        return await future

    async def record_alone(self, arrival: Arrival, judged: As) -> bool | None:
        """The same, with nobody else's: what a consent may stop stops nothing beside it."""
        try:
            (recorded,) = await self._write([arrival], judged)
        except Overtaken:
            return None
        return recorded

    def _go_on(self, judged: As) -> None:
        """Write for those who came meanwhile, if anybody did."""
        if not self._waiting[judged]:
            del self._waiting[judged]
            return
        task = asyncio.create_task(self._write_waiting(judged))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_waiting(self, judged: As) -> None:
        batch, self._waiting[judged] = _first(self._waiting[judged])
        try:
            await self._settle(batch, judged)
        finally:
            self._go_on(judged)

    async def _settle(self, batch: _Waiting, judged: As) -> None:
        try:
            recorded = await self._write([arrival for arrival, _ in batch], judged)
        except (Rejected, Overtaken):
            # One of them is refused: it must not take the others along.
            for arrival, future in batch:
                await self._settle_one(arrival, future, judged)
        except LogUnavailable as error:
            for _, future in batch:
                future.set_exception(error)
        else:
            for (_, future), one in zip(batch, recorded, strict=True):
                future.set_result(one)

    async def _settle_one(
        self, arrival: Arrival, future: asyncio.Future[bool | None], judged: As
    ) -> None:
        try:
            future.set_result(await self.record_alone(arrival, judged))
        except Exception as error:  # noqa: BLE001 -- told to whoever waits for it
            log.error("answer refused", error=type(error).__name__)
            future.set_exception(error)

    async def _write(self, arrivals: Sequence[Arrival], judged: As) -> list[bool | None]:
        async with self._database.within(judged.municipality) as connection:
            moved = await answers.record(
                connection, arrivals, version=judged.version, protections=judged.protections
            )
        return [None if moved is None else one.moved.id in moved for one in arrivals]


def _first(waiting: _Waiting) -> tuple[_Waiting, _Waiting]:
    """As many as one statement takes, one at least; and those who wait on."""
    size, count = 0, 0
    for arrival, _ in waiting[:MOST]:
        size += arrival.size
        if count and size > LARGEST:
            break
        count += 1
    return waiting[:count], waiting[count:]
