"""The OpenAPI document: valid, equal to the code, and complete enough to build a client from."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from onceonly.api.documentation import PUBLIC
from onceonly.app import bare_application, document
from onceonly.domain.offices import CATALOGUE_SCOPE, SCOPES

FILE = Path(__file__).parents[2] / "openapi/hub.v1.json"
DOCUMENT: dict[str, Any] = document(bare_application())
OPERATIONS = {
    operation["operationId"]: operation
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
}


def answers(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for status, answer in operation["responses"].items():
        for media, content in answer.get("content", {}).items():
            yield status, media, content


def test_the_exported_file_says_what_the_code_does() -> None:
    assert json.loads(FILE.read_text("utf-8")) == DOCUMENT, "run `make openapi`"


def test_the_document_is_openapi() -> None:
    validate(DOCUMENT)


def test_what_is_one_header_is_documented_as_one_text() -> None:
    headers = [
        one
        for operation in OPERATIONS.values()
        for one in operation.get("parameters", [])
        if one["in"] == "header"
    ]

    assert {"prefer", "idempotency-key", "accept"} == {one["name"] for one in headers}
    assert "array" not in json.dumps(headers)


def test_forms_that_a_pattern_can_tell_are_told() -> None:
    person = DOCUMENT["components"]["schemas"]["PersonBody"]["properties"]
    born = re.compile(person["date_of_birth"]["pattern"])
    (key,) = [
        re.compile(one["schema"]["pattern"])
        for one in OPERATIONS["requestEvidence"]["parameters"]
        if one["name"] == "idempotency-key"
    ]
    (at,) = [one for one in OPERATIONS["getRule"]["parameters"] if one["name"] == "at"]

    assert all(born.search(one) for one in ("1980-00-00", "1980-05-00", "1980-04-06", "0999-12-31"))
    assert not any(
        born.search(one) for one in ("0000-00-00", "1980-00-15", "1980-13-01", "1980-1-1")
    )
    assert all(key.search(one) for one in ("k", '"k"', "a" * 255, 'a"b'))
    assert not any(key.search(one) for one in ("", '""', "a b", "ä", "a" * 256))
    assert "date" in json.dumps(at["schema"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_is_for(name: str) -> None:
    operation = OPERATIONS[name]

    assert operation["summary"]
    assert operation["description"]
    assert all(one["description"] for one in operation["responses"].values())


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_with_a_body_shows_one_that_fits_its_schema(name: str) -> None:
    for status, media, content in answers(OPERATIONS[name]):
        assert "example" in content, (status, media)
        schema = {"components": DOCUMENT["components"], **content.get("schema", {})}
        jsonschema_rs.validate(schema, content["example"])


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - PUBLIC.keys()))
def test_who_needs_a_token_may_be_told_so(name: str) -> None:
    operation = OPERATIONS[name]

    assert operation["security"]
    assert {"401", "403"} <= operation["responses"].keys()


def test_every_scope_of_a_client_says_what_it_is_good_for() -> None:
    scopes = DOCUMENT["components"]["securitySchemes"]["hub"]["flows"]["clientCredentials"][
        "scopes"
    ]

    assert scopes.keys() == {CATALOGUE_SCOPE, *(one for own in SCOPES.values() for one in own)}
    assert all(len(means) > 10 for means in scopes.values())


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_says_so_in_the_document(name: str) -> None:
    assert OPERATIONS[name]["security"] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_with_a_json_body_may_refuse_it(name: str) -> None:
    body = OPERATIONS[name].get("requestBody", {}).get("content", {})

    if "application/json" in body:
        assert {"400", "413", "415", "422"} <= OPERATIONS[name]["responses"].keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_failure_is_a_problem(name: str) -> None:
    own = {"getToken", "getReady"}  # RFC 6749, 5.2; 503 with what is failing
    failures = [
        media for status, media, _ in answers(OPERATIONS[name]) if not status.startswith("2")
    ]

    assert name in own or set(failures) <= {"application/problem+json"}
