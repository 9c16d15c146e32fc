"""The one door to the JOSE libraries, with a strict reader in front of it.

python-jose carries ES256; joserfc what it cannot (PS256, PS512). Neither ever picks an algorithm,
a key or a claim: the strict reader does. Source: RFC 7515, RFC 7519, RFC 8725.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

from jose import jwk as es_jwk
from jose.exceptions import JOSEError
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from onceonly.security.keys import SigningKey

LARGEST = 8 * 1024
"""Bytes of a compact token, at most."""

_SMALLEST_RSA = 3072
_MATERIAL = frozenset({"kty", "crv", "x", "y", "n", "e"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})
_SIGNATURE_BYTES = 64
_REFUSED = frozenset({"crit", "b64", "jwk", "jku", "x5c", "x5u"})
"""Header members that would change how a token is read, or bring its own key along."""


class InvalidToken(Exception):
    """A token is not believed. `why`: audience, time, signature, key, replay or form."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Compact:
    """A compact token, taken apart but not believed."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the signature is over."""
        return self.text.rpartition(".")[0].encode()


def take_apart(token: str) -> Compact:
    """Read a compact JWS whose payload is a JSON object.

    Raises:
        InvalidToken: it is too large, not canonical base64url, no JSON object, or has a member
            twice, one that must be understood, or a key of its own.
    """
    if len(token) > LARGEST or not token.isascii():
        raise InvalidToken("form")
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 -- header, payload, signature
        raise InvalidToken("form")
    header, claims = (_object(_decoded(part)) for part in parts[:2])
    if header.keys() & _REFUSED or not isinstance(header.get("alg"), str):
        raise InvalidToken("form")
    return Compact(token, header, claims, _decoded(parts[2]))


def check_signature(token: Compact, key: Mapping[str, object], algorithm: str) -> None:
    """Check a signature by one key and one algorithm, both chosen by the caller.

    Raises:
        InvalidToken: the signature does not fit.
    """
    try:
        fits = _verifies(token, json.dumps(dict(key), sort_keys=True), algorithm)
    except (JOSEError, JoseError, ValueError, TypeError):
        fits = False
    if not fits:
        raise InvalidToken("signature")


def _verifies(token: Compact, key: str, algorithm: str) -> bool:
    if algorithm == "ES256":
        return len(token.signature) == _SIGNATURE_BYTES and bool(
            _es256(key).verify(token.signed, token.signature)
        )
    # Members we do not know are ignored (RFC 7515, 4); the strict reader refused what matters.
    lenient = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    jws.deserialize_compact(token.text, _rsa(key), registry=lenient)
    return True


@lru_cache(1_000)
def _es256(key: str) -> Any:  # noqa: ANN401 -- theirs
    return es_jwk.construct(json.loads(key), "ES256")


@lru_cache(1_000)
def _rsa(key: str) -> RSAKey:
    return RSAKey.import_key(json.loads(key))


def sign(claims: Mapping[str, object], key: SigningKey, *, typ: str) -> str:
    """Sign claims by a key of the hub's own; ES256."""
    return sign_bytes(json.dumps(claims, separators=(",", ":")).encode(), key, typ=typ)


def sign_bytes(payload: bytes, key: SigningKey, *, typ: str) -> str:
    """Sign any payload by a key of the hub's own; ES256, compact."""
    signing = _signing(key.pem.decode())
    return _signed(payload, signing, {"alg": "ES256", "typ": typ, "kid": key.kid})


@lru_cache(8)
def _signing(pem: str) -> Any:  # noqa: ANN401 -- theirs
    return es_jwk.construct(pem, "ES256")


