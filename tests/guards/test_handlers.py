"""Whatever FastAPI calls is async: a plain function costs a hop to a thread, half the throughput."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from onceonly.api.wrappers import Outermost
from onceonly.app import ROUTERS, bare_application

ROUTES = [route for one in ROUTERS for route in one.routes if isinstance(route, APIRoute)]


def called_by(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for one in dependant.dependencies:
        yield from called_by(one)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_whatever_a_route_calls_is_async(route: APIRoute) -> None:
    called = list(called_by(route.dependant))

    assert route.endpoint in called
    assert [one for one in called if not inspect.iscoroutinefunction(one)] == []


def test_whatever_turns_failures_into_answers_is_async() -> None:
    answering = list(bare_application().exception_handlers.values())

    assert answering
    ours = [one for one in answering if one.__module__.startswith("onceonly")]
    assert len(ours) >= 4
    assert [one for one in ours if not inspect.iscoroutinefunction(one)] == []


def test_only_plain_asgi_lies_around_the_application() -> None:
    assert bare_application().user_middleware == []
    assert Outermost.__bases__ == (object,)
    assert inspect.iscoroutinefunction(Outermost.__call__)
