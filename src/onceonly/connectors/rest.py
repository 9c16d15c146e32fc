"""The provider protocol over HTTP, as `openapi/provider.v1.json` describes it.

It speaks through an `httpx.AsyncBaseTransport` and never through a client: redirects, cookies,
proxies, authentication flows and retries are impossible by construction.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.message import Message
from http import HTTPStatus
from typing import cast

import aiohttp
import httpx
import orjson
from httpx_aiohttp import AiohttpTransport

from onceonly.connectors.answers import READ, meant
from onceonly.connectors.orders import written
from onceonly.domain.errors import ProviderUnavailable, ProviderUnreadable
from onceonly.domain.retrievals import Answer, Order

LARGEST_ANSWER = 10 * 1024 * 1024
"""Bytes of a body, at most."""

AT_ONCE = 100
"""Calls on the wire to one office's system, at most; more wait, within their own time limit."""

_HEADERS = (
    (b"accept", b"application/json"),
    (b"accept-encoding", b"identity"),
    (b"user-agent", b"onceonly"),
)
_IS_JSON = (b"content-type", b"application/json")

HEARTBEAT_S = 2.0
"""How long a system may take to say that it is well."""


def open_transport(
    *, tls: ssl.SSLContext | None = None, limit: int = 500
) -> httpx.AsyncBaseTransport:
    """The one way out of this process; call it inside the event loop, `aclose()` it at the end.

    `tls` is how TLS is spoken instead of by the machine's authorities. At most `limit` calls are on
    the wire at once. Their share of it is the connectors' matter: several offices may live at one
    address, and a slow one must not take what belongs to the others.
    """
    context = ssl.create_default_context() if tls is None else tls
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    session = aiohttp.ClientSession(
        # Every call has a connection of its own. aiohttp hands out an idle one without looking
        # whether bytes have come in meanwhile, so an unasked second answer would become the next
        # person's; and a POST on one that the peer is just closing fails, while asking again might
        # make a `reference` heard twice. No keep-alive time is short enough for either.
        connector=aiohttp.TCPConnector(force_close=True, limit=limit, ssl=context),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    )
    return AiohttpTransport(client=session, verify=context, trust_env=False)


class RestConnector:
    """Asks one provider at `base_url`, once per call, within `timeout` for the whole of it.

    At most `at_once` calls are on the wire; waiting for one to end counts as waiting for the answer.
    `bearer(base_url)` gives the access token; `traceparent(order)` the W3C trace context, if any,
    for what is asked, or for the heartbeat.
    """

    cut_off = False
    takes = True

    def __init__(
        self,
        *,
        base_url: str,
        timeout: timedelta,
        transport: httpx.AsyncBaseTransport,
        bearer: Callable[[str], str],
        traceparent: Callable[[Order | None], str | None] = lambda _: None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._base_url = base_url
        self._evidence = httpx.URL(base_url.rstrip("/") + "/v1/evidence")
        self._health = httpx.URL(base_url.rstrip("/") + "/v1/health")
        self._timeout = timeout.total_seconds()
        self._transport = transport
        self._bearer = bearer
        self._traceparent = traceparent
        self._wire = asyncio.Semaphore(at_once)

    async def fetch(self, order: Order) -> Answer:
        """Ask once, for exactly what the order grants.

        Raises:
            ProviderUnavailable: no whole answer in time, 429 or 5xx.
            ProviderRefused: the provider answered no.
            ProviderUnreadable: the answer breaks the provider protocol.
        """
        request = self._request("POST", self._evidence, order)
        failed: type[Exception]
        try:
            # httpx and aiohttp time single reads: one byte a second would never run out.
            async with asyncio.timeout(self._timeout), self._wire:
                status, body = await self._exchange(request)
            return meant(status, body)
        # aiohttp's own errors too: the transport passes a bad status line on, answer quoted.
        except aiohttp.ClientResponseError:
            failed = ProviderUnreadable
        except (TimeoutError, OSError, httpx.TransportError, aiohttp.ClientError):
            failed = ProviderUnavailable
        # Raised out here, so that not even the context of the error quotes the answer.
        raise failed

    async def alive(self) -> bool:
        """Whether the system says it is well; every failure is a no."""
        request = self._request("GET", self._health, None)
        failures = (TimeoutError, OSError, httpx.TransportError, aiohttp.ClientError)
        with suppress(*failures, ProviderUnavailable):
            async with asyncio.timeout(min(self._timeout, HEARTBEAT_S)):
                response = await self._transport.handle_async_request(request)
                await response.aclose()
                return response.status_code == HTTPStatus.OK
        return False

    def _request(self, method: str, url: httpx.URL, order: Order | None) -> httpx.Request:
        headers = [*_HEADERS, (b"authorization", f"Bearer {self._bearer(self._base_url)}".encode())]
        content = b""
        if order is not None:
            content = orjson.dumps(written(order))
            headers.append(_IS_JSON)
        traceparent = self._traceparent(order)
        if traceparent is not None:
            headers.append((b"traceparent", traceparent.encode()))
        # Given as `content` the body would be looked at for a form, its files and its encoding, for
        # as long as it takes to seal every entry; host and length are the transport's to write.
        request = httpx.Request(method, url, headers=headers, stream=httpx.ByteStream(content))
        request.read()
        return request

    async def _exchange(self, request: httpx.Request) -> tuple[int, bytes]:
        response = await self._transport.handle_async_request(request)
        try:
            if response.status_code not in READ:
                return response.status_code, b""
            _check_headers(response.headers)
            body = bytearray()
            # The bare stream: httpx would unpack.
            async for chunk in cast("httpx.AsyncByteStream", response.stream):
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise ProviderUnreadable("larger than 10 MiB")
            return response.status_code, bytes(body)
        finally:
            await response.aclose()


def _check_headers(headers: httpx.Headers) -> None:
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ProviderUnreadable("an encoded body")
    given = headers.get("content-type", "application/json")
    if given == "application/json":
        return
    kind = Message()
    kind["content-type"] = given
    if str(kind.get_param("charset", "utf-8")).lower() != "utf-8":
        raise ProviderUnreadable("not UTF-8")
