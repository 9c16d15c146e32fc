"""The first exchange: municipalities, requests, retrievals, held evidence, the log. Step: expand.

Group roles, forced walls and integer-first keys stand here, so that nothing was ever without.
"""

from alembic import op

revision = "0001"
down_revision = None

_ROLES = ("onceonly_app", "onceonly_sequencer", "onceonly_auditor")

# Rows on their way into a statement: one parameter for many rows of many columns.
_ROWS = """
create type entry_row as (
    id uuid, class text, day date, event text, at timestamptz, retrieval uuid, sealed bytea,
    commitment bytea
);
create type retrieval_row as (
    id uuid, place smallint, item text, person text, subject bytea, evidence_type text,
    profile text, provider text, origin text, state text, decision text,
    fetching_until timestamptz, replaces uuid, question_entry uuid
);
create type sealed_row as (
    retrieval uuid, day date, wrapped_key bytea, sealed bytea, until timestamptz
);
create type refusal_row as (subject bytea, evidence_type text);
"""

# Each primary key is made after its table's other indexes: of equal plans for an empty table
# PostgreSQL takes that of the newest index, and keeps it while the table grows.
_TABLES = """
create table municipality (
    id integer primary key,
    code text not null unique,
    version bigint not null
);

create table configuration (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    version bigint not null,
    document jsonb not null,
    applied_at timestamptz not null,
    primary key (municipality, version)
);

create table assertion (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    client_id text not null,
    jti text not null,
    expires_at timestamptz not null,
    primary key (municipality, client_id, jti)
);
create index assertion_expires_at on assertion (municipality, expires_at);

create table evidence_request (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    id uuid not null,
    client_id text not null,
    office text not null,
    idempotency_key text not null,
    body_hash bytea not null,
    procedure text not null,
    case_reference text not null,
    channel text not null,
    reference_month text not null,
    persons jsonb not null,
    asked_at timestamptz not null,
    constraint evidence_request_key_is_used_once unique (municipality, client_id, idempotency_key),
    constraint evidence_request_channel_is_known_check check (channel in ('online', 'office'))
);
create index evidence_request_case on evidence_request (municipality, office, case_reference);
alter table evidence_request add primary key (municipality, id);

create table retrieval (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    id uuid not null,
    request uuid not null,
    place smallint not null,
    item text not null,
    person text not null,
    subject bytea not null,
    evidence_type text not null,
    profile text not null,
    provider text,
    origin text not null,
    state text not null,
    problem text,
    problem_reason text,
    decision jsonb not null,
    asked_at timestamptz not null,
    fetching_until timestamptz,
    available_at timestamptz,
    due_at timestamptz,
    asks smallint not null default 0,
    collected_at timestamptz,
    replaces uuid,
    question_entry uuid not null,
    answer_entry uuid,
    release_entry uuid,
    release_leaf bytea,
    foreign key (municipality, request) references evidence_request (municipality, id),
    constraint retrieval_state_is_known_check check (state in (
        'refused', 'choice-required', 'consent-required', 'manual', 'fetching', 'deferred',
        'previewing', 'released', 'withheld', 'no-result', 'failed', 'discarded', 'expired')),
    constraint retrieval_fetching_has_an_end_check
        check ((state = 'fetching') = (fetching_until is not null)),
    constraint retrieval_asked_has_a_provider_check
        check (state not in ('fetching', 'deferred', 'released', 'previewing')
               or provider is not null),
    constraint retrieval_failure_has_a_problem_check
        check (state not in ('failed', 'discarded') or problem is not null)
);
create index retrieval_of_request on retrieval (municipality, request);
create index retrieval_fetching on retrieval (municipality, fetching_until)
    where state = 'fetching';
create index retrieval_manual on retrieval (municipality, asked_at)
    where state = 'manual';
create index retrieval_due on retrieval (municipality, due_at)
    where due_at is not null;
alter table retrieval add primary key (municipality, id);

create table evidence (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    retrieval uuid not null,
    day date not null,
    wrapped_key bytea not null,
    sealed bytea not null,
    first_read_at timestamptz,
    until timestamptz not null,
    foreign key (municipality, retrieval) references retrieval (municipality, id)
);
create index evidence_until on evidence (municipality, until);
alter table evidence add primary key (municipality, retrieval);

create table question (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    retrieval uuid not null,
    day date not null,
    wrapped_key bytea not null,
    sealed bytea not null,
    primary key (municipality, retrieval),
    foreign key (municipality, retrieval) references retrieval (municipality, id)
);

create table refusal (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    office text not null,
    subject bytea not null,
    procedure text not null,
    case_reference text not null,
    evidence_type text not null,
    refused_at timestamptz not null,
    primary key (municipality, office, subject, procedure, case_reference, evidence_type)
);

create table log_entry (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    id uuid not null,
    class text not null,
    day date not null,
    event text not null,
    at timestamptz not null,
    retrieval uuid,
    sealed bytea not null
);
create index log_entry_of_retrieval on log_entry (municipality, retrieval)
    where retrieval is not null;
alter table log_entry add primary key (municipality, id);

create table log_inbox (
    entry_id uuid not null,
    commitment bytea not null,
    constraint log_inbox_commitment_is_a_hash_check check (octet_length(commitment) = 32)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000);
"""

