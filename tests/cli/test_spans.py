"""Spans in one process: what they may say, how many wait, and what a log line has of them."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from opentelemetry import baggage, propagate
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import (
    Link,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    get_current_span,
)

from onceonly.telemetry import NO_SPANS, SPANS_LOST, log, set_up_logs
from onceonly.tracing import AT_ONCE, QUEUE, cut, telling
from scenarios.collector import Collector


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Where lines go; how logs were set up comes back."""
    kept = structlog.get_config()
    yield io.StringIO()
    structlog.configure(**kept)


def lost() -> float:
    return float(SPANS_LOST._value.get())


def test_a_span_leaves_with_what_is_listed_and_nothing_beside() -> None:
    state = TraceState([("vendor", "mustermann")])
    context = SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1), trace_state=state)
    whole = ReadableSpan(
        "GET /v1/retrievals/{id}",
        context=context,
        parent=context,
        attributes={
            "url.path": "/v1/retrievals/Mustermann",
            "url.query": "name=Mustermann",
            "http.route": "/v1/retrievals/{id}",
            "onceonly.provider": "musterkreis/jobcenter",
        },
        events=[],
        links=[Link(context, {"about": "Mustermann"})],
        status=Status(StatusCode.ERROR, "Mustermann is unknown"),
    )

    left = cut(whole)

    assert "mustermann" not in left.to_json().casefold()
    assert left.attributes == {
        "http.route": "/v1/retrievals/{id}",
        "onceonly.provider": "musterkreis/jobcenter",
    }
    assert left.status.status_code is StatusCode.ERROR
    assert left.get_span_context() == SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(1))


def test_a_callers_baggage_is_not_even_read(tmp_path: Path) -> None:
    """Reading it would take time for whoever sends some, and put it where a library finds it."""
    callers = {
        "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        "baggage": "name=Mustermann",
    }

    with Collector(tmp_path).taking() as collector, telling(collector.url, 1, "onceonly-serve"):
        heard = propagate.extract(callers)

    assert get_current_span(heard).get_span_context().trace_id == int("a" * 32, 16)
    assert baggage.get_all(heard) == {}


def test_a_failing_step_tells_the_kind_of_its_failure_to_nobody(tmp_path: Path) -> None:
    with (
        Collector(tmp_path).taking() as collector,
        pytest.raises(RuntimeError),
        telling(collector.url, 1, "onceonly-serve") as spans,
        spans.around("record answer"),
    ):
        raise RuntimeError("Mustermann")

    (one,) = collector.spans
    assert (one.name, one.said, one.more) == ("record answer", {}, frozenset())


def test_a_ratio_tells_about_as_many(tmp_path: Path) -> None:
    with (
        Collector(tmp_path).taking() as collector,
        telling(collector.url, 0.1, "onceonly-serve") as spans,
    ):
        for _ in range(1000):
            with spans.around("retrieval"):
                pass

    assert 30 < len(collector.spans) < 300


def test_what_finds_no_room_is_lost_and_counted_and_nothing_else(tmp_path: Path) -> None:
    before = lost()
    with (
        Collector(tmp_path).taking() as collector,
        telling(collector.url, 1, "onceonly-serve") as spans,
    ):
        collector.open.clear()
        for _ in range(2 * QUEUE):
            with spans.around("retrieval"):
                pass
        missing = lost() - before
        collector.open.set()

    assert missing >= QUEUE - AT_ONCE
    assert len(collector.spans) + missing == 2 * QUEUE


def test_a_line_has_the_trace_of_a_call_that_is_told(tmp_path: Path, logs: io.StringIO) -> None:
    with (
        Collector(tmp_path).taking() as collector,
        telling(collector.url, 1, "onceonly-serve") as spans,
    ):
        set_up_logs(to=lambda: logs, spans=spans)
        log.info("outside")
        with spans.around("retrieval"):
            log.info("inside")

    (span,) = collector.spans
    lines = [json.loads(one) for one in logs.getvalue().splitlines()]
    assert [(one["event"], one.get("trace")) for one in lines] == [
        ("outside", None),
        ("inside", span.trace),
    ]


def test_without_spans_there_is_nothing_to_tell() -> None:
    with NO_SPANS.around("retrieval"), NO_SPANS.asking("musterkreis/jobcenter", "ben.sgb2") as say:
        say("answered")

        assert (NO_SPANS.trace(), NO_SPANS.traceparent()) == (None, None)
