"""Partners that are slow, hang up or stall: nobody else notices, and everything settles."""

import asyncio
import re
from collections import Counter

import pytest

from conftest import Repeated
from connectors.wire import answer
from scenarios.conftest import Pair
from scenarios.documents import IMPATIENT, NEIGHBOUR, Document
from scenarios.stub import Asked, behind, by_name, granted, marker_of, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_slow_office_holds_up_nobody_but_its_own_questions(pair: Pair) -> None:
    gate = asyncio.Event()
    pair.stub.manner = by_name(Langsam=behind(gate))
    hub = pair.hubs[0]
    slow = [asyncio.create_task(hub.ask("Langsam")) for _ in range(100)]
    await pair.stub.has_heard(100)

    others = await asyncio.gather(
        *[hub.token() for _ in range(5)],
        *[hub.http.get(path) for path in ("/readyz", "/v1/offices", "/health") for _ in range(3)],
        *[hub.ask(provider=NEIGHBOUR) for _ in range(10)],
    )
    waiting = [one for one in slow if not one.done()]
    gate.set()
    told = await asyncio.gather(*slow)

    assert len(waiting) == 100
    assert Counter(one.status_code for one in others) == {200: 14, 201: 10}
    assert {one.json()["retrievals"][0]["state"] for one in told} == {"released"}


async def test_what_was_asked_for_a_caller_who_hung_up_settles(
    pair: Pair, repeated: Repeated
) -> None:
    for _ in range(repeated("times that 40 callers hung up", 1)):
        pair.stub.heard.clear()
        await all_settle(pair)


async def all_settle(pair: Pair) -> None:
    """Forty hang up somewhere between their question and its answer; whatever was asked settles."""
    gate = asyncio.Event()
    pair.stub.manner = behind(gate)
    calls = [asyncio.create_task(pair.hubs[0].ask("Aufgelegt")) for _ in range(40)]
    # Some have been asked by now, some are being recorded, some are not even read.
    await pair.stub.has_heard(10)

    for one in calls:
        one.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    gate.set()
    await pair.stand.rests()

    found = {
        str(row["id"]): (row["state"], row["answer_entry"] is not None)
        for row in await pair.stand.rows("select id, state, answer_entry from retrieval")
    }
    assert {found[one] for one in pair.stub.times} == {("released", True)}
    assert not await pair.stand.rows("select 1 from retrieval where problem = 'presumed-lost'")


async def stalls(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Half an answer now, the rest two seconds later."""
    whole = granted(asked)
    writer.write(whole[:-20])
    await writer.drain()
    await asyncio.sleep(2)
    writer.write(whole[-20:])


async def babbles(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """A good answer, and one more that nobody asked for."""
    stray = {**asked, "reference": "00000000-0000-7000-8000-000000000000"}
    writer.write(granted(asked) + granted(stray))


async def test_no_answer_ever_reaches_another_retrieval(pair: Pair, repeated: Repeated) -> None:
    each = repeated("answers cut, whole and doubled, twelve of each", 1) * 12
    pair.stub.manner = by_name(Halb=stalls, Doppelt=babbles)
    hub, eight = pair.hubs[0], asyncio.Semaphore(8)

    async def ask(number: int) -> tuple[str, Document, Document]:
        name = ("Halb", "Ganz", "Doppelt")[number % 3]
        provider = IMPATIENT if name == "Halb" else "jobcenter"
        async with eight:
            told = await hub.ask(name, provider=provider)
            (one,) = told.json()["retrievals"]
            evidence = await hub.http.get(f"/v1/retrievals/{one['id']}/evidence")
        return name, one, evidence.json()

    told = await asyncio.gather(*[ask(number) for number in range(3 * each)])

    ends = Counter((name, one["state"], one.get("problem")) for name, one, _ in told)
    assert ends == {
        ("Halb", "failed", "provider-unavailable"): each,
        ("Ganz", "released", None): each,
        ("Doppelt", "released", None): each,
    }
    for _, one, evidence in told:
        if one["state"] == "released":
            assert evidence["content"]["to_month"] == marker_of(one["id"])


async def vanishes(_: Asked, writer: asyncio.StreamWriter) -> None:
    """Closes without a word."""
    writer.close()


ELSEWHERE = "location: http://127.0.0.1:9/"
OF_TWO = {"content": [{"state": "granted"}, {"state": "none"}], "document_date": "2026-05-20"}
BROKEN = {
    "Weg": (vanishes, "failed", "provider-unavailable"),
    "Fehler": (says(answer(status="500 Error")), "failed", "provider-unavailable"),
    "Umleitung": (
        says(answer(status="302 Found", headers=(ELSEWHERE,))),
        "failed",
        "provider-unreadable",
    ),
    "Nein": (
        says(answer({"reason": "not-competent"}, status="403 Forbidden")),
        "failed",
        "provider-refused",
    ),
    "Mehrere": (says(answer(status="409 Conflict")), "no-result", None),
    "Niemand": (says(answer(status="404 Not Found")), "no-result", None),
    "Zwei": (says(answer(OF_TWO)), "failed", "provider-unreadable"),
    "Unlesbar": (says(answer(b"<html>")), "failed", "provider-unreadable"),
    "Form": (says(answer({"content": {"state": 7}})), "failed", "provider-unreadable"),
    "Gut": (says(granted({"reference": "0"})), "released", None),
}


async def test_each_misbehaving_office_harms_its_own_retrieval_alone(pair: Pair) -> None:
    pair.stub.manner = by_name(**{name: manner for name, (manner, _, _) in BROKEN.items()})

    told = (await pair.hubs[0].ask(*BROKEN)).json()["retrievals"]

    ended = {
        name: (one["state"], one.get("problem")) for name, one in zip(BROKEN, told, strict=True)
    }
    assert ended == {name: (state, problem) for name, (_, state, problem) in BROKEN.items()}
    assert set(pair.stub.times.values()) == {1}


async def test_every_question_has_a_trace_of_its_own_and_never_the_callers(pair: Pair) -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    pair.stub.traces.clear()
    hub = pair.hubs[0]
    hub.http.headers["traceparent"] = theirs
    await hub.ask("Eins", "Zwei")
    await hub.ask("Drei")
    del hub.http.headers["traceparent"]

    assert len(set(pair.stub.traces)) == len(pair.stub.traces) == 3
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", one) for one in pair.stub.traces)
    assert not any(theirs[3:35] in one for one in pair.stub.traces)
