"""Answers that come when something has changed: an old record, another law, nobody's agreement."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from builders import (
    BUT,
    GRANTED,
    NOW,
    WOHNGELD,
    AnOffice,
    a_call,
    a_caller,
    a_municipality,
    a_request,
    an_agreement,
    an_item,
    connected,
    delivered,
)
from onceonly.domain.errors import OutOfTurn
from onceonly.domain.persons import Person
from onceonly.domain.requests import Choice
from onceonly.domain.rules import Law
from onceonly.telemetry import REGISTRY
from onceonly.usecases import configuration
from onceonly.usecases.endings import end_lost
from onceonly.usecases.evidence import read
from onceonly.usecases.requests import ask, standing_of
from onceonly.usecases.world import World
from usecases.agreed import Slow

Logged = Callable[[], Awaitable[list[str]]]

GOKCE = Person("p1", "applicant", "Musteryılmaz", ("Gökçe",), "1990-03-14")
CHOICE = Choice("p1", NOW, "wahl-67f-v1", "session-0123456789")


@pytest.mark.parametrize(
    ("old", "state", "problem"),
    [
        (timedelta(hours=24), "previewing", None),
        (timedelta(hours=24, seconds=1), "failed", "refresh-required"),
    ],
)
async def test_under_choice_a_record_older_than_a_day_is_not_looked_at(
    world: World,
    jobcenter: AnOffice,
    logged: Logged,
    *,
    old: timedelta,
    state: str,
    problem: str | None,
) -> None:
    answer = replace(delivered({"role": "recipient", "state": "ended"}), as_of=NOW - old)
    jobcenter.answer = lambda _: answer
    item = an_item(profile="WOG", fact="wogg-7-ausschluss", choices=(CHOICE,))
    request = a_request(item, procedure="wohngeld.mietzuschuss", channel="online", persons=(GOKCE,))

    asked = await ask(request, WOHNGELD, a_caller("wohngeld-online"), world, a_call())

    (retrieval,) = asked.retrievals
    assert (retrieval.state, retrieval.problem) == (state, problem)
    async with world.database.within(1) as connection:
        held = await connection.fetchval("select count(*) from evidence")
    assert held == (0 if problem else 1)
    assert ("answer:received" in await logged()) is (problem is None)


@pytest.mark.parametrize(
    ("meanwhile", "state", "problem"),
    [
        (timedelta(0), "released", None),
        (timedelta(seconds=1), "discarded", "no-longer-permitted"),
    ],
)
async def test_what_no_rule_carries_any_more_on_the_day_of_the_answer_is_discarded_unread(
    world: World,
    law: Law,
    logged: Logged,
    *,
    meanwhile: timedelta,
    state: str,
    problem: str | None,
) -> None:
    last_day, now = date(2026, 11, 25), [datetime.fromisoformat("2026-11-25T23:59:59+01:00")]
    lapsing = replace(law, rules=tuple(replace(one, in_force_to=last_day) for one in law.rules))
    office = Slow(content=GRANTED)
    world = replace(world, law=lapsing, clock=lambda: now[0], connect=connected(office))
    asked = await ask(a_request(), BUT, a_caller(), world, a_call(patience=timedelta(seconds=0)))
    await office.heard.wait()

    now[0] += meanwhile
    office.let.set()
    await world.errands.finish()

    (retrieval,) = (
        await standing_of(asked.request.id, BUT, a_caller(), world, patience=timedelta(seconds=0))
    ).retrievals
    assert (retrieval.state, retrieval.problem) == (state, problem)
    assert ("answer:received" in await logged()) is (problem is None)


async def test_what_an_agreement_no_longer_carries_when_the_answer_comes_is_discarded_unread(
    world: World, owner: World, logged: Logged
) -> None:
    office = Slow()
    world = replace(world, connect=connected(office))
    asked = await ask(a_request(), BUT, a_caller(), world, a_call(patience=timedelta(seconds=0)))
    await office.heard.wait()

    ended = an_agreement(valid_to=(NOW - timedelta(days=1)).date())
    await configuration.apply(a_municipality(agreements=[ended]), owner, actor="test")
    office.let.set()
    await world.errands.finish()

    (retrieval,) = (
        await standing_of(asked.request.id, BUT, a_caller(), world, patience=timedelta(seconds=0))
    ).retrievals
    assert (retrieval.state, retrieval.problem) == ("discarded", "no-longer-permitted")
    assert "answer:received" not in await logged()
    with pytest.raises(OutOfTurn):
        await read(retrieval.id, a_caller(), world)


def counted() -> float:
    """How many fields beyond the question have been counted so far."""
    of = {"provider": "jobcenter", "evidence_type": "ben.sgb2"}
    return REGISTRY.get_sample_value("onceonly_provider_excess_fields_total", of) or 0.0


@pytest.mark.parametrize(
    ("meanwhile", "more"), [("nothing", 1.0), ("another file", 1.0), ("too late", 0.0)]
)
async def test_what_was_sent_beyond_the_question_is_counted_once_it_is_on_record(
    world: World, owner: World, logged: Logged, meanwhile: str, more: float
) -> None:
    office = Slow(content={**GRANTED, "total_ct": 1})
    world = replace(world, connect=connected(office))
    before = counted()
    await ask(a_request(), BUT, a_caller(), world, a_call(patience=timedelta(seconds=0)))
    await office.heard.wait()

    if meanwhile == "another file":
        other = replace(a_municipality(), name="Landkreis Musterkreis, neu")
        await configuration.apply(other, owner, actor="test")
    elif meanwhile == "too late":
        assert await end_lost(1, replace(world, clock=lambda: NOW + timedelta(minutes=2))) == 1
    office.let.set()
    await world.errands.finish()

    assert counted() - before == more
    assert (await logged()).count("provider:exceeded") == more
