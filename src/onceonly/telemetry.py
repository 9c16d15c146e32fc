"""What operators see: metrics, log lines and spans, declared once; nothing here names a person."""

import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry(auto_describe=True)

REQUESTS = Histogram(
    "onceonly_http_request_duration_seconds",
    "How long calls took, by route template, method and status.",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
RETRIEVALS = Counter(
    "onceonly_retrievals",
    "Retrievals by the state they reached and the provider that was asked.",
    ("provider", "state"),
    registry=REGISTRY,
)
BULK_REQUESTS = Counter(
    "onceonly_bulk_requests",
    "Requests refused because they are not one case, by the office that asked.",
    ("consumer",),
    registry=REGISTRY,
)
PROVIDER_EXCESS = Counter(
    "onceonly_provider_excess_fields",
    "Fields a provider sent beyond what it was asked; discarded unread.",
    ("provider", "evidence_type"),
    registry=REGISTRY,
)
PROVIDER_WELL = Gauge(
    "onceonly_provider_well_state",
    "1 while the office's system says that it is well, or answers; else 0.",
    ("provider",),
    registry=REGISTRY,
)
PROVIDER_CUT_OFF = Gauge(
    "onceonly_provider_cut_off_state",
    "1 while the office's system counts as dead and is asked only now and then; else 0.",
    ("provider",),
    registry=REGISTRY,
)
LOG_WAITING = Gauge(
    "onceonly_log_waiting_seconds",
    "How long the oldest entry without a position has waited; 0 while none does.",
    registry=REGISTRY,
)
UNDER_WAY = Gauge(
    "onceonly_errands_under_way_count",
    "Questions to providers that are not answered yet.",
    registry=REGISTRY,
)

ERRANDS_LIMIT = Gauge(
    "onceonly_errands_limit_count",
    "Questions to providers that this process has under way at most; beyond it callers hear busy.",
    registry=REGISTRY,
)
POOL_TAKEN = Gauge(
    "onceonly_pool_taken_count",
    "Sessions of this process's pool that are lent, and callers that wait for one.",
    registry=REGISTRY,
)
POOL_LIMIT = Gauge(
    "onceonly_pool_limit_count",
    "Sessions of this process's pool.",
    registry=REGISTRY,
)
SESSIONS_TAKEN = Gauge(
    "onceonly_database_sessions_count",
    "Sessions that PostgreSQL has, whosever they are.",
    registry=REGISTRY,
)
SESSIONS_LIMIT = Gauge(
    "onceonly_database_sessions_limit_count",
    "Sessions that PostgreSQL takes of users that are no superusers.",
    registry=REGISTRY,
)
BACKLOG = Gauge(
    "onceonly_log_backlog_count",
    "Entries that have no position yet, counted up to 100,000.",
    registry=REGISTRY,
)
WORKERS_LEAD = Gauge(
    "onceonly_worker_leads_state",
    "1 while some worker leads loops; 0: nothing is asked again, ended, or destroyed when due.",
    registry=REGISTRY,
)
MONTHS_AHEAD = Gauge(
    "onceonly_log_months_ahead_count",
    "Months after this one whose entries have a partition already.",
    registry=REGISTRY,
)
DISK_FREE = Gauge(
    "onceonly_disk_free_ratio",
    "Free share of the disk on which a directory lies.",
    ("place",),
    registry=REGISTRY,
)
AGREEMENT_LEFT = Gauge(
    "onceonly_agreement_left_seconds",
    "How long the agreement lasts that ends first with nothing to follow it; none: no end.",
    ("municipality",),
    registry=REGISTRY,
)
CLIENT_KEY_LEFT = Gauge(
    "onceonly_client_key_left_seconds",
    "How long the client's last key lasts that ends first; none: no end.",
    ("municipality",),
    registry=REGISTRY,
)
LAYER_MISFITS = Gauge(
    "onceonly_layer_misfits_count",
    "Parts of a municipality's layers that no longer fit the law; what they may mean is closed.",
    ("municipality",),
    registry=REGISTRY,
)
CERTIFICATE_LEFT = Gauge(
    "onceonly_certificate_left_seconds",
    "How long the TLS certificate of an office's system lasts, when last looked at.",
    ("provider",),
    registry=REGISTRY,
)
OWN_CERTIFICATE_LEFT = Gauge(
    "onceonly_own_certificate_left_seconds",
    "How long the hub's own TLS files for an office's system last; 0: they are of no use.",
    ("provider",),
    registry=REGISTRY,
)

SPANS_LOST = Counter(
    "onceonly_spans_lost",
    "Spans of sampled calls that the collector did not take, or for which the queue had no room.",
    registry=REGISTRY,
)

LOGGED = frozenset(
    {
        "event", "level", "timestamp", "request", "retrieval", "municipality", "client", "office",
        "provider", "evidence_type", "state", "problem", "method", "route", "status",
        "duration_ms", "error", "count", "port", "version", "check", "loop", "trace", "where",
    }
)  # fmt: skip
"""Keys a log line may have; anything else is dropped."""

SPANNED = frozenset(
    {
        "http.request.method", "http.route", "http.response.status_code", "error.type",
        "onceonly.provider", "onceonly.evidence_type", "onceonly.outcome",
    }
)  # fmt: skip
"""What a span may say beside its name and times; anything else is dropped before it leaves."""

Saying = Callable[[str], None]
"""Says how a call to a provider came out; never what was answered."""

_NOTHING: AbstractContextManager[Saying] = nullcontext(lambda _: None)


class Spans:
    """The spans of a process: none, and at no cost. `onceonly.tracing` has those that are told."""

    provider: Any = None
    """What the framework makes its own spans with; None: it makes none."""

    def around(self, step: str) -> AbstractContextManager[object]:  # noqa: ARG002 -- as above
        """A span for one step of ours."""
        return _NOTHING

    def asking(self, provider: str, evidence_type: str) -> AbstractContextManager[Saying]:  # noqa: ARG002 -- as above
        """A span for one call to an office's system."""
        return _NOTHING

    def trace(self) -> str | None:
        """The id of the trace that is under way, if it is told."""
        return None

    def traceparent(self) -> str | None:
        """The context of the span that is under way, if it is told. Source: W3C Trace Context."""
        return None


NO_SPANS = Spans()


def metrics() -> bytes:
    """Everything in Prometheus' text format."""
    return generate_latest(REGISTRY)


def _only_logged(_: object, __: str, line: MutableMapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in line.items() if name in LOGGED}


class _Lines:
    """Writes lines to wherever the stream leads at that moment."""

    def __init__(self, to: Callable[[], TextIO]) -> None:
        self._to = to

    def msg(self, message: str) -> None:
        # A line that cannot be written, on a full disk, must not end what it tells of.
        with suppress(OSError):
            stream = self._to()
            stream.write(message + "\n")
            stream.flush()

    log = debug = info = warning = error = critical = msg


def _traced(spans: Spans) -> structlog.typing.Processor:
    def with_trace(
        _: object, __: str, line: MutableMapping[str, object]
    ) -> MutableMapping[str, object]:
        if (trace := spans.trace()) is not None:
            line["trace"] = trace
        return line

    return with_trace


def set_up_logs(*, to: Callable[[], TextIO] = lambda: sys.stderr, spans: Spans = NO_SPANS) -> None:
    """JSON lines on standard error, with their trace, and an allow-list for what they hold."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _traced(spans),
            _only_logged,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: _Lines(to),
        # Not kept: whoever sets logs up anew is heard by those that logged before.
        cache_logger_on_first_use=False,
    )
    # Libraries quote values in their messages: they are not heard.
    logging.disable(logging.CRITICAL)


log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
