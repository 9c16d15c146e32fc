"""Ids: UUIDv7, of the hub's own clock. Source: RFC 9562, 5.7."""

import os
from collections.abc import Callable
from datetime import datetime
from uuid import UUID


class Ids:
    """Makes ids; those of one millisecond are in no order."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def __call__(self) -> UUID:
        """A fresh id."""
        instant = int(self._clock().timestamp() * 1000) & (1 << 48) - 1
        noise = int.from_bytes(os.urandom(10), "big")
        high, low = noise >> 68 & 0xFFF, noise & (1 << 62) - 1
        return UUID(int=instant << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
