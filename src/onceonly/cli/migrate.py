"""`onceonly migrate`: bring the database to this version."""

import sys

import typer
from sqlalchemy.exc import SQLAlchemyError

from onceonly.cli.ground import fail, settings_of, standing_on
from onceonly.cli.schema import head, upgrade


def migrate() -> None:
    """Bring the database to this version, and make the long-lived keys."""
    settings = settings_of()
    with standing_on(settings, migrate=False) as ground:
        try:
            upgrade(ground.addresses.owner)
        except (OSError, SQLAlchemyError) as error:
            fail(
                f"the migration did not run ({type(error).__name__}); "
                "see ONCEONLY_OWNER_URL, its user needs CREATEROLE or the roles must exist"
            )
        ground.keys.make()
        typer.echo(f"the database is at {head()}", file=sys.stdout)
