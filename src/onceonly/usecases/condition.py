"""Whether the database is as the hub needs it: server, users, schema, walls, rights, partitions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from onceonly.domain.calendar import Month, german_day
from onceonly.domain.errors import LogUnavailable
from onceonly.domain.findings import Finding, session_findings
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

    `now` is the hub's time, `real_now` the machine's; `long` what counts as a long transaction;
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


async def come_in(name: str, url: str, what: Examined) -> tuple[Condition | None, list[Finding]]:
    """What one address leads to."""
    try:
        database = await Database.open(url, role=None, size=1)
    except LogUnavailable:
        return None, [Finding("database-away", f"{name}: nobody answers there", _START)]
    except Rejected as refused:
        return None, [
            Finding(
                "database-refuses",
                f"{name}: the server refuses its user or knows no such database ({refused.state})",
                "mend user, password and database in the address, or make them (see Roles)",
            )
        ]
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
            f"select pg_terminate_backend({pid})",
        )
        for pid, seconds in old
    ]
    if lacks is not None:
        found.append(
            Finding(
                "user-without-role",
                f"{name}: its user is no member of {lacks}",
                f'grant {lacks} to "{one.name}"',
            )
        )
    if name == "ONCEONLY_DATABASE_URL":
        found += _of_server(one, what)
    return one, found


_START = "start PostgreSQL, or mend host and port in the address"


async def _lacks(connection: Connection, role: str) -> str | None:
    try:
        return role if await condition.lacks(connection, role) else None
    except Rejected:
        return None  # the roles come with the first migration, which the schema tells of


def _of_server(one: Condition, what: Examined) -> list[Finding]:
    found = session_findings(taken=one.taken, most=one.most, of_user=one.of_user, user=one.name)
    apart = abs(one.now - what.real_now())
    checks = [
        (
            one.version < OLDEST_SERVER,
            "database-version",
            f"PostgreSQL is {one.version}",
            f"move the database to {OLDEST_SERVER} or later",
        ),
        (
            one.encoding != "UTF8",
            "database-encoding",
            f"the database's encoding is {one.encoding}",
            "make one with `createdb --encoding UTF8 --template template0`, and migrate that",
        ),
        (
            one.read_only,
            "database-read-only",
            "nothing can be written: it is a standby, or set to read only",
            f'name the primary, or: alter database "{one.database}" reset'
            " default_transaction_read_only",
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
            "take one that is a member of onceonly_app alone",
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
