"""Ids: UUIDv7, of the hub's own clock. Source: RFC 9562, 5.7."""

import os
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

_48_BITS, _12_BITS, _62_BITS = (1 << 48) - 1, (1 << 12) - 1, (1 << 62) - 1


class Ids:
    """Makes ids. Those of one process and millisecond count up; of others nothing is promised."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._instant = 0
        self._count = 0

    def __call__(self) -> UUID:
        """A fresh id."""
        instant = int(self._clock().timestamp() * 1000) & _48_BITS
        self._count = self._count + 1 & _12_BITS if instant == self._instant else 0
        self._instant = instant
        noise = int.from_bytes(os.urandom(8), "big") & _62_BITS
        return UUID(int=instant << 80 | 0x7 << 76 | self._count << 64 | 0b10 << 62 | noise)


def id_of(instant: datetime, digest: bytes) -> UUID:
    """The one id of something that happens once in this instant: `digest` stands for the noise."""
    noise = int.from_bytes(digest[:10], "big")
    milliseconds = int(instant.timestamp() * 1000) & _48_BITS
    return UUID(
        int=milliseconds << 80
        | 0x7 << 76
        | (noise >> 62 & _12_BITS) << 64
        | 0b10 << 62
        | (noise & _62_BITS)
    )


def fresh_trace() -> str:
    """A trace context of its own for one call. Source: W3C Trace Context, 3.2.

    Never the caller's: whoever is asked must not find out by it who asked.
    """
    noise = os.urandom(24).hex()
    # All zeros would be no trace: the last byte of each never is.
    return f"00-{noise[:30]}01-{noise[32:46]}01-00"
