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
) partition by range (id);
create index log_entry_of_retrieval on log_entry (municipality, retrieval)
    where retrieval is not null;
alter table log_entry add primary key (municipality, id);
create table log_entry_default partition of log_entry default;

create table log_hold (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    entry_id uuid not null,
    reason text not null,
    actor text not null,
    until date not null,
    event text not null,
    at timestamptz not null,
    retrieval uuid,
    sealed bytea not null
);
create index log_hold_until on log_hold (municipality, until);
alter table log_hold add primary key (municipality, entry_id);

create table log_inbox (
    entry_id uuid not null,
    commitment bytea not null,
    constraint log_inbox_commitment_is_a_hash_check check (octet_length(commitment) = 32)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000);

create table log_leaf (
    generation integer not null,
    position bigint not null,
    entry_id uuid not null,
    commitment bytea not null,
    constraint log_leaf_commitment_is_a_hash_check check (octet_length(commitment) = 32),
    constraint log_leaf_entry_stands_once unique (entry_id)
);
alter table log_leaf add primary key (generation, position);

create table log_tile (
    generation integer not null,
    level smallint not null,
    index bigint not null,
    hashes bytea not null,
    root bytea not null,
    primary key (generation, level, index),
    constraint log_tile_is_full_check check (octet_length(hashes) = 8192)
);
alter table log_tile alter column hashes set storage external;

create table log_checkpoint (
    generation integer not null,
    size bigint not null,
    root bytea not null,
    note text not null,
    at timestamptz not null,
    primary key (generation, size)
);
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
    "log_hold",
)

# Made by the owner, also when the worker asks for it: whoever serves owns no table. A month whose
# rows came before its partition stays in the default one.
_MONTHS = """
create function log_entry_month(first date) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    name text := 'log_entry_' || to_char(first, 'YYYY_MM');
    lower_id uuid := log_entry_first_id(first);
    upper_id uuid := log_entry_first_id((first + interval '1 month')::date);
begin
    perform pg_advisory_xact_lock(hashtext('log_entry_month'));
    perform set_config('lock_timeout', '2s', true);
    if to_regclass(name) is not null
        or exists (select from log_entry_default where id >= lower_id and id < upper_id) then
        return false;
    end if;
    execute format('create table %I (like log_entry including defaults)', name);
    execute format('alter table log_entry attach partition %I for values from (%L) to (%L)',
        name, lower_id, upper_id);
    return true;
end
$$;
"""
_FIRST_ID = """
create function log_entry_first_id(day date) returns uuid language sql immutable
set search_path = pg_catalog as $$
    select (lpad(to_hex((extract(epoch from day::timestamp) * 1000)::bigint), 12, '0')
        || repeat('0', 20))::uuid
$$
"""

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
grant select, delete on log_inbox to onceonly_sequencer;
grant delete on log_entry to onceonly_sequencer;
grant select on log_hold to onceonly_app;
grant select, delete on log_hold to onceonly_sequencer;
grant select, insert on log_hold to onceonly_auditor;
grant select on log_leaf, log_tile, log_checkpoint to onceonly_app, onceonly_auditor;
grant select, insert on log_leaf, log_tile, log_checkpoint to onceonly_sequencer;
revoke execute on function log_entry_month from public;
grant execute on function log_entry_month to onceonly_sequencer;
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
    op.execute(_FIRST_ID)
    op.execute(_MONTHS)
    trigger = _MOVES.index("create trigger")
    op.execute(_MOVES[:trigger])
    op.execute(_MOVES[trigger:])
    for statement in _GRANTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
