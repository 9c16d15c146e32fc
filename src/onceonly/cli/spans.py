"""Spans where the settings ask for them; off, nothing of OpenTelemetry's SDK is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from onceonly.cli.endings import fail
from onceonly.domain.findings import Finding
from onceonly.settings import Settings
from onceonly.telemetry import NO_SPANS, Spans, set_up_logs

_MISSING = "ONCEONLY_TRACE_RATIO asks for traces, and OpenTelemetry is not installed"
_REMEDY = "pip install 'onceonly[tracing]', or unset ONCEONLY_TRACE_RATIO"


@contextmanager
def spans_of(settings: Settings, process: str) -> Iterator[Spans]:
    """The spans of a process; without the extra it ends with 1 and says what to do."""
    if not settings.trace_ratio:
        yield NO_SPANS
        return
    if not _installed():
        fail(f"{_MISSING}; {_REMEDY}")
    # Loading it takes as long as half a start.
    from onceonly.tracing import telling  # noqa: PLC0415 -- an extra

    with telling(settings.trace_url, settings.trace_ratio, process) as spans:
        set_up_logs(spans=spans)
        yield spans


def tracing_findings(settings: Settings) -> list[Finding]:
    """Whether spans could be told, where the settings ask for them."""
    if not settings.trace_ratio:
        return []
    if not _installed():
        return [Finding("tracing-missing", _MISSING, _REMEDY)]
    from onceonly.tracing import takes  # noqa: PLC0415 -- an extra

    if takes(settings.trace_url):
        return []
    return [
        Finding(
            "collector-away",
            f"no collector takes traces at {settings.trace_url}",
            "start it, mend ONCEONLY_TRACE_URL, or unset ONCEONLY_TRACE_RATIO",
        )
    ]


def _installed() -> bool:
    try:
        import_module("onceonly.tracing")
    except ImportError:
        return False
    return True
