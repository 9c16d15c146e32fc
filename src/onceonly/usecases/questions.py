"""Questions on their way: facts to judge them by, the order a provider gets, what is kept sealed."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID

from pydantic import TypeAdapter

from onceonly.domain.acts import holds
from onceonly.domain.calendar import Month, german_day
from onceonly.domain.decision import Decision, Facts, Question
from onceonly.domain.errors import ChoiceOfProvider
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.judge import Judged, judge
from onceonly.domain.offices import DataService, Office
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.domain.retrievals import Order, Retrieval
from onceonly.domain.rules import Mode
from onceonly.readers.layers import law_with
from onceonly.security.seals import Broken, open_evidence, seal_evidence
from onceonly.store import requests
from onceonly.telemetry import log
from onceonly.usecases.uses import consents_of, each_once, names_of
from onceonly.usecases.world import HOLD_FOR, Snapshot, World

QUESTION = "question"
BY_HAND = "question-by-hand"
"""Purposes of the keys a question is sealed under: asked again for days, or answered in weeks."""

_NOT_CLOSED_BY_REFUSAL = (Mode.INTERNAL, Mode.DUTY, Mode.REGULATION)
_REQUESTS, _ITEMS = TypeAdapter(EvidenceRequest), TypeAdapter(Item)
_NO_ITEMS = b'"items":[]}'


@dataclass(frozen=True)
class Asked:
    """What a provider is to be asked: one item of a request, by one office of a municipality.

    `question` and `facts` are those it was decided by, as long as this process remembers them.
    `retrieval`: what came of it; None before it is on record.
    """

    municipality: int
    office: str
    whole: EvidenceRequest
    item: Item
    provider: str | None
    question: Question | None = None
    facts: Facts | None = None
    retrieval: UUID | None = None

    @cached_property
    def request(self) -> EvidenceRequest:
        """The request with this item alone, its provider named."""
        return replace(self.whole, items=(replace(self.item, provider=self.provider),))

    def still_holds(self, decision: Decision, snapshot: Snapshot, now: datetime) -> bool:
        """Whether deciding again would see the same law, the same facts and the same day.

        A consent can be withdrawn, and what rests on the office's own reasons be refused: such a
        question is always decided anew. A choice must still hold, or not, as it did; whoever made
        it says once more what becomes of it, before anything is released.
        """
        item, facts = self.item, self.facts
        if facts is None or item.consents or item.justification:
            return False
        as_before = not item.choices or (
            self.is_shown_first(decision)
            and all(holds(one, facts.now) is holds(one, now) for one in item.choices)
        )
        return (
            as_before
            and facts.configuration is snapshot.configuration
            and facts.today == german_day(now)
        )

    def is_shown_first(self, decision: Decision) -> bool:
        """Whether somebody looks before it is released, and it rests on no consent."""
        return "preview" in decision.obligations and not self.item.consents


async def judge_all(
    request: EvidenceRequest,
    office: Office,
    snapshot: Snapshot,
    world: World,
    *,
    now: datetime,
    apart: UUID | None = None,
) -> tuple[tuple[Judged, ...], Facts]:
    """Judge every item by what the hub knows at this instant.

    What persons of the case refused earlier is read only when it could close a way: no refusal
    closes what a statute orders or one controller does by itself. Consents are read only where an
    item names some; `apart` is the retrieval that is decided again.

    Raises:
        LogUnavailable: refusals or consents could not be read.
    """
    facts = Facts(now=now, today=german_day(now), configuration=snapshot.configuration)
    if any(item.consents for item in request.items):
        facts = await _with_consents(facts, request, office, snapshot, world, apart=apart)
    judged = _judged(office, request, facts, world)
    if all(_stands_by_itself(one.decision) for one in judged):
        return judged, facts
    persons = {item.person for item in request.items}
    refused = await _refused(request, persons, office, snapshot, world)
    if not refused:
        return judged, facts
    facts = replace(facts, refused=refused)
    return _judged(office, request, facts, world), facts


def _judged(
    office: Office, request: EvidenceRequest, facts: Facts, world: World
) -> tuple[Judged, ...]:
    law = law_with(world.law, facts.configuration.layers)
    judged = judge(office, request, facts, law)
    return each_once(judged, office, request, facts, law) if facts.consents else judged


async def _with_consents(
    facts: Facts,
    request: EvidenceRequest,
    office: Office,
    snapshot: Snapshot,
    world: World,
    *,
    apart: UUID | None,
) -> Facts:
    consents = await consents_of(
        request, office, snapshot.municipality, world, today=facts.today, apart=apart
    )
    return replace(facts, consents=consents)


async def facts_of(
    request: EvidenceRequest, office: Office, snapshot: Snapshot, world: World, *, now: datetime
) -> Facts:
    """What the hub knows at this instant of a case, whoever of it will be asked about.

    Raises:
        LogUnavailable: the refusals could not be read.
    """
    refused = await _refused(request, request.by_ref.keys(), office, snapshot, world)
    return Facts(now, german_day(now), snapshot.configuration, refused)


def one_provider_each(judged: tuple[Judged, ...]) -> None:
    """Every item is for one office.

    Raises:
        ChoiceOfProvider: several offices could answer an item; every such item is named.
    """
    several = [place for place, one in enumerate(judged) if one.choices]
    if several:
        raise ChoiceOfProvider(
            (code for place in several for code in judged[place].choices),
            *[f"#/items/{place}/provider" for place in several],
        )


def _stands_by_itself(decision: Decision) -> bool:
    return decision.permits and decision.mode in _NOT_CLOSED_BY_REFUSAL


async def _refused(
    request: EvidenceRequest,
    persons: Collection[str],
    office: Office,
    snapshot: Snapshot,
    world: World,
) -> frozenset[tuple[str, str]]:
    # A refused consent closes a way under a name and a birth date alone.
    subjects = {
        name: ref
        for ref in sorted(persons)
        for name in names_of(snapshot.municipality, office.code, request.by_ref[ref], world)
    }
    async with world.database.within(snapshot.municipality) as connection:
        found = await requests.refused(
            connection,
            office=office.code,
            subjects=list(subjects),
            procedure=request.procedure,
            case_reference=request.case_reference,
        )
    return frozenset((subjects[subject], type_) for subject, type_ in found)


async def decide_again(
    asked: Asked,
    snapshot: Snapshot,
    world: World,
    *,
    now: datetime,
    before: Decision | None = None,
) -> tuple[Question, Decision] | None:
    """The decision as it is by the law and the municipality's file of this instant.

    Deciding is pure: where nothing it sees has changed, the decision of `before` is the decision.

    None: the office is not there any more.

    Raises:
        LogUnavailable: the refusals could not be read.
    """
    question = asked.question
    if before is not None and question is not None and asked.still_holds(before, snapshot, now):
        return question, before
    office = snapshot.configuration.offices.get(asked.office)
    if office is None:
        return None
    if before is not None and asked.facts is not None and asked.is_shown_first(before):
        # What was refused meanwhile is read when somebody says `use`: nothing is released before.
        facts = Facts(now, german_day(now), snapshot.configuration, asked.facts.refused)
        law = law_with(world.law, facts.configuration.layers)
        (judged,) = judge(office, asked.request, facts, law)
    else:
        (judged,), _ = await judge_all(
            asked.request, office, snapshot, world, now=now, apart=asked.retrieval
        )
    return judged.question, judged.decision


def asked_of(
    question: Question, facts: Facts, municipality: int, retrieval: UUID | None = None
) -> Asked:
    """What a question asks of the provider it was judged for."""
    provider = None if question.provider is None else question.provider.code
    return Asked(
        municipality,
        question.office.code,
        question.request,
        question.item,
        provider,
        question,
        facts,
        retrieval,
    )


def order_of(
    retrieval: Retrieval,
    question: Question,
    service: DataService | None,
    snapshot: Snapshot,
    world: World,
) -> Order:
    """Exactly what the decision granted, and of the asking office what the provider may know."""
    request, decision = question.request, retrieval.decision
    kind = "" if question.provider is None else question.provider.kind
    body: str | dict[str, str] | None = None
    if kind in world.law.public_body_only:
        body = "public"
    elif kind in world.law.named_body_only:
        body = {"name": snapshot.configuration.name, "reference": str(retrieval.id)}
    return Order(
        reference=retrieval.id,
        evidence_type=retrieval.evidence_type,
        profile=decision.profile or retrieval.profile,
        fields=decision.fields,
        reference_month=str(request.reference_month),
        period=_period(decision, request.reference_month),
        person=request.by_ref[retrieval.person],
        match_on=() if service is None else service.match_on,
        consumer=question.office.code if body is None else None,
        procedure=request.procedure if body is None else None,
        rule=decision.rule if body is None else None,
        law=decision.law if body is None else (),
        requesting_body=body,
        purpose_code=decision.purpose_code if body is not None else None,
    )


def _period(decision: Decision, reference_month: Month) -> tuple[str, str | None]:
    months = decision.months
    if months is None:
        return str(reference_month), str(reference_month)
    first = reference_month if months.first is None else months.first
    return str(first), None if months.last is None else str(months.last)


def seal_question(
    asked: Asked, retrieval: UUID, world: World, *, at: datetime, purpose: str = QUESTION
) -> SealedEvidence:
    """Keep a question that is answered later, sealed under the key of its purpose and day."""
    return seal_evidence(
        _written(asked),
        retrieval=retrieval,
        municipality=asked.municipality,
        purpose=purpose,
        day=german_day(at),
        until=at + HOLD_FOR,
        keys=world.keys,
    )


def _written(asked: Asked) -> bytes:
    """`asked.request` as JSON; what its items share is written once for all of them."""
    whole = asked.whole
    shared = whole.once(_NO_ITEMS, lambda: _REQUESTS.dump_json(replace(whole, items=())))
    item = _ITEMS.dump_json(replace(asked.item, provider=asked.provider))
    return shared.removesuffix(_NO_ITEMS) + b'"items":[' + item + b"]}"


def open_question(
    held: SealedEvidence,
    *,
    municipality: int,
    office: str,
    world: World,
    purpose: str = QUESTION,
) -> Asked | None:
    """The kept question; None when its key is destroyed or it was changed."""
    try:
        plain = open_evidence(held, municipality=municipality, purpose=purpose, keys=world.keys)
    except Broken:
        # Nobody is asked by a question that was changed, and those after it are.
        log.error("seal broken", retrieval=str(held.retrieval), municipality=municipality)
        return None
    if plain is None:
        return None
    request = _REQUESTS.validate_json(plain)
    (item,) = request.items
    return Asked(municipality, office, request, item, item.provider, retrieval=held.retrieval)
