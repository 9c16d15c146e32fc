"""Whether the database is as the hub needs it: server, users, schema, walls, rights, partitions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from onceonly.domain.calendar import Month, german_day
from onceonly.domain.errors import LogUnavailable
from onceonly.domain.findings import SESSIONS_SHORT, Finding, session_findings
from onceonly.domain.offices import Configuration
from onceonly.domain.rules import Law
from onceonly.security.keys import KeyFiles
from onceonly.store import condition
from onceonly.store.condition import Condition
from onceonly.store.database import Connection, Database, Rejected

OLDEST_SERVER = 15
CLOCKS_APART = timedelta(seconds=5)
LONG = timedelta(minutes=10)
"""A transaction that is open for longer keeps PostgreSQL from clearing up."""

_ROLES = {
    "ONCEONLY_DATABASE_URL": "onceonly_app",
    "ONCEONLY_SEQUENCER_URL": "onceonly_sequencer",
    "ONCEONLY_AUDITOR_URL": "onceonly_auditor",
}


@dataclass(frozen=True, slots=True)
class Examined:
    """What is looked at: addresses by their settings' names, keys, clocks, the schema wanted.

    `now` is the hub's time, `real_now` the machine's; `long` what counts as a long transaction,
    `short` the share of sessions that may be taken, `oldest` the first PostgreSQL that will do;
    `law` is None where it could not be read.
    """

    addresses: dict[str, str]
    keys: KeyFiles | None
    issuer: str
    head: str
    production: bool
    now: datetime
    real_now: Callable[[], datetime]
    clock: Callable[[], datetime]
    files: Sequence[Configuration] = ()
    law: Law | None = None
    long: timedelta = LONG
    short: float = SESSIONS_SHORT
    oldest: int = OLDEST_SERVER


async def come_in(name: str, url: str, what: Examined) -> tuple[Condition | None, list[Finding]]:
    """What one address leads to."""
    try:
        database = await Database.open(url, role=None, size=1)
    except LogUnavailable:
        return None, [Finding("database-away", f"{name}: nobody answers there", _START)]
    except Rejected as refused:
        return None, [_refused(name, url, refused.state)]
    try:
        async with database.outside() as connection:
            one = await condition.condition(connection)
            lacks = None
            if name in _ROLES and not one.mighty:
                lacks = await _lacks(connection, _ROLES[name])
            old = await condition.old_transactions(connection, age=what.long)
    except LogUnavailable:
        return None, [Finding("database-away", f"{name}: the server does not answer", _START)]
    finally:
        await database.close()
    found = [
        Finding(
            "transaction-old",
            f"{name}: session {pid} has a transaction open for {seconds} s",
            f"as superuser: select pg_terminate_backend({pid})",
        )
        for pid, seconds in old
    ]
    if lacks is not None:
        found.append(
            Finding(
                "user-without-role",
                f"{name}: its user is no member of {lacks}",
                f'as superuser: grant {lacks} to "{one.name}"',
            )
        )
    if name == "ONCEONLY_DATABASE_URL":
        found += _of_server(one, what)
    return one, found


_START = "start PostgreSQL, or mend host and port in the address"


def _refused(name: str, url: str, state: str) -> Finding:
    """Who is not let in, by SQLSTATE; the password is never said."""
    address = urlsplit(url)
    user, database = address.username or "", address.path.lstrip("/")
    if state == "3D000":
        what = f"there is no database {database}"
        remedy = f"create database \"{database}\" encoding 'UTF8' template template0 owner OWNER"
    elif state == "42501":
        what = f"{user} may not connect to {database}"
        remedy = f'grant connect on database "{database}" to "{user}"'
    else:
        what = f"there is no user {user}, or the password is another"
        remedy = f"alter role \"{user}\" login password 'NEW'"
    return Finding(
        "database-refuses",
        f"{name}: {what} ({state})",
        f"mend user, password and database in the address; or, as superuser: {remedy} (see Roles)",
    )


async def _lacks(connection: Connection, role: str) -> str | None:
    try:
        return role if await condition.lacks(connection, role) else None
    except Rejected:
        return None  # the roles come with the first migration, which the schema tells of


def _of_server(one: Condition, what: Examined) -> list[Finding]:
    found = session_findings(
        taken=one.taken, most=one.most, of_user=one.of_user, user=one.name, short=what.short
    )
    apart = abs(one.now - what.real_now())
    checks = [
        (
            one.version < what.oldest,
            "database-version",
            f"PostgreSQL is {one.version}, and {what.oldest} is the first that will do",
            f"move the database to {what.oldest} or later (see Keys and backup, Moving)",
        ),
        (
            one.encoding != "UTF8",
            "database-encoding",
            f"the database's encoding is {one.encoding}",
            f"createdb --encoding UTF8 --template template0 --owner OWNER {one.database}_utf8; name"
            " that in the four addresses, with the user of ONCEONLY_OWNER_URL as OWNER; then run"
            " `onceonly migrate`",
        ),
        (
            one.read_only,
            "database-read-only",
            "nothing can be written: it is a standby, or set to read only",
            f'name the primary, or: begin read write; alter database "{one.database}" reset'
            " default_transaction_read_only; commit",
        ),
        (
            apart > CLOCKS_APART,
            "clock-skew",
            f"this machine's clock and the database's are {apart.total_seconds():.0f} s apart",
            "`timedatectl set-ntp true` on both",
        ),
        (
            one.mighty and what.production,
            "user-too-mighty",
            "ONCEONLY_DATABASE_URL: its user is superuser, has BYPASSRLS or owns the tables",
            "take one that is a member of onceonly_app alone (see Roles); where it owns no table,"
            f' as superuser: alter role "{one.name}" nosuperuser nobypassrls',
        ),
        (
            not one.durable and what.production,
            "commits-not-durable",
            "synchronous_commit is off: what is on record can be lost with the machine",
            f'alter database "{one.database}" set synchronous_commit = on',
        ),
        (
            one.quotes,
            "database-quotes-rows",
            "the server's own log would quote rows",
            f'as superuser: alter database "{one.database}" set log_error_verbosity = terse;'
            f' alter database "{one.database}" set log_parameter_max_length = 0',
        ),
    ]
    return found + [Finding(code, said, do) for wrong, code, said, do in checks if wrong]


def parted(conditions: dict[str, Condition]) -> list[Finding]:
    """Whether all addresses lead to one database."""
    places = {(one.database, one.started) for one in conditions.values()}
    if len(places) == 1:
        return []
    return [
        Finding(
            "addresses-part",
            f"{', '.join(sorted(conditions))} lead to {len(places)} databases",
            "let all of them name the same host, port and database",
        )
    ]


async def schema_finding(what: Examined) -> Finding | None:
    """Whether the database is at another migration than this program."""
    database = await Database.open(what.addresses["ONCEONLY_DATABASE_URL"], size=1)
    try:
        found = await database.schema()
    except Rejected:
        return None  # it may not look: told as a missing role or grant
    finally:
        await database.close()
    if found == what.head:
        return None
    if found is not None and found > what.head:
        return Finding(
            "schema-newer",
            f"the database is at {found}, this program at {what.head}",
            "install the newer version here too; nobody migrates back",
        )
    return Finding(
        "schema-older",
        f"the database is at {found or 'nothing'}, not {what.head}",
        "run `onceonly migrate`",
    )


async def structure(what: Examined) -> list[Finding]:
    """Walls, rights, and the month to come."""
    following = Month.of(german_day(what.now)).plus(1)
    database = await Database.open(what.addresses["ONCEONLY_DATABASE_URL"], size=1)
    try:
        async with database.outside() as connection:
            down = await condition.walls_down(connection)
            missing = await condition.not_granted(connection)
            there = await condition.month_is_there(connection, following.first_day)
    finally:
        await database.close()
    found = [
        Finding(
            "wall-down",
            f"{name} shows every municipality's rows",
            f"alter table {name} enable row level security;"
            f" alter table {name} force row level security",
        )
        for name in down
    ]
    found += [
        Finding(
            "grant-missing", f"{role} may not {kind} {name}", f"grant {kind} on {name} to {role}"
        )
        for role, name, kind in missing
    ]
    if not there:
        found.append(
            Finding(
                "month-missing",
                f"entries of {following} have no partition",
                "run `onceonly migrate`; a worker that runs makes them by itself",
            )
        )
    return found
