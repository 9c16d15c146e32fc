"""Protected persons, by pseudonyms of the office that protects them. Step: expand.

The municipality's counter moves with every change, so that an answer is recorded by whoever knows
all of them, or by nobody.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = """
alter table municipality add column protections bigint not null default 0;

create table protection (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    office text not null,
    subject bytea not null,
    marks bytea[] not null,
    partial boolean not null,
    until date,
    changed bigint not null
);
create index protection_changed on protection (municipality, changed);
create index protection_until on protection (municipality, until) where until is not null;
alter table protection add primary key (municipality, office, subject);
"""

_GRANTS = """
grant update (protections) on municipality to onceonly_app;
grant select, insert, update, delete on protection to onceonly_app;
grant select, delete on protection to onceonly_sequencer;
"""


def upgrade() -> None:
    """Make the table, wall it in, and let each role do what it is for."""
    for statement in (_TABLES + _GRANTS).split(";\n"):
        if statement.strip():
            op.execute(statement)
    op.execute("alter table protection enable row level security")
    op.execute("alter table protection force row level security")
    op.execute(
        "create policy wall on protection"
        " using (municipality = (select current_setting('onceonly.municipality')::integer))"
    )
