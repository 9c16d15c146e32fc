"""How the database is: what `doctor` looks at, and what is among the figures. It changes nothing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from onceonly.store.database import Connection, Statement
from onceonly.store.leadership import SPACE

GRANTED = {
    "onceonly_app": {
        "select": (
            "alembic_version assertion configuration consent consent_use evidence evidence_request"
            " log_checkpoint log_entry log_hold log_leaf log_tile municipality protection question"
            " refusal retrieval task upshot"
        ),
        "insert": (
            "assertion consent consent_use evidence evidence_request log_entry log_inbox protection"
            " question refusal retrieval task upshot"
        ),
        "update": "evidence protection retrieval task",
        "delete": "assertion consent_use evidence protection question refusal upshot",
    },
    "onceonly_sequencer": {
        "select": (
            "alembic_version assertion configuration consent consent_use evidence evidence_request"
            " log_checkpoint log_entry log_hold log_inbox log_leaf log_tile municipality protection"
            " question refusal retrieval task upshot"
        ),
        "insert": (
            "evidence log_checkpoint log_entry log_inbox log_leaf log_tile question task upshot"
        ),
        "update": "evidence retrieval",
        "delete": (
            "assertion consent consent_use evidence evidence_request log_entry log_hold log_inbox"
            " protection question refusal retrieval task upshot"
        ),
    },
    "onceonly_auditor": {
        "select": (
            "alembic_version configuration log_checkpoint log_entry log_hold log_leaf log_tile"
            " municipality"
        ),
        "insert": "log_entry log_hold log_inbox",
    },
}
"""What migrations grant, by group role and right; a guard compares."""

CONDITION = Statement(
    """
    select session_user as name, current_database() as database, clock_timestamp() as now,
        current_setting('server_version_num')::integer / 10000 as version,
        pg_encoding_to_char(encoding) as encoding,
        pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean
            as read_only,
        current_setting('synchronous_commit') <> 'off' as durable,
        current_setting('log_error_verbosity') <> 'terse'
            or current_setting('log_parameter_max_length')::text <> '0' as quotes,
        pg_postmaster_start_time() as started,
        rolsuper or rolbypassrls or exists (select from pg_tables
            where schemaname = 'public' and tableowner = session_user) as mighty,
        rolconnlimit as of_user,
        (select sum(numbackends) from pg_stat_database)::integer as taken,
        current_setting('max_connections')::integer
            - current_setting('superuser_reserved_connections')::integer
            - coalesce(current_setting('reserved_connections', true), '0')::integer as most
    from pg_roles, pg_database
    where rolname = session_user and datname = current_database()
    """
)
SESSIONS = Statement(
    """
    select (select sum(numbackends) from pg_stat_database)::integer as taken,
        current_setting('max_connections')::integer
            - current_setting('superuser_reserved_connections')::integer
            - coalesce(current_setting('reserved_connections', true), '0')::integer as most
    """
)
WITHOUT_ROLE = Statement(
    "select not pg_has_role(session_user, cast(cast(:role as text) as name), 'usage') as lacks"
)
WALLS_DOWN = Statement(
    """
    select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
        and exists (select from pg_attribute where attrelid = pg_class.oid
            and attname = 'municipality' and not attisdropped)
        and not (relrowsecurity and relforcerowsecurity)
    order by relname
    """
)
NOT_GRANTED = Statement(
    """
    select who, name, kind
    from unnest(cast(:roles as text[]), cast(:names as text[]), cast(:kinds as text[]))
        as wanted (who, name, kind)
    where case when to_regclass('public.' || name) is null then false
        else not has_table_privilege(who, to_regclass('public.' || name), kind) end
    order by who, name, kind
    """
)
OLD_TRANSACTIONS = Statement(
    """
    select pid, extract(epoch from clock_timestamp() - xact_start)::integer as seconds
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
        and xact_start < clock_timestamp() - make_interval(secs => cast(:seconds as integer))
    order by xact_start
    """
)
MONTH = Statement(
    "select to_regclass('public.log_entry_' || to_char(cast(:first as date), 'YYYY_MM'))"
    " is not null as there"
)
BACKLOG = Statement("select waiting, first from log_backlog()")
LEADERS = Statement(
    """
    select count(*) as count from pg_locks
    where locktype = 'advisory' and objsubid = 2 and granted and classid = cast(cast(:space as bigint) as oid)
        and database = (select oid from pg_database where datname = current_database())
    """
)
DAYS_OF_EVIDENCE = Statement("select distinct day from evidence")
DAYS_OF_ENTRIES = Statement(
    "select distinct class, day from"
    " (select class, day from log_entry order by municipality desc, id desc limit 500) as newest"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """The server and database that a user comes to, and who it is there."""

    name: str
    database: str
    now: datetime
    version: int
    encoding: str
    read_only: bool
    durable: bool
    quotes: bool
    started: datetime
    mighty: bool
    of_user: int
    taken: int
    most: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Entries without a position, counted up to a bound; the one that came first, or nearly."""

    waiting: int
    first: UUID | None


