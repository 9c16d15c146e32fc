"""The person looks first: nothing reaches the Fachverfahren before they say use."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from builders import (
    NOW,
    WOHNGELD,
    AnOffice,
    a_call,
    a_caller,
    a_municipality,
    a_request,
    an_item,
    delivered,
)
from onceonly.domain.acts import CHOICE_HOLDS
from onceonly.domain.errors import NotFound, NotYoursToGive, OutOfTurn
from onceonly.domain.offices import Configuration
from onceonly.domain.persons import Person, Relationship
from onceonly.domain.requests import Choice, EvidenceRequest
from onceonly.domain.retrievals import Answer, Order, Retrieval
from onceonly.usecases import configuration
from onceonly.usecases.evidence import destroy_due, read
from onceonly.usecases.previews import decide_use, look
from onceonly.usecases.requests import ask
from onceonly.usecases.use_decisions import UseDecision
from onceonly.usecases.world import World

Logged = Callable[[], Awaitable[list[str]]]

PORTAL = "wohngeld-online"
GOKCE = Person("p1", "applicant", "Musteryılmaz", ("Gökçe",), "1990-03-14")
DAVOR = Person("p2", "partner", "Musterkovač", ("Davor",), "1988-01-02")
BY_GOKCE = Choice("p1", NOW, "wahl-67f-v1", "session-0123456789")


@pytest.fixture
async def previewed(world: World, jobcenter: AnOffice) -> Retrieval:
    """A retrieval by choice, waiting for the person."""
    jobcenter.answer = lambda _: delivered({"role": "recipient", "state": "ended"})
    standing = await ask(asking(BY_GOKCE), WOHNGELD, a_caller(PORTAL), world, a_call())
    return standing.retrievals[0]


def asking(choice: Choice) -> EvidenceRequest:
    item = an_item(
        evidence_type="ben.sgb2", profile="WOG", fact="wogg-7-ausschluss", choices=(choice,)
    )
    return a_request(
        item,
        procedure="wohngeld.mietzuschuss",
        channel="online",
        caseworker=None,
        persons=(GOKCE, DAVOR),
    )


def saying(word: str, by: str = "p1") -> UseDecision:
    return UseDecision(word, by, NOW, "session-0123456789")


def later(world: World, **by: float) -> World:
    moment = NOW + timedelta(**by)
    return replace(world, clock=lambda: moment)


@pytest.mark.parametrize(
    ("left", "state"), [(timedelta(seconds=1), "discarded"), (timedelta(seconds=9), "previewing")]
)
async def test_a_choice_must_still_hold_when_the_answer_comes(
    world: World, jobcenter: AnOffice, left: timedelta, state: str
) -> None:
    clock = [NOW]

    def slowly(_: Order) -> Answer:
        clock[0] += timedelta(seconds=2)
        return delivered({"role": "recipient", "state": "ended"})

    jobcenter.answer = slowly
    request = asking(replace(BY_GOKCE, made_at=NOW - CHOICE_HOLDS + left))
    slow = replace(world, clock=lambda: clock[0])

    standing = await ask(request, WOHNGELD, a_caller(PORTAL), slow, a_call())

    assert standing.retrievals[0].state.value == state


async def test_a_choice_is_previewed_and_nobody_collects_it_yet(
    world: World, previewed: Retrieval
) -> None:
    assert previewed.state.value == "previewing"
    with pytest.raises(OutOfTurn):
        await read(previewed.id, a_caller("wohngeld-fachverfahren"), world)


async def test_each_look_shows_what_would_be_released_and_is_on_record(
    world: World, previewed: Retrieval, logged: Logged
) -> None:
    first = json.loads(await look(previewed.id, "p1", a_caller(PORTAL), world))
    await look(previewed.id, "p1", a_caller(PORTAL), world)

    assert first["content"] == {"role": "recipient", "state": "ended"}
    assert (await logged()).count("preview:shown") == 2


@pytest.mark.parametrize("stranger", ["p2", "p9"])
async def test_nobody_else_looks_or_decides(
    world: World, previewed: Retrieval, stranger: str, logged: Logged
) -> None:
    with pytest.raises(NotYoursToGive):
        await look(previewed.id, stranger, a_caller(PORTAL), world)
    with pytest.raises(NotYoursToGive):
        await decide_use(previewed.id, saying("use", stranger), a_caller(PORTAL), world)
    assert "preview:shown" not in await logged()


async def test_use_releases_exactly_what_was_shown_with_its_place_in_the_log(
    world: World, previewed: Retrieval, logged: Logged
) -> None:
    shown = json.loads(await look(previewed.id, "p1", a_caller(PORTAL), world))

    used = await decide_use(previewed.id, saying("use"), a_caller(PORTAL), world)
    evidence = json.loads(await read(previewed.id, a_caller("wohngeld-fachverfahren"), world))

    assert {**shown, "log": evidence["log"]} == evidence
    assert evidence["log"]["entry"] == str(used.release_entry)
    assert {"use:decided", "evidence:released"} <= set(await logged())


async def test_do_not_use_destroys_and_closes_the_other_ways_of_the_case(
    world: World, previewed: Retrieval, logged: Logged
) -> None:
    withheld = await decide_use(previewed.id, saying("do-not-use"), a_caller(PORTAL), world)

    assert withheld.state.value == "withheld"
    with pytest.raises(OutOfTurn):
        await read(previewed.id, a_caller("wohngeld-fachverfahren"), world)
    async with world.database.within(1) as connection:
        assert await connection.fetchval("select count(*) from evidence") == 0
        assert await connection.fetchval("select count(*) from question") == 0
        assert await connection.fetchval("select evidence_type from refusal") == "ben.sgb2"
    assert {"use:decided", "evidence:destroyed"} <= set(await logged())


@pytest.mark.parametrize(("word", "other"), [("use", "do-not-use"), ("do-not-use", "use")])
async def test_the_same_word_again_is_good_and_the_other_comes_too_late(
    world: World, previewed: Retrieval, word: str, other: str, logged: Logged
) -> None:
    first = await decide_use(previewed.id, saying(word), a_caller(PORTAL), world)
    again = await decide_use(previewed.id, saying(word), a_caller(PORTAL), world)

    assert first.state == again.state
    assert (await logged()).count("use:decided") == 1
    with pytest.raises(OutOfTurn):
        await decide_use(previewed.id, saying(other), a_caller(PORTAL), world)


async def test_silence_is_never_use_nor_a_refusal_and_leaves_nothing(
    world: World, previewed: Retrieval, logged: Logged
) -> None:
    assert await destroy_due(1, later(world, hours=72)) == 0
    assert await destroy_due(1, later(world, hours=72, seconds=1)) == 1

    async with world.database.within(1) as connection:
        found = await connection.fetchrow(
            "select state, problem, (select count(*) from evidence) as evidence,"
            " (select count(*) from question) as question, (select count(*) from refusal) as refusal"
            " from retrieval"
        )
    assert tuple(found or ()) == ("expired", "preview-unanswered", 0, 0, 0)
    assert "evidence:destroyed" in await logged()
    with pytest.raises(OutOfTurn, match="expired"):
        await decide_use(previewed.id, saying("use"), a_caller(PORTAL), world)
    with pytest.raises(OutOfTurn, match="expired"):
        await read(previewed.id, a_caller("wohngeld-fachverfahren"), world)


def without_jobcenter() -> Configuration:
    return replace(a_municipality(), data_services=())


async def test_what_is_not_lawful_any_more_is_not_released(
    world: World, owner: World, previewed: Retrieval
) -> None:
    await configuration.apply(without_jobcenter(), owner, actor="test")
    await world.snapshots.renew(world.database)

    used = await decide_use(previewed.id, saying("use"), a_caller(PORTAL), world)

    assert (used.state.value, used.problem) == ("discarded", "no-longer-permitted")


async def test_another_offices_portal_finds_nothing(world: World, previewed: Retrieval) -> None:
    stranger = a_caller("but-fachverfahren")

    for one in (previewed.id, UUID(int=7)):
        with pytest.raises(NotFound):
            await look(one, "p1", stranger, world)


CHILD = Person("p3", "child", "Musteryılmaz", ("Can",), "2011-11-27")
YOUTH = Person("p4", "child", "Musteryılmaz", ("Ela",), "2010-05-06")
SOLE = tuple(Relationship("parent", "p1", one, custody="sole") for one in ("p3", "p4"))


async def previewed_household(
    world: World, jobcenter: AnOffice, choices: Mapping[str, tuple[str, ...]]
) -> dict[str, Retrieval]:
    """One request of a household: whose evidence, by whose choices; what waits, by the person."""
    jobcenter.answer = lambda _: delivered({"role": "recipient", "state": "ended"})
    items = [
        an_item(
            f"i-{whose}",
            person=whose,
            profile="WOG",
            fact="wogg-7-ausschluss",
            choices=tuple(replace(BY_GOKCE, made_by=one) for one in made_by),
        )
        for whose, made_by in choices.items()
    ]
    request = a_request(
        *items,
        procedure="wohngeld.mietzuschuss",
        channel="online",
        caseworker=None,
        persons=(GOKCE, DAVOR, CHILD, YOUTH),
        relationships=(*SOLE, Relationship("partner", "p1", "p2")),
    )
    standing = await ask(request, WOHNGELD, a_caller(PORTAL), world, a_call())
    return {one.person: one for one in standing.retrievals}


async def may_look(retrieval: Retrieval, by: str, world: World) -> bool:
    try:
        await look(retrieval.id, by, a_caller(PORTAL), world)
    except NotYoursToGive:
        return False
    return True


async def test_each_adult_looks_and_decides_for_their_own_part_and_a_parent_for_the_child(
    world: World, jobcenter: AnOffice
) -> None:
    hers, his, childs, youths = "p1", "p2", "p3", "p4"
    chosen = {hers: ("p1",), his: ("p2",), childs: ("p1",), youths: ("p4",)}

    waiting = await previewed_household(world, jobcenter, chosen)

    assert {one.state.value for one in waiting.values()} == {"previewing"}
    sees = {
        whose: {by for by in chosen if await may_look(one, by, world)}
        for whose, one in waiting.items()
    }
    assert sees == {hers: {"p1"}, his: {"p2"}, childs: {"p1"}, youths: {"p4"}}
    with pytest.raises(NotYoursToGive):
        await decide_use(waiting[his].id, saying("use", "p1"), a_caller(PORTAL), world)
    used = [
        (await decide_use(one.id, saying("use", *chosen[whose]), a_caller(PORTAL), world)).state
        for whose, one in waiting.items()
    ]
    assert {one.value for one in used} == {"released"}


async def test_a_choice_that_nobody_needed_opens_no_preview(
    world: World, jobcenter: AnOffice
) -> None:
    waiting = await previewed_household(world, jobcenter, {"p1": ("p1", "p2")})

    assert waiting["p1"].state.value == "previewing"
    assert not await may_look(waiting["p1"], "p2", world)
    for word in ("use", "do-not-use"):
        with pytest.raises(NotYoursToGive):
            await decide_use(waiting["p1"].id, saying(word, "p2"), a_caller(PORTAL), world)


async def test_a_parent_who_chose_before_the_fifteenth_birthday_still_looks_and_so_may_the_child(
    world: World, jobcenter: AnOffice
) -> None:
    waiting = await previewed_household(world, jobcenter, {"p3": ("p1",)})

    birthday = later(world, hours=48)
    before = {by for by in ("p1", "p2", "p3") if await may_look(waiting["p3"], by, world)}
    since = {by for by in ("p1", "p2", "p3") if await may_look(waiting["p3"], by, birthday)}
    assert (before, since) == ({"p1"}, {"p1", "p3"})
