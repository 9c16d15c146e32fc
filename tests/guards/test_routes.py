"""Every route knows who calls, or is public for a reason that is written down."""

import inspect
from collections import Counter

import pytest
from fastapi.routing import APIRoute

from guards.test_handlers import ROUTES, called_by
from guards.test_openapi import OPERATIONS
from onceonly.api.documentation import PUBLIC
from onceonly.api.reading import StrictRoute

MAY_BE_READ_LOOSELY = {"getToken"}
"""A form, as RFC 6749 wants it."""


DOORS = ("with_scope.", "citizen_or.")


def knows_who_calls(route: APIRoute, *doors: str) -> bool:
    asked = [one.__qualname__ for one in called_by(route.dependant)]
    return any(name.startswith(doors or DOORS) for name in asked)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_knows_who_calls_or_is_public(route: APIRoute) -> None:
    assert knows_who_calls(route) != (route.operation_id in PUBLIC)


def test_the_document_names_every_route_that_takes_citizens_and_no_other() -> None:
    taking = {route.operation_id for route in ROUTES if knows_who_calls(route, "citizen_or.")}

    assert taking == {
        name for name, one in OPERATIONS.items() if {"citizen": []} in one["security"]
    }


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_the_document_names_the_scopes_that_a_route_looks_for(route: APIRoute) -> None:
    """What the check closes over is what it holds a token to."""
    wanted = {
        scope
        for one in called_by(route.dependant)
        for scope in inspect.getclosurevars(one).nonlocals.get("wanted", ())
    }

    said = OPERATIONS[str(route.operation_id)]["security"]
    assert {scope for one in said for scope in one.get("hub", ())} == wanted
    assert all(len(one.get("hub", ["it"])) == 1 for one in said)


def test_what_is_public_says_why_and_is_there() -> None:
    assert PUBLIC.keys() <= {route.operation_id for route in ROUTES}
    assert all(len(reason) > 10 for reason in PUBLIC.values())


def test_every_operation_has_an_id_of_its_own() -> None:
    counted = Counter(route.operation_id for route in ROUTES)

    assert None not in counted
    assert [name for name, count in counted.items() if count > 1] == []


def test_every_path_and_method_is_served_once() -> None:
    counted = Counter((route.path, method) for route in ROUTES for method in route.methods or ())

    assert [one for one, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_bodies_are_read_strictly(route: APIRoute) -> None:
    strictly = isinstance(route, StrictRoute)

    assert route.body_field is None or strictly or route.operation_id in MAY_BE_READ_LOOSELY


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_paths_are_kebab_case_without_a_slash_at_the_end(route: APIRoute) -> None:
    assert not route.path.endswith("/")
    assert route.path == route.path.lower()
    assert "_" not in route.path
