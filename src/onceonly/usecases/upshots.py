"""Upshots: what became of a question is told to the worker, who opens tasks afterwards.

Nobody who waits for an answer can tell from it, or from how long it took, whether a task arose.
"""

import json
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from onceonly.domain.calendar import german_day
from onceonly.domain.errors import ProviderError
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.retrievals import Answer, Nothing, Retrieval, State
from onceonly.domain.tasks import Due, Happened, Kind, Protecting, Upshot, arising
from onceonly.security.seals import Broken, open_evidence, seal_evidence
from onceonly.store import previews, tasks
from onceonly.store.database import Connection
from onceonly.store.tasks import Opening
from onceonly.telemetry import log
from onceonly.usecases.log import entry
from onceonly.usecases.protection import protecting, subject_of
from onceonly.usecases.questions import Asked, open_question
from onceonly.usecases.world import HOLD_FOR, World

UPSHOT = "upshot"
"""Purpose of the keys an upshot is sealed under."""

_BLOCK = 2_048
"""Sealed upshots are of this length, or of a multiple where more than a dozen offices protect."""

_FIRST = UUID(int=0)
_NO_RESULT = "no-result"


def seal_upshot(upshot: Upshot, world: World, *, municipality: int, at: datetime) -> SealedEvidence:
    """An upshot as it waits for the worker, under an id of its own; all are of equal length."""
    plain = json.dumps(
        {
            "happened": upshot.happened,
            "provider": upshot.provider,
            "retrieval": str(upshot.retrieval),
            "evidence_type": upshot.evidence_type,
            "retention": upshot.retention,
            "why": upshot.why,
            "at_provider": upshot.at_provider,
            "protecting": [[one.office, one.subject] for one in upshot.protecting],
        }
    ).encode()
    return seal_evidence(
        plain + b" " * (-len(plain) % _BLOCK),
        retrieval=world.new_id(),
        municipality=municipality,
        purpose=UPSHOT,
        day=german_day(at),
        until=at + HOLD_FOR,
        keys=world.keys,
    )


def _read(plain: bytes) -> Upshot:
    told = json.loads(plain)
    return Upshot(
        happened=Happened(told["happened"]),
        provider=told["provider"],
        retrieval=UUID(told["retrieval"]),
        evidence_type=told["evidence_type"],
        retention=told["retention"],
        why=told["why"],
        at_provider=told["at_provider"],
        protecting=tuple(Protecting(*one) for one in told["protecting"]),
    )


def upshots_of(
    moved: Retrieval,
    answer: Answer | ProviderError,
    protected_by: tuple[Protecting, ...],
    asked: Asked,
    world: World,
    *,
    exceeded: bool,
) -> list[SealedEvidence]:
    """What the worker is told of an answer: not found, all alike; dropped; more than was asked."""
    if moved.state is State.NO_RESULT:
        told = _nothing_found(moved, answer, protected_by, asked, world)
    elif moved.state is State.DISCARDED:
        told = replace(_upshot(moved, Happened.DISCARDED), protecting=protected_by)
    elif exceeded:
        told = _upshot(moved, Happened.EXCEEDED)
    else:
        return []
    return [seal_upshot(told, world, municipality=asked.municipality, at=world.clock())]


def _nothing_found(
    moved: Retrieval,
    answer: Answer | ProviderError,
    protected_by: tuple[Protecting, ...],
    asked: Asked,
    world: World,
) -> Upshot:
    told = _upshot(moved, Happened.NOTHING_FOUND)
    person = asked.whole.by_ref[moved.person]
    return replace(
        told,
        retention=_NO_RESULT,
        why=answer.why if isinstance(answer, Nothing) else "",
        at_provider=subject_of(person, told.provider, asked.municipality, world).hex(),
        protecting=protected_by,
    )


def discarded(
    retrieval: Retrieval,
    world: World,
    *,
    municipality: int,
    at: datetime,
    protected_by: tuple[Protecting, ...] = (),
) -> SealedEvidence:
    """The upshot that what a provider was asked for is not delivered."""
    return seal_upshot(
        replace(_upshot(retrieval, Happened.DISCARDED), protecting=protected_by),
        world,
        municipality=municipality,
        at=at,
    )


