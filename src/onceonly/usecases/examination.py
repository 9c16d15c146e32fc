"""Looking at everything an installation stands on, for whoever runs it. Nothing is changed."""

from datetime import datetime

from onceonly.domain.findings import Finding, ending_findings, log_findings, waited
from onceonly.domain.log import Head
from onceonly.domain.offices import Configuration
from onceonly.domain.rules import Law
from onceonly.merkle.note import Checkpoint, Unsigned
from onceonly.readers.layers import misfits
from onceonly.readers.municipality import differences
from onceonly.security.checkpoints import KeptHead, origin_in, signer
from onceonly.security.keys import KeyFiles, KeyTrouble
from onceonly.store import condition, sequencing
from onceonly.store.condition import Condition
from onceonly.store.database import Connection, Database
from onceonly.usecases.condition import Examined, come_in, parted, schema_finding, structure
from onceonly.usecases.configuration import configurations
from onceonly.usecases.evidence import EVIDENCE
from onceonly.usecases.sequencing import LogShorter, check_head
from onceonly.usecases.systems import system_findings

_LONG_LIVED = ("names.key", "log.key")
_MAIN = "ONCEONLY_DATABASE_URL"


async def examine(what: Examined) -> list[Finding]:
    """Everything that is wrong with database, log, keys, configuration and providers."""
    found: list[Finding] = []
    conditions: dict[str, Condition] = {}
    for name, url in what.addresses.items():
        one, seen = await come_in(name, url, what)
        found += seen
        if one is not None:
            conditions[name] = one
    main = conditions.get(_MAIN)
    if main is None:
        return found
    found += parted(conditions)
    schema = await schema_finding(what)
    if schema is not None:
        return [*found, schema]
    found += await structure(what)
    if any(one.code in ("user-without-role", "grant-missing") for one in found):
        # Without its rights nothing further can be read.
        return found
    if what.keys is None:
        return found
    return found + await _contents(what, what.keys)


async def _contents(what: Examined, keys: KeyFiles) -> list[Finding]:
    """What stands in the database, held against keys, files and the offices' systems."""
    database = await Database.open(what.addresses[_MAIN], size=1)
    try:
        found = await _log(database, keys, what.now)
        applied = await configurations(database)
        found += await _seals(database, keys, list(applied))
    finally:
        await database.close()
    in_force = list(applied.values())
    found += _files(in_force, what)
    for one in in_force:
        found += ending_findings(one, what.now)
        found += [] if what.law is None else _layers(one, what.law)
    return found + await system_findings(in_force, keys, what)


async def _log(database: Database, keys: KeyFiles, now: datetime) -> list[Finding]:
    """Whether the log grows, is ours, and is not behind what was published."""
    async with database.outside() as connection:
        waiting = await condition.backlog(connection)
        led = await condition.leaders(connection) > 0
        head = await sequencing.head(connection)
        found = log_findings(waiting=waiting.waiting, since=waited(waiting.first, now), led=led)
        published = (keys.directory / "log.checkpoint").exists()
        if head is None and waiting.first is None and not published:
            return found
        found += [
            Finding("key-missing", *str(_lost(keys, name)).split("; ", 1))
            for name in _missing(keys)
        ]
        if (keys.directory / "log.key").exists():
            found += await _published(connection, head, keys)
    return found


async def check_keys(database: Database, keys: KeyFiles) -> None:
    """See that nothing is made anew that a database was used with, before anything starts.

    Raises:
        KeyTrouble: a key is gone by which auditors check, or by which every pseudonym was made.
        LogUnavailable: the database did not answer.
    """
    async with database.outside() as connection:
        used = await sequencing.head(connection) is not None
    for name in _LONG_LIVED if used else ():
        if not (keys.directory / name).exists():
            raise _lost(keys, name)


def _lost(keys: KeyFiles, name: str) -> KeyTrouble:
    return KeyTrouble(
        f"{keys.directory / name} is not there, and the database was used with it; restore it from"
        " the backup of the keys; another one cannot stand in"
    )


def _missing(keys: KeyFiles) -> list[str]:
    found = [name for name in _LONG_LIVED if not (keys.directory / name).exists()]
    return found if keys.signs else [*found, "token.pem"]


async def _published(connection: Connection, head: Head | None, keys: KeyFiles) -> list[Finding]:
    """Whether the database's last head is of our key, and not behind the one that was published."""
    kept = KeptHead(keys)
    try:
        keys.secret("log")
    except KeyTrouble:
        return []  # told with the directory's faults
    try:
        if head is not None:
            Checkpoint.opened(head.note, signer(keys, origin_in(head.note)).verifier)
        await check_head(connection, head, kept.read())
    except (Unsigned, ValueError, KeyTrouble):
        return [_foreign(keys)]
    except LogShorter as shorter:
        return [Finding("log-behind", str(shorter).rpartition(";")[0], _RECOVER)]
    if head is None or kept.read() is not None:
        return []
    return [
        Finding(
            "checkpoint-missing",
            "log.checkpoint is not there: a restored database would not be noticed",
            "restore it, or let a worker write it with the next entry",
        )
    ]


_RECOVER = "stop all processes, run `onceonly log recover`, start them (see Keys and backup)"


def _foreign(keys: KeyFiles) -> Finding:
    return Finding(
        "key-foreign",
        f"{keys.directory / 'log.key'} did not sign this database's log: one of them is another's",
        "name keys and database of the same installation, or restore log.key from its backup",
    )


async def _seals(database: Database, keys: KeyFiles, numbers: list[int]) -> list[Finding]:
    """Whether what is sealed can be opened."""
    gone: set[str] = set()
    for number in numbers:
        async with database.within(number) as connection:
            days = [(EVIDENCE, day) for day in await condition.days_of_evidence(connection)]
            days += await condition.days_of_entries(connection)
        for purpose, day in days:
            try:
                if keys.read_day_key(purpose, day) is None:
                    gone.add(f"days/{purpose}/{day.isoformat()}.key")
            except KeyTrouble:
                continue  # told with the directory's faults
    return [
        Finding(
            "day-key-missing",
            f"{one} is not there, and something sealed with it is",
            "restore it from the backup of the keys; without it that is unreadable for ever",
        )
        for one in sorted(gone)
    ]


def _layers(configuration: Configuration, law: Law) -> list[Finding]:
    """What of a municipality's layers is not of this law."""
    return [
        Finding(
            "layer-unfit",
            f"{configuration.code}: {one}; what it may mean is closed until it is mended",
            "mend that part of the layer, have two approvers sign it, and run `onceonly apply FILE`",
        )
        for one in misfits(law, configuration.layers)
    ]


def _files(applied: list[Configuration], what: Examined) -> list[Finding]:
    """Whether what is in force is what the files say."""
    in_force = {one.code: one for one in applied}
    found = [
        Finding(
            "file-differs",
            f"{one.code}: {len(lines)} lines of the file are not in force, first `{lines[0]}`",
            "run `onceonly apply FILE`, with --dry-run first",
        )
        for one in what.files
        if (lines := list(differences(in_force.get(one.code), one)))
    ]
    if not applied and not what.files:
        found.append(
            Finding(
                "nothing-applied",
                "no municipality is in force, so nobody gets a token",
                "run `onceonly apply FILE`",
            )
        )
    return found
