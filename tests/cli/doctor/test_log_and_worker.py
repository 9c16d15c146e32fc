"""The log and its worker: each fault is named, mended by its remedy's words, and gone."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from cli.seeding import Installation
from onceonly.store.leadership import SPACE


def test_a_log_that_is_behind_what_was_published(well: Installation) -> None:
    well.sql("delete from log_checkpoint")

    ill = well.look()
    well.mend(ill.remedies["log-behind"])

    assert ill.status == 1
    assert well.look().well


def test_a_published_head_that_is_not_kept(well: Installation) -> None:
    kept = Path(well.settings["KEYS_DIR"]) / "log.checkpoint"
    aside = kept.rename(kept.with_name("aside"))

    ill = well.look()
    aside.rename(kept)

    assert ill.status == 0
    assert "restore it" in ill.remedies["checkpoint-missing"]
    assert well.look().well


def _an_entry_waits(well: Installation, *, for_: timedelta) -> None:
    at = int((datetime.now(UTC) - for_).timestamp() * 1000)  # noqa: TID251 -- as the id's clock
    entry = f"{at:012x}7{secrets.token_hex(2)[:3]}8{secrets.token_hex(8)[:15]}"
    commitment = secrets.token_hex(32)
    well.sql(f"insert into log_inbox values ('{entry}', '\\x{commitment}')")  # noqa: S608 -- our own


def test_a_worker_that_does_not_run(well: Installation) -> None:
    _an_entry_waits(well, for_=timedelta(seconds=1))
    young = well.look()
    _an_entry_waits(well, for_=timedelta(hours=1))
    well.sequence()
    _an_entry_waits(well, for_=timedelta(hours=1))

    ill = well.look()
    well.sequence()

    assert young.well
    assert ill.status == 1
    assert "start `onceonly work`" in ill.remedies["worker-missing"]
    assert well.look().well


def test_a_backlog_though_a_worker_runs(well: Installation) -> None:
    _an_entry_waits(well, for_=timedelta(hours=1))

    with _leading(well):
        ill = well.look()
    well.sequence()

    assert ill.status == 1
    assert ill.remedies.keys() == {"backlog"}
    assert well.look().well


@contextmanager
def _leading(well: Installation) -> Iterator[None]:
    """Somebody leads a loop."""
    with asyncio.Runner() as runner:

        async def come() -> asyncpg.Connection:
            connection = await asyncpg.connect(well.settings["SEQUENCER_URL"])
            await connection.execute(f"select pg_advisory_lock({SPACE}, 1)")
            return connection

        connection = runner.run(come())
        yield
        runner.run(connection.close())


def test_a_month_to_come_without_a_partition(well: Installation) -> None:
    after = datetime.now(UTC).replace(day=1) + timedelta(days=32)  # noqa: TID251 -- as the hub's day
    well.sql(f"drop table log_entry_{after:%Y_%m}")

    ill = well.look()
    well.mend(ill.remedies["month-missing"])

    assert ill.status == 1
    assert well.look().well
