"""Discoveries: for a household in a procedure, what proves what, who has it, and what the law says."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from onceonly.domain.catalogue import Fact, Procedure, Proof, Requirement
from onceonly.domain.decision import Decision, Facts
from onceonly.domain.judge import judge
from onceonly.domain.offices import DataService, Office
from onceonly.domain.representation import Acts, may_act
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.readers.layers import law_with
from onceonly.usecases.decisions import put_on_record
from onceonly.usecases.questions import facts_of
from onceonly.usecases.world import Caller, World

DISCOVERIES = "discoveries"
_REF = "i1"


@dataclass(frozen=True, slots=True)
class Offer:
    """One office that offers it, and what the law says to its being asked."""

    service: DataService
    decision: Decision


@dataclass(frozen=True, slots=True)
class Candidate:
    """One evidence about one person that would prove a fact, and everybody who offers it.

    `acts`: the ways to choose or consent about it today, each the persons who must act together.
    """

    item: Item
    acts: Acts
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Discovered:
    """A requirement: alternatives of evidence that belongs together."""

    requirement: Requirement
    satisfied_by: tuple[tuple[Candidate, ...], ...]


async def discover(
    request: EvidenceRequest, office: Office, caller: Caller, world: World
) -> tuple[Discovered, ...]:
    """Every requirement of the procedure with every alternative; a no of the law drops nothing.

    Raises:
        LogUnavailable: refusals could not be read, or the discovery is not on record.
    """
    now, snapshot = world.clock(), world.snapshots.of(caller.municipality)
    facts = await facts_of(request, office, snapshot, world, now=now)
    await put_on_record(DISCOVERIES, office, caller, world, now=now)
    procedure = world.law.catalogue.procedures[request.procedure]
    found: list[Discovered] = []
    for requirement in procedure.requirements:
        ways = (
            _judged(
                _candidates(fact, proofs, request, office, facts), request, office, facts, world
            )
            for fact, proofs in _alternatives(procedure, requirement.code)
        )
        found.append(Discovered(requirement, tuple(way for way in ways if way)))
        # A large household is many questions: others are served in between.
        await asyncio.sleep(0)
    return tuple(found)


def _alternatives(procedure: Procedure, requirement: str) -> Iterator[tuple[Fact, list[Proof]]]:
    for fact in procedure.facts.values():
        if fact.requirement == requirement:
            for number in dict.fromkeys(proof.alternative for proof in fact.proofs):
                yield fact, [proof for proof in fact.proofs if proof.alternative == number]


def _candidates(
    fact: Fact, proofs: list[Proof], request: EvidenceRequest, office: Office, facts: Facts
) -> Iterator[tuple[Item, list[DataService]]]:
    """Every evidence about every person of whom it may speak, with whoever else offers it."""
    for proof in proofs:
        if proof.evidence_type is None or proof.profile is None:
            continue
        offering = [
            one
            for one in facts.configuration.offering.get(proof.evidence_type, ())
            if one.office != office.code
        ]
        for person in request.persons:
            if person.role in proof.about:
                item = Item(_REF, person.ref, proof.evidence_type, proof.profile, fact.code)
                yield item, offering


def _judged(
    candidates: Iterator[tuple[Item, list[DataService]]],
    request: EvidenceRequest,
    office: Office,
    facts: Facts,
    world: World,
) -> tuple[Candidate, ...]:
    """All of one way at once, each office asked for by name."""
    asked, law = list(candidates), law_with(world.law, facts.configuration.layers)
    items = tuple(
        replace(item, provider=service.office, origin=service.origin)
        for item, offering in asked
        for service in offering
    )
    decided = iter(judge(office, replace(request, items=items), facts, law))
    types = world.law.catalogue.evidence_types
    return tuple(
        Candidate(
            item,
            may_act(request, item.person, types[item.evidence_type], facts.today),
            tuple(Offer(service, next(decided).decision) for service in offering),
        )
        for item, offering in asked
    )
