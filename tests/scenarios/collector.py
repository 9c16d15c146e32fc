"""A collector of traces on a real socket: takes OTLP over HTTP, keeps each call as it came."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from typing_extensions import override


@dataclass(frozen=True)
class Told:
    """One span as it came; `said` are its attributes, `more` the other parts that are filled."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    said: Mapping[str, str | int]
    more: frozenset[str]


class Collector:
    """Remembers whatever it is sent, and below `directory` too, for the last look of a run."""

    def __init__(self, directory: Path) -> None:
        told = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.open.wait()
                told._take(self.rfile.read(int(self.headers["content-length"])), str(self.headers))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            @override
            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self.open = threading.Event()
        """Cleared, it takes nothing until it is set again."""
        self.open.set()
        self.heard: list[bytes] = []
        self._kept = directory / "collector.log"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1/traces"

    @contextmanager
    def taking(self) -> Iterator[Self]:
        """While it runs."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def _take(self, body: bytes, headers: str) -> None:
        self.heard.append(body)
        with self._kept.open("ab") as kept:
            kept.write(headers.encode() + body)

    @property
    def everything(self) -> str:
        """Every byte that came, headers too."""
        return self._kept.read_bytes().decode("latin-1") if self._kept.exists() else ""

    @property
    def spans(self) -> list[Told]:
        """What it was told."""
        return [one for body in list(self.heard) for one in _read(body)]

    def of(self, trace: str) -> dict[str, Told]:
        """The spans of a trace, by their names."""
        return {one.name: one for one in self.spans if one.trace == trace}


def _read(body: bytes) -> Iterator[Told]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Told(
                    about["service.name"],
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    {
                        one.key: one.value.string_value or one.value.int_value
                        for one in span.attributes
                    },
                    _more(span),
                )


def _more(span: Span) -> frozenset[str]:
    def filled(message: Any) -> set[str]:
        return {field.name for field, _ in message.ListFields()}

    usual = {"trace_id", "span_id", "parent_span_id", "name", "kind", "flags", "attributes"}
    times = {"start_time_unix_nano", "end_time_unix_nano", "status"}
    return frozenset(filled(span) - usual - times | filled(span.status) - {"code"})
