"""What waits for a position, for whoever may not see it; heads that nobody needs go. Step: expand.

The roles keep what they may: the inbox is read by the sequencer alone, and nobody deletes a head.
Both functions are the owner's; one says an instant, the other leaves the last head of each day.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

# An id begins with its instant in milliseconds (UUIDv7).
_WAITING = """
create function log_waiting_since() returns timestamptz language sql stable security definer
set search_path = public, pg_temp as $$
    select to_timestamp(
        ('x' || translate(left(entry_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0)
    from (select entry_id from log_inbox limit 1000) as waiting
    order by entry_id limit 1
$$
"""
_THIN = """
create function log_checkpoint_thin(before timestamptz) returns bigint language sql
security definer set search_path = public, pg_temp as $$
    with old as (
        select generation, size, at,
            lead(at) over (partition by generation order by size) as following
        from log_checkpoint where at < before),
    gone as (
        delete from log_checkpoint as head using (
            select generation, size from old
            where (at at time zone 'UTC')::date = (following at time zone 'UTC')::date
            order by generation, size limit 50000) as old
        where head.generation = old.generation and head.size = old.size
        returning 1)
    select count(*) from gone
$$
"""

_STATEMENTS = (
    _WAITING,
    "revoke execute on function log_waiting_since from public",
    "grant execute on function log_waiting_since to onceonly_app",
    _THIN,
    "revoke execute on function log_checkpoint_thin from public",
    "grant execute on function log_checkpoint_thin to onceonly_sequencer",
)


def upgrade() -> None:
    """Make both functions."""
    for statement in _STATEMENTS:
        op.execute(statement)
