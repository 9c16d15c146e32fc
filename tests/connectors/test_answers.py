"""What an answer means, and which answers mean nothing."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from connectors.conftest import Open
from connectors.failures import PRIVATE, failure
from connectors.orders import an_order
from connectors.wire import AProvider, answer, says
from onceonly.connectors.answers import DEEPEST, MOST_VALUES
from onceonly.connectors.rest import LARGEST_ANSWER
from onceonly.domain.errors import ProviderRefused, ProviderUnavailable, ProviderUnreadable
from onceonly.domain.retrievals import Answer, Delivered, Later, Nothing

GOOD = {
    "content": {"role": "recipient", "state": "ended"},
    "document_date": "2025-09-22",
    "as_of": "2026-10-05T09:12:01Z",
    "flags": {"address_protected": False, "adopted": True},
}


async def said(connect: Open, body: object, status: str = "200 OK") -> Answer:
    async with AProvider(says(answer(body, status=status))) as provider:
        return await connect(provider.url).fetch(an_order())


async def test_one_match_delivers_what_was_sent_with_its_dates_and_true_flags(
    connect: Open,
) -> None:
    assert await said(connect, GOOD) == Delivered(
        content={"role": "recipient", "state": "ended"},
        document_date=date(2025, 9, 22),
        as_of=datetime(2026, 10, 5, 9, 12, 1, tzinfo=UTC),
        flags=frozenset({"adopted"}),
    )


async def test_null_content_is_an_answer_and_absent_content_is_none(connect: Open) -> None:
    assert await said(connect, {"content": None}) == Delivered(None, None, None)

    failed = await failure(connect, says(answer({"document_date": "2025-09-22"})))
    assert isinstance(failed, ProviderUnreadable)


@pytest.mark.parametrize(
    ("status", "why"), [("404 Not Found", "unknown"), ("409 Conflict", "ambiguous")]
)
async def test_unknown_and_ambiguous_tell_nothing_whatever_stands_beside(
    connect: Open, status: str, why: str
) -> None:
    assert await said(connect, {"count": 2, "names": [PRIVATE]}, status) == Nothing(why)
    assert await said(connect, b"{", status) == Nothing(why)


@pytest.mark.parametrize("flag", ["address_protected", "conditional", "register_blocked"])
async def test_protected_content_is_dropped_in_the_connector(connect: Open, flag: str) -> None:
    body = GOOD | {"flags": {flag: True, "adopted": True}}

    assert await said(connect, body) == Nothing("protected")
    assert await said(connect, body | {"content": 7}) == Nothing("protected")


async def test_entrusted_content_is_dropped_in_the_connector(connect: Open) -> None:
    assert await said(connect, GOOD | {"flags": {"entrusted": True}}) == Nothing("entrusted")


@pytest.mark.parametrize("reason", ["not-competent", "not-connected", "disputed", "other"])
async def test_a_refusal_has_its_reason(connect: Open, reason: str) -> None:
    refused = await failure(connect, says(answer({"reason": reason}, status="403 Forbidden")))

    assert isinstance(refused, ProviderRefused)
    assert refused.reason == reason


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", {"reason": PRIVATE}, {"reason": ["disputed"]}, {}, [PRIVATE], b"\xff"],
)
async def test_a_refusal_with_a_reason_of_its_own_is_other(connect: Open, body: object) -> None:
    refused = await failure(connect, says(answer(body, status="403 Forbidden")))

    assert isinstance(refused, ProviderRefused)
    assert refused.reason == "other"


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ("2026-10-06T09:00:00Z", datetime(2026, 10, 6, 9, tzinfo=UTC)),
        ("2026-10-06T09:00:00.5+02:00", datetime(2026, 10, 6, 7, 0, 0, 500000, tzinfo=UTC)),
        ("1999-01-01T00:00:00Z", datetime(1999, 1, 1, tzinfo=UTC)),
        ("2026-10-06T09:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("tomorrow", None),
        (1790000000, None),
        (None, None),
    ],
)
async def test_later_has_an_instant_only_if_it_can_be_read(
    connect: Open, told: object, instant: datetime | None
) -> None:
    assert await said(connect, {"available_at": told}, "202 Accepted") == Later(instant)


@pytest.mark.parametrize("body", [b"", b"soon", b'{"available_at":', [1]])
async def test_an_unreadable_later_is_still_later(connect: Open, body: object) -> None:
    assert await said(connect, body, "202 Accepted") == Later(None)


@pytest.mark.parametrize(
    "status", ["429 Too Many Requests", "500 Oops", "502 Bad Gateway", "503 Busy", "599 Odd"]
)
async def test_busy_and_broken_providers_are_unavailable(connect: Open, status: str) -> None:
    failed = await failure(connect, says(answer({"detail": PRIVATE}, status=status)))

    assert isinstance(failed, ProviderUnavailable)


@pytest.mark.parametrize(
    "status",
    ["201 Created", "204 No Content", "206 Partial", "302 Found", "400 Bad", "401 No", "410 Gone"],
)
async def test_a_status_outside_the_protocol_is_unreadable(connect: Open, status: str) -> None:
    failed = await failure(connect, says(answer(GOOD | {"x": PRIVATE}, status=status)))

    assert isinstance(failed, ProviderUnreadable)


def content(raw: bytes) -> bytes:
    """A good answer around one raw value."""
    return b'{"content":{"name":"' + PRIVATE.encode() + b'","value":' + raw + b"}}"


NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "half": b'{"content":{"name":"' + PRIVATE.encode(),
    "a page": b"<html>" + PRIVATE.encode() + b"</html>",
    "a list": b'["' + PRIVATE.encode() + b'"]',
    "a second value": content(b"1") + content(b"1"),
    "NaN": content(b"NaN"),
    "Infinity": content(b"-Infinity"),
    "beyond a double": content(b"1e999"),
    "beyond 2^53": content(b"9007199254740992"),
    "five thousand digits": content(b"9" * 5000),
    "a member twice": content(b'{"a":1,"a":2}'),
    "content twice": b'{"content":null,"content":{"name":"' + PRIVATE.encode() + b'"}}',
    "one member in two spellings": content(b'{"a":1,"\\u0061":2}'),
    "a lone high surrogate": content(b'"\\ud800"'),
    "a lone low surrogate as a name": content(b'{"\\udc00":1}'),
    "NUL": content(b'"A\\u0000"'),
    "NUL in a name": content(b'{"A\\u0000":1}'),
    "Latin-1": content(b'"\xe9"'),
    "UTF-16": content(b"1").decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + content(b"1"),
    "one level too deep": content(b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1)),
    "more values than can be read at once": content(b"[1" + b",1" * MOST_VALUES + b",1]"),
    "bottomless lists": b'{"content":' + b"[" * 200_000,
    "bottomless objects": b'{"content":' + b'{"a":' * 200_000,
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_what_two_readers_could_read_differently_is_unreadable(
    connect: Open, body: bytes
) -> None:
    failed = await failure(connect, says(answer(body)))

    assert isinstance(failed, ProviderUnreadable)


async def test_the_deepest_and_largest_values_allowed_pass(connect: Open) -> None:
    deep = b"[" * (DEEPEST - 2) + b"]" * (DEEPEST - 2)

    told = await said(connect, content(b"[9007199254740991," + deep[1:]))

    assert isinstance(told, Delivered)


async def test_paired_surrogates_and_legal_letters_arrive_unchanged(connect: Open) -> None:
    told = await said(connect, content(b'"\\ud83d\\ude00 \\u2019 u\\u0308"'))

    assert isinstance(told, Delivered)
    assert told.content == {"name": PRIVATE, "value": "😀 ’ u\u0308"}


WRONG_TYPES: dict[str, dict[str, object]] = {
    "content is text": {"content": PRIVATE},
    "content is a list": {"content": [PRIVATE]},
    "content is a number": {"content": 0},
    "content is false": {"content": False},
    "date is a number": {"document_date": 637200000},
    "date is an instant": {"document_date": "2025-09-22T00:00:00Z"},
    "date does not exist": {"document_date": "2025-02-30"},
    "date is a week": {"document_date": "2025-W39-1"},
    "date has other digits": {"document_date": "२०२५-०९-२२"},
    "date is text": {"document_date": PRIVATE},
    "as_of is a number": {"as_of": 1790000000},
    "as_of is a day": {"as_of": "2026-10-05"},
    "as_of has no zone": {"as_of": "2026-10-05T09:12:01"},
    "as_of has a blank": {"as_of": "2026-10-05 09:12Z"},
    "as_of has no seconds": {"as_of": "2026-10-05T09:12Z"},
    "as_of is before time": {"as_of": "0001-01-01T00:00:00+14:00"},
    "as_of is text": {"as_of": PRIVATE},
    "flags is a list": {"flags": ["address_protected"]},
    "flags is null": {"flags": None},
    "a flag is text": {"flags": {"address_protected": "true"}},
    "a flag is a number": {"flags": {"address_protected": 1}},
    "a flag is null": {"flags": {"address_protected": None}},
    "a flag is unknown": {"flags": {PRIVATE: False}},
}


@pytest.mark.parametrize("wrong", WRONG_TYPES.values(), ids=WRONG_TYPES.keys())
async def test_nothing_is_coerced(connect: Open, wrong: dict[str, object]) -> None:
    failed = await failure(connect, says(answer(GOOD | wrong)))

    assert isinstance(failed, ProviderUnreadable)


async def test_an_instant_with_an_offset_is_moved_and_not_reread(connect: Open) -> None:
    told = await said(connect, GOOD | {"as_of": "2026-10-05T09:12:01+14:00"})

    assert isinstance(told, Delivered)
    assert told.as_of == datetime(2026, 10, 4, 19, 12, 1, tzinfo=UTC)


async def test_members_beside_the_protocol_are_not_handed_on(connect: Open) -> None:
    told = await said(connect, {**GOOD, "note": PRIVATE, "person": {"name": PRIVATE}})

    assert PRIVATE not in repr(told)


def padded(size: int) -> bytes:
    """A good answer of exactly so many bytes."""
    empty = json.dumps({"content": {"data": ""}}).encode()
    return json.dumps({"content": {"data": "A" * (size - len(empty))}}).encode()


async def test_ten_mebibytes_pass_and_one_byte_more_does_not(connect: Open) -> None:
    assert isinstance(await said(connect, padded(LARGEST_ANSWER)), Delivered)

    failed = await failure(connect, says(answer(padded(LARGEST_ANSWER + 1))))
    assert isinstance(failed, ProviderUnreadable)


@pytest.mark.parametrize(
    ("manner", "well"),
    [
        (lambda: says(answer({"status": "ok"})), True),
        (lambda: says(answer(status="503 Busy")), False),
        (lambda: says(answer(status="302 Found", headers=("location: /v1/evidence",))), False),
        (lambda: says(b"no HTTP at all\r\n\r\n"), False),
    ],
    ids=["ok", "busy", "elsewhere", "gibberish"],
)
async def test_only_a_200_is_well(
    connect: Open, manner: Callable[[], object], *, well: bool
) -> None:
    chosen = manner()
    assert callable(chosen)
    async with AProvider(chosen) as provider:
        assert await connect(provider.url).alive() is well

    (call,) = provider.heard
    assert (call.method, call.path, call.body) == ("GET", "/v1/health", b"")


async def test_a_system_that_is_not_there_is_neither_well_nor_available(connect: Open) -> None:
    closed = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{closed.sockets[0].getsockname()[1]}"
    closed.close()
    await closed.wait_closed()

    assert not await connect(url).alive()
    with pytest.raises(ProviderUnavailable):
        await connect(url).fetch(an_order())
