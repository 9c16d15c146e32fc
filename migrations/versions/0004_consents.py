"""Consents, what they are used for, and the wall between a withdrawal and a release. Step: expand.

A retrieval under a consent is marked, and the database itself lets it go on only while every
consent it rests on permits: whoever withdraws and whoever releases wait for one another. Others
carry a mark that says no, and pay nothing.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_TABLES = """
create table consent (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    id uuid not null,
    client_id text not null,
    office text not null,
    idempotency_key text not null,
    body_hash bytea not null,
    state text not null,
    revision integer not null,
    person bytea not null,
    giver bytea not null,
    about bytea[] not null,
    terms jsonb not null,
    notice text not null,
    notice_hash text not null,
    expires_on date not null,
    special_categories boolean not null,
    release_from_secrecy boolean not null,
    requested_at timestamptz not null,
    given_at timestamptz,
    history jsonb not null,
    day date not null,
    wrapped_key bytea not null,
    sealed bytea not null,
    constraint consent_key_is_used_once unique (municipality, client_id, idempotency_key),
    constraint consent_state_is_known_check check (state in (
        'requested', 'refused', 'given', 'renewed', 'withdrawn', 'revoked', 'expired',
        'invalidated')),
    constraint consent_given_has_its_instant_check
        check (state not in ('given', 'renewed', 'withdrawn') or given_at is not null)
);
create index consent_of_person on consent (municipality, office, person);
create index consent_living on consent (municipality, expires_on)
    where state in ('requested', 'given', 'renewed');
alter table consent add primary key (municipality, id);

create table consent_use (
    municipality integer not null default (current_setting('onceonly.municipality')::integer),
    consent uuid not null,
    retrieval uuid not null,
    subject bytea not null,
    evidence_type text not null,
    origin text not null,
    used_at timestamptz not null,
    spent boolean not null default false,
    foreign key (municipality, consent) references consent (municipality, id),
    foreign key (municipality, retrieval) references retrieval (municipality, id)
);
create index consent_use_of_retrieval on consent_use (municipality, retrieval);
alter table consent_use add primary key (municipality, consent, retrieval);

alter table retrieval add column consented boolean not null default false;
"""

_MOVES = """
create function consent_moves_as_drawn() returns trigger language plpgsql as $$
begin
    if (old.state, new.state) in (
        ('requested', 'given'), ('requested', 'refused'), ('requested', 'revoked'),
        ('requested', 'expired'), ('requested', 'invalidated'),
        ('given', 'renewed'), ('given', 'withdrawn'), ('given', 'revoked'),
        ('given', 'expired'), ('given', 'invalidated'),
        ('renewed', 'renewed'), ('renewed', 'withdrawn'), ('renewed', 'revoked'),
        ('renewed', 'expired'), ('renewed', 'invalidated')
    ) and new.revision = old.revision + 1 then
        return new;
    end if;
    raise exception using errcode = 'OO001', message = 'a consent cannot move like that';
end
$$
"""

# One statement after the other sees what was committed before it began: the lock first, then the
# look. Whoever withdraws meanwhile waits for the release, or the release for them.
_UNDER_CONSENT = """
create function retrieval_moves_under_consent() returns trigger language plpgsql as $$
begin
    if new.state in ('fetching', 'deferred', 'previewing', 'released') then
        perform 1 from consent_use join consent on consent.id = consent_use.consent
            where consent_use.retrieval = new.id order by consent.id for share of consent;
        if exists (select 1 from consent_use join consent on consent.id = consent_use.consent
                   where consent_use.retrieval = new.id
                       and consent.state not in ('given', 'renewed'))
        then
            raise exception using errcode = 'OO002', message = 'a consent does not permit any more';
        end if;
        if new.state = 'released' then
            update consent_use set spent = true where retrieval = new.id;
        end if;
    elsif new.state in ('no-result', 'failed', 'withheld', 'discarded', 'expired') then
        delete from consent_use where retrieval = new.id and not spent;
    end if;
    return new;
end
$$
"""

_TRIGGERS = """
create trigger consent_moves_as_drawn before update of state on consent
    for each row execute function consent_moves_as_drawn();
create trigger retrieval_moves_under_consent before update of state on retrieval
    for each row when (old.consented and old.state is distinct from new.state)
    execute function retrieval_moves_under_consent();
"""

_GRANTS = """
grant select, insert on consent to onceonly_app;
grant update (state, revision, giver, special_categories, release_from_secrecy, given_at, history)
    on consent to onceonly_app;
grant select, insert, delete on consent_use to onceonly_app;
grant update (spent) on consent_use to onceonly_app;
grant select on consent to onceonly_sequencer;
grant update (state, revision, history) on consent to onceonly_sequencer;
grant select, delete on consent_use to onceonly_sequencer;
grant update (spent) on consent_use to onceonly_sequencer;
"""


def upgrade() -> None:
    """Make both tables, wall them in, and teach the database what may follow what."""
    for part in (_TABLES, _TRIGGERS, _GRANTS):
        if part is _TRIGGERS:
            op.execute(_MOVES)
            op.execute(_UNDER_CONSENT)
        for statement in part.split(";\n"):
            if statement.strip():
                op.execute(statement)
    for table in ("consent", "consent_use"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(
            f"create policy wall on {table}"
            " using (municipality = (select current_setting('onceonly.municipality')::integer))"
        )