async def condition(connection: Connection) -> Condition:
    """How the database is for the user who came."""
    row = await CONDITION.row(connection)
    if row is None:
        raise LookupError("pg_roles and pg_database have a row for whoever asks")
    return Condition(**row)


async def sessions(connection: Connection) -> tuple[int, int]:
    """How many sessions the server has, and how many it takes of such as we are."""
    row = await SESSIONS.row(connection)
    return (0, 0) if row is None else (row["taken"], row["most"])


async def lacks(connection: Connection, role: str) -> bool:
    """Whether the user is no member of a group role."""
    row = await WITHOUT_ROLE.row(connection, role=role)
    return row is not None and bool(row["lacks"])


async def walls_down(connection: Connection) -> list[str]:
    """Tables with a municipality whose rows anybody may see who may see the table."""
    return [row["relname"] for row in await WALLS_DOWN.rows(connection)]


async def not_granted(connection: Connection) -> list[tuple[str, str, str]]:
    """What a group role may not do that it should: role, table, right."""
    wanted = [
        (role, name, kind)
        for role, rights in GRANTED.items()
        for kind, names in rights.items()
        for name in names.split()
    ]
    roles, names, kinds = (list(one) for one in zip(*wanted, strict=True))
    rows = await NOT_GRANTED.rows(connection, roles=roles, names=names, kinds=kinds)
    return [(row["who"], row["name"], row["kind"]) for row in rows]


async def old_transactions(connection: Connection, *, age: timedelta) -> list[tuple[int, int]]:
    """Sessions of this user whose transaction is open for longer: process id and seconds."""
    rows = await OLD_TRANSACTIONS.rows(connection, seconds=int(age.total_seconds()))
    return [(row["pid"], row["seconds"]) for row in rows]


async def month_is_there(connection: Connection, first: date) -> bool:
    """Whether entries of a month have a partition."""
    row = await MONTH.row(connection, first=first)
    return row is not None and bool(row["there"])


async def backlog(connection: Connection) -> Backlog:
    """What waits for its position."""
    row = await BACKLOG.row(connection)
    return Backlog(0, None) if row is None else Backlog(row["waiting"], row["first"])


async def leaders(connection: Connection) -> int:
    """How many of a worker's loops somebody leads."""
    row = await LEADERS.row(connection, space=SPACE)
    return 0 if row is None else int(row["count"])


async def days_of_evidence(connection: Connection) -> list[date]:
    """Days whose keys the municipality's held evidence needs."""
    return [row["day"] for row in await DAYS_OF_EVIDENCE.rows(connection)]


async def days_of_entries(connection: Connection) -> list[tuple[str, date]]:
    """Classes and days whose keys the municipality's newest entries need."""
    return [(row["class"], row["day"]) for row in await DAYS_OF_ENTRIES.rows(connection)]
