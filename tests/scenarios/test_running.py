"""From an empty database to a hub in use, by the commands alone."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import asyncpg
import pytest

from builders import NOW
from databases import drop
from onceonly.embedded import Addresses
from onceonly.settings import known_names
from scenarios.documents import BUT
from scenarios.own import reachable_folder
from scenarios.stand import Stand, until


@pytest.fixture
async def empty(addresses: Addresses) -> AsyncIterator[Addresses]:
    """A database nobody migrated, by every role."""
    name = f"onceonly_test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(addresses.owner)
    await connection.execute(f"create database {name}")
    urls = (addresses.owner, addresses.app, addresses.sequencer, addresses.auditor)
    yield Addresses(*(f"{url.rpartition('/')[0]}/{name}" for url in urls))
    await connection.close()
    await drop(addresses.owner, name)


async def test_migrations_at_once_are_one_and_one_that_was_killed_harms_none(
    stand: Stand, empty: Addresses
) -> None:
    stand.addresses = replace(empty)

    async with stand.running("migrate", environment=stand.environment()) as killed:
        others = [asyncio.create_task(stand.onceonly("migrate")) for _ in range(3)]
        await until(lambda: _is_migrating(stand))
        killed.kill()
        said = await asyncio.gather(*others)
    again = await stand.onceonly("migrate")

    assert [one.status for one in (*said, again)] == [0] * 4, [one.err for one in said]
    assert await stand.rows("select 1 from municipality") == []


async def _is_migrating(stand: Stand) -> bool:
    return bool(
        await stand.rows(
            "select 1 from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid() and query <> ''"
        )
    )


async def test_a_hub_is_ready_without_a_municipality_and_plays_its_day(stand: Stand) -> None:
    later = stand.played(timedelta(days=2))

    async with stand.starting(NOW=later, HOST="localhost") as hub:
        await hub.is_ready()
        before = await hub.token()
        date = parsedate_to_datetime((await hub.http.get("/livez")).headers["date"])
        await stand.apply(stand.file())
        words = ("--issuer", stand.issuer, "--client-id", BUT, "--key", str(stand.keys[BUT]))
        await until(lambda: _knows(stand, *words))
        said = await stand.onceonly("token", *words)
        hub.http.headers["authorization"] = f"Bearer {said.out.strip()}"
        (asked,) = (await hub.ask()).json()["retrievals"]
        evidence = (await hub.http.get(f"/v1/retrievals/{asked['id']}/evidence")).json()

    assert before.status_code == 401
    assert date.date() == (NOW + timedelta(days=2)).date()
    assert said.status == 0
    assert asked["asked_at"].startswith("2026-11-27T")
    assert evidence["validity"]["age_days"] == 2


async def _knows(stand: Stand, *words: str) -> bool:
    return (await stand.onceonly("token", *words)).status == 0


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory every account can walk to, with a blank in its name."""
    with reachable_folder() as place:
        yield place


def postmasters(directory: Path) -> list[Path]:
    """What running servers leave in their data."""
    return list(directory.glob("hub/postgres-*/postmaster.pid"))


async def test_two_demos_at_once_end_well_and_leave_nothing_running(
    stand: Stand, reachable: Path
) -> None:
    names = [name.removeprefix("ONCEONLY_") for name in known_names()]
    nothing: dict[str, str | None] = dict.fromkeys(names)
    # The other one's day is another in Germany than by UTC, and in another month.
    late = nothing | {"NOW": "2026-11-30T23:10:00Z"}

    said = await asyncio.gather(
        *[stand.onceonly("demo", "--state", str(reachable), **given) for given in (nothing, late)]
    )

    assert [one.status for one in said] == [0, 0], [one.out + one.err for one in said]
    assert all("Everything is as told" in one.out for one in said)
    assert not postmasters(reachable)
