"""What is no text, in every member of every body; names in wrong places; the machine's time zone."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from api.calling import BUT, PORTAL, Api, pointers
from builders import AnOffice, a_body
from onceonly.app import bare_application, document

CLERK = "jobcenter-fachverfahren"
DOCUMENT: dict[str, Any] = document(bare_application())
ID = "01994a3e-7c1b-7d3e-9a4f-2b6c8d0e1f23"
NO_TEXTS = ("\ud800", "A\0")
Place = tuple[str | int, ...]


def bodies() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Every operation that takes JSON: method, path, its body's schema, a body that is good."""
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                schema = resolved(content["schema"])
                yield method.upper(), path, schema, schema.get("examples", [{}])[0]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def texts(schema: dict[str, Any], at: Place = ()) -> Iterator[Place]:
    """Where a text may stand."""
    schema = resolved(schema)
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from texts(one, at)
    for name, one in schema.get("properties", {}).items():
        yield from texts(one, (*at, name))
    if "items" in schema:
        yield from texts(schema["items"], (*at, 0))
    if schema.get("type") == "string" or "enum" in schema or "const" in schema:
        yield at


def with_text(body: Any, at: Place, text: str) -> Any:
    """The body with this text there, and whatever must be around it."""
    if not at:
        return text
    first, *rest = at
    if isinstance(first, int):
        inside = body[0] if isinstance(body, list) and body else None
        return [with_text(inside, tuple(rest), text)]
    holding = body if isinstance(body, dict) else {}
    return holding | {first: with_text(holding.get(first), tuple(rest), text)}


def caller_of(path: str) -> str:
    if path.endswith("/use-decision"):
        return PORTAL
    return CLERK if path.startswith(("/v1/tasks", "/v1/protected")) else BUT


async def test_what_is_no_text_is_refused_in_every_member_of_every_body(api: Api) -> None:
    tried = 0
    for method, path, schema, good in bodies():
        for at in dict.fromkeys(texts(schema)):
            text = NO_TEXTS[tried % 2]
            raw = json.dumps(with_text(good, at, text)).encode()
            headers = {"content-type": "application/json", "idempotency-key": f"t{tried}"}

            answer = await api.call(
                method,
                path.replace("{id}", ID),
                by=caller_of(path),
                headers=headers,
                content=raw,
            )

            here = "#" + "".join(f"/{part}" for part in at)
            told = [one for one in pointers(answer) if one != "#"]
            assert any(here.startswith(one) or one.startswith(here) for one in told), (path, at)
            tried += 1

    assert tried > 100


@pytest.mark.parametrize("name", ["Erika", "Mustermann"])
async def test_a_name_in_the_wrong_place_is_told_back_nowhere(api: Api, name: str) -> None:
    person = a_body()["persons"][0]
    answers = [
        await api.ask(a_body(persons=[person | {"date_of_birth": name}])),
        await api.ask(a_body(persons=[person | {name: 1}])),
        await api.ask(a_body(case_reference=f"{name}!")),
        await api.ask(a_body(procedure=name, channel=name, reference_month=name)),
        await api.ask(key=f"{name} {name}"),
        await api.ask(headers={"content-type": name}),
        await api.ask(headers={"authorization": f"Bearer {name}"}),
        await api.get(f"/v1/offices?cursor={name}&limit={name}"),
        await api.get(f"/v1/rules?at={name}"),
        await api.get(f"/v1/{name}"),
        await api.get(f"/v1/retrievals/{name}"),
        await api.get(f"/v1/procedures/{name}"),
        await api.get(f"/problems/{name}", by=None),
        await api.call(name.upper(), "/v1/offices"),
        await api.call(
            "POST", "/oauth2/token", by=None, data={"grant_type": name, "client_id": name}
        ),
        await api.get("/metrics", by=None),
    ]

    assert {one.status_code for one in answers[:-1]} <= {400, 401, 404, 405, 415, 422}
    for answer in answers:
        told = answer.text + str(answer.headers)
        assert name.casefold() not in told.casefold(), answer.request.url


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
async def test_the_machines_time_zone_changes_no_day_and_no_instant(
    api: Api, jobcenter: AnOffice, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    days = ["1980-00-00", "1980-05-00", "1980-04-06", "2011-10-05"]
    before = (await api.get("/v1/rules?limit=100")).content
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        there = (await api.get("/v1/rules?limit=100")).content
        asked = [
            await api.ask(a_body(persons=[a_body()["persons"][0] | {"date_of_birth": day}]))
            for day in days
        ]
    finally:
        monkeypatch.undo()
        time.tzset()

    assert [order.person.date_of_birth for order in jobcenter.asked] == days
    assert {one.json()["asked_at"] for one in asked} == {"2026-11-25T10:00:00.000Z"}
    assert {one.headers["date"] for one in asked} == {"Wed, 25 Nov 2026 10:00:00 GMT"}
    assert there == before


async def test_scanners_leave_no_figures_of_their_own(api: Api) -> None:
    async def scan(number: int) -> None:
        for method, path in (
            ("GET", f"/v1/scan-{number}"),
            ("GET", f"/v1/retrievals/scan-{number}"),
            ("GET", f"/v1/procedures/scan-{number}"),
            ("GET", f"/v1/rules/scan-{number}?scan-{number}=1"),
            ("GET", f"/problems/scan-{number}"),
            (f"SCAN{number}", "/v1/offices"),
            ("POST", f"/v1/offices/scan-{number}"),
        ):
            await api.call(method, path, headers={"user-agent": f"scan-{number}"})
        form = {"grant_type": f"scan-{number}", "client_id": f"scan-{number}"}
        await api.call("POST", "/oauth2/token", by=None, data=form)

    async def series() -> set[str]:
        lines = (await api.get("/metrics", by=None)).text.splitlines()
        return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}

    await scan(0)
    await api.get("/metrics", by=None)
    before = await series()
    for number in range(1, 30):
        await scan(number)
    after = await series()

    assert after == before
    assert not [line for line in after if "scan" in line.casefold()]