def sign_with_jwk(
    claims: Mapping[str, object], private_jwk: Mapping[str, Any], *, typ: str = "JWT"
) -> str:
    """Sign claims by a client's private JWK, as an office system would; ES256, RSA keys PS256.

    Raises:
        ValueError: it is no private JWK of such a kind, or has no `kid`.
    """
    payload = json.dumps(claims, separators=(",", ":")).encode()
    kid, allowed = private_jwk.get("kid"), algorithms_of(private_jwk)
    if not isinstance(kid, str) or not allowed or "d" not in private_jwk:
        raise ValueError("no private JWK for ES256, PS256 or PS512 with a kid")
    header = {"alg": allowed[0], "typ": typ, "kid": kid}
    try:
        if allowed == ("ES256",):
            return _signed(payload, es_jwk.construct(dict(private_jwk), "ES256"), header)
        rsa = RSAKey.import_key(dict(private_jwk))
        return jws.serialize_compact(header, payload, rsa, algorithms=list(allowed))
    except (JOSEError, JoseError, ValueError, TypeError):
        raise ValueError("no private JWK for ES256, PS256 or PS512 with a kid") from None


def _signed(payload: bytes, key: Any, header: Mapping[str, str]) -> str:  # noqa: ANN401 -- theirs
    head = _encoded(json.dumps(header, separators=(",", ":")).encode())
    signed = f"{head}.{_encoded(payload)}"
    return f"{signed}.{_encoded(key.sign(signed.encode()))}"


def generate_client_key() -> tuple[dict[str, Any], dict[str, Any]]:
    """A fresh P-256 key pair, private and public JWK, with `kid`, `use` and `alg`."""
    key = ECKey.generate_key("P-256", private=True)
    labels = {"kid": key.thumbprint(), "use": "sig", "alg": "ES256"}
    return dict(key.as_dict(private=True)) | labels, dict(key.as_dict(private=False)) | labels


def jwk_faults(jwk: Mapping[str, object]) -> list[str]:
    """What is wrong with a client's public JWK."""
    faults: list[str] = []
    if not isinstance(jwk.get("kid"), str) or not jwk["kid"]:
        faults.append("has no kid; give the key a name")
    if jwk.keys() & _PRIVATE:
        faults.append("has private members; give the public half alone, and make a new key")
        return faults
    operations = jwk.get("key_ops", ["verify"])
    if (
        jwk.get("use", "sig") != "sig"
        or not isinstance(operations, list | tuple)
        or ("verify" not in operations)
    ):
        faults.append("has another use than sig; take a key for signing")
    end = jwk.get("exp")
    if end is not None and (
        isinstance(end, bool) or not isinstance(end, int) or not 0 < end < 2**33
    ):
        faults.append("has an exp that is no time; give whole seconds since 1970, or leave it out")
    faults += _algorithm_faults(jwk)
    return faults


def _algorithm_faults(jwk: Mapping[str, object]) -> list[str]:
    allowed = algorithms_of(jwk)
    if not allowed:
        return ["is for none of ES256 (EC, P-256), PS256 and PS512 (RSA); make a P-256 key"]
    material: Any = {name: jwk[name] for name in jwk.keys() & _MATERIAL}
    try:
        if allowed == ("ES256",):
            ECKey.import_key(material)
        elif RSAKey.import_key(material).raw_value.key_size < _SMALLEST_RSA:
            return ["is an RSA key under 3072 bits; make a longer one, or a P-256 key"]
    except (JoseError, ValueError, TypeError):
        return ["cannot be read as a public key; give it as `onceonly client-key` prints it"]
    return []


def algorithms_of(jwk: Mapping[str, object]) -> tuple[str, ...]:
    """Algorithms a key may be used with; none when it is of a kind we do not take."""
    if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
        possible: tuple[str, ...] = ("ES256",)
    elif jwk.get("kty") == "RSA":
        possible = ("PS256", "PS512")
    else:
        return ()
    named = jwk.get("alg")
    return possible if named is None else tuple(one for one in possible if one == named)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    try:
        raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise InvalidToken("form") from None
    if _encoded(raw) != part:
        raise InvalidToken("form")
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_members,
            parse_constant=_finite,
            parse_float=_finite,
        )
        # Half a surrogate pair is no text; nobody after us could write it.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidToken("form") from None
    if not isinstance(value, dict):
        raise InvalidToken("form")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError("not a number of JSON")
    return value
