"""The example provider in this process, on a socket; whole, or spoilt in one thing."""

import importlib.util
import io
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from wsgiref.simple_server import make_server

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/provider"

Environment = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Ask = Callable[[Environment], Answer]
Spoil = Callable[[Ask, Environment], Answer]


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_provider", EXAMPLE / "provider.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


provider = _loaded()


def honest(ask: Ask, environ: Environment) -> Answer:
    """As it is."""
    return ask(environ)


@contextmanager
def serving(
    issuer: str,
    *,
    spoil: Spoil = honest,
    hub: Callable[..., Any] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """The provider, believing this issuer; gives its base URL."""
    application: Any = None

    def ask(environ: Environment) -> Answer:
        told: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            told.update(status=int(status[:3]), headers=dict(headers))

        body = b"".join(application(environ, start))
        return told["status"], told["headers"], body

    def spoilt(environ: Environment, start: Callable[..., Any]) -> list[bytes]:
        status, headers, body = spoil(ask, environ)
        start(f"{status} Told", [*(headers | {"Content-Length": str(len(body))}).items()])
        return [body]

    with make_server("127.0.0.1", 0, spoilt, provider._Server) as server:
        server.RequestHandlerClass.log_message = lambda *_: None
        url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
        if tls is not None:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
            server.handle_error = lambda *_: None
        believed = (hub or provider.Hub)(issuer, url, "musterkreis")
        application = provider.Provider(believed, provider.Files(EXAMPLE / "people.json"))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield url
        finally:
            server.shutdown()
            thread.join()


def asked(environ: Environment) -> tuple[dict[str, Any], Environment]:
    """The question of a call, and the call as if nobody had read it; {} when it is none."""
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    again = environ | {"wsgi.input": io.BytesIO(raw)}
    try:
        read = json.loads(raw)
    except (ValueError, RecursionError):
        return {}, again
    return (read if isinstance(read, dict) else {}), again


def with_body(answer: Answer, change: Callable[[dict[str, Any]], object]) -> Answer:
    """The answer with its body changed in place, or replaced by what the change gives."""
    status, headers, raw = answer
    body = json.loads(raw)
    changed = change(body)
    return status, headers, json.dumps(body if changed is None else changed).encode()
