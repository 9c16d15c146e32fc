"""Migrations: where they lie, which is the last, and running them as the owner."""

from pathlib import Path

from alembic import command
from alembic.config import Config

import onceonly


def _directory() -> Path:
    """Beside the package when it is installed, at the root of a checkout."""
    package = Path(onceonly.__file__).parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parents[1] / "migrations"


def head() -> str:
    """The number of the last migration."""
    return (_directory() / ".head").read_text().strip()


def upgrade(owner_url: str) -> None:
    """Bring a database to the last migration; several at once wait for one another."""
    config = Config()
    config.set_main_option("script_location", str(_directory()).replace("%", "%%"))
    config.attributes["owner_url"] = owner_url
    command.upgrade(config, "head")
