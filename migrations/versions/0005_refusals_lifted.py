"""A later choice of the person lifts what they refused in the case before. Step: expand."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Let the application take back a refusal that the person has taken back."""
    op.execute("grant delete on refusal to onceonly_app")
