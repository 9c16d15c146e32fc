"""How a command ends: 0 done, 1 it found a fault, 2 wrong use; always with words."""

from typing import NoReturn

import typer

FOUND_A_FAULT = 1
WRONG_USE = 2


def fail(what: str, *, status: int = FOUND_A_FAULT) -> NoReturn:
    """Say what is wrong on standard error and end."""
    typer.echo(what, err=True)
    raise typer.Exit(status)
