"""What ended is forgotten in its time; whoever ended a preview is known again. Step: expand.

A consent says on which German day it ended, so that its row and its uses can go; refusals and
closed tasks go too. A preview that was ended keeps by whom and with which word, as a keyed hash:
the same word sent again gets the same answer, whoever the evidence was about.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

# The walls stand before the owner too: each municipality's rows by themselves.
_BACKFILL = """
do $$
declare one integer;
begin
    for one in select id from municipality loop
        perform set_config('onceonly.municipality', one::text, true);
        update consent set case_reference = terms ->> 'case_reference', ended_on = case
            when state not in ('requested', 'given', 'renewed')
            then ((history -> -1 ->> 1)::timestamptz at time zone 'Europe/Berlin')::date end;
    end loop;
end
$$
"""

_STATEMENTS = (
    "alter table consent add column ended_on date, add column case_reference text",
    _BACKFILL,
    "create index consent_ended on consent (municipality, ended_on) where ended_on is not null",
    "create index consent_of_case on consent (municipality, office, case_reference)",
    "create index consent_use_old on consent_use (municipality, used_at)",
    "create index refusal_old on refusal (municipality, refused_at)",
    "create index task_closed on task (municipality, closed_at) where closed_at is not null",
    "alter table retrieval add column ended_by bytea",
    "grant update (ended_on) on consent to onceonly_app, onceonly_sequencer",
    "grant delete on consent, refusal, task to onceonly_sequencer",
)


def upgrade() -> None:
    """Add both columns and the ways to what is due, and let the worker delete it."""
    for statement in _STATEMENTS:
        op.execute(statement)
