"""What ended is forgotten in its time: consents, their uses, refusals, closed tasks; never before."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agreeing import RENT, a_town
from builders import NOW, AnOffice, delivered
from onceonly.domain.calendar import german_day
from onceonly.domain.log import Event
from onceonly.domain.retrievals import Later, Nothing
from onceonly.security.ids import Ids
from onceonly.store import log
from onceonly.usecases import configuration
from onceonly.usecases.answering import Answered, refuse
from onceonly.usecases.consents import record
from onceonly.usecases.evidence import confirm_receipt
from onceonly.usecases.retention import destroy_due_entries
from onceonly.usecases.tasks import DONE
from onceonly.usecases.upshots import open_tasks
from onceonly.usecases.withdrawals import end_over
from onceonly.usecases.world import World
from usecases.agreed import FACHVERFAHREN, ONLINE, a_consent, a_draft, asked, often, taken_back
from usecases.clerks import asked as asked_plainly
from usecases.clerks import by_hand, todo
from vouching import Vouching

Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]
HALF_A_YEAR = datetime.fromisoformat("2027-05-25T00:00:00+02:00")
"""Midnight of the German day on which what is of NOW's day and lasts six months is due."""
FOUR_YEARS = datetime.fromisoformat("2030-11-25T00:00:00+01:00")
"""The same for what ended on NOW's day and lasts four years beyond its end."""
MOMENT = timedelta(seconds=1)


@pytest.fixture
async def town(worker: World, owner: World, jobcenter: AnOffice) -> World:
    """The hub as a worker, where the Jobcenter passes on rent contracts."""
    await configuration.apply(a_town(Vouching()), owner, actor="test")
    await worker.snapshots.renew(worker.database)
    jobcenter.answer = lambda _: delivered(RENT)
    return worker


def at(world: World, now: datetime) -> World:
    """The same hub at another time, its round of the day still to come."""
    return replace(world, clock=lambda: now, new_id=Ids(lambda: now), swept={})


async def rows(world: World, table: str) -> int:
    async with world.database.within(1) as connection:
        count: int = await connection.fetchval(f"select count(*) from {table}")  # noqa: S608 -- names of ours
    return count


async def test_a_consent_is_provable_for_four_years_beyond_its_end_and_then_gone(
    town: World, payloads: Payloads
) -> None:
    consent = await a_consent(town)
    await asked(town, consent, key="k1")
    await taken_back(town, consent)

    await destroy_due_entries(at(town, FOUR_YEARS - MOMENT))
    before = await rows(town, "consent")
    await destroy_due_entries(at(town, FOUR_YEARS))

    assert (before, await rows(town, "consent"), await rows(town, "consent_use")) == (1, 0, 0)
    told = [one for one in await payloads("payload:destroyed") if one.get("rows") == "consents"]
    assert [(one["class"], one["day"], one["after"]) for one in told] == [
        ("consent-record", "2026-11-25", "life-of:consent+P4Y")
    ]


async def test_what_it_says_sealed_goes_a_year_later_at_most_and_never_before(town: World) -> None:
    consent = await a_consent(town)
    await taken_back(town, consent)
    five_years = FOUR_YEARS.replace(year=2031)

    async def sealed() -> set[str]:
        async with town.database.within(1) as connection:
            entries = await log.all_entries(connection)
        return {one.entry.event for one in entries} & {"consent:given", "consent:withdrawn"}

    await destroy_due_entries(at(town, five_years - MOMENT))
    before = await sealed()
    await destroy_due_entries(at(town, five_years))

    assert (before, await sealed()) == ({"consent:given", "consent:withdrawn"}, set())
    assert town.keys.read_day_key("consent-record", german_day(NOW)) is None


