"""Looking at an office's system from outside: does it answer, does it know us, when its TLS ends."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import aiohttp
import httpx
from cryptography.x509 import load_der_x509_certificate

from onceonly.connectors.handshakes import tls_fault

_PATIENCE_S = 2.0


def shows_nothing(_: ssl.SSLContext) -> None:
    """For systems that ask the hub for no certificate."""


async def status_of(
    transport: httpx.AsyncBaseTransport, url: str, *, bearer: str
) -> int | str | None:
    """The status of a GET; what TLS found wrong; or None where no answer came in time."""
    headers = {"accept": "application/json", "authorization": f"Bearer {bearer}"}
    try:
        async with asyncio.timeout(_PATIENCE_S):
            response = await transport.handle_async_request(
                httpx.Request("GET", url, headers=headers)
            )
            await response.aclose()
            return response.status_code
    except (TimeoutError, OSError, httpx.TransportError, aiohttp.ClientError) as error:
        return tls_fault(error) if url.startswith("https:") else None


async def certificate_end(
    url: str, *, show: Callable[[ssl.SSLContext], None] = shows_nothing
) -> datetime | None:
    """When the TLS certificate of a URL ends; None without TLS, or where nobody answers.

    The certificate is not trusted for being looked at; nothing is sent. `show` has the handshake
    show the hub's own, without which some systems end it before anything can be seen.
    """
    at = httpx.URL(url)
    if at.scheme != "https":
        return None
    # Not the default context: reading the machine's authorities takes a tenth of a second.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    show(context)
    with suppress(TimeoutError, OSError, ValueError):
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(at.host, at.port or 443, ssl=context)
            try:
                shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            finally:
                writer.transport.abort()
        return load_der_x509_certificate(shown).not_valid_after_utc
    return None
