"""An identity provider of the tests' own: it vouches for whomever it is told to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from builders import NOW
from onceonly.domain.offices import Configuration, IdentityProvider
from onceonly.security.jose import generate_client_key, sign_with_jwk

AT = int(NOW.timestamp())
GOKCE = {
    "sub": "gokce",
    "given_name": "Gökçe",
    "family_name": "Musteryılmaz",
    "birthdate": "1990-03-14",
    "place_of_birth": "Izmir",
}


@dataclass(frozen=True)
class Vouching:
    """Issuer, audience and keys; `configured` is what a municipality's file says of it."""

    issuer: str = "https://id.example.org"
    audience: str = "onceonly"
    keys: tuple[dict[str, Any], dict[str, Any]] = field(default_factory=generate_client_key)

    @property
    def configured(self) -> IdentityProvider:
        return IdentityProvider(
            self.issuer,
            self.audience,
            (self.keys[1],),
            "acr",
            {"hoch": ("high",), "substantiell": ("substantial", "medium")},
        )

    def vouches(self, claims: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """A good token for Gökçe but for the changes; a change to None takes a claim away."""
        whole = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": AT,
            "exp": AT + 300,
            "acr": "high",
            **(GOKCE if claims is None else claims),
            **changes,
        }
        return sign_with_jwk(
            {name: value for name, value in whole.items() if value is not None}, self.keys[0]
        )

    def in_file(self, configuration: Configuration) -> Configuration:
        return replace(configuration, identity_providers=(self.configured,))
