"""Tasks for a person at an office, and upshots from which the worker opens them. Step: expand.

A `manual` retrieval is its own task; here are the others.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = """
create type task_row as (
    id uuid, office text, kind text, reference uuid, evidence_type text, since timestamptz,
    once bytea
);

create table task (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    id uuid not null,
    office text not null,
    kind text not null,
    reference uuid,
    evidence_type text,
    since timestamptz not null,
    once bytea not null,
    closed_at timestamptz,
    constraint task_arises_once unique (municipality, once),
    constraint task_kind_is_known_check check (kind in (
        'clarify-identity', 'check-protection', 'delivery-discarded', 'correct-evidence')),
    constraint task_of_protection_tells_nothing_check
        check (kind <> 'check-protection' or (reference is null and evidence_type is null))
);
create index task_open on task (municipality, office, id) where closed_at is null;
alter table task add primary key (municipality, id);

create table upshot (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    id uuid not null,
    day date not null,
    wrapped_key bytea not null,
    sealed bytea not null,
    primary key (municipality, id)
);

create index retrieval_by_hand on retrieval (municipality, provider, id) where state = 'manual';
"""

_GRANTS = """
grant select, insert, update on task to onceonly_app;
grant select, insert on task to onceonly_sequencer;
grant select, insert, delete on upshot to onceonly_app, onceonly_sequencer;
"""


def upgrade() -> None:
    """Make both tables, wall them in, and let each role do what it is for."""
    for statement in (_TABLES + _GRANTS).split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in ("task", "upshot"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(
            f"create policy wall on {table}"
            " using (municipality = (select current_setting('onceonly.municipality')::integer))"
        )
