"""Notices: what became of a question is told to the worker, who opens tasks afterwards.

Nobody who waits for an answer can tell from it, or from how long it took, whether a task arose.
"""

import json
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from onceonly.domain.calendar import german_day
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.persons import Person
from onceonly.domain.retrievals import Retrieval
from onceonly.domain.tasks import Due, Happened, Kind, Notice, Protecting, arising
from onceonly.security.seals import Broken, open_evidence, seal_evidence
from onceonly.store import tasks
from onceonly.store.tasks import Opening
from onceonly.telemetry import log
from onceonly.usecases.log import entry
from onceonly.usecases.world import HOLD_FOR, World

NOTICE = "notice"
"""Purpose of the keys a notice is sealed under."""

_BLOCK = 2_048
"""Sealed notices are of this length, or of a multiple where more than a dozen offices protect."""

_FIRST = UUID(int=0)
_NO_RESULT = "no-result"


def seal_notice(notice: Notice, world: World, *, municipality: int, at: datetime) -> SealedEvidence:
    """A notice as it waits for the worker, under an id of its own; all are of equal length."""
    plain = json.dumps(
        {
            "happened": notice.happened,
            "provider": notice.provider,
            "retrieval": str(notice.retrieval),
            "evidence_type": notice.evidence_type,
            "retention": notice.retention,
            "why": notice.why,
            "at_provider": notice.at_provider,
            "protecting": [[one.office, one.subject] for one in notice.protecting],
        }
    ).encode()
    return seal_evidence(
        plain + b" " * (-len(plain) % _BLOCK),
        retrieval=world.new_id(),
        municipality=municipality,
        purpose=NOTICE,
        day=german_day(at),
        until=at + HOLD_FOR,
        keys=world.keys,
    )


def _read(plain: bytes) -> Notice:
    told = json.loads(plain)
    return Notice(
        happened=Happened(told["happened"]),
        provider=told["provider"],
        retrieval=UUID(told["retrieval"]),
        evidence_type=told["evidence_type"],
        retention=told["retention"],
        why=told["why"],
        at_provider=told["at_provider"],
        protecting=tuple(Protecting(*one) for one in told["protecting"]),
    )


def nothing_found(
    retrieval: Retrieval,
    why: str,
    person: Person,
    world: World,
    *,
    municipality: int,
    at: datetime,
) -> SealedEvidence:
    """The notice that a question ended without a result, and why the provider said so."""
    provider = retrieval.provider or ""
    notice = replace(
        _notice(retrieval, Happened.NOTHING_FOUND),
        retention=_NO_RESULT,
        why=why,
        at_provider=world.names.subject(provider, person).hex(),
    )
    return seal_notice(notice, world, municipality=municipality, at=at)


def discarded(
    retrieval: Retrieval, world: World, *, municipality: int, at: datetime
) -> SealedEvidence:
    """The notice that what a provider was asked for is not delivered."""
    return seal_notice(
        _notice(retrieval, Happened.DISCARDED), world, municipality=municipality, at=at
    )


def exceeded(
    retrieval: Retrieval, world: World, *, municipality: int, at: datetime
) -> SealedEvidence:
    """The notice that a provider sent more than it was asked for."""
    return seal_notice(
        _notice(retrieval, Happened.EXCEEDED), world, municipality=municipality, at=at
    )


def _notice(retrieval: Retrieval, happened: Happened) -> Notice:
    return Notice(
        happened,
        retrieval.provider or "",
        retrieval.id,
        retrieval.evidence_type,
        retrieval.decision.retention,
    )


def opened_by_hand(
    retrieval: Retrieval, world: World, *, municipality: int, at: datetime
) -> SealedEntry:
    """The entry of a question that a person answers: the retrieval itself is the task."""
    return entry(
        Event.TASK_OPENED,
        {
            "tasks": [
                {
                    "task": str(retrieval.id),
                    "kind": Kind.ANSWER_BY_HAND,
                    "office": retrieval.provider,
                }
            ],
        },
        world,
        municipality=municipality,
        at=at,
        retention=retrieval.decision.retention,
        retrieval=retrieval.id,
    )


async def open_tasks(municipality: int, world: World) -> int:
    """Open what notices ask for and forget them; how many tasks were opened."""
    now = world.clock()
    opened = 0
    after: UUID | None = _FIRST
    while after is not None:
        async with world.database.within(municipality) as connection:
            waiting = await tasks.notices(connection, after=after, until=now)
        for one in waiting:
            opened += await _open(one, municipality, world, now=now)
        after = waiting[-1].retrieval if waiting else None
    return opened


async def _open(held: SealedEvidence, municipality: int, world: World, *, now: datetime) -> int:
    notice = _opened(held, municipality, world)
    due = () if notice is None else arising(notice, german_day(now))
    keyed = {_once(one, municipality, world): one for one in due}
    async with world.database.within(municipality) as connection:
        known = await tasks.known(connection, list(keyed)) if keyed else frozenset()
        fresh = [
            Opening(world.new_id(), one, now, once)
            for once, one in keyed.items()
            if once not in known
        ]
        entries = [] if notice is None else _entries(notice, fresh, municipality, world, now=now)
        if not await tasks.record_opening(connection, held.retrieval, fresh, entries):
            return 0
    return len(fresh)


def _opened(held: SealedEvidence, municipality: int, world: World) -> Notice | None:
    """The notice; None when its key is destroyed or it was changed: it is forgotten like others."""
    try:
        plain = open_evidence(held, municipality=municipality, purpose=NOTICE, keys=world.keys)
    except Broken:
        log.error("seal broken", municipality=municipality, where="notice")
        return None
    return None if plain is None else _read(plain)


def _once(due: Due, municipality: int, world: World) -> bytes:
    return world.names.keyed_hash("task", "\0".join([str(municipality), *due.once]).encode())


def _entries(
    notice: Notice, fresh: list[Opening], municipality: int, world: World, *, now: datetime
) -> list[SealedEntry]:
    """One entry whatever was found: the number of entries must not tell who is protected."""
    none = notice.happened is Happened.NOTHING_FOUND
    if not fresh and not none:
        return []
    return [
        entry(
            Event.TASK_OPENED if fresh else Event.NOTICE_SETTLED,
            {
                "tasks": [
                    {"task": str(one.id), "kind": one.due.kind, "office": one.due.office}
                    for one in fresh
                ],
                "of": str(notice.retrieval),
            },
            world,
            municipality=municipality,
            at=now,
            retention=notice.retention,
            # Beside the sealed part nothing leads from a question to who protects whom.
            retrieval=None if none else notice.retrieval,
        )
    ]
