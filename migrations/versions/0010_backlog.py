"""How much of the log has no position yet, for whoever serves. Step: expand."""

from alembic import op

revision = "0010"
down_revision = "0009"

# Whoever serves writes into the inbox and cannot read it; this tells how many and which came
# first, nothing else. Counted up to a bound: a backlog must not make looking at it slow.
_BACKLOG = """
create function log_backlog(out waiting integer, out first uuid)
language sql stable security definer set search_path = public, pg_temp as $$
    select (select count(*)::integer from (select from log_inbox limit 100000) as counted),
        (select entry_id from log_inbox limit 1)
$$
"""


def upgrade() -> None:
    """Make the function, and let every role ask."""
    op.execute(_BACKLOG)
    op.execute("revoke execute on function log_backlog() from public")
    op.execute(
        "grant execute on function log_backlog()"
        " to onceonly_app, onceonly_sequencer, onceonly_auditor"
    )
