"""Ended retrievals and requests go with the last that is on record of them; never before."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg
import pytest

from agreeing import RENT, a_town
from builders import BUT, NOW, AnOffice, a_call, a_caller, a_request, an_item, delivered
from onceonly.domain.calendar import german_day
from onceonly.domain.errors import NotFound
from onceonly.domain.retrievals import Later, State
from onceonly.usecases import configuration
from onceonly.usecases.evidence import confirm_receipt, read
from onceonly.usecases.later import ask_deferred
from onceonly.usecases.requests import ask, standing_of
from onceonly.usecases.retention import destroy_due_entries
from onceonly.usecases.world import World
from usecases.agreed import FACHVERFAHREN, a_consent
from usecases.agreed import asked as asked_under
from usecases.clerks import asked, stands
from usecases.test_forgetting import HALF_A_YEAR, MOMENT, at, rows
from vouching import Vouching

Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]
DAY = timedelta(days=1)
CASE = "BuT-77-leaves-nothing"


def keeping(world: World, **settings: str) -> World:
    """The same hub, some of whose classes are kept for another time."""
    classes: Mapping[str, str] = {code.replace("_", "-"): one for code, one in settings.items()}
    kept = {
        code: replace(one, setting=classes.get(code, one.setting))
        for code, one in world.law.retention.items()
    }
    return replace(world, law=replace(world.law, retention=kept))


async def left(world: World) -> tuple[int, int]:
    return await rows(world, "evidence_request"), await rows(world, "retrieval")


async def mentions(owning: asyncpg.Connection, said: str) -> set[str]:
    """Tables a row of which says this, whoever's it is."""
    tables = await owning.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p') and not relispartition"
    )
    await owning.execute("set onceonly.municipality = '1'")
    found: set[str] = set()
    for (table,) in tables:
        counted = await owning.fetchval(
            f"select count(*) from {table} as one where one::text like '%' || $1 || '%'",  # noqa: S608 -- names of ours
            said,
        )
        if counted:
            found.add(table)
    return found


async def test_nothing_of_an_exchange_is_left_when_its_record_is_due(
    worker: World, owning: asyncpg.Connection, payloads: Payloads
) -> None:
    whole = replace(a_request(), case_reference=CASE)
    (one,) = (await ask(whole, BUT, a_caller(), worker, a_call("k1"))).retrievals
    await confirm_receipt(one.id, a_caller(), worker)
    await owning.execute("set onceonly.municipality = '1'")
    subject = (await owning.fetchval("select subject from retrieval")).hex()

    await destroy_due_entries(at(worker, HALF_A_YEAR - MOMENT))
    before = await left(worker), await mentions(owning, CASE), await mentions(owning, subject)
    await destroy_due_entries(at(worker, HALF_A_YEAR))

    assert before == ((1, 1), {"evidence_request"}, {"retrieval"})
    assert await left(worker) == (0, 0)
    assert await mentions(owning, CASE) | await mentions(owning, subject) == set()
    assert await mentions(owning, str(one.request)) == set()
    with pytest.raises(NotFound):
        await standing_of(one.request, BUT, a_caller(), worker, patience=timedelta(0))
    told = [one for one in await payloads("payload:destroyed") if one.get("rows")]
    assert [(one["rows"], one["class"], one["day"], one["after"]) for one in told] == [
        ("retrievals", "agreement-79", "2026-11-25", "P6M"),
        ("requests", None, "2026-11-25", None),
    ]


async def test_it_stays_as_long_as_anything_of_it_is_on_record(worker: World) -> None:
    one = await asked(worker)
    two_days_on = at(worker, NOW + 2 * DAY)
    await read(one.id, a_caller(), two_days_on)
    await confirm_receipt(one.id, a_caller(), two_days_on)

    await destroy_due_entries(at(worker, HALF_A_YEAR + 2 * DAY - MOMENT))
    before = await left(worker)
    await destroy_due_entries(at(worker, HALF_A_YEAR + 2 * DAY))

    assert (before, await left(worker)) == ((1, 1), (0, 0))


async def test_what_has_not_ended_stays_whatever_its_age(
    worker: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(None)
    await asked(worker)
    # As if nobody had asked again while time went on.
    await destroy_due_entries(at(worker, HALF_A_YEAR + DAY))
    before = await left(worker)
    late = at(worker, HALF_A_YEAR + 2 * DAY)
    await ask_deferred(1, late)
    await destroy_due_entries(late)
    between = await left(worker)
    await destroy_due_entries(at(worker, HALF_A_YEAR + timedelta(days=190)))

    assert (before, between, await left(worker)) == ((1, 1), (1, 1), (0, 0))


async def test_each_goes_by_its_own_class_and_the_request_with_the_last(worker: World) -> None:
    world = keeping(worker, agreement_79="P1M")
    whole = a_request(an_item("i1"), an_item("i2", evidence_type="jug.hilfe"))
    standing = await ask(whole, BUT, a_caller(), world, a_call("k1"))
    first, second = standing.retrievals
    assert (first.state, second.state) == (State.RELEASED, State.REFUSED)
    await confirm_receipt(first.id, a_caller(), world)

    await destroy_due_entries(at(world, NOW + timedelta(days=60)))
    stand = await standing_of(first.request, BUT, a_caller(), world, patience=timedelta(0))

    assert [one.id for one in stand.retrievals] == [second.id]
    await destroy_due_entries(at(world, HALF_A_YEAR))
    assert await left(world) == (0, 0)


async def test_a_key_is_remembered_for_a_day_however_short_the_record(worker: World) -> None:
    world = keeping(worker, agreement_79="P0D")
    before_midnight = at(world, datetime.fromisoformat("2026-11-25T23:50:00+01:00"))
    one = await asked(before_midnight, "k1")
    await confirm_receipt(one.id, a_caller(), before_midnight)

    next_morning = at(world, datetime.fromisoformat("2026-11-26T00:10:00+01:00"))
    assert await destroy_due_entries(next_morning) > 0
    again = await asked(next_morning, "k1")
    assert (again.id, again.state) == (one.id, State.RELEASED)
    await destroy_due_entries(at(world, datetime.fromisoformat("2026-11-27T00:10:00+01:00")))

    assert await left(world) == (0, 0)


async def test_a_use_still_counts_when_what_it_was_made_for_is_gone(
    worker: World, owner: World, jobcenter: AnOffice
) -> None:
    await configuration.apply(a_town(Vouching()), owner, actor="test")
    await worker.snapshots.renew(worker.database)
    jobcenter.answer = lambda _: delivered(RENT)
    consent = await a_consent(worker, expires_on=german_day(NOW + 300 * DAY))
    (one,) = await asked_under(worker, consent, key="k1")
    await confirm_receipt(one.id, FACHVERFAHREN, worker)

    later = at(worker, HALF_A_YEAR)
    await destroy_due_entries(later)
    gone, used = await left(worker), await rows(worker, "consent_use")
    (again,) = await asked_under(later, consent, key="k2")

    assert (gone, used) == ((0, 0), 1)
    assert again.decision.reason == "consent-used"


async def test_evidence_that_waits_keeps_its_retrieval(worker: World) -> None:
    world = keeping(worker, agreement_79="P0D")
    one = await asked(world, "k1")

    await destroy_due_entries(at(world, NOW + 2 * DAY))

    assert (await stands(one, world)).state is State.RELEASED
