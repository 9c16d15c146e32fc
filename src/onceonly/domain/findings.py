"""What is wrong with an installation, or soon will be: named, with what helps; and what has an end.

A finding's code is an interface: `docs/operations.md` has a row for each of `FAULTS` and `WARNINGS`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from onceonly.domain.calendar import german_day, midnight
from onceonly.domain.offices import Client, Configuration, RetrievalAgreement, key_end

FAULTS = frozenset(
    {
        "addresses-part", "agreement-ended", "backlog", "certificate-ended", "client-key-ended",
        "clock-skew", "data-directory", "database-away", "database-encoding", "database-read-only",
        "database-refuses", "database-version", "day-key-missing", "disk-full", "file-differs",
        "file-faults", "grant-missing", "key-foreign", "key-missing", "keys-unusable", "law-faults",
        "layer-unfit", "log-behind", "month-missing", "port-taken", "provider-away",
        "provider-distrusted", "provider-refuses", "provider-unwell", "schema-newer",
        "schema-older", "sessions-few", "tls-files-unusable", "tracing-missing",
        "user-too-mighty", "user-without-role", "wall-down", "worker-missing",
    }
)  # fmt: skip
"""What keeps the hub from doing what it is for, or lets it do more than it may."""

WARNINGS = frozenset(
    {
        "agreement-ending", "certificate-ending", "checkpoint-missing", "client-key-ending",
        "collector-away", "commits-not-durable", "database-quotes-rows", "disk-filling",
        "files-few", "nothing-applied", "sessions-short", "transaction-old",
    }
)  # fmt: skip
"""What will, unless somebody does something."""

SOON = timedelta(days=30)
"""How long before its end something is warned of."""

WAITS_TOO_LONG = timedelta(seconds=60)
"""How long an entry may wait for its position; normally it is one second."""

FULL, FILLING = 0.03, 0.10
"""Of a disk, how much may be free before it counts as full, and before that is warned of."""

SESSIONS_WANTED = 12
"""Sessions one more process takes: pool, leadership and sequencing."""

SESSIONS_SHORT = 0.8
"""Of the sessions that the database allows, how many may be taken before it is warned of."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `remedy` is what to do, where it can be a command to paste."""

    code: str
    what: str
    remedy: str

    @property
    def grave(self) -> bool:
        """Whether it is wrong now; else it soon will be."""
        return self.code in FAULTS


@dataclass(frozen=True, slots=True)
class Ending:
    """Something of a municipality file that has an end, and nothing that goes on after it."""

    kind: str
    of: str
    at: datetime
    """The first instant at which it counts no more."""


def endings(configuration: Configuration) -> list[Ending]:
    """Clients whose last key ends, and agreements that nothing follows."""
    found = [
        Ending("client-key", client.client_id, at)
        for client in configuration.clients.values()
        if (at := _last_key_ends(client)) is not None
    ]
    agreements = configuration.retrieval_agreements
    for one in agreements:
        if one.valid_to is not None and not any(_follows(other, one) for other in agreements):
            of = f"{one.consumer} from {one.provider}"
            found.append(Ending("agreement", of, midnight(one.valid_to + timedelta(days=1))))
    return sorted(found, key=lambda one: (one.at, one.kind, one.of))


def ending_findings(configuration: Configuration, now: datetime) -> list[Finding]:
    """What has ended without anything after it, and what is about to."""
    found: list[Finding] = []
    for one in endings(configuration):
        if one.at - now > SOON:
            continue
        over = one.at <= now
        if one.kind == "agreement":
            what = f"the agreement {one.of}"
            remedy = "give the file an agreement that follows it, approved by both authorities"
        else:
            what = f"the last key of the client {one.of}"
            remedy = "have the office make a key with `onceonly client-key`, add it to the file"
        found.append(
            Finding(
                f"{one.kind}-{'ended' if over else 'ending'}",
                f"{configuration.code}: {what} {'ended' if over else 'ends'} on {_day(one.at)}",
                f"{remedy}, and run `onceonly apply FILE`",
            )
        )
    return found


