"""Recording what came: facts that arrive together are put on record together.

A statement and its commit cost the same for one fact as for ten. Whoever comes while one is under
way waits for the next, with everybody else who does; whoever comes alone waits for nobody.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from typing_extensions import override

from onceonly.store import answers, questions
from onceonly.store.answers import Arrival
from onceonly.store.database import Database, Overtaken, Rejected
from onceonly.store.questions import Asking
from onceonly.telemetry import log

MOST, LARGEST = 64, 4 * 1024 * 1024
"""Facts, and bytes of what is sealed in them, that are recorded in one statement."""


class Sized(Protocol):
    """What can be recorded together with its like."""

    @property
    def size(self) -> int:
        """Bytes of what is sealed in it."""


_Fact = TypeVar("_Fact", bound=Sized)


@dataclass(frozen=True, slots=True)
class As:
    """By what a fact was judged: whose rows it moves, and versions that must still hold."""

    municipality: int
    version: int
    protections: int


class Recorder(ABC, Generic[_Fact]):
    """Puts facts on record, as many at a time as have come."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[As, list[tuple[_Fact, asyncio.Future[bool | None]]]] = {}
        self._writing: set[asyncio.Task[None]] = set()

    async def record(self, fact: _Fact, judged: As) -> bool | None:
        """Record a fact.

        True: recorded; False: another stands in its place; None: what it was judged by moved on.

        Raises:
            LogUnavailable: it is not on record, or the confirmation was lost.
        """
        waiting = self._waiting.get(judged)
        if waiting is None:
            self._waiting[judged] = []
            try:
                return await self.record_alone(fact, judged)
            finally:
                self._go_on(judged)
        future: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        waiting.append((fact, future))
        return await future

    async def record_alone(self, fact: _Fact, judged: As) -> bool | None:
        """The same, with nobody else's: what a consent may stop stops nothing beside it."""
        try:
            (recorded,) = await self._write([fact], judged)
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
            # A process that ends writes no more: whoever still waits would wait for ever.
            for _, future in batch:
                future.cancel()
            self._go_on(judged)

    async def _settle(
        self, batch: Sequence[tuple[_Fact, asyncio.Future[bool | None]]], judged: As
    ) -> None:
        try:
            recorded = await self._write([fact for fact, _ in batch], judged)
        except (Rejected, Overtaken):
            # One of them is refused: it must not take the others along.
            for fact, future in batch:
                await self._settle_one(fact, future, judged)
        except Exception as error:  # noqa: BLE001 -- whatever it is, nobody may wait for ever
            for _, future in batch:
                _tell(future, what=error)
        else:
            for (_, future), one in zip(batch, recorded, strict=True):
                _tell(future, what=one)

    async def _settle_one(
        self, fact: _Fact, future: asyncio.Future[bool | None], judged: As
    ) -> None:
        try:
            recorded = await self.record_alone(fact, judged)
        except Exception as error:  # noqa: BLE001 -- told to whoever waits for it
            log.error("fact refused", error=type(error).__name__)
            _tell(future, what=error)
        else:
            _tell(future, what=recorded)

    @abstractmethod
    async def _write(self, facts: Sequence[_Fact], judged: As) -> list[bool | None]:
        """Record all of them in one statement; for each what `record` answers.

        Raises:
            LogUnavailable: nothing is on record, or the confirmation was lost.
            Overtaken, Rejected: one of them is refused, and none is recorded.
        """


class AnswerRecorder(Recorder[Arrival]):
    """Puts answers on record: what became of retrievals, unless they had moved before."""

    @override
    async def _write(self, facts: Sequence[Arrival], judged: As) -> list[bool | None]:
        async with self._database.within(judged.municipality) as connection:
            moved = await answers.record(
                connection, facts, version=judged.version, protections=judged.protections
            )
        return [None if moved is None else one.moved.id in moved for one in facts]


class QuestionRecorder(Recorder[Asking]):
    """Puts requests on record, decided, unless their keys were used before."""

    @override
    async def _write(self, facts: Sequence[Asking], judged: As) -> list[bool | None]:
        async with self._database.within(judged.municipality) as connection:
            asked = await questions.record(connection, facts, version=judged.version)
        return [None if asked is None else one.row.id in asked for one in facts]


def _tell(future: asyncio.Future[bool | None], *, what: bool | Exception | None) -> None:
    """What became of a fact, or what went wrong; whoever has gone is told nothing."""
    if future.done():
        return
    if isinstance(what, Exception):
        future.set_exception(what)
    else:
        future.set_result(what)


_Waiting = list[tuple[_Fact, asyncio.Future[bool | None]]]


def _first(waiting: _Waiting[_Fact]) -> tuple[_Waiting[_Fact], _Waiting[_Fact]]:
    """As many as one statement takes, one at least; and those who wait on."""
    size, count = 0, 0
    for fact, _ in waiting[:MOST]:
        size += fact.size
        if count and size > LARGEST:
            break
        count += 1
    return waiting[:count], waiting[count:]
