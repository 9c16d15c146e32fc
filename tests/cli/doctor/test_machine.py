"""The machine: each fault is named, mended by its own remedy's words, and gone."""

import asyncio
import resource
import socket
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from cli.seeding import Installation
from scenarios.collector import Collector
from scenarios.stand import free_port


def test_a_port_that_another_program_has(well: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ill = well.look(PORT=str(taken.getsockname()[1]))

    assert ill.status == 1
    assert "ONCEONLY_PORT" in ill.remedies["port-taken"]
    assert well.look().well


def test_a_data_directory_that_is_none(well: Installation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    urls = [name for name in well.settings if name.endswith("_URL")]
    for name in urls:
        del well.settings[name]

    ill = well.look(DATA_DIR=str(tmp_path / "file"))

    assert ill.status == 1
    assert "ONCEONLY_DATA_DIR" in ill.remedies["data-directory"]


@pytest.mark.parametrize("ahead", [timedelta(hours=-1), timedelta(seconds=30)])
def test_a_clock_that_is_not_the_databases(well: Installation, ahead: timedelta) -> None:
    (ill,) = well.examine(ahead=ahead)

    assert (ill.code, ill.grave) == ("clock-skew", True)
    assert "timedatectl set-ntp true" in ill.remedy
    assert well.examine() == []


def test_a_transaction_that_is_never_ended(well: Installation) -> None:
    with asyncio.Runner() as runner:

        async def begin() -> asyncpg.Connection:
            connection = await asyncpg.connect(well.settings["DATABASE_URL"])
            await connection.execute("begin; select 1")
            await asyncio.sleep(1.1)
            return connection

        connection = runner.run(begin())
        (ill,) = well.examine(long=timedelta(seconds=1))
        young = well.examine()
        well.sql(ill.remedy, url=well.settings["DATABASE_URL"])
        mended = well.examine(long=timedelta(seconds=1))
        connection.terminate()

    assert (ill.code, ill.grave) == ("transaction-old", False)
    assert young == mended == []


def test_a_collector_that_takes_no_traces(well: Installation, tmp_path: Path) -> None:
    with Collector(tmp_path).taking() as collector:
        away = f"http://127.0.0.1:{free_port()}/v1/traces"
        ill = well.look(TRACE_RATIO="1", TRACE_URL=away)
        mended = well.look(TRACE_RATIO="1", TRACE_URL=collector.url)

    assert ill.status == 0
    assert f"warning collector-away: no collector takes traces at {away}" in ill.out
    assert "ONCEONLY_TRACE_URL" in ill.remedies["collector-away"]
    assert mended.well
    assert collector.spans == []
    assert well.look(TRACE_URL=away).well


def test_too_few_open_files(well: Installation) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        ill = well.look()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert ill.status == 0
    assert "warning files-few: a process may open 512 files" in ill.out
    assert "ulimit -n" in ill.out
