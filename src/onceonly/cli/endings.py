"""How a command ends: 0 done, 1 it found a fault, 2 wrong use; always with words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from onceonly.domain.errors import LogUnavailable
from onceonly.readers.documents import LawFaults
from onceonly.security.keys import KeyTrouble
from onceonly.usecases.sequencing import LogShorter

FOUND_A_FAULT = 1
WRONG_USE = 2


@contextmanager
def saying_why() -> Iterator[None]:
    """Turn what can be missing at a start into words."""
    try:
        yield
    except LogUnavailable:
        fail("the database does not answer; start it and try again")
    except (KeyTrouble, LawFaults, LogShorter) as trouble:
        fail(str(trouble))


def fail(what: str, *, status: int = FOUND_A_FAULT) -> NoReturn:
    """Say what is wrong on standard error and end."""
    typer.echo(what, err=True)
    raise typer.Exit(status)
