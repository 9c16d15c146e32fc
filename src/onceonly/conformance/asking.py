"""The provider is asked as the hub asks: on a connection of its own, once, within one time limit."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
import httpx

from onceonly.conformance.issuer import Issuer
from onceonly.conformance.spelling import why
from onceonly.connectors.answers import READ, meant
from onceonly.connectors.handshakes import tls_fault
from onceonly.connectors.rest import HEARTBEAT_S, LARGEST_ANSWER
from onceonly.domain.errors import ProviderError
from onceonly.domain.retrievals import Answer

Question = Mapping[str, object]
_BROKE: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "no host of that name"),
    (aiohttp.ClientConnectorError, "no connection: nothing listens there"),
    (aiohttp.ServerDisconnectedError, "closed without an answer: is it https:// there?"),
    (aiohttp.ClientPayloadError, "closed before the whole answer"),
    (aiohttp.ClientResponseError, "what is no HTTP"),
)
"""What the exchange broke by -> how people say that; the more special first."""

_BY_ITSELF = object()
_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: `status` None when no whole answer came in time, `why` says then what did.

    `hung_up`: the connection or its handshake was ended by the other side, or could not begin.
    """

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    why: str = ""
    hung_up: bool = False

    @property
    def told(self) -> str:
        """In words, without anything that was in the answer."""
        return self.why if self.status is None else str(self.status)

    def meant(self) -> Answer | str:
        """What it means to the hub, or why it means nothing."""
        if self.status is None:
            return self.why
        try:
            return meant(self.status, self.body if self.status in READ else b"")
        except ProviderError as error:
            return f"{self.status} {why(str(error), self.headers, self.body)}".strip()


class PlayedHub:
    """Sends questions to one provider and keeps what came back.

    `heard` is everything, `answers` what came to questions. `strangers` are ways to the provider
    that are not the hub's: without its certificate, or with another; there are none where the hub
    authenticates by its bearer alone.
    """

    def __init__(
        self,
        base_url: str,
        issuer: Issuer,
        transport: httpx.AsyncBaseTransport,
        *,
        timeout_s: float,
        strangers: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self.issuer = issuer
        self.strangers = strangers or {}
        self.heard: list[Heard] = []
        self.answers: list[Heard] = []
        self._base_url = base_url.rstrip("/")
        self._transport = transport
        self._timeout_s = timeout_s

    async def ask(
        self, question: Question | bytes, *, authorization: str | object | None = _BY_ITSELF
    ) -> Heard:
        """Ask one question; without `authorization` in the hub's name, with None in nobody's."""
        body = question if isinstance(question, bytes) else _written(question)
        if authorization is _BY_ITSELF:
            authorization = f"Bearer {self.issuer.token()}"
        headers = {"content-type": "application/json"}
        if isinstance(authorization, str):
            headers["authorization"] = authorization
        heard = await self.send("POST", "/v1/evidence", headers, body)
        self.answers.append(heard)
        return heard

    async def ask_as(self, stranger: str, question: Question) -> Heard:
        """Ask as one of the strangers, with a token of the hub; what comes is kept nowhere."""
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {self.issuer.token()}",
        }
        transport = self.strangers[stranger]
        return await self._sent(transport, "POST", "/v1/evidence", headers, _written(question))

    async def health(self) -> Heard:
        """Ask whether it is well; a hub waits less for that than for an answer."""
        headers = {"authorization": f"Bearer {self.issuer.token()}"}
        within = min(self._timeout_s, HEARTBEAT_S)
        return await self.send("GET", "/v1/health", headers, within=within)

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        within: float | None = None,
    ) -> Heard:
        """Send one request as it is; `within` so many seconds, else in the time of a call."""
        heard = await self._sent(self._transport, method, path, headers, body, within=within)
        self.heard.append(heard)
        return heard

    async def _sent(
        self,
        transport: httpx.AsyncBaseTransport,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        within: float | None = None,
    ) -> Heard:
        within = self._timeout_s if within is None else within
        usual = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": "onceonly",
            "traceparent": _TRACE,
        }
        request = httpx.Request(
            method, f"{self._base_url}{path}", headers={**usual, **headers}, content=body
        )
        try:
            async with asyncio.timeout(within):
                return await _exchange(transport, request)
        except TimeoutError:
            return Heard(None, why=f"no whole answer within {within:g} s")
        except (OSError, httpx.TransportError, aiohttp.ClientError) as error:
            # Its kind alone: its words may quote the answer.
            fault = tls_fault(error) if self._base_url.startswith("https:") else None
            said = f"no answer: {fault}" if fault else _broke(error)
            return Heard(None, why=said, hung_up=True)


async def _exchange(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> Heard:
    response = await transport.handle_async_request(request)
    try:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                return Heard(None, why="an answer larger than 10 MiB")
        return Heard(response.status_code, dict(response.headers), bytes(body))
    finally:
        await response.aclose()


def _broke(error: Exception) -> str:
    """Where the exchange broke; what broke it beneath says so better than what it became."""
    beneath = error if isinstance(error, aiohttp.ClientError) else error.__cause__ or error
    where = next((said for kind, said in _BROKE if isinstance(beneath, kind)), "no answer")
    if isinstance(beneath, aiohttp.ClientConnectorError):
        beneath = beneath.os_error
    return f"{where} ({type(beneath).__name__})"


def is_answer(heard: Heard) -> bool:
    """Whether it is a 200."""
    return heard.status == HTTPStatus.OK


def _written(question: Question) -> bytes:
    return json.dumps(question, ensure_ascii=False, separators=(",", ":")).encode()
