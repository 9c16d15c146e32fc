"""Held evidence: read, repeated, received, destroyed; each on record before it happens."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from builders import BUT, NOW, AnOffice, a_call, a_caller, a_request
from onceonly.domain.errors import Gone, OutOfTurn
from onceonly.domain.retrievals import Later, Nothing, State
from onceonly.merkle.tree import leaf_hash
from onceonly.store import evidence, retrievals
from onceonly.usecases.endings import cancel
from onceonly.usecases.evidence import confirm_receipt, destroy_due, read
from onceonly.usecases.requests import ask
from onceonly.usecases.world import World

Logged = Callable[[], Awaitable[list[str]]]


def later(world: World, **by: float) -> World:
    moment: datetime = NOW + timedelta(**by)
    return replace(world, clock=lambda: moment)


async def released(world: World, *, inline: bool = False) -> UUID:
    standing = await ask(a_request(), BUT, a_caller(), world, a_call(inline=inline))
    return standing.retrievals[0].id


async def state_of(retrieval: UUID, world: World) -> tuple[State, str | None, datetime | None]:
    async with world.database.within(1) as connection:
        found = await retrievals.of_office(connection, retrieval, office="but")
    assert found is not None
    return found[0].state, found[0].problem, found[0].collected_at


async def test_the_evidence_says_whence_by_which_right_and_where_it_is_on_record(
    world: World,
) -> None:
    retrieval = await released(world)

    evidence = json.loads(await read(retrieval, a_caller(), world))

    assert evidence["content"] == {
        "state": "granted",
        "from_month": "2026-06",
        "to_month": "2027-05",
    }
    assert evidence["schema"] == "ben.sgb2/P0/2026-07"
    assert evidence["legal"]["rule"] == "R10a"
    assert evidence["validity"]["valid_to"] == "2027-05"
    assert len(evidence["log"]["leaf"]) == len(leaf_hash(bytes(32)).hex())


async def test_the_first_reading_is_on_record_and_the_next_one_is_not(
    world: World, logged: Logged
) -> None:
    retrieval = await released(world)

    first = await read(retrieval, a_caller(), world)
    second = await read(retrieval, a_caller(), later(world, minutes=14))

    assert first == second
    assert (await logged()).count("evidence:read") == 1


async def test_a_quarter_of_an_hour_after_its_first_reading_it_is_gone(world: World) -> None:
    retrieval = await released(world)
    await read(retrieval, a_caller(), world)

    with pytest.raises(Gone):
        await read(retrieval, a_caller(), later(world, minutes=15))


async def test_what_was_read_in_the_answer_may_be_repeated_too(
    world: World, logged: Logged
) -> None:
    retrieval = await released(world, inline=True)

    await read(retrieval, a_caller(), later(world, minutes=14))

    assert (await logged()).count("evidence:read") == 1
    with pytest.raises(Gone):
        await read(retrieval, a_caller(), later(world, minutes=15))


async def test_a_receipt_destroys_and_again_is_as_good_as_once(
    world: World, logged: Logged
) -> None:
    retrieval = await released(world)

    await confirm_receipt(retrieval, a_caller(), world)
    await confirm_receipt(retrieval, a_caller(), world)

    assert (await state_of(retrieval, world))[0] is State.RELEASED
    assert (await logged()).count("evidence:destroyed") == 1
    with pytest.raises(Gone):
        await read(retrieval, a_caller(), world)


async def test_what_nobody_collects_expires_after_72_hours(world: World) -> None:
    retrieval = await released(world)

    assert await destroy_due(1, later(world, hours=71, minutes=59)) == 0
    assert await destroy_due(1, later(world, hours=72, seconds=1)) == 1
    assert await state_of(retrieval, world) == (State.EXPIRED, "not-collected", None)


async def test_what_was_read_counts_as_collected_after_a_quarter_of_an_hour(world: World) -> None:
    retrieval = await released(world)
    await read(retrieval, a_caller(), world)

    await destroy_due(1, later(world, minutes=16))

    state, problem, collected_at = await state_of(retrieval, world)
    assert (state, problem) == (State.RELEASED, None)
    assert collected_at == NOW + timedelta(minutes=15)


async def test_evidence_whose_day_key_is_destroyed_cannot_be_read(world: World) -> None:
    retrieval = await released(world)
    world.keys.destroy_days("evidence", (NOW + timedelta(days=1)).date())

    with pytest.raises(Gone):
        await read(retrieval, a_caller(), world)


async def test_a_closed_case_discards_what_is_held(world: World, logged: Logged) -> None:
    retrieval = await released(world)

    cancelled = await cancel(retrieval, a_caller(), world)
    again = await cancel(retrieval, a_caller(), world)

    assert cancelled.problem == again.problem == "no-longer-needed"
    assert (await logged()).count("evidence:discarded") == 1
    with pytest.raises(Gone):
        await read(retrieval, a_caller(), world)


async def test_what_ended_otherwise_cannot_be_cancelled(world: World, jobcenter: AnOffice) -> None:
    jobcenter.answer = lambda _: Nothing("unknown")
    retrieval = await released(world)

    with pytest.raises(OutOfTurn):
        await cancel(retrieval, a_caller(), world)
    with pytest.raises(OutOfTurn):
        await read(retrieval, a_caller(), world)


async def test_a_reading_whose_evidence_goes_meanwhile_gives_nothing(
    world: World, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    retrieval = await released(world)

    async def gone_first(*_: object, **__: object) -> bool:
        monkeypatch.undo()
        await confirm_receipt(retrieval, a_caller(), world)
        return False

    monkeypatch.setattr(evidence, "record_reading", gone_first)

    with pytest.raises(Gone):
        await read(retrieval, a_caller(), world)
    assert "evidence:read" not in await logged()


async def test_what_was_cancelled_before_it_was_released_is_out_of_turn(
    world: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(None)
    retrieval = await released(world)
    await cancel(retrieval, a_caller(), world)

    with pytest.raises(OutOfTurn, match="discarded"):
        await read(retrieval, a_caller(), world)
