"""What clerks and their tests do again and again: ask, look what there is to do, answer by hand."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from builders import (
    BUT,
    GRANTED,
    JOBCENTER,
    NOW,
    a_call,
    a_caller,
    a_request,
)
from onceonly.domain.retrievals import Delivered, Retrieval
from onceonly.domain.tasks import Task
from onceonly.store import tasks as stored
from onceonly.usecases.requests import ask, standing_of
from onceonly.usecases.tasks import ByHand, answer
from onceonly.usecases.world import World

CLERK = a_caller("jobcenter-fachverfahren")
BY_HAND = Delivered(GRANTED, date(2026, 5, 20), NOW)


def later(world: World, **by: float) -> World:
    moment = NOW + timedelta(**by)
    return replace(world, clock=lambda: moment)


async def asked(world: World, key: str = "k1") -> Retrieval:
    standing = await ask(a_request(), BUT, a_caller(), world, a_call(key))
    return standing.retrievals[0]


async def todo(world: World, office: str = "jobcenter") -> list[Task]:
    async with world.database.within(1) as connection:
        return await stored.open_of_office(connection, office, before=None, most=100)


async def by_hand(task: UUID, given: ByHand, world: World) -> Task:
    return await answer(task, given, JOBCENTER, CLERK, world)


async def stands(retrieval: Retrieval, world: World) -> Retrieval:
    found = await standing_of(retrieval.request, BUT, a_caller(), world, patience=timedelta(0))
    return found.retrievals[0]
