"""`onceonly migrate`: bring the database to this version."""

import sys

import typer

from onceonly.cli.endings import fail
from onceonly.cli.ground import settings_of, standing_on
from onceonly.cli.schema import NotMigrated, head, upgrade


def migrate() -> None:
    """Bring the database to this version, and make the long-lived keys."""
    settings = settings_of()
    with standing_on(settings, migrate=False) as ground:
        try:
            upgrade(ground.addresses.owner)
        except NotMigrated as trouble:
            fail(str(trouble))
        ground.keys.make()
        typer.echo(f"the database is at {head()}", file=sys.stdout)
