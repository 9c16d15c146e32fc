"""Bodies that break the contract: all faults at once, by pointer, and nothing of them echoed."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.calling import Api, kind, pointers
from builders import AnOffice, a_body

CHOICE = {
    "made_by": "p1",
    "made_at": "2026-11-25T09:59:00Z",
    "notice": "wahl-67f-v1",
    "session": "0123456789abcdef",
}
NAMES = ("Erika", "Mustermann", "erika", "mustermann")


def with_person(**changes: Any) -> dict[str, Any]:
    return a_body(persons=[a_body()["persons"][0] | changes])


def with_item(**changes: Any) -> dict[str, Any]:
    return a_body(items=[a_body()["items"][0] | changes])


BROKEN: list[tuple[Any, list[str]]] = [
    # Loose typing: nothing is coerced.
    (with_person(date_of_birth=637200000), ["#/persons/0/date_of_birth"]),
    (with_person(given_names="Erika"), ["#/persons/0/given_names"]),
    (with_person(given_names=[1, None]), [f"#/persons/0/given_names/{n}" for n in (0, 1)]),
    (a_body(channel="Office"), ["#/channel"]),
    (a_body(channel=["office"]), ["#/channel"]),
    (a_body(reference_month=202611), ["#/reference_month"]),
    (a_body(reference_month="2026-13"), ["#/reference_month"]),
    (a_body(reference_month="٢٠٢٦-11"), ["#/reference_month"]),
    (with_item(months={"from": "2026-04", "to": "2026-13"}), ["#/items/0/months/to"]),
    (with_item(months={"from": "2026-05", "to": "2026-04"}), ["#/items/0/months"]),
    (with_item(choice_refused="true"), ["#/items/0/choice_refused"]),
    (with_item(choice_refused=1), ["#/items/0/choice_refused"]),
    (with_item(consents="none"), ["#/items/0/consents"]),
    (with_item(replaces="01994A3E-7C1B-7D3E-9A4F-2B6C8D0E1F23"), ["#/items/0/replaces"]),
    *[
        (
            with_item(choice=CHOICE | {"made_at": made_at}),
            ["#/items/0/choice/made_at"],
        )
        for made_at in (
            1764064740,
            "2026-11-25T09:59:00",
            "2026-11-25 09:59Z",
            "2026-11-25T09:59Z",
            "2026-11-25T24:00:00Z",
            "2026-02-30T09:59:00Z",
            "0001-01-01T00:00:00+14:00",
            "2026-11-25",
        )
    ],
    (with_item(choice=[CHOICE | {"session": "short"}]), ["#/items/0/choice/0/session"]),
    (with_item(choice=[]), ["#/items/0/choice"]),
    (
        a_body(
            relationships=[
                {"kind": "lives-with", "person": "p1", "to": "p1", "share_percent": "60"},
                {"kind": "lives-with", "person": "p1", "to": "p1", "share_percent": 60.0},
                {"kind": "lives-with", "person": "p1", "to": "p9", "custody": "sole"},
            ]
        ),
        ["#/relationships/0/share_percent", "#/relationships/1/share_percent"],
    ),
    (
        a_body(
            representations=[
                {
                    "by": "p1",
                    "for": "p1",
                    "kind": "betreuer",
                    "scopes": [],
                    "exclusive": "yes",
                    "valid_to": "2027-02-30",
                }
            ]
        ),
        [f"#/representations/0/{one}" for one in ("exclusive", "scopes", "valid_to")],
    ),
    # Dates of which a part is not known are dates; others are none.
    *[
        (
            with_person(date_of_birth=day),
            ["#/persons/0/date_of_birth"],
        )
        for day in (
            "1980-00-15",
            "1980-02-30",
            "0000-00-00",
            "1980-13-00",
            "1980-5-1",
            "06.04.1980",
            "1980-04-06T00:00:00Z",
            "١٩٨٠-04-06",
            "",
            None,
        )
    ],
    # Names: one suffices, none does not.
    (with_person(family_name=""), ["#/persons/0/family_name"]),
    (with_person(given_names=[]), ["#/persons/0/given_names"]),
    (with_person(family_name=None, given_names=None), ["#/persons/0"]),
    (with_person(idnr="1234567890"), ["#/persons/0/idnr"]),
    (with_person(idnr="12345678901"), ["#/persons/0/idnr"]),
    (with_person(aliases=[{}]), ["#/persons/0/aliases/0"]),
    (with_person(role="child"), ["#/persons"]),
    # References.
    (
        with_item(choice=[CHOICE | {"made_by": "p7"}, CHOICE | {"made_at": "2026-11-25T10:02:00Z"}]),
        ["#/items/0/choice/0/made_by", "#/items/0/choice/1/made_at"],
    ),
    (with_item(choice=CHOICE | {"made_at": "2026-10-26T09:59:59Z"}), ["#/items/0/choice/made_at"]),
    (
        with_item(person="p2", profile="P9", evidence_type="ben.sgb2"),
        ["#/items/0/person", "#/items/0/profile"],
    ),
    (with_item(person="p2"), ["#/items/0/person"]),
    (with_item(ref="I1"), ["#/items/0/ref"]),
    (a_body(persons=a_body()["persons"] * 2), ["#/persons/0/ref", "#/persons/1/ref"]),
    (a_body(items=a_body()["items"] * 101), ["#/items"]),
    (a_body(persons=[]), ["#/persons"]),
    # Unknown members: their name may be a person's.
    (a_body(Erika="Mustermann"), ["#"]),
    (with_person(**{"Erika Mustermann": 1}), ["#/persons/0"]),
    (with_person(erika="\ud800"), ["#/persons/0"]),
    (with_person(**{"erika\0": 1}), ["#/persons/0"]),
    (with_item(necessity={"fact": "sgb2-28-grundleistung", "erika": {}}),
     ["#/items/0/necessity"]),
    # Texts that are none.
    (with_person(family_name="\ud800", birth_name="A\0"),
     ["#/persons/0/birth_name", "#/persons/0/family_name"]),
    (a_body(procedure="\ud800", channel="\0", reference_month="\0"),
     ["#/channel", "#/procedure", "#/reference_month"]),
    (with_item(necessity={"fact": "sgb2-28-grundleistung", "text": "a\0b"}),
     ["#/items/0/necessity/text"]),
    # Bounds.
    (a_body(reference_month="2022-10"), ["#/reference_month"]),
    (a_body(reference_month="2027-12"), ["#/reference_month"]),
    (a_body(case_reference="-1"), ["#/case_reference"]),
    (a_body(case_reference="x" * 65), ["#/case_reference"]),
    (a_body(case_reference="A\n"), ["#/case_reference"]),
    (a_body(caseworker=None), ["#/caseworker"]),
    # All at once.
    ({"channel": "x", "persons": [{"ref": "p1"}]},
     ["#/case_reference", "#/channel", "#/items", "#/persons/0/date_of_birth", "#/persons/0/role",
      "#/procedure", "#/reference_month"]),
    (None, ["#"]),
    ([], ["#"]),
    ("Erika", ["#"]),
]  # fmt: skip

UNKNOWN: list[tuple[Any, list[str]]] = [
    (a_body(procedure="but.sgb99"), ["#/procedure"]),
    (with_item(evidence_type="ben.nothing"), ["#/items/0/evidence_type"]),
    (with_item(profile="P9"), ["#/items/0/profile"]),
    (with_item(provider="nobody"), ["#/items/0/provider"]),
    (with_item(necessity={"fact": "nothing"}), ["#/items/0/necessity/fact"]),
    (
        with_item(profile="P9", provider="nobody", necessity={"fact": "nothing"}),
        ["#/items/0/necessity/fact", "#/items/0/profile", "#/items/0/provider"],
    ),
]


@pytest.fixture
async def asked_nobody(api: Api, jobcenter: AnOffice) -> AsyncIterator[None]:
    """Whatever the body was, the office heard nothing."""
    yield
    assert jobcenter.asked == []
    assert (await api.get("/v1/evidence-requests")).json()["items"] == []


@pytest.mark.usefixtures("asked_nobody")
async def test_every_fault_of_a_body_is_named_by_its_pointer_and_never_by_its_value(
    api: Api,
) -> None:
    for place, (body, expected) in enumerate(BROKEN):
        for language in ("de", "en"):
            raw = json.dumps(body).encode()
            answer = await api.send(raw, accept_language=language)
            assert pointers(answer) == sorted(expected), (place, answer.text)
            assert kind(answer) == "invalid", (place, answer.text)
            assert not [one for one in NAMES if one in answer.text], (place, answer.text)


@pytest.mark.usefixtures("asked_nobody")
async def test_unknown_codes_are_named_all_at_once(api: Api) -> None:
    for body, expected in UNKNOWN:
        answer = await api.send(json.dumps(body).encode())
        assert (kind(answer), pointers(answer)) == ("unknown-code", expected)


async def test_faults_are_told_in_german_unless_english_is_preferred(api: Api) -> None:
    raw = json.dumps(a_body(channel="x")).encode()
    told = {
        language: (await api.send(raw, accept_language=language)).json()["errors"][0]["detail"]
        for language in ("", "de", "en", "fr, en;q=0.5", "en;q=0.2, de;q=0.9", "en-GB", "tlh", "*")
    }

    assert told.pop("en") == told.pop("en-GB") == told.pop("fr, en;q=0.5")
    assert set(told.values()) == {"ist keiner der erlaubten Werte"}


@pytest.mark.usefixtures("asked_nobody")
async def test_what_readers_would_read_differently_is_no_json(api: Api) -> None:
    for raw in [
        b"",
        b"{",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"1" * 5000 + b"}",
        b'{"procedure": "x", "procedure": "y"}',
        b'{"persons": [{"ref": "p1", "ref": "p2"}]}',
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b'{"a": "\x00"}',
        b"{'a': 1}",
        b"[" * 5000,
        b"[" * 40 + b"]" * 40,
        b"{} {}",
    ]:
        answer = await api.send(raw)

        assert (answer.status_code, kind(answer)) == (400, "malformed-json")


@pytest.mark.usefixtures("asked_nobody")
async def test_a_body_not_declared_as_plain_json_is_not_read(api: Api) -> None:
    for headers in [
        {"content_type": ""},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "application/merge-patch+json"},
        {"content_encoding": "gzip"},
    ]:
        answer = await api.send(json.dumps(a_body()).encode(), **headers)

        assert (answer.status_code, kind(answer)) == (415, "about:blank")


async def test_json_may_be_declared_with_parameters(api: Api) -> None:
    for declared in ["application/json; charset=utf-8", "Application/JSON", "application/json;a=b"]:
        answer = await api.send(json.dumps(a_body()).encode(), content_type=declared)

        assert answer.status_code == 201


@pytest.mark.usefixtures("asked_nobody")
async def test_a_body_beyond_256_kib_is_too_large_declared_or_not(api: Api) -> None:
    raw = json.dumps(a_body()).encode() + b" " * 300 * 1024

    async def chunks() -> AsyncIterator[bytes]:
        for begin in range(0, len(raw), 8192):
            yield raw[begin : begin + 8192]

    for content in (raw, chunks()):
        answer = await api.call(
            "POST",
            "/v1/evidence-requests",
            content=content,
            headers={"content-type": "application/json", "idempotency-key": "large"},
        )
        assert (answer.status_code, kind(answer)) == (413, "about:blank")


async def test_a_body_of_256_kib_is_not_too_large(api: Api) -> None:
    raw = json.dumps(a_body()).encode()

    answer = await api.send(raw + b" " * (256 * 1024 - len(raw)))

    assert answer.status_code == 201


async def test_null_equals_absent(api: Api) -> None:
    body = with_person(birth_name=None, address=None, aliases=None)
    body |= {"relationships": None, "representations": None}
    body["items"][0] |= {"provider": None, "choice": None, "months": {"from": None, "to": None}}

    assert (await api.ask(body)).status_code == 201


async def test_partial_birth_dates_reach_the_office_unchanged(
    api: Api, jobcenter: AnOffice
) -> None:
    days = ["1980-00-00", "1980-05-00", "1980-04-06"]
    for day in days:
        assert (await api.ask(with_person(date_of_birth=day))).status_code == 201

    assert [order.person.date_of_birth for order in jobcenter.asked] == days


async def test_an_empty_object_must_be_empty(api: Api) -> None:
    for path in ["cancellation", "receipt"]:
        retrieval = (await api.ask()).json()["retrievals"][0]["id"]

        answer = await api.post(f"/v1/retrievals/{retrieval}/{path}", {"Erika": 1})

        assert pointers(answer) == ["#"]


async def test_an_instant_with_an_offset_is_the_same_instant(api: Api) -> None:
    body = with_item(choice=CHOICE | {"made_at": "2026-11-25T23:58:59.5+14:00"})

    # A minute ahead of the hub's clock were too far; on the office channel a choice is none at all.
    answer = await api.ask(body)

    assert kind(answer) == "choice-needs-electronic-procedure"


async def test_a_caller_who_hangs_up_is_no_bug_of_ours(api: Api) -> None:
    sent: list[dict[str, Any]] = []
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> dict[str, Any]:
        return next(parts, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/evidence-requests",
        "raw_path": b"/v1/evidence-requests",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await api.app(scope, receive, send)

    assert sent[0]["status"] == 400
