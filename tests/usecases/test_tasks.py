"""What people at the providing office must do: answer by hand, look after what went wrong."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from typing_extensions import override

from builders import (
    BUT,
    GRANTED,
    JOBCENTER,
    WOHNGELD,
    AnOffice,
    a_call,
    a_caller,
    a_municipality,
    a_request,
    connected,
)
from onceonly.domain.errors import NotFound, OutOfTurn, ProviderRefused
from onceonly.domain.retrievals import Answer, Later, Order, Retrieval
from onceonly.usecases import configuration
from onceonly.usecases.endings import cancel
from onceonly.usecases.evidence import read
from onceonly.usecases.later import ask_deferred, end_unanswered
from onceonly.usecases.requests import ask
from onceonly.usecases.tasks import DONE, ByHand, look
from onceonly.usecases.upshots import open_tasks
from onceonly.usecases.world import World
from usecases.clerks import BY_HAND, CLERK, asked, by_hand, later, stands, todo

Logged = Callable[[], Awaitable[list[str]]]
Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]


@pytest.fixture
async def manual(world: World, owner: World) -> Retrieval:
    """A question that only a person at the Jobcenter may answer."""
    await configuration.apply(a_municipality(agreements=[]), owner, actor="test")
    await world.snapshots.renew(world.database)
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    (retrieval,) = standing.retrievals
    assert retrieval.state.value == "manual"
    return retrieval


async def test_a_question_without_automation_is_a_task_of_the_provider_alone(
    world: World, manual: Retrieval, jobcenter: AnOffice
) -> None:
    (task,) = await todo(world)

    assert (task.kind, task.reference) == ("answer-by-hand", manual.id)
    assert (task.consumer, task.procedure) == ("but", "but.sgb2")
    assert jobcenter.asked == []
    for office, code in ((BUT, "but"), (WOHNGELD, "wohngeld")):
        assert await todo(world, code) == []
        with pytest.raises(NotFound):
            await look(task.id, office, a_caller(f"{code}-fachverfahren"), world)


async def test_the_question_by_hand_is_what_the_system_would_have_been_asked(
    world: World, owner: World, manual: Retrieval, jobcenter: AnOffice
) -> None:
    _, question = await look(manual.id, JOBCENTER, CLERK, world)
    await configuration.apply(a_municipality(), owner, actor="test")
    await world.snapshots.renew(world.database)
    await asked(world, "k2")

    assert question is not None
    (order,) = jobcenter.asked
    assert question["person"] == {
        "family_name": "Mustermann",
        "given_names": ("Erika",),
        "date_of_birth": "1964-08-12",
    }
    assert question["fields"] == order.fields
    assert question["reference"] == str(manual.id)
    assert (question["consumer"], question["rule"]) == ("but", order.rule)


async def test_each_look_at_a_question_is_on_record_and_a_list_is_none(
    world: World, manual: Retrieval, logged: Logged
) -> None:
    await look(manual.id, JOBCENTER, CLERK, world)
    await look(manual.id, JOBCENTER, CLERK, world)
    await todo(world)

    assert await logged() == [
        "question:refused",
        "task:opened",
        "task:shown",
        "task:shown",
    ]


async def test_an_answer_by_hand_is_cut_released_and_on_record_like_any_other(
    world: World, manual: Retrieval, logged: Logged
) -> None:
    given = replace(BY_HAND, content={**GRANTED, "total_ct": 1, "note": "by hand"})

    await by_hand(manual.id, given, world)

    evidence = json.loads(await read(manual.id, a_caller(), world))
    assert evidence["content"] == GRANTED
    assert evidence["provenance"]["document_date"] == "2026-05-20"
    assert await todo(world) == []
    assert await logged() == [
        "answer:received",
        "evidence:read",
        "evidence:released",
        "provider:exceeded",
        "question:refused",
        "task:answered",
        "task:opened",
    ]


ENDS: list[tuple[ByHand, tuple[str, str | None, str | None]]] = [
    (DONE, ("no-result", None, None)),
    (replace(BY_HAND, content=None), ("no-result", None, None)),
    (ProviderRefused("disputed"), ("failed", "provider-refused", "disputed")),
    (replace(BY_HAND, content={"state": 7}), ("failed", "provider-unreadable", None)),
]


async def test_an_answer_by_hand_ends_as_a_systems_answer_would(
    world: World, manual: Retrieval
) -> None:
    waiting = [manual, *[await asked(world, f"k{number}") for number in (2, 3, 4)]]

    for one, (given, _) in zip(waiting, ENDS, strict=True):
        await by_hand(one.id, given, world)

    ended = [await stands(one, world) for one in waiting]
    assert [(one.state.value, one.problem, one.problem_reason) for one in ended] == [
        end for _, end in ENDS
    ]
    async with world.database.within(1) as connection:
        assert await connection.fetchval("select count(*) from question") == 0


async def test_a_question_is_answered_once_whoever_comes_second(
    world: World, manual: Retrieval, payloads: Payloads
) -> None:
    told = await asyncio.gather(
        *[by_hand(manual.id, BY_HAND, world) for _ in range(6)],
        *[by_hand(manual.id, DONE, world) for _ in range(6)],
        return_exceptions=True,
    )

    late = [one for one in told if isinstance(one, OutOfTurn)]
    assert len(late) == len(told) - 1
    assert {one.state for one in late} <= {"released", "no-result"}
    assert len(await payloads("task:answered")) == 1
    with pytest.raises(OutOfTurn):
        await by_hand(manual.id, BY_HAND, world)


async def test_a_closed_case_closes_the_task_and_so_does_time(
    world: World, manual: Retrieval
) -> None:
    await cancel(manual.id, a_caller(), world)
    other = await asked(world, "k2")
    await end_unanswered(1, later(world, days=31))

    assert await todo(world) == []
    for ended, state in ((manual, "discarded"), (other, "expired")):
        found, question = await look(ended.id, JOBCENTER, CLERK, world)
        assert (found.state, question) == (state, None)
        with pytest.raises(OutOfTurn) as refused:
            await by_hand(ended.id, BY_HAND, world)
        assert refused.value.state == state


async def test_after_thirty_days_nothing_is_shown_or_taken_though_no_worker_came(
    world: World, manual: Retrieval
) -> None:
    late = later(world, days=30)

    _, question = await look(manual.id, JOBCENTER, CLERK, late)

    assert question is None
    with pytest.raises(OutOfTurn) as refused:
        await by_hand(manual.id, BY_HAND, late)
    assert refused.value.state == "expired"


async def test_a_question_the_law_carries_no_more_is_not_shown_but_discarded(
    world: World, owner: World, manual: Retrieval
) -> None:
    whole = a_municipality(agreements=[])
    await configuration.apply(replace(whole, data_services=()), owner, actor="test")
    await world.snapshots.renew(world.database)

    with pytest.raises(OutOfTurn) as refused:
        await look(manual.id, JOBCENTER, CLERK, world)

    assert refused.value.state == "discarded"
    assert (await stands(manual, world)).problem == "no-longer-permitted"


async def test_a_question_is_decided_by_the_file_in_force_though_nobody_here_has_read_it(
    world: World, owner: World, manual: Retrieval, logged: Logged
) -> None:
    whole = a_municipality(agreements=[])
    await configuration.apply(replace(whole, data_services=()), owner, actor="test")

    with pytest.raises(OutOfTurn):
        await look(manual.id, JOBCENTER, CLERK, world)

    assert "task:shown" not in await logged()


async def test_an_answer_by_hand_to_a_law_that_moved_is_destroyed_and_told_to_the_office(
    world: World, owner: World, manual: Retrieval
) -> None:
    whole = a_municipality(agreements=[])
    await configuration.apply(replace(whole, data_services=()), owner, actor="test")
    await world.snapshots.renew(world.database)

    await by_hand(manual.id, BY_HAND, world)
    await open_tasks(1, world)

    assert (await stands(manual, world)).problem == "no-longer-permitted"
    (task,) = await todo(world)
    assert (task.kind, task.reference) == ("delivery-discarded", manual.id)


async def test_an_agreement_that_comes_in_force_meanwhile_does_not_void_the_answer(
    world: World, owner: World, manual: Retrieval
) -> None:
    await configuration.apply(a_municipality(), owner, actor="test")

    await by_hand(manual.id, BY_HAND, world)

    assert (await stands(manual, world)).state.value == "released"


async def test_an_answer_of_the_system_to_an_agreement_that_ended_is_a_task_to_know_it(
    world: World, owner: World, jobcenter: AnOffice
) -> None:
    jobcenter.answer = lambda _: Later(None)
    retrieval = await asked(world)
    await configuration.apply(a_municipality(agreements=[]), owner, actor="test")
    await world.snapshots.renew(world.database)

    await ask_deferred(1, later(world, minutes=1))
    await open_tasks(1, world)

    (task,) = await todo(world)
    assert (task.kind, task.reference) == ("delivery-discarded", retrieval.id)


class EndsAgreements(AnOffice):
    """Answers when no agreement covers it any more."""

    def __init__(self, owner: World) -> None:
        super().__init__()
        self.owner = owner

    @override
    async def fetch(self, order: Order) -> Answer:
        await configuration.apply(a_municipality(agreements=[]), self.owner, actor="test")
        return await super().fetch(order)


async def test_what_a_system_answered_is_not_taken_for_an_answer_by_hand(
    world: World, owner: World
) -> None:
    late = replace(world, connect=connected(EndsAgreements(owner)))

    retrieval = await asked(late)
    await open_tasks(1, world)

    assert (retrieval.state.value, retrieval.problem) == ("discarded", "no-longer-permitted")
    (task,) = await todo(world)
    assert (task.kind, task.reference) == ("delivery-discarded", retrieval.id)
