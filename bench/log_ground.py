"""What the log's benchmarks stand on: a durable server of its own, migrated, and entries for it."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from onceonly.cli.ground import months_ahead
from onceonly.cli.schema import upgrade
from onceonly.domain.log import SealedEntry
from onceonly.embedded import Addresses, EmbeddedPostgres
from onceonly.security.ids import Ids

SEALED = 1_036
"""Bytes of a sealed entry: nonce, two blocks, tag. A question's has three or four."""


@contextmanager
def log_ground(directory: Path) -> Iterator[Addresses]:
    """A migrated database on a durable server."""
    with EmbeddedPostgres(directory / "postgres") as addresses:
        upgrade(addresses.owner)
        asyncio.run(months_ahead(addresses.owner, _now))
        yield addresses


def entries(count: int) -> list[SealedEntry]:
    """Entries as an exchange writes them: one question, or three of its answer."""
    now = _now()
    return [
        SealedEntry(
            _IDS(),
            "question:permitted",
            now,
            now.date(),
            "agreement-79",
            None,
            os.urandom(SEALED),
            os.urandom(32),
        )
        for _ in range(count)
    ]


def _now() -> datetime:
    return datetime.now(UTC)


_IDS = Ids(_now)
