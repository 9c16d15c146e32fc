"""A bulkhead and a breaker around a connector: what one office costs, no other office pays.

taking calls ──(so many failed in a row, and its heartbeat is not well)──▶ cut off
     ▲                                                                       │
     └──(any answer of its own, or a heartbeat that is well)── one call every PAUSE_S
"""

import time
from collections.abc import Callable

from onceonly.connectors.contract import Connector
from onceonly.domain.errors import ProviderError, ProviderUnavailable
from onceonly.domain.retrievals import Answer, Order

ROOM = 300
"""Calls under way to one office's system, at most, those waiting for a connection among them."""

MISSES = 10
"""Calls without an answer, one after the other, before a system counts as dead."""

PAUSE_S = 5.0
"""Between two calls to a system that counts as dead."""


class Guarded:
    """One office's system, asked through `inner` as long as that has room and a chance.

    Failed calls alone cut nobody off while the heartbeat is well: who cannot answer some questions
    may answer others. Before the first heartbeat they do.
    """

    def __init__(
        self,
        inner: Connector,
        *,
        room: int = ROOM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._room = room
        self._clock = clock
        self._under_way = 0
        self._misses = 0
        self._well = False
        self._cut_off = False
        self._again_at = 0.0

    @property
    def cut_off(self) -> bool:
        """Whether the system counts as dead."""
        return self._cut_off

    @property
    def takes(self) -> bool:
        """Whether a call would be made by now."""
        return self._under_way < self._room and (
            not self._cut_off or self._clock() >= self._again_at
        )

    async def fetch(self, order: Order) -> Answer:
        """Ask once, or say at once that nobody was asked.

        Raises:
            ProviderUnavailable: no whole answer in time, 429 or 5xx; or not asked at all.
            ProviderRefused: the provider answered no.
            ProviderUnreadable: the answer breaks the provider protocol.
        """
        if not self.takes:
            raise ProviderUnavailable(asked=False)
        if self._cut_off:
            # Whoever comes while this one tries waits for the next chance.
            self._again_at = self._clock() + PAUSE_S
        self._under_way += 1
        try:
            answer = await self._inner.fetch(order)
        except ProviderUnavailable:
            self._misses += 1
            self._judge()
            raise
        except ProviderError:
            self._answered()
            raise
        finally:
            self._under_way -= 1
        self._answered()
        return answer

    async def alive(self) -> bool:
        """Whether the system says it is well; then it is asked again."""
        self._well = await self._inner.alive()
        if self._well:
            self._answered()
        self._judge()
        return self._well

    def _answered(self) -> None:
        self._misses = 0
        self._cut_off = False

    def _judge(self) -> None:
        if self._misses >= MISSES and not self._well:
            self._cut_off = True
            self._again_at = self._clock() + PAUSE_S