def unanswered(
    retrieval: Retrieval,
    world: World,
    *,
    municipality: int,
    at: datetime,
    protected_by: tuple[Protecting, ...],
) -> SealedEvidence:
    """The upshot that a postponed question ended without an answer: the provider has nothing to do.

    As if nothing had been found, whoever it was about: nothing outside the seal tells them apart.
    """
    told = replace(
        _upshot(retrieval, Happened.NOTHING_FOUND), retention=_NO_RESULT, protecting=protected_by
    )
    return seal_upshot(told, world, municipality=municipality, at=at)


def protecting_asked(asked: Asked | None, person: str, world: World) -> tuple[Protecting, ...]:
    """Who protects somebody a kept question is about: no answer will come to look it up by."""
    if asked is None:
        return ()
    today = german_day(world.clock())
    snapshot = world.snapshots.of(asked.municipality)
    return protecting(asked.whole.by_ref[person], snapshot, world, today=today)


async def protecting_postponed(
    retrieval: Retrieval, office: str, connection: Connection, municipality: int, world: World
) -> tuple[Protecting, ...]:
    """The same, of a postponed question that an office asked and that nobody has at hand."""
    kept = await previews.question_of(connection, retrieval.id, until=world.clock())
    if kept is None:
        return ()
    asked = open_question(kept, municipality=municipality, office=office, world=world)
    return protecting_asked(asked, retrieval.person, world)


def _upshot(retrieval: Retrieval, happened: Happened) -> Upshot:
    return Upshot(
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
    """Open what upshots ask for and forget them; how many tasks were opened."""
    now = world.clock()
    opened = 0
    after: UUID | None = _FIRST
    while after is not None:
        async with world.database.within(municipality) as connection:
            waiting = await tasks.upshots(connection, after=after, until=now)
        for one in waiting:
            opened += await _open(one, municipality, world, now=now)
        after = waiting[-1].retrieval if waiting else None
    return opened


async def _open(held: SealedEvidence, municipality: int, world: World, *, now: datetime) -> int:
    upshot = _opened(held, municipality, world)
    due = () if upshot is None else arising(upshot, german_day(now))
    keyed = {_once(one, municipality, world): one for one in due}
    async with world.database.within(municipality) as connection:
        known = await tasks.known(connection, list(keyed)) if keyed else frozenset()
        fresh = [
            Opening(world.new_id(), one, now, once)
            for once, one in keyed.items()
            if once not in known
        ]
        entries = [] if upshot is None else _entries(upshot, fresh, municipality, world, now=now)
        if not await tasks.record_opening(connection, held.retrieval, fresh, entries):
            return 0
    return len(fresh)


def _opened(held: SealedEvidence, municipality: int, world: World) -> Upshot | None:
    """The upshot; None when its key is destroyed or it was changed: it is forgotten like others."""
    try:
        plain = open_evidence(held, municipality=municipality, purpose=UPSHOT, keys=world.keys)
    except Broken:
        log.error("seal broken", municipality=municipality, where="upshot")
        return None
    return None if plain is None else _read(plain)


def _once(due: Due, municipality: int, world: World) -> bytes:
    return world.names.keyed_hash("task", "\0".join([str(municipality), *due.once]).encode())


def _entries(
    upshot: Upshot, fresh: list[Opening], municipality: int, world: World, *, now: datetime
) -> list[SealedEntry]:
    """One entry whatever was found: the number of entries must not tell who is protected."""
    none = upshot.happened is Happened.NOTHING_FOUND
    if not fresh and not none:
        return []
    return [
        entry(
            Event.TASK_OPENED if fresh else Event.UPSHOT_SETTLED,
            {
                "tasks": [
                    {"task": str(one.id), "kind": one.due.kind, "office": one.due.office}
                    for one in fresh
                ],
                "of": str(upshot.retrieval),
            },
            world,
            municipality=municipality,
            at=now,
            retention=upshot.retention,
            # Beside the sealed part nothing leads from a question to who protects whom.
            retrieval=None if none else upshot.retrieval,
        )
    ]
