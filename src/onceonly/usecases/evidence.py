"""Evidence: taken in and cut, held sealed, read, received, destroyed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from onceonly.domain.calendar import Months, german_day, instant
from onceonly.domain.decision import Decision
from onceonly.domain.errors import Gone, NotFound, OutOfTurn
from onceonly.domain.evidence import SealedEvidence, cut
from onceonly.domain.freshness import validity
from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person
from onceonly.domain.retrievals import Delivered, Retrieval, State
from onceonly.domain.rules import Law
from onceonly.readers.schemas import validator_of
from onceonly.security.seals import open_evidence, seal_evidence
from onceonly.store import evidence, retrievals
from onceonly.usecases.log import entry
from onceonly.usecases.questions import BY_HAND, QUESTION, Asked
from onceonly.usecases.upshots import UPSHOT
from onceonly.usecases.uses import RECORDS
from onceonly.usecases.world import ANSWERED_WITHIN, HOLD_FOR, REPEAT_FOR, Caller, World

EVIDENCE = "evidence"
_KEPT = {
    EVIDENCE: timedelta(days=4),
    QUESTION: timedelta(days=4),
    UPSHOT: timedelta(days=4),
    BY_HAND: ANSWERED_WITHIN + timedelta(days=2),
    RECORDS: timedelta(days=2),
}
"""Purpose of a day's key -> how long it lives: as long as what it seals may be held, and a day."""

_SUPPRESSED = frozenset({"adopted", "former_name"})


@dataclass(frozen=True, slots=True)
class Received:
    """A provider's answer, cut: what may be delivered, its leaf paths, and the excess' count."""

    content: Mapping[str, object]
    fields: tuple[str, ...]
    excess: int


def receive_evidence(
    retrieval: Retrieval, asked: Asked, answer: Delivered, again: Decision, world: World
) -> Received:
    """Check an answer and leave only what both decisions grant.

    Raises:
        ProviderUnreadable: a field of the right name has the wrong form.
    """
    decision = retrieval.decision
    profiles = world.law.catalogue.evidence_types[retrieval.evidence_type].profiles
    profile = profiles[decision.profile or retrieval.profile]
    hidden: frozenset[str] = frozenset()
    if answer.flags & _SUPPRESSED:
        hidden = frozenset(one.path for one in profile.fields if one.sensitivity == "X")
    reference = asked.whole.reference_month
    granted = decision if again is decision else decision.narrowed_to(again, reference)
    fields = tuple(one for one in granted.fields if one not in hidden)
    several = decision.months is not None and decision.months.several
    result = cut(
        answer.content or {},
        fields=fields,
        profile=profile,
        persons=spoken_of(retrieval, asked, world.law_of(asked.municipality)),
        reference_month=reference,
        months=granted.months or Months(reference, reference),
        faults=validator_of(profile, fields, several=several),
    )
    content = _of_values(result.content, _values(decision, world.law_of(asked.municipality)))
    excess = result.excess + (len(result.content) if content is not result.content else 0)
    return Received(content, fields, excess)


def spoken_of(retrieval: Retrieval, asked: Asked, law: Law) -> tuple[Person, ...]:
    """Persons of the request whom row and fact allow the evidence to name; all others drop out."""
    row = law.rule(retrieval.decision.rule)
    fact = law.catalogue.procedures[asked.whole.procedure].facts[asked.item.fact]
    roles = {
        role
        for proof in fact.proofs
        if proof.evidence_type == retrieval.evidence_type
        for role in proof.about
        if row is None or role in row.about
    }
    return tuple(
        one for one in asked.whole.persons if one.role in roles or one.ref == retrieval.person
    )


def _values(decision: Decision, law: Law) -> Mapping[str, tuple[str, ...]]:
    row = law.rule(decision.rule)
    return {} if row is None else row.when.values


def _of_values(
    content: Mapping[str, object], values: Mapping[str, tuple[str, ...]]
) -> Mapping[str, object]:
    """The content if its records are of the only values that may be asked, else nothing of it."""
    months = content.get("months")
    records = months if isinstance(months, list) else [content]
    fits = all(
        isinstance(record, dict) and record.get(field) in (None, *allowed)
        for record in records
        for field, allowed in values.items()
    )
    return content if fits else {}


def seal_released(
    moved: Retrieval,
    asked: Asked,
    answer: Delivered,
    received: Received,
    world: World,
    *,
    at: datetime,
    leaf: bytes | None,
) -> tuple[bytes, SealedEvidence]:
    """The evidence as the consumer will read it, and the same sealed under a key of its own."""
    plain = orjson.dumps(_envelope(moved, asked, answer, received, world, at=at, leaf=leaf))
    return plain, seal_evidence(
        plain,
        retrieval=moved.id,
        municipality=asked.municipality,
        purpose=EVIDENCE,
        day=german_day(at),
        until=at + HOLD_FOR,
        keys=world.keys,
    )


