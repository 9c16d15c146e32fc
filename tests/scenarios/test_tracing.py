"""Traces: what is told to a collector, what never is, and what it costs when nobody listens."""

import json
import re
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from conftest import Server
from connectors.wire import answer
from databases import drop
from leavings import check
from onceonly.telemetry import SPANNED
from scenarios import registers as documents
from scenarios.collector import Collector, Told
from scenarios.conftest import a_database
from scenarios.documents import Document
from scenarios.registers import JOBCENTER, WOHNGELD, Registers, justified, person, question
from scenarios.stand import Stand, client_keys, free_port, until
from scenarios.stub import Stub, answers, says

of_the_session = pytest.mark.asyncio(loop_scope="session")

NAMES = {"record question", "retrieval", "ask provider", "record answer"}
ASKED = "POST /v1/evidence-requests"
HER = person("p2", "partner", "Mustermann", "Erika", date_of_birth="1964-08-12")
WATCHING = """
import sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            {then}

sys.meta_path.insert(0, Watch())
"""


@dataclass
class Traced:
    """A hub that traces every call it may, among offices with registers, and what is told of it."""

    registers: Registers
    collector: Collector

    async def ask(
        self, client_id: str, body: Document, **headers: str
    ) -> tuple[httpx.Response, str]:
        """Ask, and the `traceparent` that the provider heard."""
        self.registers.stand.stub.traces.clear()
        told = await self.registers.call(
            client_id,
            "POST",
            "/v1/evidence-requests",
            json=body,
            headers={"idempotency-key": secrets.token_hex(8), "prefer": "wait=30"} | headers,
        )
        assert told.is_success, told.text
        (heard,) = self.registers.stand.stub.traces
        return told, heard

    async def told(self, trace: str, *names: str) -> dict[str, Told]:
        """The spans of a trace, once these have come."""

        async def come() -> bool:
            return set(names) <= self.collector.of(trace).keys()

        await until(come)
        return self.collector.of(trace)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def traced(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Traced]:
    name, addresses = await a_database(server)
    directory = tmp_path_factory.mktemp("traced")
    with Collector(directory).taking() as collector:
        async with Stub() as stub:
            stub.manner = documents.systems
            stand = Stand(directory, addresses, client_keys(documents.CLIENTS, directory), stub)
            settings = {"TRACE_RATIO": "1", "TRACE_URL": collector.url}
            async with stand.starting("--with-worker", **settings) as hub:
                await stand.apply(documents.municipality(stand))
                await hub.is_ready()
                await hub.come_in(JOBCENTER)
                yield Traced(Registers(stand, hub), collector)
    await drop(server.addresses.owner, name)


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Collector]:
    with Collector(tmp_path).taking() as one:
        yield one


def watched(monkeypatch: pytest.MonkeyPatch, directory: Path, then: str) -> None:
    """Programs begun from here on do so when they load anything of the SDK."""
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(WATCHING.format(then=then))
    monkeypatch.setenv("PYTHONPATH", str(directory))


def about_a_partner() -> Document:
    """The Jobcenter asks the Wohngeldbehörde, which may know who asks."""
    return question(
        "sgb2.veraenderung",
        [person("p1", "applicant", "Mustertim", "Tim"), HER],
        {
            "evidence_type": "ben.wohngeld",
            "profile": "P0",
            "necessity": {"fact": "sgb2-12a-vorrang"},
            "justification": justified("sgbx-67a-2-3-1"),
        },
        relationships=[{"kind": "partner", "person": "p2", "to": "p1"}],
    )


def about_a_dwelling() -> Document:
    """The Wohngeldbehörde asks the register, which may not."""
    return question(
        "wohngeld.mietzuschuss",
        [HER | {"ref": "p1", "role": "applicant"}],
        {
            "evidence_type": "reg.meldung",
            "profile": "P1",
            "necessity": {"fact": "wogg-5-haushalt"},
            "justification": justified("sgbx-67a-2-3-2"),
        },
    )


def a_trace() -> tuple[str, str]:
    """The ids of a trace and of a caller's span in it."""
    return secrets.token_hex(16), secrets.token_hex(8)


