"""Whoever holds a client's key, and what the hub says to what they show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from onceonly.domain.offices import Client, Role
from onceonly.security.jose import InvalidToken
from onceonly.security.tokens import Assertion, verify_assertion
from security.forging import (
    CLIENT,
    ISSUER,
    NOW,
    es256,
    token,
)


@dataclass(frozen=True)
class Holder:
    """A client and the private half of its one key."""

    private: ec.EllipticCurvePrivateKey
    client: Client

    def says(self, head: Mapping[str, Any] | str, body: Mapping[str, Any] | str) -> str:
        return token(head, body, es256(self.private))


def a_client(*keys: Mapping[str, object]) -> Client:
    return Client(CLIENT, "but", (Role.CONSUMER,), keys)


def verified(assertion: str, client: Client, *, later_s: int = 0) -> Assertion:
    return verify_assertion(assertion, client, issuer=ISSUER, now=NOW + timedelta(seconds=later_s))


def why(assertion: str, client: Client, *, later_s: int = 0) -> str:
    with pytest.raises(InvalidToken) as refused:
        verified(assertion, client, later_s=later_s)
    return refused.value.why
