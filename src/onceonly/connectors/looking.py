"""Looking at an office's system from outside: does it answer, does it know us, when its TLS ends."""

import asyncio
import ssl
from contextlib import suppress
from datetime import datetime

import aiohttp
import httpx
from cryptography.x509 import load_der_x509_certificate

_PATIENCE_S = 2.0


async def status_of(transport: httpx.AsyncBaseTransport, url: str, *, bearer: str) -> int | None:
    """The status of a GET; None where no answer came in time."""
    headers = {"accept": "application/json", "authorization": f"Bearer {bearer}"}
    with suppress(TimeoutError, OSError, httpx.TransportError, aiohttp.ClientError):
        async with asyncio.timeout(_PATIENCE_S):
            response = await transport.handle_async_request(
                httpx.Request("GET", url, headers=headers)
            )
            await response.aclose()
            return response.status_code
    return None


async def certificate_end(url: str) -> datetime | None:
    """When the TLS certificate of a URL ends; None without TLS, or where nobody answers.

    The certificate is not trusted for being looked at; nothing is sent.
    """
    at = httpx.URL(url)
    if at.scheme != "https":
        return None
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(TimeoutError, OSError, ValueError):
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(at.host, at.port or 443, ssl=context)
            try:
                shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            finally:
                writer.transport.abort()
        return load_der_x509_certificate(shown).not_valid_after_utc
    return None
