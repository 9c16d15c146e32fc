"""A small identity provider: it vouches for the people of the story, and for nobody else.

Run: `python -m onceonly.demo.identity --state DIR --person Gökçe` prints a token that is good for
five minutes. Its key lies under the stand's directory; the municipality's file has the public half.
"""

import argparse
import json
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from onceonly.demo.keys import key_file, public_jwk
from onceonly.demo.months import month_of
from onceonly.demo.named import named
from onceonly.demo.people import Person

ISSUER, AUDIENCE = "https://id.musterkreis.example", "musterkreis"
NAME = "identity"
LIFE_S = 300


def identity_key(directory: Path) -> Path:
    """Where the provider's private key lies; made at first use."""
    return key_file(directory / NAME, NAME)


def public_key(directory: Path) -> dict[str, Any]:
    """What the municipality's file says of it."""
    return public_jwk(identity_key(directory))


def vouch(directory: Path, person: Person, now: datetime, *, level: str = "high") -> str:
    """A token for somebody who is logged in at this level."""
    key = ECKey.import_key(json.loads(identity_key(directory).read_text()))
    at = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": f"{person.family_name}/{'-'.join(person.given_names)}/{person.date_of_birth}",
        "given_name": " ".join(person.given_names),
        "family_name": person.family_name,
        "birthdate": person.date_of_birth,
        "place_of_birth": person.place_of_birth,
        "acr": level,
        "jti": secrets.token_urlsafe(16),
        "iat": at,
        "exp": at + LIFE_S,
    }
    return jwt.encode(
        {"alg": "ES256", "typ": "JWT", "kid": key.thumbprint()}, claims, key, algorithms=["ES256"]
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Print a token for one of the people, found by a given name."""
    parser = argparse.ArgumentParser(prog=NAME)
    parser.add_argument("--state", type=Path, required=True, help="the stand's directory")
    parser.add_argument("--person", required=True, help="a given name of the story")
    parser.add_argument("--level", default="high", help="high, substantial or low")
    words = parser.parse_args(argv)
    now = datetime.now(UTC)  # noqa: TID251 -- people log in now
    everybody = [person for household in named(month_of(now)) for person in household.members]
    found = next((one for one in everybody if words.person in one.given_names), None)
    if found is None:
        parser.error("nobody of the story has this given name")
    sys.stdout.write(vouch(words.state, found, now, level=words.level) + "\n")


if __name__ == "__main__":
    main()
