"""Asking for evidence: decide all, record all, ask all, wait as long as the caller does."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from onceonly.domain.decision import Facts
from onceonly.domain.errors import (
    Gone,
    IdempotencyMismatch,
    LogUnavailable,
    NotFound,
)
from onceonly.domain.judge import Judged
from onceonly.domain.offices import Office
from onceonly.domain.requests import EvidenceRequest
from onceonly.domain.retrievals import STARTS, Retrieval, State
from onceonly.security.seals import canonical
from onceonly.store import questions, requests, retrievals, uses
from onceonly.store.questions import Asking
from onceonly.store.requests import RequestRow
from onceonly.store.uses import NewUse
from onceonly.telemetry import BULK_REQUESTS, RETRIEVALS, log
from onceonly.usecases.entries import question_entry
from onceonly.usecases.evidence import read
from onceonly.usecases.questions import (
    BY_HAND,
    asked_of,
    judge_all,
    one_provider_each,
    seal_question,
)
from onceonly.usecases.retrievals import Inline, fetch
from onceonly.usecases.upshots import opened_by_hand
from onceonly.usecases.uses import lifted, new_uses
from onceonly.usecases.world import Caller, Snapshot, World

BULK = "bulk"
"""Reason of a request that is not one case; each raises one alarm. Source: contract annex, 2."""

_LOOK_AGAIN_S, _LOOK_AT_LEAST_S = 0.05, 0.4


@dataclass(frozen=True, slots=True)
class Call:
    """How a request was called: its key, its body, and what the caller would rather have.

    `patience` ends the caller's wait and nothing else; `inline`: released evidence in the answer.
    """

    key: str
    body: Mapping[str, object]
    patience: timedelta
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A request as it stands on record; `evidence` is what was read inline, by retrieval."""

    request: RequestRow
    retrievals: tuple[Retrieval, ...]
    replayed: bool = False
    evidence: Mapping[UUID, bytes] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Nothing of it moves by itself any more."""
        return all(one.settled for one in self.retrievals)


@dataclass(frozen=True, slots=True)
class _Case:
    """A request, decided, ready to be recorded; and the consents and refusals that it moves."""

    asking: Asking
    uses: tuple[NewUse, ...]
    lifted: tuple[tuple[bytes, str], ...]


async def ask(
    request: EvidenceRequest, office: Office, caller: Caller, world: World, call: Call
) -> Standing:
    """Decide every question, put all of it on record, then ask whoever may be asked.

    Raises:
        ChoiceOfProvider: several offices could answer an item; nothing was recorded.
        Busy, Stopping: nothing was recorded.
        LogUnavailable: it could not be recorded; nobody was asked.
        IdempotencyMismatch: the key belongs to another body.
    """
    while True:
        snapshot = world.snapshots.of(caller.municipality)
        judged, facts = await judge_all(request, office, snapshot, world, now=world.clock())
        case = _case(request, judged, facts, caller, call, world)
        due = [
            (one, asked)
            for one, asked in zip(case.asking.retrievals, judged, strict=True)
            if one.state is State.FETCHING
        ]
        inline = Inline(wanted=call.inline)
        with world.errands.promise(len(due)):
            with world.spans.around("record question"):
                recorded = await _record(case, caller, snapshot, world)
            errands = {
                one.id: world.errands.start(
                    fetch(
                        one,
                        asked_of(asked.question, facts, caller.municipality, one.id),
                        asked.question,
                        world,
                        inline,
                    )
                )
                for one, asked in due
                if recorded
            }
        if recorded is None:
            await world.snapshots.renew(world.database)
            continue
        if not recorded:
            replayed = await replay(caller, world, call)
            if replayed is None:
                raise LogUnavailable
            return replayed
        if case.asking.retrievals[0].decision.reason == BULK:
            BULK_REQUESTS.labels(f"{snapshot.configuration.code}/{office.code}").inc()
            log.warning(
                "bulk request refused",
                client=caller.client.client_id,
                municipality=caller.municipality,
                request=str(case.asking.row.id),
            )
        for one in case.asking.retrievals:
            RETRIEVALS.labels(one.provider or "", one.state.value).inc()
        came = await _home(errands, call.patience, inline)
        return Standing(
            case.asking.row,
            tuple(came.get(one.id, one) for one in case.asking.retrievals),
            evidence=inline.evidence,
        )


async def _home(
    errands: Mapping[UUID, asyncio.Task[Retrieval]], patience: timedelta, inline: Inline
) -> dict[UUID, Retrieval]:
    """What is back when the caller's patience ends; what is being read inline is waited for."""
    if errands:
        await asyncio.wait(errands.values(), timeout=patience.total_seconds())
        inline.wanted = False
        reading = [errands[one] for one in inline.reading if not errands[one].done()]
        if reading:
            await asyncio.wait(reading)
    return {
        id_: errand.result()
        for id_, errand in errands.items()
        if errand.done() and errand.exception() is None
    }


async def _record(case: _Case, caller: Caller, snapshot: Snapshot, world: World) -> bool | None:
    if not case.uses and not case.lifted:
        return await world.questions.record(case.asking, snapshot.judging)
    # What a consent may stop, or a refusal, stops no request beside it.
    asking = case.asking
    async with world.database.within(caller.municipality) as connection:

        async def recording() -> bool | None:
            recorded = await questions.record(connection, [asking], version=snapshot.version)
            if recorded and case.lifted:
                await requests.lift(connection, asking.row, case.lifted)
            return None if recorded is None else bool(recorded)

        return await uses.record_beside(connection, case.uses, recording, at=asking.row.asked_at)


