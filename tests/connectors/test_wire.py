"""Bad days on the wire: each ends, tells nothing, and touches no other call."""

import gzip
import json

import pytest

from connectors.conftest import SOON, Open
from connectors.failures import PRIVATE, failure
from connectors.orders import an_order
from connectors.wire import (
    AProvider,
    Manner,
    answer,
    repeats,
    says,
    says_and_closes,
    says_and_waits,
)
from onceonly.domain.errors import ProviderError, ProviderUnavailable, ProviderUnreadable
from onceonly.domain.retrievals import Delivered, Nothing

GOOD = answer({"content": {"name": PRIVATE}})
HEAD, BODY = GOOD.split(b"\r\n\r\n")
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
DELIVERED = Delivered({"name": PRIVATE}, None, None)

NEVER_STARTED: dict[str, Manner] = {
    "silence": says_and_waits(),
    "half the headers": says_and_waits(HEAD[:-4]),
    "headers that drip": repeats(b"HTTP/1.1 200 OK\r\n", b"x-more: 1\r\n", pause_s=0.05),
    "interim answers": repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause_s=0.05),
}
NEVER_ENDED: dict[str, Manner] = {
    "half the body": says_and_waits(GOOD[:-5]),
    "headers only": says_and_waits(HEAD + b"\r\n\r\n"),
    "a body that drips": repeats(answer(b"", length=1000), b" ", pause_s=0.05),
    "chunks that drip": repeats(CHUNKED, b"1\r\n \r\n", pause_s=0.05),
    "a trailer that never ends": says_and_waits(CHUNKED + b"0\r\nx-more: 1\r\n"),
}
ENDLESS = NEVER_STARTED | NEVER_ENDED


@pytest.mark.parametrize("manner", ENDLESS.values(), ids=ENDLESS.keys())
async def test_what_never_ends_is_cut_and_its_connection_closed(
    connect: Open, manner: Manner
) -> None:
    async with AProvider(manner) as provider:
        with pytest.raises(ProviderUnavailable) as caught:
            await connect(provider.url, SOON).fetch(an_order())
        await provider.hung_up.wait()

    assert caught.value.__context__ is None
    assert len(provider.heard) == 1


@pytest.mark.parametrize("manner", NEVER_STARTED.values(), ids=NEVER_STARTED.keys())
async def test_a_system_that_never_says_so_is_not_well(connect: Open, manner: Manner) -> None:
    async with AProvider(manner) as provider:
        assert not await connect(provider.url, SOON).alive()
        await provider.hung_up.wait()


@pytest.mark.parametrize("manner", NEVER_ENDED.values(), ids=NEVER_ENDED.keys())
async def test_the_body_of_a_health_answer_is_not_waited_for(connect: Open, manner: Manner) -> None:
    async with AProvider(manner) as provider:
        assert await connect(provider.url).alive()
        await provider.hung_up.wait()


