"""`onceonly token`: an access token for trying out, as an office system would get it."""

import json
import secrets
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer

from onceonly.cli.endings import fail
from onceonly.security.jose import sign_with_jwk
from onceonly.security.tokens import ASSERTION_TYPE


def token(
    *,
    issuer: Annotated[str, typer.Option(help="The hub's issuer URL.")],
    client_id: Annotated[str, typer.Option(help="The client in the municipality file.")],
    key: Annotated[Path, typer.Option(help="File with the client's private JWK.")],
) -> None:
    """Print an access token; it is good for ten minutes."""
    try:
        private = json.loads(key.read_text())
    except (OSError, ValueError):
        fail(f"{key} is no readable JWK; make one with `onceonly client-key`")
    try:
        with httpx.Client(base_url=issuer, trust_env=False, timeout=10) as hub:
            now = int(_time_of(hub).timestamp())
            answer = hub.post(
                "/oauth2/token",
                data={
                    "grant_type": "client_credentials",
                    "client_assertion_type": ASSERTION_TYPE,
                    "client_assertion": sign_with_jwk(
                        {
                            "iss": client_id,
                            "sub": client_id,
                            "aud": issuer,
                            "jti": secrets.token_urlsafe(16),
                            "iat": now,
                            "exp": now + 60,
                        },
                        private,
                    ),
                },
            )
    except ValueError:
        fail(f"{key} holds no private JWK with a kid; make one with `onceonly client-key`")
    except httpx.HTTPError:
        fail(f"no hub answers at {issuer}; start it with `onceonly serve`")
    if answer.status_code != httpx.codes.OK:
        said = answer.json()
        fail(f"{said.get('error', answer.status_code)}: {said.get('error_description', '')}")
    typer.echo(answer.json()["access_token"])


def _time_of(hub: httpx.Client) -> datetime:
    """The hub's own time: its day may be a played one."""
    return parsedate_to_datetime(hub.get("/livez").headers["date"])
