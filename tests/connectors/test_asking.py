"""What leaves the house: exactly what was granted, and nothing a connection could add."""

from typing import Any

import pytest

from connectors.conftest import Open
from connectors.orders import GOEKCE, REFERENCE, a_neutral_order, an_order
from connectors.wire import AProvider, Heard, answer, says
from onceonly.domain.retrievals import Nothing, Order

UNKNOWN = says(answer(status="404 Not Found"))


async def heard(connect: Open, order: Order, *, below: str = "") -> Heard:
    async with AProvider(UNKNOWN) as provider:
        assert await connect(provider.url + below).fetch(order) == Nothing("unknown")
    (call,) = provider.heard
    return call


async def test_the_question_holds_exactly_what_was_granted(connect: Open) -> None:
    call = await heard(connect, an_order())

    assert call.method == "POST"
    assert call.path == "/v1/evidence"
    assert call.asked == {
        "reference": str(REFERENCE),
        "evidence_type": "ben.sgb2",
        "profile": "WOG",
        "fields": ["role", "state", "mehrbedarf[].amount_ct"],
        "reference_month": "2026-10",
        "period": {"from_month": "2026-10", "to_month": None},
        "person": {
            "family_name": "Yılmaz-Beispiel",
            "given_names": ["Gökçe", "Muster"],
            "date_of_birth": "1990-00-00",
        },
        "consumer": "wohngeld",
        "procedure": "wohngeld.mietzuschuss",
        "rule": "R01",
        "law": ["§ 67f SGB X", "§ 8 WoGG"],
    }


@pytest.mark.parametrize(
    ("match_on", "sent"),
    [
        (
            "address",
            {
                "street": "Lindenweg",
                "house_number": "4",
                "postal_code": "99999",
                "town": "Musterstadt",
            },
        ),
        ("place_of_birth", "Izmir"),
        ("birth_name", "O’Beispiel"),
        ("aliases", [{"family_name": "Yilmaz", "given_names": ["Goekce"]}]),
        ("idnr", "00000000000"),
    ],
)
async def test_an_attribute_leaves_only_when_the_service_matches_on_it(
    connect: Open, match_on: str, sent: object
) -> None:
    call = await heard(connect, an_order(match_on=(match_on,)))

    assert call.asked["person"] == {
        "family_name": "Yılmaz-Beispiel",
        "given_names": ["Gökçe", "Muster"],
        "date_of_birth": "1990-00-00",
        match_on: sent,
    }


async def test_what_is_not_known_of_a_person_is_not_sent_as_null(connect: Open) -> None:
    sparse = type(GOEKCE)(
        ref="p1",
        role="applicant",
        family_name="Beispiel",
        given_names=(),
        date_of_birth="1980-05-00",
    )
    everything = ("address", "place_of_birth", "birth_name", "aliases", "idnr")

    call = await heard(connect, an_order(person=sparse, match_on=everything))

    assert call.asked["person"] == {
        "family_name": "Beispiel",
        "given_names": [],
        "date_of_birth": "1980-05-00",
    }


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (a_neutral_order("public"), {"requesting_body": "public"}),
        (
            a_neutral_order(
                {"name": "Landkreis Musterkreis", "reference": str(REFERENCE)}, purpose_code="07"
            ),
            {
                "requesting_body": {
                    "name": "Landkreis Musterkreis",
                    "reference": str(REFERENCE),
                },
                "purpose_code": "07",
            },
        ),
    ],
    ids=["public", "named"],
)
async def test_a_provider_that_may_not_know_hears_neither_office_nor_reason(
    connect: Open, order: Order, told: dict[str, Any]
) -> None:
    call = await heard(connect, order)

    common = {"reference", "evidence_type", "profile", "fields", "reference_month", "period"}
    assert call.asked.keys() == common | {"person"} | told.keys()
    assert {name: call.asked[name] for name in told} == told
    assert b"wohngeld" not in call.body


async def test_the_call_carries_its_own_headers_and_no_others(connect: Open) -> None:
    async with AProvider(UNKNOWN) as provider:
        await connect(provider.url).fetch(an_order())

    (call,) = provider.heard
    assert call.header("authorization") == [f"Bearer for-{provider.url}"]
    assert call.header("content-type") == ["application/json"]
    assert call.header("accept") == ["application/json"]
    assert call.header("accept-encoding") == ["identity"]
    assert call.header("traceparent") == ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"]
    assert {name for name, _ in call.headers} == {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "traceparent",
        "user-agent",
    }


async def test_no_person_stands_in_path_or_header(connect: Open) -> None:
    everything = ("address", "place_of_birth", "birth_name", "aliases", "idnr")

    call = await heard(connect, an_order(match_on=everything))

    outside = call.path + str(call.headers)
    assert not [name for name in ("Yılmaz", "Gökçe", "1990", "Izmir") if name in outside]


@pytest.mark.parametrize("below", ["/fachverfahren", "/fachverfahren/"])
async def test_a_provider_may_live_below_a_path(connect: Open, below: str) -> None:
    call = await heard(connect, an_order(), below=below)

    assert call.path == "/fachverfahren/v1/evidence"


async def test_names_arrive_letter_by_letter_as_they_were_given(connect: Open) -> None:
    call = await heard(connect, an_order(match_on=("birth_name",)))

    assert "Yılmaz-Beispiel".encode() in call.body
    assert "O’Beispiel".encode() in call.body


async def test_the_environments_proxy_is_not_used(
    connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AProvider(UNKNOWN) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)

        await heard(connect, an_order())

    assert proxy.heard == []