BROKEN: dict[str, Manner] = {
    "no HTTP": says_and_closes(PRIVATE.encode() + b"\r\n\r\n"),
    "a status that is no number": says_and_closes(
        b"HTTP/1.1 abc " + PRIVATE.encode() + b"\r\n\r\n"
    ),
    "HTTP of another age": says_and_closes(b"HTTP/9.9 200 OK\r\n\r\n" + BODY),
    "nothing at all": says_and_closes(b""),
    "half a status line": says_and_closes(b"HTTP/1.1 20"),
    "half the headers": says_and_closes(HEAD[:-4]),
    "half the body": says_and_closes(GOOD[:-5]),
    "fewer bytes than promised": says_and_closes(answer(BODY, length=len(BODY) + 1)),
    "more bytes than promised": says_and_closes(answer(BODY, length=len(BODY) - 1)),
    "a length that is none": says_and_closes(
        b"HTTP/1.1 200 OK\r\ncontent-length: " + PRIVATE.encode() + b"\r\n\r\n" + BODY
    ),
    "a negative length": says_and_closes(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n" + BODY),
    "two lengths": says_and_closes(
        answer(BODY, headers=("content-length: 2",)),
    ),
    "a chunk without its end": says_and_closes(CHUNKED + b"a\r\n" + BODY[:4]),
    "a chunk size that is none": says_and_closes(CHUNKED + PRIVATE.encode() + b"\r\n" + BODY),
    "a line without end": says_and_closes(b"HTTP/1.1 200 OK\r\nx: " + b"A" * 1_000_000),
    "a header of a megabyte": says_and_closes(answer(BODY, headers=("x: " + "A" * 1_000_000,))),
    "a thousand headers": says_and_closes(answer(BODY, headers=tuple(["x: 1"] * 1000))),
    "headers for ever": repeats(b"HTTP/1.1 200 OK\r\n", b"x: 1\r\n" * 1000),
    "another protocol": says_and_closes(
        b"HTTP/1.1 101 Switching\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n" + BODY
    ),
}


@pytest.mark.parametrize("manner", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_answer_is_a_provider_error_without_its_words(
    connect: Open, manner: Manner
) -> None:
    assert isinstance(await failure(connect, manner), ProviderError)


TOO_MUCH: dict[str, Manner] = {
    "eleven mebibytes": says(answer(b" " * (11 * 1024 * 1024))),
    "chunks for ever": repeats(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "a body without length for ever": repeats(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536),
    "a promise of a gigabyte": repeats(answer(b"", length=10**9), b" " * 65536),
    "a refusal for ever": repeats(b"HTTP/1.1 403 Forbidden\r\n\r\n", b" " * 65536),
}


@pytest.mark.parametrize("manner", TOO_MUCH.values(), ids=TOO_MUCH.keys())
async def test_no_more_is_read_than_ten_mebibytes(connect: Open, manner: Manner) -> None:
    async with AProvider(manner) as provider:
        with pytest.raises(ProviderUnreadable):
            await connect(provider.url).fetch(an_order())
        await provider.hung_up.wait()


@pytest.mark.parametrize("status", ["404 Not Found", "409 Conflict"])
async def test_a_body_without_meaning_is_not_waited_for(connect: Open, status: str) -> None:
    endless = repeats(f"HTTP/1.1 {status}\r\n\r\n".encode(), b" " * 65536)

    async with AProvider(endless) as provider:
        assert isinstance(await connect(provider.url).fetch(an_order()), Nothing)
        await provider.hung_up.wait()


@pytest.mark.parametrize("status", ["500 Oops", "302 Found"])
async def test_the_body_of_a_failure_is_not_waited_for(connect: Open, status: str) -> None:
    endless = repeats(f"HTTP/1.1 {status}\r\n\r\n".encode(), PRIVATE.encode() * 1000)

    assert isinstance(await failure(connect, endless), ProviderError)


@pytest.mark.parametrize(
    "packing", ["gzip", "x-gzip", "deflate", "br", "zstd", "gzip, identity", "GZip", "nonsense"]
)
async def test_a_packed_body_is_refused_and_never_unpacked(connect: Open, packing: str) -> None:
    bomb = gzip.compress(b" " * 10_000_000 + BODY)
    manner = says(answer(bomb, headers=(f"content-encoding: {packing}",)))

    assert isinstance(await failure(connect, manner), ProviderUnreadable)


async def test_a_body_packed_in_secret_is_refused_too(connect: Open) -> None:
    packed = gzip.compress(BODY)
    chunk = f"{len(packed):x}\r\n".encode() + packed + b"\r\n0\r\n\r\n"
    in_transfer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n" + chunk

    assert isinstance(await failure(connect, says(answer(packed))), ProviderError)
    assert isinstance(await failure(connect, says(in_transfer)), ProviderError)


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "utf-7", PRIVATE])
async def test_another_charset_is_refused(connect: Open, charset: str) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset={charset}\r\n"
    manner = says(f"{head}content-length: {len(BODY)}\r\n\r\n".encode() + BODY)

    assert isinstance(await failure(connect, manner), ProviderUnreadable)


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
async def test_a_redirect_is_not_followed(connect: Open, status: str) -> None:
    async with AProvider(says(GOOD)) as elsewhere:
        away = answer(status=f"{status} Away", headers=(f"location: {elsewhere.url}/v1/evidence",))
        await failure(connect, says(away))

    assert elsewhere.heard == []


async def test_a_cookie_is_neither_kept_nor_sent(connect: Open) -> None:
    sets = answer({"content": None}, headers=("set-cookie: person=p1; path=/",))

    async with AProvider(says(sets)) as provider:
        connector = connect(provider.url)
        await connector.fetch(an_order())
        await connector.alive()
        await connector.fetch(an_order())

    assert [call.header("cookie") for call in provider.heard] == [[], [], []]


async def test_a_demand_for_credentials_is_not_answered(connect: Open) -> None:
    asks = answer(status="401 Unauthorized", headers=('www-authenticate: Basic realm="x"',))

    async with AProvider(says(asks)) as provider:
        with pytest.raises(ProviderUnreadable):
            await connect(provider.url).fetch(an_order())

    assert len(provider.heard) == 1


@pytest.mark.parametrize("status", ["429 Busy", "500 Oops", "503 Busy"])
async def test_nothing_is_asked_twice(connect: Open, status: str) -> None:
    sorry = answer(status=status, headers=("retry-after: 0",))

    async with AProvider(says(sorry)) as provider:
        with pytest.raises(ProviderUnavailable):
            await connect(provider.url).fetch(an_order())

    assert len(provider.heard) == 1


async def test_an_answer_without_length_ends_with_its_connection(connect: Open) -> None:
    async with AProvider(says_and_closes(b"HTTP/1.0 200 OK\r\n\r\n" + BODY)) as provider:
        assert await connect(provider.url).fetch(an_order()) == DELIVERED


async def test_an_answer_in_single_bytes_is_still_an_answer(connect: Open) -> None:
    pieces = [bytes([one]) for one in GOOD]

    async with AProvider(says(*pieces)) as provider:
        assert await connect(provider.url).fetch(an_order()) == DELIVERED


async def test_chunks_and_interim_answers_make_no_difference(connect: Open) -> None:
    body = json.dumps({"content": {"name": PRIVATE}}).encode()
    chunks = b"".join(b"1\r\n" + bytes([one]) + b"\r\n" for one in body) + b"0\r\n\r\n"
    manner = says(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", CHUNKED, chunks)

    async with AProvider(manner) as provider:
        assert await connect(provider.url).fetch(an_order()) == DELIVERED
