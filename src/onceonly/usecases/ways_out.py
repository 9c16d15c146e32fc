"""The ways out of a process: a connector for each office's system, kept as long as the process lives."""

from collections.abc import Callable
from datetime import timedelta

import httpx

from onceonly.connectors.contract import Connector
from onceonly.connectors.following import FollowingTransport
from onceonly.connectors.guard import Guarded
from onceonly.connectors.rest import RestConnector, open_transport
from onceonly.domain.offices import ConnectorSettings, DataService
from onceonly.domain.retrievals import Order
from onceonly.security.ids import fresh_trace
from onceonly.security.keys import KeyFiles
from onceonly.security.tls_files import FollowedFiles, folder_of
from onceonly.security.tokens import ProviderBearer
from onceonly.telemetry import Spans, log


class WaysOut:
    """How each office's system is asked. Systems without TLS files of their own share one wire."""

    def __init__(self, keys: KeyFiles, bearer: ProviderBearer, spans: Spans) -> None:
        self._keys = keys
        self._bearer = bearer
        self._spans = spans
        self._shared = open_transport()
        self._own: list[FollowingTransport] = []
        self._connectors: dict[tuple[str, str, ConnectorSettings], Connector] = {}

    def connect(self, municipality: str, service: DataService) -> Connector:
        """The one way to this office's system."""
        key = (municipality, service.office, service.connector)
        found = self._connectors.get(key)
        if found is None:
            found = self._connectors[key] = self._opened(*key)
        return found

    async def close(self) -> None:
        """Close every wire."""
        for transport in (self._shared, *self._own):
            await transport.aclose()

    def _opened(self, municipality: str, office: str, settings: ConnectorSettings) -> Connector:
        return Guarded(
            RestConnector(
                base_url=settings.base_url,
                timeout=timedelta(seconds=settings.timeout_s),
                transport=self._transport(municipality, office, settings),
                bearer=lambda base_url: self._bearer.of(base_url, municipality=municipality),
                traceparent=self._trace_for,
            )
        )

    def _trace_for(self, order: Order | None) -> str:
        # A provider that may not know who asks could find out by the caller's own trace.
        told = None if order is None or order.consumer is None else self._spans.traceparent()
        return told or fresh_trace()

    def _transport(
        self, municipality: str, office: str, settings: ConnectorSettings
    ) -> httpx.AsyncBaseTransport:
        if settings.tls is None:
            return self._shared
        files = FollowedFiles(folder_of(self._keys.directory, municipality), settings.tls)
        transport = FollowingTransport(files, _telling(f"{municipality}/{office}"))
        self._own.append(transport)
        return transport


def _telling(provider: str) -> Callable[[str | None], None]:
    """Says in the log what is wrong with TLS towards a provider, and that it is mended."""

    def tell(fault: str | None) -> None:
        if fault is None:
            log.info("tls is well", provider=provider)
        else:
            log.error("tls fails", provider=provider, error=fault)

    return tell
