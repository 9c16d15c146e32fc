"""`onceonly migrate`: bring the database to this version."""

import asyncio
import sys

import typer

from onceonly.cli.endings import fail
from onceonly.cli.ground import check_keys, months_ahead, settings_of, standing_on
from onceonly.cli.schema import NotMigrated, head, upgrade


def migrate() -> None:
    """Bring the database to this version, and make the long-lived keys."""
    settings = settings_of()
    with standing_on(settings, migrate=False) as ground:
        try:
            upgrade(ground.addresses.owner)
        except NotMigrated as trouble:
            fail(str(trouble))
        asyncio.run(check_keys(ground, ground.addresses.owner, role=None))
        asyncio.run(months_ahead(ground.addresses.owner, ground.clock))
        ground.keys.make()
        typer.echo(f"the database is at {head()}", file=sys.stdout)
