"""The dry run is the live call: whatever is asked, both say the same."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from builders import NOW, AnOffice
from conftest import Repeated
from onceonly.domain.calendar import Month, Months
from onceonly.domain.decision import Decision
from onceonly.domain.errors import ChoiceOfProvider
from onceonly.domain.offices import (
    Admission,
    Approval,
    Client,
    Configuration,
    ConnectorSettings,
    DataService,
    Office,
    Origin,
    RetrievalAgreement,
    Role,
    SharedController,
)
from onceonly.domain.persons import Person, Relationship
from onceonly.domain.requests import Assertion, Choice, EvidenceRequest, Item, Justification
from onceonly.domain.retrievals import Nothing
from onceonly.domain.rules import Law
from onceonly.usecases import configuration
from onceonly.usecases.decisions import try_out
from onceonly.usecases.requests import Call, ask
from onceonly.usecases.world import Caller, World

PEOPLE = (
    Person("p1", "applicant", "Muster", ("Ayşe",), "1988-04-17", nationalities=("TR",)),
    Person("p2", "partner", "Muster", ("Jörg",), "1985-04-06", nationalities=("DE",)),
    Person("p3", "child", "Muster", ("Mila",), "2013-06-01", nationalities=("BG",)),
    Person("p4", "other-parent", "Muster", ("Noah",), "1984-02-03"),
)
TIES = (
    Relationship("parent", "p1", "p3", custody="joint"),
    Relationship("parent", "p2", "p3", custody="joint"),
    Relationship("parent", "p4", "p3", custody="none"),
    Relationship("lives-with", "p3", "p1"),
    Relationship("lives-with", "p3", "p2"),
)
NORMS = ("sgbx-67a-2-3-1", "sgbx-67a-2-3-2", "sgb8-62-3")
REASONS = ("asked-and-incomplete", "person-unable", "held-by-third-party")
SOME_TYPES = 14


def a_kreis(law: Law, dice: random.Random) -> Configuration:
    """Every kind of office, some of what each issues, some agreements, one house in common."""
    procedures = law.catalogue.procedures.values()
    offices = {
        kind: Office(kind, kind, kind, tuple(one.code for one in procedures if kind in one.kinds))
        for kind in law.office_kinds
    }
    services = tuple(
        DataService(
            kind,
            code,
            tuple(found.profiles),
            ConnectorSettings("rest", "http://127.0.0.1:9"),
            origin=origin,
            immediate=dice.random() < 0.8,
        )
        for code, found in law.catalogue.evidence_types.items()
        if code not in law.blocked
        for kind in found.issuer_kinds
        for origin in Origin
        if dice.random() < 0.7
    )
    agreements = tuple(
        _agreement(one, other, dice.sample(sorted(law.catalogue.evidence_types), SOME_TYPES), law)
        for one in law.section35
        for other in law.section35
        if one != other and dice.random() < 0.3
    )
    clients = {
        f"{kind}-{role}": Client(f"{kind}-{role}", kind, (role,), ())
        for kind in offices
        for role in (Role.CONSUMER, Role.PORTAL)
    }
    return Configuration(
        "musterkreis",
        "Musterkreis",
        "0",
        offices,
        clients,
        shared_controllers=(
            SharedController(("but", "wohngeld"), "1", date(2026, 1, 1), "a", "b"),
        ),
        data_services=services,
        retrieval_agreements=agreements,
        admissions=(Admission("R28d", "OB", "1", date(2026, 4, 1)),),
    )


def _agreement(one: str, other: str, types: list[str], law: Law) -> RetrievalAgreement:
    return RetrievalAgreement(
        consumer=one,
        provider=other,
        evidence_types=tuple(types),
        procedures=tuple(law.catalogue.procedures),
        occasion="Antrag",
        purpose="Prüfung",
        why_appropriate="viele Fälle",
        measures="TOM",
        approvals=tuple(Approval(each, "Aufsicht", "1", date(2026, 1, 1)) for each in (one, other)),
        data_protection_authority_informed_on=date(2026, 1, 1),
        valid_from=date(2026, 2, 1),
    )


def a_case(law: Law, town: Configuration, dice: random.Random) -> tuple[Caller, EvidenceRequest]:
    """Somebody asks for something: mostly what a fact of the procedure names."""
    office = dice.choice([one for one in town.offices.values() if one.procedures])
    online = dice.random() < 0.6
    procedure = dice.choice(office.procedures)
    client = town.clients[f"{office.code}-{Role.PORTAL if online else Role.CONSUMER}"]
    caller = Caller(1, client, office, frozenset(client.scopes))
    count = dice.randint(1, 3)
    request = EvidenceRequest(
        procedure=procedure,
        case_reference=f"C-{dice.randint(1, 4)}",
        channel="online" if online else "office",
        reference_month=Month(2026, dice.choice((6, 10, 11))),
        caseworker=None if online else "sb-1",
        persons=PEOPLE,
        relationships=TIES,
        representations=(),
        items=tuple(
            an_item(f"i{place}", procedure, law, dice, online=online) for place in range(count)
        ),
    )
    return caller, request


def an_item(ref: str, procedure: str, law: Law, dice: random.Random, *, online: bool) -> Item:
    fact = dice.choice(list(law.catalogue.procedures[procedure].facts.values()))
    proof = dice.choice(fact.proofs)
    types = law.catalogue.evidence_types
    likely = proof.evidence_type is not None and dice.random() < 0.9
    code = proof.evidence_type if likely and proof.evidence_type else dice.choice(sorted(types))
    able = [one.ref for one in PEOPLE if one.role in proof.about or not likely]
    profile = proof.profile if likely and dice.random() < 0.5 else None
    changes: dict[str, Any] = {}
    if online and dice.random() < 0.6:
        makers = dice.choice((("p1",), ("p2",), ("p1", "p2")))
        changes["choices"] = tuple(
            Choice(one, NOW - timedelta(hours=1), "wahl-67f-v1", "s" * 16) for one in makers
        )
    if dice.random() < 0.4:
        changes["justification"] = Justification(
            dice.choice(NORMS), dice.choice(REASONS), "x" * 20, date(2026, 11, 2)
        )
    if dice.random() < 0.5:
        rows = [row for row in law.rules if procedure in row.consumers]
        asked = [one for row in rows for one in row.preconditions]
        stated = {*asked, "reimbursement-claim", "azr-insufficient", "named-official"}
        changes["assertions"] = tuple(Assertion(one, "x") for one in sorted(stated))
    if dice.random() < 0.3:
        changes["months"] = Months(Month(2026, 4), Month(2026, 9))
    return Item(
        ref,
        dice.choice(able or ["p1"]),
        code,
        profile or dice.choice(list(types[code].profiles) or ["P0"]),
        fact.code,
        origin=dice.choice((Origin.ISSUED, Origin.ISSUED, Origin.SUBMITTED)),
        choice_refused=dice.random() < 0.05,
        **changes,
    )


@pytest.fixture
def dice() -> random.Random:
    return random.Random(20261125)  # noqa: S311 -- the same cases every time, nothing secret


@pytest.fixture
async def kreis(
    world: World, owner: World, law: Law, dice: random.Random, jobcenter: AnOffice
) -> Configuration:
    """In force; whoever is asked knows nobody."""
    jobcenter.answer = lambda _: Nothing("unknown")
    await configuration.apply(a_kreis(law, dice), owner, actor="test")
    await world.snapshots.renew(world.database)
    return world.snapshots.of(1).configuration


Said = list[tuple[str, str | None, Decision]] | tuple[str, ...]
"""Item, provider and decision of each item; or among whom the caller must choose."""


async def tried(request: EvidenceRequest, caller: Caller, world: World) -> Said:
    assert caller.office is not None
    try:
        judged = await try_out(request, caller.office, caller, world)
    except ChoiceOfProvider as several:
        return (*several.choices, *several.pointers)
    return [(one.item.ref, _code(one.question.provider), one.decision) for one in judged]


def _code(office: Office | None) -> str | None:
    return None if office is None else office.code


async def done(request: EvidenceRequest, caller: Caller, world: World, key: str) -> Said:
    assert caller.office is not None
    try:
        call = Call(key, {"key": key}, timedelta())
        standing = await ask(request, caller.office, caller, world, call)
    except ChoiceOfProvider as several:
        return (*several.choices, *several.pointers)
    return [(one.item, one.provider, one.decision) for one in standing.retrievals]


async def test_a_dry_run_says_what_the_live_call_says(
    world: World,
    law: Law,
    kreis: Configuration,
    dice: random.Random,
    repeated: Repeated,
) -> None:
    seen: Counter[str] = Counter()
    for number in range(repeated("random cases, dry and live", 200)):
        caller, request = a_case(law, kreis, dice)

        dry = await tried(request, caller, world)
        live = await done(request, caller, world, f"k{number}")

        assert _but_for_the_way(dry) == _but_for_the_way(live)
        if isinstance(live, list):
            seen.update(decision.outcome for _, _, decision in live)
    assert seen.keys() >= {"permit", "partial", "choice-required", "consent-required", "deny"}


def _but_for_the_way(said: Said) -> Said:
    """What was already refused is read before, or while, deciding: the steps may differ."""
    if isinstance(said, tuple):
        return said
    return [(item, provider, replace(one, trace=())) for item, provider, one in said]
