"""Why TLS with an office's system did not come about: OpenSSL's own words, nothing of an answer."""

import ssl
from collections.abc import Iterator

import aiohttp

_HUNG_UP = (
    "it hung up after the handshake, as a system does that wants a certificate of the hub, or"
    " another one"
)


def tls_fault(error: BaseException) -> str | None:
    """What a call over TLS failed by, in words; None where the failure is not one of TLS."""
    hung_up = False
    for one in _roots(error):
        # TLS 1.3 refuses the caller's certificate when the handshake is over on the caller's side,
        # and the alert is not handed on.
        hung_up |= isinstance(one, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError) and (
            not isinstance(one, aiohttp.ClientConnectorError)
        )
        if not isinstance(one, ssl.SSLError):
            continue
        # aiohttp's own error is one of these as well, and has not their members.
        why: str | None = getattr(one, "verify_message", None)
        if why:
            return f"its certificate is not believed: {why.rstrip('.')}"
        reason: str | None = getattr(one, "reason", None)
        if reason:
            return f"it ended the handshake: {reason.replace('_', ' ').lower()}"
    return _HUNG_UP if hung_up else None


def _roots(error: BaseException | None) -> Iterator[BaseException]:
    """The error and everything that it wraps or came of."""
    seen: set[int] = set()
    left = [error]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        wrapped = (getattr(one, name, None) for name in ("certificate_error", "os_error"))
        left += [inner for inner in wrapped if isinstance(inner, BaseException)]
        left += [one.__cause__, one.__context__]