def _envelope(
    moved: Retrieval,
    asked: Asked,
    answer: Delivered,
    received: Received,
    world: World,
    *,
    at: datetime,
    leaf: bytes | None,
) -> dict[str, object]:
    decision, request = moved.decision, asked.whole
    catalogue = world.law.catalogue
    version = catalogue.version_of(request.reference_month)
    as_of, day = answer.as_of or at, answer.document_date
    # A copy is as old as the day it was handed in, however lately somebody looked into the file.
    submitted = moved.origin is Origin.SUBMITTED
    valid = validity(
        received.content,
        catalogue.evidence_types[moved.evidence_type],
        procedure=request.procedure,
        as_of=day if submitted and day is not None else german_day(as_of),
        today=german_day(at),
    )
    if submitted and day is None:
        valid = replace(valid, stale=True)
    return {
        "retrieval": str(moved.id),
        "evidence_type": moved.evidence_type,
        "profile": decision.profile,
        "schema": f"{moved.evidence_type}/{decision.profile}/{version}",
        "person": moved.person,
        "content": received.content,
        "provenance": {
            "provider": moved.provider,
            "origin": moved.origin.value,
            "document_date": None if day is None else day.isoformat(),
            "as_of": instant(as_of),
            "retrieved_at": instant(at),
            **({"submitted_on": None if day is None else day.isoformat()} if submitted else {}),
        },
        "validity": {
            "valid_from": valid.valid_from,
            "valid_to": valid.valid_to,
            "age_days": valid.age_days,
            "stale": valid.stale,
        },
        "disputed": False,
        "legal": {
            "rule": decision.rule,
            "law": list(decision.law),
            "purpose": request.procedure,
        },
        "log": {
            "entry": None if moved.release_entry is None else str(moved.release_entry),
            "leaf": None if leaf is None else leaf.hex(),
        },
    }


async def read(retrieval: UUID, caller: Caller, world: World) -> bytes:
    """Released evidence; its first reading is on record before it is given, and repeatable since.

    Raises:
        NotFound: there is no such retrieval of this office.
        OutOfTurn: it is not released.
        Gone: it was collected, or its time is up.
        LogUnavailable: the reading is not on record.
    """
    now = world.clock()
    office = "" if caller.office is None else caller.office.code
    async with world.database.within(caller.municipality) as connection:
        found = await retrievals.of_office(connection, retrieval, office=office)
        held = await evidence.of_retrieval(connection, retrieval)
    if found is None:
        raise NotFound
    standing = found[0]
    if standing.state is not State.RELEASED and standing.release_entry is None:
        raise OutOfTurn(standing.state)
    if standing.state is not State.RELEASED or held is None or held[0].until <= now:
        raise Gone
    sealed, first_read_at = held
    plain = open_evidence(
        sealed, municipality=caller.municipality, purpose=EVIDENCE, keys=world.keys
    )
    if plain is None:
        raise Gone
    if first_read_at is None:
        one = _entry(Event.EVIDENCE_READ, found, caller, caller.municipality, now, world)
        async with world.database.within(caller.municipality) as connection:
            recorded = await evidence.record_reading(
                connection, retrieval, [one], at=now, until=now + REPEAT_FOR
            )
            # Not recorded: another was quicker, and theirs is on record; or it is gone meanwhile.
            if not recorded and not _read(await evidence.of_retrieval(connection, retrieval)):
                raise Gone
    return plain


def _read(held: tuple[SealedEvidence, datetime | None] | None) -> bool:
    return held is not None and held[1] is not None


async def confirm_receipt(retrieval: UUID, caller: Caller, world: World) -> None:
    """Collected and kept: destroy the hub's copy. Again is as good as once.

    Raises:
        NotFound: there is no such retrieval of this office.
        OutOfTurn: it is not released.
        LogUnavailable: the destruction is not on record, so it did not happen.
    """
    now = world.clock()
    office = "" if caller.office is None else caller.office.code
    async with world.database.within(caller.municipality) as connection:
        found = await retrievals.of_office(connection, retrieval, office=office)
        if found is None:
            raise NotFound
        if found[0].state is not State.RELEASED:
            raise OutOfTurn(found[0].state)
        if found[0].collected_at is not None:
            return
        one = _entry(Event.EVIDENCE_DESTROYED, found, caller, caller.municipality, now, world)
        await evidence.record_receipt(connection, retrieval, [one], at=now)


async def destroy_due(municipality: int, world: World) -> int:
    """Destroy held evidence whose time is up: collected if it was read, else expired; how many."""
    now = world.clock()
    async with world.database.within(municipality) as connection:
        due = await evidence.due_before(connection, now)
        for standing, first_read_at in due:
            one = _entry(Event.EVIDENCE_DESTROYED, (standing,), None, municipality, now, world)
            if first_read_at is None:
                previewing = standing.state is State.PREVIEWING
                await evidence.record_expiry(
                    connection,
                    standing.id,
                    [one],
                    seen=standing.state.value,
                    problem="preview-unanswered" if previewing else "not-collected",
                    before=now,
                )
            else:
                until = first_read_at + REPEAT_FOR
                await evidence.record_receipt(connection, standing.id, [one], at=until)
    return len(due)


def destroy_day_keys(world: World) -> int:
    """Destroy the keys of days from which nothing may be held any more; how many."""
    today = german_day(world.clock())
    return sum(
        len(world.keys.destroy_days(purpose, today - kept)) for purpose, kept in _KEPT.items()
    )


def _entry(  # noqa: PLR0917 -- one entry, whole
    event: Event,
    found: tuple[Retrieval, str, str] | tuple[Retrieval],
    caller: Caller | None,
    municipality: int,
    at: datetime,
    world: World,
) -> SealedEntry:
    """What a reading or destruction says; `caller` and the case are None where time did it."""
    standing = found[0]
    case = {} if len(found) == 1 else {"procedure": found[1], "case_reference": found[2]}
    door = {} if caller is None else caller.door
    return entry(
        event,
        {
            **door,
            **case,
            "consumer": "" if caller is None or caller.office is None else caller.office.code,
            "provider": standing.provider,
            "evidence_type": standing.evidence_type,
            "person": standing.person,
        },
        world,
        municipality=municipality,
        at=at,
        retention=standing.decision.retention,
        retrieval=standing.id,
    )