@of_the_session
async def test_a_sampled_call_is_one_trace_from_the_caller_to_the_provider(traced: Traced) -> None:
    trace, callers = a_trace()

    _, heard = await traced.ask(
        JOBCENTER, about_a_partner(), traceparent=f"00-{trace}-{callers}-01"
    )

    spans = await traced.told(trace, ASKED, *NAMES)
    assert spans.keys() == {ASKED, *NAMES}
    above = {name: one.parent for name, one in spans.items()}
    assert above == {
        ASKED: callers,
        "record question": spans[ASKED].span,
        "retrieval": spans[ASKED].span,
        "ask provider": spans["retrieval"].span,
        "record answer": spans["retrieval"].span,
    }
    assert heard == f"00-{trace}-{spans['ask provider'].span}-01"
    assert spans[ASKED].said == {
        "http.request.method": "POST",
        "http.route": "/v1/evidence-requests",
        "http.response.status_code": 201,
    }
    assert spans["ask provider"].said == {
        "onceonly.provider": "musterkreis/wohngeld",
        "onceonly.evidence_type": "ben.wohngeld",
        "onceonly.outcome": "answered",
    }
    assert {one.service for one in spans.values()} == {"onceonly-serve"}


@of_the_session
async def test_a_provider_that_may_not_know_who_asks_hears_no_trace_of_the_caller(
    traced: Traced,
) -> None:
    trace, callers = a_trace()

    _, heard = await traced.ask(
        WOHNGELD, about_a_dwelling(), traceparent=f"00-{trace}-{callers}-01"
    )

    spans = await traced.told(trace, ASKED, *NAMES)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", heard)
    assert trace not in heard
    assert spans["ask provider"].span not in heard


@of_the_session
async def test_a_call_whose_caller_does_not_sample_is_told_to_nobody(traced: Traced) -> None:
    trace, callers = a_trace()
    later, also = a_trace()

    _, heard = await traced.ask(
        JOBCENTER, about_a_partner(), traceparent=f"00-{trace}-{callers}-00"
    )
    await traced.ask(JOBCENTER, about_a_partner(), traceparent=f"00-{later}-{also}-01")

    await traced.told(later, ASKED, *NAMES)
    assert traced.collector.of(trace) == {}
    assert trace not in heard
    assert heard.endswith("-00")


@of_the_session
async def test_a_question_that_the_worker_asks_again_is_a_trace_of_its_own(traced: Traced) -> None:
    stub = traced.registers.stand.stub
    later = answer({"available_at": "2026-11-25T10:00:00Z"}, status="202 Accepted")
    stub.manner = says(later)
    told, _ = await traced.ask(JOBCENTER, about_a_partner())
    before = {one.trace for one in traced.collector.spans}
    stub.manner = documents.systems

    async def settled() -> bool:
        return not await traced.registers.stand.rows(
            "select 1 from retrieval where state in ('deferred', 'fetching')"
        )

    await until(settled)
    heard = stub.traces[-1].split("-")
    spans = await traced.told(heard[1], "retrieval", "ask provider", "record answer")
    assert told.json()["retrievals"][0]["state"] == "deferred"
    assert heard[1] not in before
    assert heard[2:] == [spans["ask provider"].span, "01"]
    assert spans["retrieval"].parent == ""


