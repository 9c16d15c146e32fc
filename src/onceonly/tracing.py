"""Spans to a collector, by OTLP over HTTP: what they may say, and that nobody waits for them.

Loaded only where the settings ask for it: the extra `tracing` brings what it stands on.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import get_global_textmap, set_global_textmap
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanContext, SpanKind, Status, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from typing_extensions import override

import onceonly
from onceonly.telemetry import SPANNED, SPANS_LOST, Saying, Spans, log

QUEUE = 2048
"""Spans that wait for the collector, at most; what comes beyond it is lost."""

AT_ONCE = 512
"""Spans told in one call, at most."""

EVERY_S = 1.0
"""How long a span waits at most, if the collector takes them."""

PATIENCE_S = 5.0
"""How long one call to the collector may take, asking again included."""

LOOK_S = 2.0
"""How long doctor waits for a collector's answer."""

LAST_WORDS_S = 2.0
"""How long a process that ends waits until the last spans are told."""


class _Told(Spans):
    """Spans that are told, where the caller's trace is sampled or the ratio chooses the call."""

    def __init__(self, provider: TracerProvider) -> None:
        self.provider = provider
        self._tracer = provider.get_tracer("onceonly", onceonly.__version__)

    @override
    @contextmanager
    def around(self, step: str) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            step, record_exception=False, set_status_on_exception=False
        ):
            yield

    @override
    @contextmanager
    def asking(self, provider: str, evidence_type: str) -> Iterator[Saying]:
        with self._tracer.start_as_current_span(
            "ask provider",
            kind=SpanKind.CLIENT,
            attributes={"onceonly.provider": provider, "onceonly.evidence_type": evidence_type},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield lambda outcome: span.set_attribute("onceonly.outcome", outcome)

    @override
    def trace(self) -> str | None:
        context = get_current_span().get_span_context()
        return f"{context.trace_id:032x}" if context.trace_flags.sampled else None

    @override
    def traceparent(self) -> str | None:
        context = get_current_span().get_span_context()
        if not context.trace_flags.sampled:
            return None
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


@contextmanager
def telling(url: str, ratio: float, process: str) -> Iterator[Spans]:
    """The spans of a process, told to the collector at `url` until it ends."""
    before = get_global_textmap()
    # Of a caller the trace alone: its baggage is not even read, whatever the environment says.
    set_global_textmap(TraceContextTextMapPropagator())
    queue = _Queue(url)
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        # Made by hand: its own way would add what the environment says.
        resource=Resource({"service.name": process, "service.version": onceonly.__version__}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(queue)
    try:
        yield _Told(provider)
    finally:
        set_global_textmap(before)
        # A thread that may be left behind: a collector that hangs must not hold up the end.
        ending = threading.Thread(target=provider.shutdown, daemon=True)
        ending.start()
        ending.join(LAST_WORDS_S)
        if ending.is_alive():
            log.warning("spans left behind", count=queue.waiting)


def takes(url: str) -> bool:
    """Whether a collector answers there: it is told of nothing."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    exporter = OTLPSpanExporter(endpoint=url, timeout=LOOK_S)
    try:
        return exporter.export(()) is SpanExportResult.SUCCESS
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call]


class _Queue(SpanProcessor):
    """Spans on their way to the collector. Full, it takes no more: the oldest are told first."""

    def __init__(self, url: str) -> None:
        self._exporter = _Cutting(OTLPSpanExporter(endpoint=url, timeout=PATIENCE_S))
        self._batches = BatchSpanProcessor(
            self._exporter,
            max_queue_size=QUEUE,
            schedule_delay_millis=EVERY_S * 1000,
            max_export_batch_size=AT_ONCE,
        )
        self._come = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._come - self._exporter.gone

    @override
    def on_end(self, span: ReadableSpan) -> None:
        if self.waiting >= QUEUE:
            SPANS_LOST.inc()
            return
        # Only the event loop's thread counts here, and only the exporter's there.
        self._come += 1
        self._batches.on_end(span)

    @override
    def shutdown(self) -> None:
        self._batches.shutdown()  # type: ignore[no-untyped-call]


class _Cutting(SpanExporter):
    """Cuts every span to what it may say; counts what does not arrive, and says it once."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._failing = False
        self.gone = 0

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.gone += len(spans)
        result = self._inner.export([cut(one) for one in spans])
        failed = result is not SpanExportResult.SUCCESS
        if failed:
            SPANS_LOST.inc(len(spans))
        if failed is not self._failing:
            log.warning("spans lost" if failed else "spans told again", count=len(spans))
        self._failing = failed
        return result

    @override
    def shutdown(self) -> None:
        self._inner.shutdown()


def cut(span: ReadableSpan) -> ReadableSpan:
    """A span as it may leave: what is listed, and no event, link, state or word of an error."""
    given = span.get_span_context()
    context = given and SpanContext(
        given.trace_id, given.span_id, is_remote=False, trace_flags=given.trace_flags
    )
    return ReadableSpan(
        span.name,
        context=context,
        parent=span.parent,
        resource=span.resource,
        attributes={
            name: value for name, value in (span.attributes or {}).items() if name in SPANNED
        },
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
