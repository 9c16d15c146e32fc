"""A PostgreSQL of our own, for trying out and for tests: started by the first, stopped by the last."""

from onceonly.embedded.programs import EmbeddedUnavailable
from onceonly.embedded.roles import Addresses
from onceonly.embedded.server import EmbeddedPostgres

__all__ = ["Addresses", "EmbeddedPostgres", "EmbeddedUnavailable"]
