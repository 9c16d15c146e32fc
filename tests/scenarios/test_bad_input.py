"""Every row of `docs/bad-input.md` against a running hub: refused as it says, and nobody asked."""

import asyncio
import gzip
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from scenarios.conftest import Pair
from scenarios.documents import a_question
from scenarios.raw import Told, asking, chunk, head, port_of, talk, whole
from scenarios.stand import Hub

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = Path(__file__).parents[2] / "docs/bad-input.md"
GOOD = a_question()
RAW = json.dumps(GOOD).encode()
ID = "01994a3e-7c1b-7d3e-9a4f-2b6c8d0e1f23"
Parts = list[bytes]
Row = Callable[[Hub], Awaitable[None]]


def with_person(**changes: Any) -> dict[str, Any]:
    return GOOD | {"persons": [GOOD["persons"][0] | changes]}


def with_item(**changes: Any) -> dict[str, Any]:
    return GOOD | {"items": [GOOD["items"][0] | changes]}


def refused(told: Told, status: int, kind: str = "about:blank") -> Told:
    assert (told.status, told.kind) == (status, kind), told.body
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json["status"] == status
    return told


def each(status: int, kind: str, *cases: Callable[[Hub], Parts]) -> Row:
    """Every one of these requests is answered so."""

    async def row(hub: Hub) -> None:
        for case in cases:
            refused(await talk(hub, case(hub)), status, kind)

    return row


def body(*bodies: object, status: int = 400, kind: str = "malformed-json") -> Row:
    return each(status, kind, *[lambda hub, one=one: whole(hub, one) for one in bodies])


def faulty(*cases: tuple[object, list[str]], kind: str = "invalid") -> Row:
    """Every one of these bodies is refused at these members."""

    async def row(hub: Hub) -> None:
        for sent, pointers in cases:
            told = refused(await talk(hub, whole(hub, sent)), 422, kind)
            assert told.pointers == sorted(pointers)

    return row


def paths(*given: str) -> Row:
    return each(404, "not-found", *[lambda hub, one=one: [head(hub, "GET", one)] for one in given])


def typed(*lines: str) -> Callable[[Hub], Parts]:
    """A good body under these headers."""
    length = f"content-length: {len(RAW)}"
    keyed = ("idempotency-key: bad-1", length, *lines)
    return lambda hub: [head(hub, "POST", "/v1/evidence-requests", *keyed), RAW]


def keyed(*lines: str) -> Callable[[Hub], Parts]:
    json_ = ("content-type: application/json", f"content-length: {len(RAW)}", *lines)
    return lambda hub: [head(hub, "POST", "/v1/evidence-requests", *json_), RAW]


def framed(*lines: str, sent: bytes = b"{}") -> Callable[[Hub], Parts]:
    return lambda hub: [asking(hub, *lines), sent]


async def wrong_method(hub: Hub) -> None:
    for method, path in (
        ("DELETE", "/v1/evidence-requests"),
        ("PUT", f"/v1/retrievals/{ID}"),
        ("POST", "/livez"),
        ("PATCH", "/v1/offices"),
        ("GET", "/oauth2/token"),
        ("TRACE", "/livez"),
    ):
        told = refused(await talk(hub, [head(hub, method, path)]), 405)
        assert told.headers["allow"]


async def query(hub: Hub) -> None:
    for one in ("limit=0", "limit=101", "limit=1e1", "limit=%00", "cursor=%ff", "cursor=Erika"):
        told = refused(await talk(hub, [head(hub, "GET", f"/v1/offices?{one}")]), 422, "invalid")
        assert told.pointers == [f"#/{one.partition('=')[0]}"]


async def slow(hub: Hub) -> None:
    """Fifty callers drip; another is served as if they were not there."""

    async def drip(first: bytes) -> None:
        await talk(hub, [first, *[b" "] * 1000], pause_s=0.05)

    begun = [
        asyncio.create_task(drip(first))
        for first in (asking(hub, "content-length: 2000"), b"GET /v1/offices HTTP/1.1\r\nx:")
        for _ in range(25)
    ]
    await asyncio.sleep(0.2)
    served = [await talk(hub, [head(hub, "GET", "/v1/offices")]) for _ in range(20)]
    assert not any(one.done() for one in begun)
    for one in begun:
        one.cancel()
    await asyncio.gather(*begun, return_exceptions=True)
    assert {one.status for one in served} == {200}