async def test_one_that_lives_or_ended_later_stays(town: World) -> None:
    await a_consent(town, key="c1")
    await end_over(1, at(town, datetime.fromisoformat("2027-04-01T09:00:00+02:00")))
    asked_for = replace(a_draft(town, case="WG-2"), given_at=None)
    await record(asked_for, ONLINE, town, key="c2", body={})

    await destroy_due_entries(at(town, datetime.fromisoformat("2031-03-31T23:59:59+02:00")))
    before = await rows(town, "consent")
    await destroy_due_entries(at(town, datetime.fromisoformat("2031-04-01T00:00:00+02:00")))

    # What nobody has put on record as ended lives, however old it is.
    assert (before, await rows(town, "consent")) == (2, 1)


async def test_a_use_goes_half_a_year_later_once_nothing_is_counted_by_it(
    town: World, payloads: Payloads
) -> None:
    living = await a_consent(town, key="c1", **often(1, "year"))
    ended = await a_consent(town, key="c2", case="WG-2")
    for consent, case in ((living, "WG-1"), (ended, "WG-2")):
        (retrieval,) = await asked(town, consent, key=f"k-{case}", case=case)
        await confirm_receipt(retrieval.id, FACHVERFAHREN, town)
    await taken_back(town, ended)

    await destroy_due_entries(at(town, HALF_A_YEAR - MOMENT))
    before = await rows(town, "consent_use")
    await destroy_due_entries(at(town, HALF_A_YEAR))

    assert (before, await rows(town, "consent_use")) == (2, 1)
    async with town.database.within(1) as connection:
        assert await connection.fetchval("select consent from consent_use") == living
    told = await payloads("payload:destroyed")
    assert [one["class"] for one in told if one.get("rows") == "uses"] == ["agreement-79"]


async def test_a_use_that_a_question_rests_on_stays_whatever_its_age(
    town: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(None)
    consent = await a_consent(town)
    await asked(town, consent, key="k1")
    async with town.database.within(1) as connection:
        # As if the worker had stood still while time went on.
        await connection.execute(
            "update consent set state = 'expired', revision = revision + 1, ended_on = '2026-12-01'"
        )

    await destroy_due_entries(at(town, HALF_A_YEAR))

    assert await rows(town, "consent_use") == 1


async def test_a_refusal_closes_as_long_as_anything_of_its_case_is_on_record(town: World) -> None:
    for case in ("WG-1", "WG-2"):
        asked_for = replace(a_draft(town, case=case), given_at=None)
        row, _ = await record(asked_for, ONLINE, town, key=case, body={})
        said = Answered(session="session-0123456789")
        await refuse(row.consent.id, said, ONLINE, at(town, NOW + MOMENT))
    # In one of the cases a question is asked a year before the consents' records go.
    asking = at(town, FOUR_YEARS - timedelta(days=100))
    (late,) = await asked(asking, key="k1", case="WG-1")
    assert late.decision.reason == "choice-refused"

    await destroy_due_entries(at(town, FOUR_YEARS - MOMENT))
    before = await rows(town, "refusal")
    await destroy_due_entries(at(town, FOUR_YEARS))
    between = await rows(town, "refusal")
    await destroy_due_entries(at(town, FOUR_YEARS + timedelta(days=100)))

    assert (before, between, await rows(town, "refusal")) == (2, 1, 0)


async def test_a_closed_task_goes_half_a_year_later_and_an_open_one_waits(
    town: World, jobcenter: AnOffice, payloads: Payloads
) -> None:
    jobcenter.answer = lambda _: Nothing("ambiguous")
    await asked_plainly(town, "k1")
    await asked_plainly(town, "k2")
    await open_tasks(1, town)
    closed, waiting = await todo(town)
    await by_hand(closed.id, DONE, town)

    await destroy_due_entries(at(town, HALF_A_YEAR - MOMENT))
    before = await rows(town, "task")
    await destroy_due_entries(at(town, HALF_A_YEAR))

    assert (before, await rows(town, "task")) == (2, 1)
    assert [one.id for one in await todo(town)] == [waiting.id]
    told = await payloads(Event.PAYLOAD_DESTROYED)
    assert [one["class"] for one in told if one.get("rows") == "tasks"] == ["task"]
