"""Taken back: the very next decision, what is under way, and what nobody has read yet."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from agreeing import RENT, a_town
from builders import NOW, AnOffice, a_caller, connected, delivered
from conftest import Repeated
from onceonly.domain.errors import Gone, OutOfTurn
from onceonly.domain.retrievals import Later, Nothing
from onceonly.usecases import configuration
from onceonly.usecases.evidence import read
from onceonly.usecases.later import ask_deferred
from onceonly.usecases.protection import Wish, protect
from onceonly.usecases.upshots import open_tasks
from onceonly.usecases.withdrawals import end_over
from onceonly.usecases.world import World
from usecases.agreed import (
    FACHVERFAHREN,
    GOKCE,
    Slow,
    a_consent,
    asked,
    often,
    stands,
    taken_back,
)
from usecases.clerks import todo
from usecases.drilling import drill
from vouching import Vouching

Logged = Callable[[], Awaitable[list[str]]]
Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]


@pytest.fixture
async def town(world: World, owner: World, jobcenter: AnOffice) -> World:
    """Musterkreis, where the Jobcenter passes on rent contracts by agreement."""
    await configuration.apply(a_town(Vouching()), owner, actor="test")
    await world.snapshots.renew(world.database)
    jobcenter.answer = lambda _: delivered(RENT)
    return world


def later(world: World, **by: float) -> World:
    moment = NOW + timedelta(**by)
    return replace(world, clock=lambda: moment)


async def test_an_answer_after_the_withdrawal_is_discarded_unread_and_the_office_is_told(
    town: World, logged: Logged, payloads: Payloads
) -> None:
    office = Slow()
    town = replace(town, connect=connected(office))
    consent = await a_consent(town)
    (retrieval,) = await asked(town, consent, key="k1", patience_s=0)
    await office.heard.wait()

    withdrawn = await taken_back(town, consent)
    office.let.set()
    await town.errands.finish()

    ended = await stands(retrieval, town)
    assert withdrawn == "withdrawn"
    assert (ended.state, ended.problem) == ("discarded", "withdrawn-before-delivery")
    assert "answer:received" not in await logged()
    with pytest.raises((Gone, OutOfTurn)):
        await read(retrieval.id, FACHVERFAHREN, town)
    await open_tasks(1, town)
    (opened,) = await payloads("task:opened")
    assert "delivery-discarded" in str(opened["tasks"])


async def test_what_was_read_before_is_not_read_again(town: World, logged: Logged) -> None:
    consent = await a_consent(town)
    (retrieval,) = await asked(town, consent, key="k1")
    await read(retrieval.id, FACHVERFAHREN, town)

    await taken_back(town, consent)

    with pytest.raises(Gone):
        await read(retrieval.id, FACHVERFAHREN, town)
    assert (await stands(retrieval, town)).state == "released"
    events = await logged()
    assert (events.count("evidence:read"), events.count("evidence:destroyed")) == (1, 1)
    assert "evidence:discarded" not in events


async def test_a_deferred_question_is_forgotten_and_never_asked_again(
    town: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(None)
    consent = await a_consent(town)
    (retrieval,) = await asked(town, consent, key="k1")
    assert retrieval.state == "deferred"

    await taken_back(town, consent)
    await ask_deferred(1, later(town, hours=1))

    ended = await stands(retrieval, town)
    assert (ended.state, ended.problem) == ("discarded", "withdrawn-before-delivery")
    assert len(jobcenter.asked) == 1
    async with town.database.within(1) as connection:
        assert await connection.fetchval("select count(*) from question") == 0


async def test_a_postponed_answer_that_comes_after_the_withdrawal_is_discarded_unread(
    town: World, jobcenter: AnOffice, logged: Logged
) -> None:
    jobcenter.answer = lambda _: Later(None)
    consent = await a_consent(town)
    (retrieval,) = await asked(town, consent, key="k1")
    office = Slow()
    again = replace(later(town, minutes=5), connect=connected(office))
    assert await ask_deferred(1, again) == 1
    await office.heard.wait()

    await taken_back(town, consent)
    office.let.set()
    await town.errands.finish()

    ended = await stands(retrieval, town)
    assert (retrieval.state, ended.state) == ("deferred", "discarded")
    assert ended.problem == "withdrawn-before-delivery"
    assert not {"answer:received", "evidence:released"} & set(await logged())
    async with town.database.within(1) as connection:
        assert await connection.fetchval("select count(*) from evidence") == 0
        assert await connection.fetchval("select count(*) from question") == 0


async def test_who_protects_her_hears_of_a_question_though_its_consent_was_taken_back(
    town: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(None)
    shelter = town.snapshots.of(1).configuration.offices["but"]
    wish = Wish(replace(GOKCE, ref="", role=""), ("bmg-51",), None)
    await protect(wish, shelter, a_caller("but-fachverfahren"), town)
    await town.snapshots.renew(town.database)
    consent = await a_consent(town)
    await asked(town, consent, key="k1")
    assert await open_tasks(1, town) == 0

    await taken_back(town, consent)
    await open_tasks(1, town)

    told = {
        office: [one.kind for one in await todo(town, office)] for office in ("but", "jobcenter")
    }
    assert told == {"but": ["check-protection"], "jobcenter": ["delivery-discarded"]}


async def test_a_question_answered_by_hand_ends_with_its_task(town: World, owner: World) -> None:
    alone = replace(a_town(Vouching()), retrieval_agreements=())
    await configuration.apply(alone, owner, actor="test")
    await town.snapshots.renew(town.database)
    consent = await a_consent(town)
    (retrieval,) = await asked(town, consent, key="k1")
    assert (retrieval.state, retrieval.decision.reason) == ("manual", "no-agreement")

    await taken_back(town, consent)

    ended = await stands(retrieval, town)
    assert (ended.state, ended.problem) == ("discarded", "withdrawn-before-delivery")


async def test_of_sixty_four_at_once_one_uses_a_consent_and_all_are_on_record(
    town: World, jobcenter: AnOffice, logged: Logged
) -> None:
    consent = await a_consent(town)

    came = await asyncio.gather(*[asked(town, consent, key=f"k{n}") for n in range(64)])

    states = sorted(one.state for (one,) in came)
    reasons = {one.decision.reason for (one,) in came if one.state != "released"}
    assert states == ["consent-required"] * 63 + ["released"]
    assert reasons == {"consent-used"}
    assert len(jobcenter.asked) == 1
    assert (await logged()).count("question:refused") == 63


@pytest.mark.parametrize("answer", [Nothing("unknown"), delivered(None), Later(None)])
async def test_a_consent_is_free_again_when_nothing_was_delivered(
    town: World, jobcenter: AnOffice, answer: object
) -> None:
    jobcenter.answer = lambda _: answer  # type: ignore[assignment, return-value]
    if answer == delivered(None):
        jobcenter.answer = lambda _: replace(delivered(), content=None)
    consent = await a_consent(town)
    (first,) = await asked(town, consent, key="k1")
    jobcenter.answer = lambda _: delivered(RENT)

    (second,) = await asked(town, consent, key="k2")

    held = first.state == "deferred"
    assert second.state == ("consent-required" if held else "released")


async def test_a_request_uses_a_consent_once_for_the_same_thing(town: World) -> None:
    consent = await a_consent(town)

    first, second = await asked(town, consent, key="k1", items=2)

    assert (first.state, second.state) == ("released", "consent-required")
    assert second.decision.reason == "consent-used"


async def test_a_repeated_consent_is_used_as_often_as_its_period_allows(town: World) -> None:
    consent = await a_consent(town, **often(2, "month"))

    now = [(await asked(town, consent, key=f"k{n}"))[0].state for n in range(3)]
    december = later(town, days=7)
    then = [(await asked(december, consent, key=f"d{n}"))[0].state for n in range(3)]

    assert now == ["released", "released", "consent-required"]
    assert then == ["released", "released", "consent-required"]


async def test_what_ran_out_is_put_on_record_and_permits_nothing_before(
    town: World, logged: Logged
) -> None:
    consent = await a_consent(town, expires_on=NOW.date())
    tomorrow = later(town, days=1)

    (retrieval,) = await asked(tomorrow, consent, key="k1")
    ended = await end_over(1, tomorrow)

    assert retrieval.decision.reason == "consent-expired"
    assert ended == 1
    assert await end_over(1, tomorrow) == 0
    assert "consent:expired" in await logged()


async def test_a_consent_to_words_nobody_read_never_counted(town: World, logged: Logged) -> None:
    consent = await a_consent(town, notice_hash="00" * 32)

    (retrieval,) = await asked(town, consent, key="k1")
    await end_over(1, town)

    assert (retrieval.state, retrieval.decision.reason) == ("consent-required", "consent-missing")
    assert "consent:invalidated" in await logged()


async def test_no_moment_of_a_withdrawal_lets_evidence_through(
    town: World, repeated: Repeated
) -> None:
    rounds = repeated("withdrawals at random moments", 200)

    seen = await drill(town, rounds)

    assert seen.leaks == 0
    assert seen.rounds == rounds
    # A drill that always ends the same way proves nothing.
    assert min(seen.discarded_before, seen.discarded_after) > 0
