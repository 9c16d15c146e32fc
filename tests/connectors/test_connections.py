"""Connections: each call has its own, none outlives its call, and no partner takes all of them."""

import asyncio
from uuid import UUID

import pytest

from connectors.conftest import SOON, Open
from connectors.orders import REFERENCE, an_order
from connectors.wire import AProvider, Heard, answer, says, says_and_closes, says_and_waits
from onceonly.domain.errors import ProviderUnavailable
from onceonly.domain.retrievals import Answer, Delivered

WHOLE = answer({"content": None})


async def test_a_connection_closed_in_the_middle_is_asked_once(connect: Open) -> None:
    async with AProvider(says_and_closes(b"")) as provider:
        connector = connect(provider.url)
        for _ in range(3):
            with pytest.raises(ProviderUnavailable):
                await connector.fetch(an_order())

    assert len(provider.heard) == 3


def marked(number: int) -> UUID:
    return UUID(int=REFERENCE.int + number)


def mark_of(call: Heard) -> bytes:
    return answer({"content": {"mark": call.asked["reference"]}})


def mark(told: Answer) -> object:
    assert isinstance(told, Delivered)
    assert told.content is not None
    return told.content["mark"]


async def test_a_connection_that_only_claims_to_stay_costs_no_call(connect: Open) -> None:
    async def promise_and_close(call: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(mark_of(call).replace(b"\r\n", b"\r\nconnection: keep-alive\r\n", 1))
        writer.close()

    async with AProvider(promise_and_close) as provider:
        connector = connect(provider.url)
        told = [await connector.fetch(an_order(reference=marked(n))) for n in range(30)]

    assert [mark(one) for one in told] == [str(marked(n)) for n in range(30)]
    assert [call.asked["reference"] for call in provider.heard] == [mark(one) for one in told]


async def test_a_second_answer_nobody_asked_for_reaches_nobody(connect: Open) -> None:
    stray = answer({"content": {"mark": "stray"}})

    async def babble(call: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(mark_of(call) + stray)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(stray)

    async with AProvider(babble) as provider:
        connector = connect(provider.url)
        told = [await connector.fetch(an_order(reference=marked(n))) for n in range(30)]

    assert [mark(one) for one in told] == [str(marked(n)) for n in range(30)]


async def test_the_rest_of_a_given_up_answer_reaches_nobody(connect: Open) -> None:
    async def slow_for_the_even(call: Heard, writer: asyncio.StreamWriter) -> None:
        whole = mark_of(call)
        if UUID(call.asked["reference"]).int % 2 == 0:
            writer.write(whole[:-20])
            await writer.drain()
            await asyncio.sleep(0.4)
            whole = whole[-20:]
        writer.write(whole)

    async with AProvider(slow_for_the_even) as provider:
        patient, hasty = connect(provider.url), connect(provider.url, SOON)
        calls = [
            (hasty if marked(n).int % 2 == 0 else patient).fetch(an_order(reference=marked(n)))
            for n in range(24)
        ]
        told = await asyncio.gather(*calls, return_exceptions=True)

    for n, one in enumerate(told):
        if marked(n).int % 2 == 0:
            assert isinstance(one, ProviderUnavailable)
        else:
            assert not isinstance(one, BaseException)
            assert mark(one) == str(marked(n))


async def test_a_cancelled_call_leaves_no_connection_behind(connect: Open) -> None:
    async with AProvider(says_and_waits(WHOLE[:-5])) as provider:
        call = asyncio.create_task(connect(provider.url).fetch(an_order()))
        await provider.has_heard(1)
        call.cancel()
        await asyncio.wait({call})
        await provider.hung_up.wait()

    assert call.cancelled()


async def test_a_slow_provider_cannot_take_the_connections_of_the_others(connect: Open) -> None:
    async with AProvider(says_and_waits()) as slow, AProvider(says(WHOLE)) as fast:
        system = connect(slow.url)
        stuck = [asyncio.create_task(system.fetch(an_order())) for _ in range(20)]
        await slow.has_heard(4)

        told = [await connect(fast.url).fetch(an_order()) for _ in range(10)]

        assert told == [Delivered(None, None, None)] * 10
        assert not [one for one in stuck if one.done()]
        assert slow.connections == 4
        for one in stuck:
            one.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


async def test_waiting_for_a_free_connection_counts_as_waiting(connect: Open) -> None:
    async with AProvider(says_and_waits()) as slow:
        system = connect(slow.url, SOON)
        calls = [system.fetch(an_order()) for _ in range(20)]
        done = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(one) for one in done] == [ProviderUnavailable] * 20


async def test_a_slow_office_holds_up_no_other_at_the_same_address(connect: Open) -> None:
    async def by_path(heard: Heard, writer: asyncio.StreamWriter) -> None:
        await (says_and_waits() if heard.path.startswith("/slow") else says(WHOLE))(heard, writer)

    async with AProvider(by_path) as vendor:
        slow, fast = connect(f"{vendor.url}/slow"), connect(f"{vendor.url}/fast")
        stuck = [asyncio.create_task(slow.fetch(an_order())) for _ in range(20)]
        await vendor.has_heard(4)

        told = [await fast.fetch(an_order()) for _ in range(10)]

        assert told == [Delivered(None, None, None)] * 10
        assert not [one for one in stuck if one.done()]
        for one in stuck:
            one.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


async def test_a_heartbeat_is_heard_while_all_calls_are_stuck(connect: Open) -> None:
    async def but_for_health(heard: Heard, writer: asyncio.StreamWriter) -> None:
        await (says(WHOLE) if heard.method == "GET" else says_and_waits())(heard, writer)

    async with AProvider(but_for_health) as slow:
        system = connect(slow.url)
        stuck = [asyncio.create_task(system.fetch(an_order())) for _ in range(20)]
        await slow.has_heard(4)

        assert await system.alive()

        for one in stuck:
            one.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