_WALLED = (
    "configuration",
    "assertion",
    "evidence_request",
    "retrieval",
    "evidence",
    "question",
    "refusal",
    "log_entry",
)

_MOVES = """
create function retrieval_moves_as_drawn() returns trigger language plpgsql as $$
begin
    if old.state = new.state then
        return new;
    end if;
    if (old.state, new.state) in (
        ('fetching', 'previewing'), ('fetching', 'released'), ('fetching', 'no-result'),
        ('fetching', 'deferred'), ('fetching', 'failed'), ('fetching', 'discarded'),
        ('deferred', 'fetching'), ('deferred', 'failed'), ('deferred', 'expired'),
        ('deferred', 'discarded'),
        ('manual', 'released'), ('manual', 'no-result'), ('manual', 'failed'),
        ('manual', 'expired'), ('manual', 'discarded'),
        ('previewing', 'released'), ('previewing', 'withheld'), ('previewing', 'expired'),
        ('previewing', 'discarded'),
        ('released', 'expired'), ('released', 'discarded')
    ) then
        return new;
    end if;
    raise exception using errcode = 'OO001', message = 'a retrieval cannot move like that';
end
$$;
create trigger retrieval_moves_as_drawn before update of state on retrieval
    for each row execute function retrieval_moves_as_drawn();
"""

_GRANTS = """
grant usage on schema public to onceonly_app, onceonly_sequencer, onceonly_auditor;
grant select on alembic_version to onceonly_app, onceonly_sequencer, onceonly_auditor;
grant select on municipality to onceonly_app, onceonly_sequencer, onceonly_auditor;
grant select on configuration to onceonly_app, onceonly_sequencer, onceonly_auditor;
grant select, insert on evidence_request to onceonly_app;
grant select, insert, update on retrieval to onceonly_app;
grant select, insert, update, delete on evidence to onceonly_app;
grant select, insert, delete on question to onceonly_app;
grant select, insert on refusal to onceonly_app;
grant select, insert, delete on assertion to onceonly_app;
grant select, insert on log_entry to onceonly_app;
grant insert on log_inbox to onceonly_app;
grant select, update on retrieval to onceonly_sequencer;
grant select, insert, update, delete on evidence to onceonly_sequencer;
grant select, insert, delete on question to onceonly_sequencer;
grant select, delete on assertion to onceonly_sequencer;
grant select on evidence_request, refusal to onceonly_sequencer;
grant select, insert on log_entry to onceonly_sequencer;
grant insert on log_inbox to onceonly_sequencer;
grant select, insert on log_entry to onceonly_auditor;
grant insert on log_inbox to onceonly_auditor;
grant select on log_inbox to onceonly_sequencer;
"""


def upgrade() -> None:
    """Make everything, wall it in, and let each role do what it is for."""
    for role in _ROLES:
        op.execute(
            f"do $$ begin if not exists (select from pg_roles where rolname = '{role}')"
            f" then create role {role} nologin; end if; end $$"
        )
    for statement in (_ROWS + _TABLES).split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in _WALLED:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(
            f"create policy wall on {table}"
            " using (municipality = (select current_setting('onceonly.municipality')::integer))"
        )
    trigger = _MOVES.index("create trigger")
    op.execute(_MOVES[:trigger])
    op.execute(_MOVES[trigger:])
    for statement in _GRANTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
