"""The document a vendor builds from says what the hub sends, and what it takes for an answer."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from connectors.conftest import Open
from connectors.orders import a_neutral_order, an_order
from connectors.wire import AProvider, answer, says
from onceonly.connectors.answers import DEEPEST, FLAGS, MOST_VALUES, REASONS
from onceonly.domain.retrievals import Delivered, Later, Order

PAGE = json.loads((Path(__file__).parents[2] / "openapi/provider.v1.json").read_text())
SCHEMAS: dict[str, dict[str, Any]] = PAGE["components"]["schemas"]
EVERYTHING = ("address", "place_of_birth", "birth_name", "aliases", "idnr")
OFFICE = {"name": "Landkreis Musterkreis", "reference": "01990000-0000-7000-8000-000000000001"}
ORDERS = {
    "bare": an_order(),
    "with all attributes": an_order(match_on=EVERYTHING, period=("2026-04", "2026-10")),
    "neutral": a_neutral_order("public"),
    "to a register": a_neutral_order(OFFICE, purpose_code="07"),
}


def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": PAGE["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def examples(of: str) -> Iterator[tuple[str, object]]:
    """Every example of an operation's bodies whose schema is `of`."""
    operation = PAGE["paths"]["/v1/evidence"]["post"]
    for body in (operation["requestBody"], *operation["responses"].values()):
        for content in body.get("content", {}).values():
            if content["schema"]["$ref"].endswith(f"/{of}"):
                yield from ((name, one["value"]) for name, one in content["examples"].items())


def strict(schema: object) -> object:
    """The schema with every object closed: what it does not name may not be there."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(one) for name, one in schema.items()}
    return {"additionalProperties": False, **closed} if "properties" in schema else closed


def test_it_is_a_document_of_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(PAGE).validate()


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
async def test_every_question_of_the_hub_is_described_to_the_last_member(
    connect: Open, order: Order
) -> None:
    async with AProvider(says(answer(status="404 Not Found"))) as provider:
        await connect(provider.url).fetch(order)

    (call,) = provider.heard
    components = {"schemas": strict(SCHEMAS)}
    closed = {"$ref": "#/components/schemas/Question", "components": components}
    jsonschema_rs.Draft202012Validator(closed, validate_formats=True).validate(call.asked)


@pytest.mark.parametrize("name", ["Question", "Evidence", "Later", "Problem"])
def test_every_example_fits_its_schema(name: str) -> None:
    found = list(examples(name))

    assert found
    for example, value in found:
        assert validator(name).is_valid(value), example


async def test_every_example_of_an_answer_is_understood(connect: Open) -> None:
    async def told(status: str, body: object) -> object:
        async with AProvider(says(answer(body, status=status))) as provider:
            return await connect(provider.url).fetch(an_order())

    for _, body in examples("Evidence"):
        assert isinstance(await told("200 OK", body), Delivered)
    for _, body in examples("Later"):
        later = await told("202 Accepted", body)
        assert isinstance(later, Later)
        assert later.available_at is not None


@pytest.mark.parametrize("missing", ["consumer", "procedure", "rule", "law"])
def test_a_question_says_who_asks_wholly_or_not_at_all(missing: str) -> None:
    (named,) = [value for name, value in examples("Question") if name == "named"]
    assert isinstance(named, dict)
    valid = partial(validator("Question").is_valid)

    assert not valid({name: one for name, one in named.items() if name != missing})
    assert not valid(named | {"requesting_body": "public"})


def test_the_closed_lists_are_those_of_the_code() -> None:
    assert set(SCHEMAS["Flags"]["properties"]) == FLAGS
    assert set(SCHEMAS["Problem"]["properties"]["reason"]["enum"]) == REASONS
    assert f"at most {DEEPEST} levels and {MOST_VALUES:,} commas" in PAGE["info"]["description"]


@pytest.mark.parametrize("flag", SCHEMAS["Flags"]["properties"])
async def test_every_described_flag_is_known(connect: Open, flag: str) -> None:
    body = {"content": None, "flags": {flag: False}}

    async with AProvider(says(answer(body))) as provider:
        assert await connect(provider.url).fetch(an_order()) == Delivered(None, None, None)


def test_every_operation_can_be_called_with_either_credential() -> None:
    assert PAGE["security"] == [{"hub_token": []}, {"client_certificate": []}]
    assert not [
        one for path in PAGE["paths"].values() for one in path.values() if "security" in one
    ]
