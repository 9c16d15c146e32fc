"""Answers that are small and grow, or large and never end: cut, and the hub's memory stays as it was."""

import asyncio
import gzip
from collections import Counter
from pathlib import Path

from conftest import Repeated
from connectors.wire import answer
from scenarios.stand import Hub, Stand
from scenarios.stub import Asked, by_name, says

MIB = 1024 * 1024
PACKED = gzip.compress(b" " * (256 * MIB), 1)
CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
HEADERS = tuple(f"x-{number}: {number}" for number in range(1000))
ROOM = 128 * MIB
"""Less than the packed answer unpacked, more than what is read of all answers at once."""


async def endless(_: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(CHUNKED)
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
        await writer.drain()


OFFICES = {
    "Gepackt": says(answer(PACKED, headers=("content-encoding: gzip",))),
    "Heimlich": says(answer(PACKED)),
    "Endlos": endless,
    "Gross": says(answer(b" " * (11 * MIB))),
    "Umleitung": says(answer(status="302 Found", headers=("location: http://127.0.0.1:9/",))),
    "Zeichen": says(answer(b"{}", headers=("content-type: application/json; charset=utf-16",))),
    "Koepfe": says(answer({"content": {"state": 7}}, headers=HEADERS)),
}
PROBLEMS = {"provider-unreadable", "provider-unavailable"}


def memory(hub: Hub) -> int:
    """The most the process ever held, in bytes."""
    lines = Path(f"/proc/{hub.process.pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak) * 1024


async def test_what_grows_or_never_ends_is_cut_and_costs_no_memory(
    stand: Stand, repeated: Repeated
) -> None:
    rounds = repeated("rounds of packed, endless, large and redirecting answers", 2)
    stand.stub.manner = by_name(**OFFICES)
    ended = Counter[tuple[str, str, str | None]]()

    async with stand.hubs(1) as (hub,):
        await hub.ask("Gut")
        before = memory(hub)
        for _ in range(rounds):
            names = (*OFFICES, "Gut")
            told = (await hub.ask(*names)).json()["retrievals"]
            ended.update(
                (name, one["state"], one.get("problem"))
                for name, one in zip(names, told, strict=True)
            )
        grown = memory(hub) - before

    assert {(name, state) for name, state, _ in ended} == {
        *((name, "failed") for name in OFFICES),
        ("Gut", "released"),
    }
    assert {problem for _, _, problem in ended} == {*PROBLEMS - {"provider-unavailable"}, None}
    assert set(ended.values()) == {rounds}
    assert set(stand.stub.times.values()) == {1}
    assert grown < ROOM