def _last_key_ends(client: Client) -> datetime | None:
    ends = [key_end(key) for key in client.keys]
    known = [one for one in ends if one is not None]
    return max(known) if known and len(known) == len(ends) else None


def _follows(later: RetrievalAgreement, one: RetrievalAgreement) -> bool:
    """Whether another agreement goes on, from the day after at the latest, with all it was for."""
    if one.valid_to is None or later is one:
        return False
    longer = later.valid_to is None or later.valid_to > one.valid_to
    return (
        longer
        and (later.consumer, later.provider) == (one.consumer, one.provider)
        and set(one.evidence_types) <= set(later.evidence_types)
        and set(one.procedures) <= set(later.procedures)
        and later.valid_from <= one.valid_to + timedelta(days=1)
    )


def _day(at: datetime) -> str:
    return german_day(at - timedelta(seconds=1)).isoformat()


def waited(first: UUID | None, now: datetime) -> timedelta | None:
    """How long an entry has waited, by the instant in its own id; None: none waits."""
    if first is None:
        return None
    return max(timedelta(0), now - datetime.fromtimestamp((first.int >> 80) / 1000, UTC))


def log_findings(*, waiting: int, since: timedelta | None, led: bool) -> list[Finding]:
    """Whether entries get their positions. `since`: how long the first of them has waited."""
    if since is None or since <= WAITS_TOO_LONG:
        return []
    what = (
        f"{waiting} entries wait for their position, the first for {int(since.total_seconds())} s"
    )
    if not led:
        return [
            Finding(
                "worker-missing", f"no worker runs; {what}", "start `onceonly work`, see its log"
            )
        ]
    return [
        Finding(
            "backlog",
            f"{what}, though a worker runs",
            "look at the worker's log; give PostgreSQL's disk more speed, or wait until it is taken in",
        )
    ]


def disk_findings(
    place: str, *, free: int, total: int, full: float = FULL, filling: float = FILLING
) -> list[Finding]:
    """Whether a disk has room. A full one stops every exchange: nothing can be put on record."""
    share = free / total if total else 0.0
    what = f"the disk of {place} has {share:.0%} free, {free // 2**20} MiB"
    remedy = f"make room on the disk of {place}, or give it a larger one; df -h {place}"
    if share < full:
        return [Finding("disk-full", what, remedy)]
    return [Finding("disk-filling", what, remedy)] if share < filling else []


def session_findings(
    *, taken: int, most: int, of_user: int, user: str, short: float = SESSIONS_SHORT
) -> list[Finding]:
    """Whether the database lets another process in. `of_user`: the user's own limit, or -1."""
    remedy = (
        f"run fewer processes, or, as superuser: alter system set max_connections = {2 * most};"
        " and restart PostgreSQL"
    )
    if 0 <= of_user < SESSIONS_WANTED:
        return [
            Finding(
                "sessions-few",
                f"{user} may have {of_user} sessions, one process takes {SESSIONS_WANTED}",
                f'as superuser: alter role "{user}" connection limit -1',
            )
        ]
    if most - taken < SESSIONS_WANTED:
        return [Finding("sessions-few", f"{taken} of {most} sessions are taken", remedy)]
    if taken > most * short:
        return [Finding("sessions-short", f"{taken} of {most} sessions are taken", remedy)]
    return []


def certificate_findings(
    name: str,
    end: datetime | None,
    now: datetime,
    *,
    what: str = "its TLS certificate",
    remedy: str = "renew it where TLS ends for that address",
) -> list[Finding]:
    """Whether a TLS certificate has ended, or soon will."""
    if end is None or end - now > SOON:
        return []
    over = end <= now
    return [
        Finding(
            f"certificate-{'ended' if over else 'ending'}",
            f"{name}: {what} {'ended' if over else 'ends'} on {end.date()}",
            remedy,
        )
    ]
