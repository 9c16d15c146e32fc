"""A trial of a provider in this process, which may be spoilt in one thing."""

import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

from conformance.vendor import Spoil, honest, serving
from onceonly.conformance.about import About
from onceonly.conformance.asking import PlayedHub
from onceonly.conformance.checks import Trial
from onceonly.conformance.issuer import Issuer
from onceonly.connectors.rest import open_transport
from onceonly.domain.rules import Law
from onceonly.security.ids import Ids

# Reading the machine's authorities takes longer than a test: once is enough.
_TLS = ssl.create_default_context()


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@contextmanager
def a_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        yield probe.getsockname()[1]


@asynccontextmanager
async def a_trial(
    about: About,
    law: Law,
    *,
    spoil: Spoil = honest,
    hub: Callable[..., object] | None = None,
    patience_s: tuple[float, ...] = (0.0,),
) -> AsyncIterator[Trial]:
    with a_port() as port:
        pass
    url = f"http://127.0.0.1:{port}"
    with serving(url, spoil=spoil, hub=hub) as provider:
        issuer = Issuer(url, audience=provider, municipality="musterkreis", clock=now)
        transport = open_transport(tls=_TLS)
        new_id = Ids(now)
        async with issuer.publishing("127.0.0.1", port):
            played = PlayedHub(provider, issuer, transport, timeout_s=about.timeout_s)
            yield Trial(about, law, played, now, lambda: str(new_id()), patience_s=patience_s)
        await transport.aclose()
