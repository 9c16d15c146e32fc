"""`onceonly keys …`: the hub's own keys."""

from datetime import datetime
from typing import Annotated

import typer

from onceonly.cli.endings import WRONG_USE, fail
from onceonly.cli.ground import keys_of, settings_of
from onceonly.security.keys import KeyTrouble
from onceonly.security.signing import CHECKED_AFTER

program = typer.Typer(help="The hub's own keys.", no_args_is_help=True)

_NOT_ROTATED = {
    "log": "it is what auditors check the log by, for every generation of it",
    "names": "every pseudonym on record is made with it",
}


@program.callback()
def words() -> None:
    """The hub's own keys."""


@program.command()
def rotate(
    *,
    which: Annotated[
        str, typer.Argument(help="token: what signs tokens, bearers, evidence and receipts.")
    ] = "token",
) -> None:
    """Make the next signing key: published now, used in ten minutes; nothing need be restarted."""
    if which in _NOT_ROTATED:
        fail(f"{which}: cannot be rotated; {_NOT_ROTATED[which]}", status=WRONG_USE)
    if which != "token":
        fail(f"{which}: no such key; name token", status=WRONG_USE)
    keys = keys_of(settings_of())
    try:
        before = keys.signing_key()
        key, begin = keys.rotate()
    except KeyTrouble as trouble:
        fail(str(trouble))
    typer.echo(f"{key.kid} is published, and signs from {_said(begin)}")
    typer.echo(f"{before.kid} is believed until {_said(begin + CHECKED_AFTER)}")


def _said(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
