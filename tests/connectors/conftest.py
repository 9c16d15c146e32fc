"""Every connector, one after the other, opened for a provider on a socket of this machine."""

import ssl
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Protocol

import httpx
import pytest

from connectors.wire import GUARD_S
from onceonly.connectors.contract import Connector
from onceonly.connectors.guard import Guarded
from onceonly.connectors.rest import RestConnector, open_transport

SOON = timedelta(milliseconds=300)
"""The patience of tests in which it must end."""

PATIENT = timedelta(seconds=GUARD_S)
"""The patience of tests in which it must not."""


class Open(Protocol):
    def __call__(self, base_url: str, timeout: timedelta = PATIENT) -> Connector: ...


def rest(transport: httpx.AsyncBaseTransport) -> Open:
    def open_one(base_url: str, timeout: timedelta = PATIENT) -> Connector:
        inner = RestConnector(
            base_url=base_url,
            timeout=timeout,
            transport=transport,
            bearer=lambda audience: f"for-{audience}",
            traceparent=lambda _: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            at_once=4,
        )
        return Guarded(inner)

    return open_one


CONNECTORS: dict[str, Callable[[httpx.AsyncBaseTransport], Open]] = {"rest": rest}
"""A new protocol adds its line here and is held to the same suite."""


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Reading the machine's authorities takes longer than a test: once is enough."""
    return ssl.create_default_context()


@pytest.fixture
async def transport(tls: ssl.SSLContext) -> AsyncIterator[httpx.AsyncBaseTransport]:
    opened = open_transport(tls=tls, limit=8)
    yield opened
    await opened.aclose()


@pytest.fixture(params=list(CONNECTORS.values()), ids=list(CONNECTORS))
async def connect(request: pytest.FixtureRequest, transport: httpx.AsyncBaseTransport) -> Open:
    open_one: Open = request.param(transport)
    return open_one