async def gone(hub: Hub) -> None:
    for first in (
        b"",
        b"POST /v1/ev",
        asking(hub, f"content-length: {len(RAW)}"),
        asking(hub, f"content-length: {len(RAW)}") + RAW[:100],
        asking(hub, "transfer-encoding: chunked") + chunk(RAW[:100]),
    ):
        async with AsyncExitStack() as stack:
            _, writer = await asyncio.open_connection("127.0.0.1", port_of(hub))
            stack.callback(writer.transport.abort)
            writer.write(first)
            await writer.drain()


ROWS: Mapping[str, Row] = {
    "nothing": body(b""),
    "half": body(RAW[:-9], b"{", b"{} {}", b"[1,]"),
    "member-twice": body(
        RAW[:-1] + b', "channel": "office"}',
        RAW.replace(b'"ref": "p1"', b'"ref": "p1", "ref": "p2"'),
        RAW.replace(b'"ref": "p1"', b'"ref": "p1", "r\\u0065f": "p2"'),
    ),
    "not-utf-8": body(RAW.replace(b"Erika", b"Erik\xe4"), json.dumps(GOOD).encode("utf-16")),
    "no-number": body(b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e999}'),
    "too-deep": body(b"[" * 100_000, b'{"a":' * 30_000, b"[" * 40 + b"]" * 40),
    "half-a-pair": faulty(
        (with_person(family_name="\ud800"), ["#/persons/0/family_name"]),
        (with_person(given_names=["A\0"]), ["#/persons/0/given_names/0"]),
    ),
    "date-as-number": faulty((with_person(date_of_birth=19640812), ["#/persons/0/date_of_birth"])),
    "boolean-as-integer": faulty(
        (with_item(choice_refused=1), ["#/items/0/choice_refused"]),
        (
            GOOD
            | {
                "relationships": [
                    {"kind": "lives-with", "person": "p1", "to": "p1", "share_percent": True}
                ]
            },
            ["#/relationships/0/share_percent"],
        ),
    ),
    "unknown-member": faulty(
        (GOOD | {"Mustermann": 1}, ["#"]), (with_person(Erika=1), ["#/persons/0"])
    ),
    "person-twice": faulty(
        (GOOD | {"persons": GOOD["persons"] * 2}, ["#/persons/0/ref", "#/persons/1/ref"])
    ),
    "unknown-ref": faulty((with_item(person="p9"), ["#/items/0/person"])),
    "thousand-items": faulty(
        (
            GOOD | {"items": [GOOD["items"][0] | {"ref": f"i{number}"} for number in range(1000)]},
            ["#/items"],
        )
    ),
    "many-faults": faulty(
        (
            with_person(date_of_birth=1, given_names="E") | {"channel": "x"},
            ["#/channel", "#/persons/0/date_of_birth", "#/persons/0/given_names"],
        )
    ),
    "unknown-code": faulty(
        (
            with_item(profile="P9", necessity={"fact": "nothing"}),
            ["#/items/0/necessity/fact", "#/items/0/profile"],
        ),
        (GOOD | {"procedure": "but.sgb99"}, ["#/procedure"]),
        kind="unknown-code",
    ),
    "two-megabytes": body(RAW + b" " * 2_000_000, status=413, kind="about:blank"),
    "two-megabytes-chunked": each(
        413,
        "about:blank",
        lambda hub: [asking(hub, "transfer-encoding: chunked"), *[chunk(b" " * 10_000)] * 200],
    ),
    "packed": each(
        415,
        "about:blank",
        lambda hub: [
            asking(hub, "content-encoding: gzip", f"content-length: {len(gzip.compress(RAW))}"),
            gzip.compress(RAW),
        ],
    ),
    "no-json": each(
        415,
        "about:blank",
        typed(),
        typed("content-type: text/plain"),
        typed("content-type: application/x-www-form-urlencoded"),
        typed("content-type: application/merge-patch+json"),
    ),
    "two-types": each(
        415,
        "about:blank",
        typed("content-type: application/json", "content-type: text/plain"),
        typed("content-type: text/plain", "content-type: application/json"),
    ),
    "no-key": each(400, "idempotency-key-missing", keyed(), keyed("idempotency-key: ")),
    "two-keys": each(
        400,
        "idempotency-key-missing",
        keyed("idempotency-key: bad-1", "idempotency-key: bad-2"),
        keyed("idempotency-key: bad one"),
        keyed(f"idempotency-key: {'x' * 256}"),
    ),
    "two-tokens": each(
        401,
        "unauthenticated",
        lambda hub: [head(hub, "GET", "/v1/offices", "authorization: Bearer x")],
        lambda hub: [
            head(hub, "GET", "/v1/offices", f"authorization: {hub.http.headers['authorization']}")
        ],
    ),
    "wrong-method": wrong_method,
    "other-spelling": paths(
        *(
            f"/v1/retrievals/{one}"
            for one in (
                ID.upper(),
                ID.replace("-", ""),
                f"%7b{ID}%7d",
                f"urn:uuid:{ID}",
                f"{ID}0",
                ID.replace("0", "%2530"),
                ID.replace("-", "%E2%80%90"),
            )
        )
    ),
    "dots": paths(
        "/v1/offices/%2e%2e/offices",
        "/v1/%252e%252e/offices",
        "/v1/%c0%ae%c0%ae/v1/offices",
        "/v1/../v1/offices",
        "/v1/./offices",
        "/problems/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    ),
    "encoded-slash": paths("/v1%2foffices", "/v1%2Foffices", "/%2fv1/offices"),
    "no-text-in-path": paths("/v1/offices%00", "/v1/%ff", "/v1/%", "/v1/%zz", "/v1/%ed%a0%80"),
    "query": query,
    "header-flood": each(
        431,
        "about:blank",
        lambda hub: [
            head(hub, "GET", "/livez")[:-2],
            *[b"".join(b"x-%d: y\r\n" % number for number in range(5000))] * 10,
        ],
        lambda hub: [head(hub, "GET", "/livez")[:-2], b"x: ", *[b"y" * 50_000] * 20],
    ),
    "long-path": each(431, "about:blank", lambda _: [b"GET /v1/", *[b"a" * 50_000] * 20]),
    "two-lengths": each(
        400,
        "about:blank",
        framed("content-length: 2", "content-length: 3"),
        framed("content-length: -2"),
        framed("content-length: +2"),
        framed("content-length: 2", "transfer-encoding: chunked", sent=chunk(b"{}")),
        framed("transfer-encoding: gzip"),
    ),
    "bad-chunks": each(
        400,
        "about:blank",
        framed("transfer-encoding: chunked", sent=b"zz\r\n{}\r\n0\r\n\r\n"),
        framed("transfer-encoding: chunked", sent=b"-2\r\n{}\r\n0\r\n\r\n"),
    ),
    "no-http": each(
        400,
        "about:blank",
        lambda _: [b"\x16\x03\x01\x02\x00\x01\x00"],
        lambda _: [b"GET /v1/off\xefces HTTP/1.1\r\nhost: x\r\n\r\n"],
        lambda _: [b"GET v1/offices HTTP/1.1\r\nhost: x\r\n\r\n"],
        lambda _: [b"GET /livez HTTP/3.7\r\nhost: x\r\n\r\n"],
        lambda hub: [head(hub, "GET", "/livez", "x: 1\x002")],
        lambda hub: [head(hub, "GET", "/livez", "x: 1\r\n  2")],
        lambda hub: [head(hub, "GET", "/livez", "x y: 1")],
    ),
    "slow": slow,
    "gone": gone,
}


@pytest.mark.parametrize("name", ROWS)
async def test_bad_input_is_refused_as_the_table_says_and_nobody_is_asked(
    name: str, pair: Pair
) -> None:
    hub = pair.hubs[0]
    recorded = "select count(*) from log_entry"
    before = await pair.stand.rows(recorded)

    await ROWS[name](hub)

    assert (await talk(hub, [head(hub, "GET", "/readyz", token=False)])).status == 200
    assert pair.stub.heard == []
    assert await pair.stand.rows(recorded) == before


async def test_the_table_has_a_row_for_each_of_these_and_no_other() -> None:
    listed = re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert listed == list(ROWS)


async def test_what_is_good_passes_in_chunks_and_in_pieces(pair: Pair) -> None:
    hub = pair.hubs[0]
    pieces = [RAW[begin : begin + 50] for begin in range(0, len(RAW), 50)]

    head_of_chunks = asking(hub, "transfer-encoding: chunked", key="good-1")
    chunked = [head_of_chunks, *map(chunk, pieces), b"0\r\n\r\n"]
    in_pieces = [asking(hub, f"content-length: {len(RAW)}", key="good-2"), *pieces]

    assert (await talk(hub, chunked)).status in {201, 202}
    assert (await talk(hub, in_pieces, pause_s=0.001)).status in {201, 202}
