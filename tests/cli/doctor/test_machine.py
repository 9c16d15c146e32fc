"""The machine: each fault is named, mended by its own remedy's words, and gone."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from cli.seeding import Installation
from onceonly.cli.surroundings import room_findings
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
        well.mend(ill.remedy)
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


@pytest.mark.parametrize("which", ["-Sn", "-n"])
def test_too_few_open_files(well: Installation, which: str) -> None:
    """What a process gets at first is no matter: `serve` takes all that it may have."""
    words = f"ulimit {which} 512; exec {sys.executable} -m onceonly doctor"
    environment = {f"ONCEONLY_{name}": value for name, value in well.settings.items()}
    ill = subprocess.run(
        ["/bin/sh", "-c", words],
        env=environment | {"PATH": os.defpath, "HOME": str(well.directory)},
        cwd=well.directory,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ill.returncode == 0
    told = "warning files-few: a process may open 512 files" in ill.stdout
    assert told == (which == "-n")
    assert ("LimitNOFILE=4096" in ill.stdout) == told


def test_a_disk_that_has_too_little_room(well: Installation) -> None:
    """The disk is measured; how much must be free is moved across what it has."""
    keys = Path(well.settings["KEYS_DIR"])

    (full,) = room_findings(keys, keys.parent, full=1.01, filling=1.01)
    (filling,) = room_findings(keys, full=0.0, filling=1.01)

    assert (full.code, full.grave) == ("disk-full", True)
    assert (filling.code, filling.grave) == ("disk-filling", False)
    assert f"make room on the disk of {keys}" in full.remedy
    assert room_findings(keys, full=0.0, filling=0.0) == []
    assert room_findings(keys / "nowhere", full=1.01) == []


def test_a_server_that_is_too_old(well: Installation) -> None:
    """The server says how old it is; what will do is moved beyond it."""
    (ill,) = well.examine(oldest=99)

    assert (ill.code, ill.grave) == ("database-version", True)
    assert re.fullmatch(r"PostgreSQL is 1\d, and 99 is the first that will do", ill.what)
    assert "move the database to 99 or later" in ill.remedy
    assert well.examine() == []


def test_sessions_that_run_short(well: Installation) -> None:
    """Sessions are counted; how many may be taken is moved below what there are."""
    (ill,) = well.examine(short=0.0)

    assert (ill.code, ill.grave) == ("sessions-short", False)
    assert re.match(r"[1-9]\d* of \d+ sessions are taken", ill.what)
    assert "alter system set max_connections = " in ill.remedy
    assert well.examine() == []