def _case(  # noqa: PLR0917 -- everything a record hangs on
    request: EvidenceRequest,
    judged: tuple[Judged, ...],
    facts: Facts,
    caller: Caller,
    call: Call,
    world: World,
) -> _Case:
    office = judged[0].question.office
    one_provider_each(judged)
    row = RequestRow(
        id=world.new_id(),
        client_id=caller.client.client_id,
        office=office.code,
        idempotency_key=call.key,
        body_hash=_hash(call, world),
        procedure=request.procedure,
        case_reference=request.case_reference,
        channel=request.channel,
        reference_month=str(request.reference_month),
        persons=tuple((one.ref, one.role) for one in request.persons),
        asked_at=facts.now,
    )
    subjects = {
        ref: world.names.subject(caller.municipality, office.code, request.by_ref[ref])
        for ref in {item.person for item in request.items}
    }
    ids = [world.new_id() for _ in judged]
    entries = [
        question_entry(row, one, request, id_, caller.municipality, facts.now, world)
        for one, id_ in zip(judged, ids, strict=True)
    ]
    opened = [
        _opened(row, one, id_, recorded.id, facts.now)
        for one, id_, recorded in zip(judged, ids, entries, strict=True)
    ]
    by_hand = [
        opened_by_hand(one, world, municipality=caller.municipality, at=facts.now)
        for one in opened
        if one.state is State.MANUAL
    ]
    asking = Asking(
        row,
        tuple(opened),
        tuple(subjects[one.item.person] for one in judged),
        (*entries, *by_hand),
        kept=tuple(
            seal_question(
                asked_of(one.question, facts, caller.municipality),
                retrieval.id,
                world,
                at=facts.now,
                purpose=BY_HAND,
            )
            for one, retrieval in zip(judged, opened, strict=True)
            if retrieval.state is State.MANUAL
        ),
        refused=tuple(
            (subjects[item.person], item.evidence_type)
            for item in request.items
            if item.choice_refused
        ),
    )
    return _Case(
        asking,
        new_uses(judged, opened, facts, caller.municipality, world) if facts.consents else (),
        lifted(judged, facts, caller.municipality, world) if facts.refused else (),
    )


def _opened(
    row: RequestRow, one: Judged, retrieval: UUID, question: UUID, now: datetime
) -> Retrieval:
    state = STARTS[one.decision.outcome]
    service = one.question.service
    timeout = timedelta(seconds=service.connector.timeout_s if service else 0)
    return Retrieval(
        id=retrieval,
        request=row.id,
        item=one.item.ref,
        person=one.item.person,
        evidence_type=one.item.evidence_type,
        profile=one.item.profile,
        provider=None if one.question.provider is None else one.question.provider.code,
        origin=one.item.origin,
        state=state,
        decision=one.decision,
        asked_at=row.asked_at,
        question_entry=question,
        fetching_until=now + timeout if state is State.FETCHING else None,
        replaces=one.item.replaces,
    )


async def replay(caller: Caller, world: World, call: Call) -> Standing | None:
    """The request an earlier call with this key made, as it now stands; None when there is none.

    Raises:
        IdempotencyMismatch: the key belongs to another body.
    """
    async with world.database.within(caller.municipality) as connection:
        first = await requests.by_key(
            connection, client_id=caller.client.client_id, idempotency_key=call.key
        )
    if first is None:
        return None
    if first.body_hash != _hash(call, world):
        raise IdempotencyMismatch
    standing = Standing(first, (), replayed=True)
    standing = await _settled(standing, caller, world, patience=call.patience)
    return await _with_evidence(standing, caller, world) if call.inline else standing


def _hash(call: Call, world: World) -> bytes:
    return world.names.keyed_hash("idempotency", canonical(call.body))


async def _with_evidence(standing: Standing, caller: Caller, world: World) -> Standing:
    """What is released and not yet destroyed is read in the answer, as the first call would."""
    evidence: dict[UUID, bytes] = {}
    for one in standing.retrievals:
        if one.state is State.RELEASED and one.collected_at is None:
            with suppress(Gone):
                evidence[one.id] = await read(one.id, caller, world)
    return replace(standing, evidence=evidence)


async def standing_of(
    request: UUID, office: Office, caller: Caller, world: World, *, patience: timedelta
) -> Standing:
    """One request of the office as it stands, after the caller's patience at most.

    Raises:
        NotFound: there is none of this office.
    """
    async with world.database.within(caller.municipality) as connection:
        row = await requests.by_id(connection, request=request, office=office.code)
    if row is None:
        raise NotFound
    return await _settled(Standing(row, ()), caller, world, patience=patience)


async def _settled(
    standing: Standing, caller: Caller, world: World, *, patience: timedelta
) -> Standing:
    """The standing once everything is settled, or as it is when the patience ends.

    Another process may be asking: only the database knows, and it is asked ever more rarely. A
    process that ends answers first.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + patience.total_seconds()
    pause = _LOOK_AGAIN_S
    while True:
        async with world.database.within(caller.municipality) as connection:
            found = await retrievals.of_requests(connection, [standing.request.id])
        standing = replace(standing, retrievals=tuple(found))
        if standing.settled or loop.time() >= end or world.errands.over:
            return standing
        await asyncio.sleep(min(pause, max(end - loop.time(), 0)))
        pause = min(pause * 2, _LOOK_AT_LEAST_S)