@of_the_session
async def test_nothing_that_is_told_says_who_it_is_about(traced: Traced) -> None:
    """Paths, queries, headers and bodies that name somebody, calls that go well and that do not."""
    registers, stub = traced.registers, traced.registers.stand.stub
    trace, callers = a_trace()
    sampled = {
        "traceparent": f"00-{trace}-{callers}-01",
        "tracestate": "vendor=mustermann",
        "baggage": "person=Mustermann",
        "user-agent": "Mustermann/1",
        "idempotency-key": "key-of-this-very-call",
    }
    told, _ = await traced.ask(JOBCENTER, about_a_partner(), **sampled)
    await traced.ask(WOHNGELD, about_a_dwelling())
    id_ = told.json()["retrievals"][0]["id"]
    for method, path in (
        ("GET", f"/v1/retrievals/{id_}/evidence"),
        ("GET", "/v1/retrievals/Mustermann"),
        ("GET", "/mustermann/1964-08-12"),
        ("GET", "/v1/evidence-requests?state=Mustermann&cursor=1964-08-12"),
        ("PROPFIND", "/mustermann"),
        ("POST", "/v1/evidence-requests/search"),
    ):
        body = {"case_reference": "S-2026-1"} if method == "POST" else None
        await registers.call(JOBCENTER, method, path, headers=sampled, json=body)
    stub.manner = says(b"HTTP/1.1 200 Mustermann\r\ncontent-length: 5\r\n\r\nErika")
    await traced.ask(JOBCENTER, about_a_partner())
    stub.manner = documents.systems
    last, also = a_trace()
    await traced.ask(JOBCENTER, about_a_partner(), traceparent=f"00-{last}-{also}-01")
    await traced.told(last, ASKED, *NAMES)

    everything, spans = traced.collector.everything, traced.collector.spans
    check({"what the collector was told": everything})
    rows = await registers.stand.rows(
        "select encode(subject, 'hex') as one from retrieval union select id::text from retrieval"
        " union select id::text from evidence_request"
    )
    ids = {form for (one,) in rows for form in (one, one.replace("-", ""))}
    secret = {
        "key-of-this",
        "S-2026-1",
        "sb-1",
        "1964-08-12",
        "Tim",
        "p2",
        JOBCENTER,
        "granted",
        "Bearer",
        *ids,
    }
    assert len(ids) > 5
    assert {one for one in secret if one.casefold() in everything.casefold()} == set()
    assert {key for one in spans for key in one.said} == SPANNED - {"error.type"}
    assert {one.more for one in spans} == {frozenset()}
    assert {one.name for one in spans if " /" not in one.name} == {*NAMES, "GET", "HTTP"}
    assert not any(re.search(r"/(livez|readyz|health|metrics)", one.name) for one in spans)
    assert {one.said.get("onceonly.outcome") for one in spans} == {
        *(None, "answered", "provider-unreadable")
    }


async def test_off_as_it_is_nothing_is_told_and_nothing_loaded_whatever_the_environment_says(
    stand: Stand, listening: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loaded = tmp_path / "loaded"
    watched(monkeypatch, tmp_path / "watching", f"open({str(loaded)!r}, 'a').write(name)")
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", listening.url.removesuffix("/v1/traces"))
    stand.stub.manner = answers

    async with stand.hubs(1, "--with-worker", TRACE_URL=listening.url) as (hub,):
        hub.http.headers["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        told = await hub.ask()
        before = loaded.exists()
        # Its port is taken; and yet it must be seen to load, or nothing would be seen above.
        another = await stand.onceonly("serve", TRACE_RATIO="1", PORT=str(stand.port))

    assert told.status_code == 201
    assert listening.heard == []
    (trace,) = stand.stub.traces
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", trace)
    assert "0af7651916cd43dd8448eb211c80319c" not in trace
    assert (before, another.status) == (False, 1)
    assert loaded.read_text().startswith("opentelemetry.")


@pytest.mark.parametrize("word", ["serve", "work", "doctor"])
async def test_without_what_it_stands_on_nothing_starts_and_doctor_names_it(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, word: str
) -> None:
    watched(monkeypatch, tmp_path / "watching", "raise ModuleNotFoundError(name)")

    said = await stand.onceonly(word, TRACE_RATIO="0.01")

    assert said.status == 1
    assert "pip install 'onceonly[tracing]', or unset ONCEONLY_TRACE_RATIO" in said.out + said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("collector", ["dead", "silent"])
async def test_a_collector_that_is_dead_or_silent_holds_up_no_exchange_and_no_end(
    stand: Stand, collector: str
) -> None:
    stand.stub.manner = answers
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        port = free_port() if collector == "dead" else silent.getsockname()[1]
        url = f"http://127.0.0.1:{port}/v1/traces"

        async with stand.hubs(1, TRACE_RATIO="1", TRACE_URL=url) as (hub,):
            told = [await hub.ask(f"Muster{letter}") for letter in "abcdefghij"]
            hub.process.send_signal(signal.SIGTERM)
            status = await hub.ended()
            # It has not been answered to this moment.
            lines = [json.loads(one) for one in stand.last_words("serve").splitlines()[-3:]]

    assert [one.status_code for one in told] == [201] * 10
    assert status == 0
    events = {one["event"] for one in lines}
    assert "stopped" in events
    # Nobody waited for the silent one; the dead one may have been given up before.
    assert events & {"spans left behind", *(["spans lost"] if collector == "dead" else [])}
