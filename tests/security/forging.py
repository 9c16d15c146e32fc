"""Assertions as an attacker would make them: any header, any claims, any key, any bytes."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER = "http://hub.example"
CLIENT = "but-fachverfahren"

Signer = Callable[[bytes], bytes]


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _of(number: int, length: int) -> str:
    return encoded(number.to_bytes(length, "big"))


def an_ec_key(kid: str = "k1") -> tuple[ec.EllipticCurvePrivateKey, dict[str, object]]:
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    x, y = _of(numbers.x, 32), _of(numbers.y, 32)
    return private, {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid}


@cache
def _an_rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def an_rsa_key(bits: int = 3072, kid: str = "k1") -> tuple[rsa.RSAPrivateKey, dict[str, object]]:
    private = _an_rsa_key(bits)
    numbers = private.public_key().public_numbers()
    n, e = _of(numbers.n, bits // 8), _of(numbers.e, 3)
    return private, {"kty": "RSA", "n": n, "e": e, "kid": kid}


def es256(private: ec.EllipticCurvePrivateKey) -> Signer:
    def sign(signed: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def pss(private: rsa.RSAPrivateKey, digest: hashes.HashAlgorithm) -> Signer:
    return lambda signed: private.sign(
        signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest
    )


def rs256(private: rsa.RSAPrivateKey) -> Signer:
    return lambda signed: private.sign(signed, padding.PKCS1v15(), hashes.SHA256())


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims; a change to None takes one away."""
    whole: dict[str, Any] = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": ISSUER,
        "jti": "once",
        "iat": AT,
        "exp": AT + 60,
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def header(**changes: Any) -> dict[str, Any]:
    """A good header; a change to None takes one away."""
    whole: dict[str, Any] = {"alg": "ES256", "typ": "JWT", "kid": "k1"}
    return {name: value for name, value in (whole | changes).items() if value is not None}


def token(head: Mapping[str, Any] | str, body: Mapping[str, Any] | str, signer: Signer) -> str:
    """A compact token; texts go in as they are."""
    parts = [one if isinstance(one, str) else json.dumps(one) for one in (head, body)]
    signed = ".".join(encoded(one.encode()) for one in parts)
    return f"{signed}.{encoded(signer(signed.encode()))}"
