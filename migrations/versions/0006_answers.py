"""Answers on their way into a statement, many at once. Step: expand."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the row that an answer travels as."""
    op.execute(
        "create type answer_row as (id uuid, seen text, becomes text, problem text,"
        " problem_reason text, available_at timestamptz, due_at timestamptz, answer_entry uuid,"
        " release_entry uuid, release_leaf bytea, collected_at timestamptz,"
        " first_read_at timestamptz)"
    )
