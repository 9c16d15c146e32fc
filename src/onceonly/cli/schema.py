"""Migrations: where they lie, which is the last, and running them as the owner."""

from pathlib import Path

import onceonly

NOT_LET_IN = ("28", "3D")
"""SQLSTATE classes of a user, password or database that the server does not know."""


class NotMigrated(Exception):
    """The database is not at this version; the message says what to look at."""


def _directory() -> Path:
    """Beside the package when it is installed, at the root of a checkout."""
    package = Path(onceonly.__file__).parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parents[1] / "migrations"


def head() -> str:
    """The number of the last migration."""
    return (_directory() / ".head").read_text().strip()


def upgrade(owner_url: str) -> None:
    """Bring a database to the last migration; several at once wait for one another.

    Raises:
        NotMigrated: it could not be done; the step that failed left nothing behind.
    """
    from alembic import command  # noqa: PLC0415 -- half a second that only a migration needs
    from alembic.config import Config  # noqa: PLC0415 -- as above

    config = Config()
    config.set_main_option("script_location", str(_directory()).replace("%", "%%"))
    config.attributes["owner_url"] = owner_url
    try:
        command.upgrade(config, "head")
    except Exception as error:  # noqa: BLE001 -- whatever it was, it must not quote
        raise NotMigrated(_why(error)) from None


def _why(error: Exception) -> str:
    """What kept a migration from running. The driver's own words may quote values; its kind may not."""
    state = str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
    if isinstance(error, OSError):
        return (
            "the database does not answer; start PostgreSQL, or mend host and port in"
            " ONCEONLY_OWNER_URL"
        )
    if state.startswith(NOT_LET_IN):
        return (
            f"the database does not let the user of ONCEONLY_OWNER_URL in ({state}); mend user,"
            " password and database in it, or make them, see docs/operations.md, Roles"
        )
    return (
        f"the migration did not run ({state or type(error).__name__}); its user must own database"
        " and tables, and the group roles must exist or it needs CREATEROLE, see docs/operations.md,"
        " Roles"
    )
