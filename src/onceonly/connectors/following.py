"""A way out by TLS files of its own, which are followed: exchanged without a restart or a failed call.

A context is made once for each content of the files, never for a call. Calls that are under way end
on the wire they began on.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

import aiohttp
import httpx
from typing_extensions import override

from onceonly.connectors.handshakes import tls_fault
from onceonly.connectors.rest import open_transport
from onceonly.domain.errors import ProviderUnavailable

_OVER_AFTER_S = 60.0
"""No call lasts as long: its provider has thirty seconds at most."""


class Followed(Protocol):
    """Files that give a context, and may be exchanged at any time."""

    @property
    def trouble(self) -> str | None:
        """What is wrong with them; None: all is well."""
        ...

    def moved(self) -> bool:
        """Whether they must be looked at."""
        ...

    def look(self) -> None:
        """Take them as they are; may take long."""
        ...

    def context(self) -> ssl.SSLContext | None:
        """How to call by now; None: not at all."""
        ...


class FollowingTransport(httpx.AsyncBaseTransport):
    """Calls by what the files give. `tell` hears each fault once, and None when it is gone."""

    def __init__(self, files: Followed, tell: Callable[[str | None], None]) -> None:
        self._files = files
        self._tell = tell
        self._told: str | None = None
        self._context: ssl.SSLContext | None = None
        self._wire: httpx.AsyncBaseTransport | None = None
        self._left: list[tuple[float, httpx.AsyncBaseTransport]] = []
        self._one_at_a_time = asyncio.Lock()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            ProviderUnavailable: the files are of no use, and nobody was asked.
        """
        wire = await self._wire_by_now()
        try:
            response = await wire.handle_async_request(request)
        except (OSError, httpx.TransportError, aiohttp.ClientError) as error:
            fault = tls_fault(error)
            if fault is not None:
                self._say(fault)
            raise
        self._say(self._files.trouble)
        return response

    @override
    async def aclose(self) -> None:
        """Close every wire."""
        wires = [wire for _, wire in self._left]
        if self._wire is not None:
            wires.append(self._wire)
        for wire in wires:
            await wire.aclose()

    async def _wire_by_now(self) -> httpx.AsyncBaseTransport:
        if self._files.moved():
            # Who comes meanwhile goes on with what was taken before, or waits for the very first.
            async with self._one_at_a_time:
                await asyncio.to_thread(self._files.look)
        context = self._files.context()
        if context is None:
            self._say(self._files.trouble)
            raise ProviderUnavailable(asked=False)
        if self._wire is None or context is not self._context:
            return await self._take(context)
        return self._wire

    async def _take(self, context: ssl.SSLContext) -> httpx.AsyncBaseTransport:
        at = asyncio.get_running_loop().time()
        if self._wire is not None:
            self._left.append((at, self._wire))
        wire = open_transport(tls=context)
        self._context, self._wire = context, wire
        over = [one for one in self._left if at - one[0] > _OVER_AFTER_S]
        self._left = [one for one in self._left if one not in over]
        for _, done in over:
            await done.aclose()
        return wire

    def _say(self, fault: str | None) -> None:
        if fault != self._told:
            self._told = fault
            self._tell(fault)
