"""`onceonly client-key`: a key pair for an office system."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from onceonly.cli.endings import fail
from onceonly.security.jose import generate_client_key


def client_key(
    file: Annotated[Path, typer.Argument(help="Where the private key goes; must not exist.")],
) -> None:
    """Make a key pair: the private JWK goes to the file, the public one is printed."""
    private, public = generate_client_key()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{file} exists; name a new file, a key is never overwritten")
    except OSError:
        fail(f"{file} cannot be written; name a file in a directory of yours")
    with os.fdopen(handle, "w") as out:
        json.dump(private, out)
    typer.echo(json.dumps(public))
