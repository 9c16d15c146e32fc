"""Protected persons: whoever asks about them hears what they would hear of somebody unknown."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from typing_extensions import override

from builders import (
    BUT,
    ERIKA,
    JOBCENTER,
    NOW,
    WOHNGELD,
    AnOffice,
    a_call,
    a_caller,
    a_municipality,
    a_request,
    an_item,
    connected,
    delivered,
)
from conftest import make_world
from onceonly.domain.errors import OutOfTurn
from onceonly.domain.offices import Office
from onceonly.domain.persons import Person
from onceonly.domain.requests import Choice
from onceonly.domain.retrievals import Answer, Later, Nothing, Order, Retrieval
from onceonly.store import log
from onceonly.store import tasks as stored
from onceonly.usecases import configuration
from onceonly.usecases.endings import cancel
from onceonly.usecases.later import ask_deferred
from onceonly.usecases.previews import decide_use, look
from onceonly.usecases.protection import Wish, forget_ended, protect
from onceonly.usecases.requests import ask, standing_of
from onceonly.usecases.tasks import answer
from onceonly.usecases.upshots import open_tasks
from onceonly.usecases.use_decisions import UseDecision
from onceonly.usecases.world import World

Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]

SHELTER = Wish(ERIKA, ("bmg-51",), None)
PORTAL = "wohngeld-online"


def later(world: World, **by: float) -> World:
    moment = NOW + timedelta(**by)
    return replace(world, clock=lambda: moment)


async def protected(
    world: World, wish: Wish = SHELTER, office: Office = WOHNGELD, *, followed: bool = True
) -> None:
    """Protected by an office; `followed`: this process has looked since."""
    await protect(wish, office, a_caller(f"{office.code}-fachverfahren"), world)
    if followed:
        await world.snapshots.renew(world.database)


async def asked(world: World, key: str = "k1", person: Person = ERIKA) -> Retrieval:
    standing = await ask(a_request(persons=(person,)), BUT, a_caller(), world, a_call(key))
    return standing.retrievals[0]


async def stands(retrieval: Retrieval, world: World) -> Retrieval:
    found = await standing_of(retrieval.request, BUT, a_caller(), world, patience=timedelta(0))
    return found.retrievals[0]


async def rows(world: World) -> dict[str, list[int]]:
    """The lengths of what is sealed, by table: as many as there are rows."""
    async with world.database.within(1) as connection:
        return {
            table: [row["size"] for row in await connection.fetch(statement)]
            for table, statement in {
                table: f"select length(sealed) as size from {table} order by 1"  # noqa: S608 -- names of our own
                for table in ("log_entry", "upshot", "evidence", "question")
            }.items()
        }


async def test_the_provider_is_asked_about_a_protected_person_and_its_answer_dropped(
    world: World, jobcenter: AnOffice, payloads: Payloads
) -> None:
    before = await asked(world, "k1")
    await protected(world)
    after = await asked(world, "k2")

    assert (before.state, after.state) == ("released", "no-result")
    assert after.decision == before.decision
    assert len(jobcenter.asked) == 2
    (none,) = await payloads("answer:none")
    assert str(none["why"]).strip() == "protected"


async def test_unknown_ambiguous_flagged_and_protected_leave_the_same_rows_of_equal_length(
    world: World, jobcenter: AnOffice
) -> None:
    await protected(world, replace(SHELTER, person=replace(ERIKA, given_names=("Erica",))))
    answers: list[tuple[Person, Answer]] = [
        (ERIKA, Nothing("unknown")),
        (ERIKA, Nothing("ambiguous")),
        (ERIKA, Nothing("protected")),
        (ERIKA, Nothing("entrusted")),
        (replace(ERIKA, given_names=("Erica",)), delivered()),
    ]
    left = []
    for number, (person, given) in enumerate(answers):
        jobcenter.answer = lambda _, given=given: given  # type: ignore[misc]
        before = await rows(world)
        retrieval = await asked(world, f"k{number}", person)
        after = await rows(world)
        for table, sizes in before.items():
            for size in sizes:
                after[table].remove(size)
        left.append((retrieval.state.value, retrieval.problem, after))

    assert left == [left[0]] * len(answers)
    assert left[0][0] == "no-result"
    assert [len(sizes) for sizes in left[0][2].values()] == [2, 1, 0, 0]


async def test_what_would_fail_for_anybody_fails_and_what_is_unreadable_of_the_protected_is_none(
    world: World, jobcenter: AnOffice
) -> None:
    await protected(world)
    jobcenter.answer = lambda _: delivered({"state": 7})

    assert (await asked(world)).state == "no-result"


class Meanwhile(AnOffice):
    """Answers after something has happened."""

    def __init__(self, happens: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.happens = happens

    @override
    async def fetch(self, order: Order) -> Answer:
        await self.happens()
        return await super().fetch(order)


async def test_a_protection_entered_between_question_and_answer_counts(world: World) -> None:
    office = Meanwhile(lambda: protected(world, followed=False))

    retrieval = await asked(replace(world, connect=connected(office)))

    assert retrieval.state == "no-result"
    assert len(office.asked) == 1


async def test_a_protection_entered_at_one_process_counts_at_once_at_every_other(
    world: World,
) -> None:
    other = make_world(world.database, world.law, world.keys, AnOffice())
    await other.snapshots.renew(other.database)

    await protected(world, followed=False)

    assert (await asked(other)).state == "no-result"


async def test_lifting_and_time_end_a_protection_and_only_the_offices_own(world: World) -> None:
    await protected(world)
    await protected(world, office=JOBCENTER)

    await protected(world, replace(SHELTER, kinds=()))
    assert (await asked(world, "k1")).state == "no-result"
    await protected(world, replace(SHELTER, kinds=()), JOBCENTER)
    assert (await asked(world, "k2")).state == "released"

    await protected(world, replace(SHELTER, until=date(2026, 11, 25)))
    assert (await asked(world, "k3")).state == "no-result"
    assert (await asked(later(world, days=1), "k4")).state == "released"


async def test_writing_tells_nothing_and_the_log_does_not_become_the_list(
    world: World, payloads: Payloads
) -> None:
    for wish in (SHELTER, SHELTER, replace(SHELTER, kinds=()), replace(SHELTER, kinds=())):
        await protected(world, wish, followed=False)

    async with world.database.within(1) as connection:
        kept = await connection.fetch("select marks::text, until from protection")
        entries = await log.all_entries(connection)
    changed = await payloads("protection:changed")
    assert len(kept) == 1
    assert (
        len({len(one.entry.sealed) for one in entries if one.entry.event == "protection:changed"})
        == 1
    )
    assert len(changed) == 4
    assert "Mustermann" not in str(changed)
    assert "1964" not in str(changed)


async def test_what_ended_is_forgotten_once_every_process_has_seen_it(world: World) -> None:
    async def kept() -> int:
        async with world.database.within(1) as connection:
            return int(await connection.fetchval("select count(*) from protection"))

    await protected(world)
    await protected(world, replace(SHELTER, kinds=()))
    await forget_ended(1, later(world, days=2))
    assert await kept() == 1

    await forget_ended(1, later(world, days=3))
    assert await kept() == 0


async def test_every_protecting_office_is_told_once_a_day_and_nobody_else_and_nothing(
    world: World, jobcenter: AnOffice
) -> None:
    async def todo(office: str) -> list[tuple[object, ...]]:
        async with world.database.within(1) as connection:
            found = await stored.open_of_office(connection, office, before=None, most=10)
        return [(one.kind, one.reference, one.evidence_type, one.consumer) for one in found]

    await protected(world)
    await protected(world, office=BUT)
    await asked(world, "k1")
    jobcenter.answer = lambda _: Nothing("unknown")
    await asked(world, "k2")
    await open_tasks(1, world)

    for office in ("wohngeld", "but"):
        assert await todo(office) == [("check-protection", None, None, None)]
    assert await todo("jobcenter") == []
    await asked(world, "k3")
    await open_tasks(1, later(world, days=1))
    assert len(await todo("wohngeld")) == 2


async def test_an_answer_by_hand_about_somebody_protected_is_dropped(
    world: World, owner: World
) -> None:
    await configuration.apply(a_municipality(agreements=[]), owner, actor="test")
    await world.snapshots.renew(world.database)
    retrieval = await asked(world)
    await protected(world, followed=False)

    await answer(retrieval.id, delivered(), JOBCENTER, a_caller("jobcenter-fachverfahren"), world)

    assert (await stands(retrieval, world)).state == "no-result"


async def test_a_postponed_answer_about_somebody_protected_stays_postponed_and_is_dropped(
    world: World, jobcenter: AnOffice
) -> None:
    await protected(world)
    jobcenter.answer = lambda _: Later(None)
    retrieval = await asked(world)
    jobcenter.answer = lambda _: delivered()

    assert retrieval.state == "deferred"
    await ask_deferred(1, later(world, minutes=1))
    await world.errands.finish()

    assert (await stands(retrieval, world)).state == "no-result"


@pytest.mark.parametrize(
    ("ending", "provider_told"),
    [("cancelled", []), ("not permitted", ["delivery-discarded"]), ("unanswered", [])],
)
async def test_whoever_protects_them_hears_of_a_postponed_question_however_it_ends(
    world: World,
    owner: World,
    jobcenter: AnOffice,
    ending: str,
    provider_told: list[str],
) -> None:
    jobcenter.answer = lambda _: Later(None)
    retrieval = await asked(world)
    await protected(world)
    assert (retrieval.state, await open_tasks(1, world)) == ("deferred", 0)

    await _ended(retrieval, ending, world, owner)
    await open_tasks(1, later(world, hours=73))

    assert (await stands(retrieval, world)).state in ("discarded", "expired")
    assert await kinds(world, "wohngeld") == ["check-protection"]
    assert await kinds(world, "jobcenter") == provider_told
    assert len(jobcenter.asked) == 1


async def _ended(retrieval: Retrieval, how: str, world: World, owner: World) -> None:
    if how == "cancelled":
        await cancel(retrieval.id, a_caller(), world)
        return
    if how == "not permitted":
        await configuration.apply(a_municipality(agreements=[]), owner, actor="test")
        await world.snapshots.renew(world.database)
    by = timedelta(hours=73) if how == "unanswered" else timedelta(minutes=1)
    await ask_deferred(1, replace(world, clock=lambda: NOW + by))


async def kinds(world: World, office: str) -> list[str]:
    async with world.database.within(1) as connection:
        found = await stored.open_of_office(connection, office, before=None, most=10)
    return [one.kind for one in found]


@pytest.mark.parametrize("ending", ["cancelled", "unanswered"])
async def test_how_a_postponed_question_ends_leaves_the_same_rows_about_anybody(
    world: World, owner: World, jobcenter: AnOffice, ending: str
) -> None:
    jobcenter.answer = lambda _: Later(None)

    async def left(key: str) -> dict[str, list[int]]:
        before = await rows(world)
        await _ended(await asked(world, key), ending, world, owner)
        await open_tasks(1, later(world, hours=73))
        after = await rows(world)
        return {table: sorted(_more(after[table], before[table])) for table in after}

    unknown = await left("k1")
    await protected(world)
    assert unknown["log_entry"]
    assert await left("k2") == unknown


def _more(after: list[int], before: list[int]) -> list[int]:
    """What came to a list of lengths."""
    left = list(after)
    for one in before:
        left.remove(one)
    return left


@pytest.mark.parametrize("act", ["look", "use"])
async def test_whoever_is_protected_since_is_neither_shown_nor_released(
    world: World, jobcenter: AnOffice, act: str
) -> None:
    jobcenter.answer = lambda _: delivered({"role": "recipient", "state": "ended"})
    item = an_item(
        evidence_type="ben.sgb2",
        profile="WOG",
        fact="wogg-7-ausschluss",
        choices=(Choice("p1", NOW, "wahl-67f-v1", "session-0123456789"),),
    )
    request = a_request(item, procedure="wohngeld.mietzuschuss", channel="online", caseworker=None)
    portal = a_caller(PORTAL)
    standing = await ask(request, WOHNGELD, portal, world, a_call())
    (retrieval,) = standing.retrievals
    assert retrieval.state == "previewing"
    await protected(world, followed=False)

    if act == "look":
        with pytest.raises(OutOfTurn) as refused:
            await look(retrieval.id, "p1", portal, world)
        assert refused.value.state == "discarded"
    else:
        used = await decide_use(
            retrieval.id, UseDecision("use", "p1", NOW, "session-0123456789"), portal, world
        )
        assert (used.state, used.problem) == ("discarded", "no-longer-permitted")
    async with world.database.within(1) as connection:
        assert await connection.fetchval("select count(*) from evidence") == 0


async def test_answers_go_on_while_an_office_enters_many(world: World) -> None:
    people = [replace(ERIKA, given_names=(f"Erika{'abcdefgh'[n]}",)) for n in range(8)]

    told = await asyncio.gather(
        *[protected(world, replace(SHELTER, person=one), followed=False) for one in people],
        *[asked(world, f"k{number}") for number in range(8)],
    )

    assert {one.state.value for one in told if one is not None} == {"released"}
    assert [(await asked(world, f"p{n}", one)).state for n, one in enumerate(people)] == [
        "no-result"
    ] * 8
