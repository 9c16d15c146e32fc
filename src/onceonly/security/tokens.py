"""Tokens: assertions that come, access tokens that go, bearers we show providers."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from onceonly.domain.offices import Client, key_end
from onceonly.security.jose import (
    Compact,
    InvalidToken,
    algorithms_of,
    check_signature,
    sign,
    sign_bytes,
    take_apart,
)
from onceonly.security.keys import KeyFiles

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""How a token request says that it brings an assertion. Source: RFC 7523, 2.2."""

LIFE_S = 600
"""Seconds an access token is good for."""

LEEWAY_S = 60
"""Seconds a client's clock may be off."""

LONGEST_ASSERTION_S = 300
"""Seconds between `iat` and `exp` of an assertion, at most."""

_LONGEST_JTI = 255
_BEARER_LIFE_S, _BEARER_REUSED_S = 60, 30


@dataclass(frozen=True, slots=True)
class Assertion:
    """A believed assertion; `jti` must be used up before anything is given for it."""

    client_id: str
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """A believed access token."""

    client_id: str
    scopes: frozenset[str]
    expires_at: int


def peek_client(assertion: str) -> str:
    """Whose assertion it claims to be; nothing of it is believed yet.

    Raises:
        InvalidToken: it is no compact token, or names nobody.
    """
    claimed = _assertion(assertion).claims.get("sub")
    if not isinstance(claimed, str) or not claimed:
        raise InvalidToken("form")
    return claimed


def _assertion(text: str) -> Compact:
    """Its form, judged before anybody is looked up: the answer must not tell who is known."""
    token = take_apart(text)
    if token.header.get("typ", "JWT") != "JWT":
        raise InvalidToken("form")
    return token


def verify_assertion(assertion: str, client: Client, *, issuer: str, now: datetime) -> Assertion:
    """Believe an assertion of this client, meant for this issuer, here and now.

    Source: RFC 7523, 3; contract annex, 7.

    Raises:
        InvalidToken: a check failed; `why` names it.
    """
    token = _assertion(assertion)
    key = _key_of(client, token.header.get("kid"), now)
    algorithm = str(token.header["alg"])
    if algorithm not in algorithms_of(key):
        raise InvalidToken("signature")
    check_signature(token, key, algorithm)
    claims = token.claims
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise InvalidToken("form")
    if claims.get("aud") != issuer:
        raise InvalidToken("audience")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= _LONGEST_JTI or not jti.isprintable():
        raise InvalidToken("form")
    expires_at = _check_times(claims, int(now.timestamp()))
    # Remembered for as long as any clock would take it.
    gone = datetime.fromtimestamp(expires_at, UTC) + timedelta(seconds=LEEWAY_S)
    return Assertion(client.client_id, jti, gone)


def _key_of(client: Client, kid: object, now: datetime) -> Mapping[str, object]:
    for key in client.keys:
        if isinstance(kid, str) and key.get("kid") == kid:
            end = key_end(key)
            if end is not None and end <= now:
                break
            return key
    raise InvalidToken("key")


def _check_times(claims: Mapping[str, object], now: int) -> int:
    issued, expires, begins = (claims.get(name) for name in ("iat", "exp", "nbf"))
    begins = issued if begins is None else begins
    times = [issued, expires, begins]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in times):
        raise InvalidToken("time")
    iat, exp, nbf = (int(one) for one in times if isinstance(one, int))
    on_time = exp + LEEWAY_S > now and max(iat, nbf) - LEEWAY_S <= now
    if not on_time or not 0 < exp - iat <= LONGEST_ASSERTION_S:
        raise InvalidToken("time")
    return exp


class AccessTokens:
    """Access tokens of this hub: ES256, `typ` `at+jwt`, ten minutes. Source: RFC 9068.

    `remembered`: how many believed tokens are not checked again until they end.
    """

    def __init__(self, keys: KeyFiles, issuer: str, *, remembered: int = 10_000) -> None:
        self._keys = keys
        self._issuer = issuer
        self._remembered = remembered
        self._believed: OrderedDict[str, Access] = OrderedDict()

    def issue(self, *, client_id: str, scopes: Sequence[str], now: datetime) -> str:
        """A fresh access token."""
        at = int(now.timestamp())
        return sign(
            {
                "iss": self._issuer,
                "aud": self._issuer,
                "sub": client_id,
                "client_id": client_id,
                "scope": " ".join(scopes),
                "iat": at,
                "exp": at + LIFE_S,
                "jti": secrets.token_urlsafe(16),
            },
            self._keys.signing_key(),
            typ="at+jwt",
        )

    def verify(self, token: str, now: datetime) -> Access:
        """Believe an access token here and now; a believed one is remembered until it ends.

        Raises:
            InvalidToken: it is not ours, not meant for us, or not good at this time.
        """
        access = self._believed.get(token)
        if access is None:
            access = self._read(token, int(now.timestamp()))
            self._believed[token] = access
            if len(self._believed) > self._remembered:
                self._believed.popitem(last=False)
        else:
            self._believed.move_to_end(token)
        if access.expires_at <= now.timestamp():
            self._believed.pop(token, None)
            raise InvalidToken("time")
        return access

    def _read(self, token: str, now: int) -> Access:
        taken = take_apart(token)
        if taken.header.get("typ") != "at+jwt" or taken.header["alg"] != "ES256":
            raise InvalidToken("form")
        for key in self._keys.signing_keys():
            if key.kid == taken.header.get("kid"):
                check_signature(taken, key.jwk, "ES256")
                break
        else:
            raise InvalidToken("key")
        claims = taken.claims
        if claims.get("iss") != self._issuer or claims.get("aud") != self._issuer:
            raise InvalidToken("audience")
        if int(claims["iat"]) > now + LEEWAY_S:
            raise InvalidToken("time")
        return Access(
            str(claims["client_id"]), frozenset(str(claims["scope"]).split()), int(claims["exp"])
        )


class ProviderBearer:
    """What the hub shows a provider: ES256, `aud` its base URL, 60 s; one serves for half of them."""

    def __init__(self, keys: KeyFiles, issuer: str, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock
        self._made: dict[tuple[str, str], tuple[int, str]] = {}

    def of(self, base_url: str, *, municipality: str) -> str:
        """A bearer for this provider, in the name of the municipality."""
        now = int(self._clock().timestamp())
        made = self._made.get((base_url, municipality))
        if made is None or not 0 <= now - made[0] < _BEARER_REUSED_S:
            token = sign(
                {
                    "iss": self._issuer,
                    "sub": municipality,
                    "aud": base_url,
                    "iat": now,
                    "exp": now + _BEARER_LIFE_S,
                    "jti": secrets.token_urlsafe(16),
                },
                self._keys.signing_key(),
                typ="JWT",
            )
            made = self._made[base_url, municipality] = now, token
        return made[1]


def sign_evidence(payload: bytes, keys: KeyFiles) -> str:
    """Evidence as a compact JWS, `typ` `evidence+jws`, verifiable by the hub's published keys."""
    return sign_bytes(payload, keys.signing_key(), typ="evidence+jws")


def sign_receipt(payload: bytes, keys: KeyFiles) -> str:
    """A consent's receipt as a compact JWS, `typ` `consent-receipt+jws`, by the published keys."""
    return sign_bytes(payload, keys.signing_key(), typ="consent-receipt+jws")
