"""The worker, alone and with a login that may do no more than it must."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from connectors.wire import answer
from onceonly.usecases.world import HOLD_FOR, LOST_AFTER
from scenarios.documents import TIMEOUTS_S
from scenarios.stand import Stand, until
from scenarios.stub import Asked, behind, by_name, says

LONGEST = timedelta(seconds=max(TIMEOUTS_S.values())) + LOST_AFTER + timedelta(seconds=1)
LATER = says(answer({"available_at": "2026-11-25T10:00:00Z"}, status="202 Accepted"))


@pytest.fixture
async def sequencer(stand: Stand) -> AsyncIterator[str]:
    """A login that is a member of onceonly_sequencer and of nothing else."""
    user, password = f"onceonly_test_{secrets.token_hex(4)}", secrets.token_hex(8)
    owner = await asyncpg.connect(stand.addresses.owner)
    await owner.execute(
        f"create role {user} login password '{password}' in role onceonly_sequencer"
    )
    yield f"postgresql://{user}:{password}@{stand.addresses.owner.rpartition('@')[2]}"
    await owner.execute(f"drop role {user}")
    await owner.close()


async def states(stand: Stand) -> list[tuple[str, str | None]]:
    rows = await stand.rows("select state, problem from retrieval order by asked_at, place")
    return [(row["state"], row["problem"]) for row in rows]


async def test_the_sequencers_rights_suffice_for_every_loop(stand: Stand, sequencer: str) -> None:
    gate = asyncio.Event()
    stand.stub.manner = by_name(Spaeter=LATER, Verloren=behind(gate))
    alone = {"DATABASE_URL": sequencer, "SEQUENCER_URL": None, "AUDITOR_URL": None}

    async with stand.hubs(1) as (hub,):
        await hub.ask("Gut")
        await hub.ask("Spaeter", wait=0)
        await hub.ask("Verloren", wait=0)
        await until(lambda: _some_have(stand, "deferred"))
        await stand.stub.has_heard(3)
        hub.process.kill()
    stand.stub.manner = by_name(Spaeter=says(answer(status="409 Conflict")))
    async with stand.running(
        "work", environment=stand.environment(**alone, NOW=stand.played(LONGEST))
    ):
        await until(lambda: _all_have(stand, "released", "no-result", "failed"))
        await until(lambda: _nothing_is(stand, "upshot"))
    found = await states(stand)
    heard = stand.stub.times
    async with stand.running(
        "work", environment=stand.environment(**alone, NOW=stand.played(LONGEST + HOLD_FOR))
    ) as worker:
        await until(lambda: _all_have(stand, "expired", "no-result", "failed"))
        await until(lambda: _nothing_is(stand, "evidence"))
        worker.send_signal(signal.SIGTERM)
        status = await worker.wait()

    assert found == [("released", None), ("no-result", None), ("failed", "presumed-lost")]
    assert sorted(heard.values()) == [1, 1, 2]
    assert status == 0
    assert "bug" not in stand.last_words("work")
    assert await _nothing_is(stand, "question")
    assert [row["kind"] for row in await stand.rows("select kind from task")] == [
        "clarify-identity"
    ]


async def _all_have(stand: Stand, *wanted: str) -> bool:
    return {state for state, _ in await states(stand)} <= set(wanted)


async def _some_have(stand: Stand, wanted: str) -> bool:
    return wanted in {state for state, _ in await states(stand)}


async def _nothing_is(stand: Stand, table: str) -> bool:
    return not await stand.rows(f"select 1 from {table}")  # noqa: S608 -- names of our own


async def test_a_worker_told_to_stop_leaves_no_question_unanswered(stand: Stand) -> None:
    gate, second = asyncio.Event(), asyncio.Event()

    async def later_then_slowly(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if stand.stub.times[asked["reference"]] == 1:
            await LATER(asked, writer)
        else:
            second.set()
            await behind(gate)(asked, writer)

    stand.stub.manner = later_then_slowly
    async with (
        stand.hubs(1) as (hub,),
        stand.running("work", environment=stand.environment()) as worker,
    ):
        await hub.ask(wait=0)
        async with asyncio.timeout(30):
            await second.wait()
        worker.send_signal(signal.SIGTERM)
        await until(lambda: _says(stand, '"stopping"'))
        running = worker.returncode is None
        gate.set()
        status = await worker.wait()

    assert (running, status) == (True, 0)
    assert await states(stand) == [("released", None)]


async def _says(stand: Stand, word: str) -> bool:
    return word in stand.last_words("work")
