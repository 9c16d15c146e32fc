"""Consents and questions under them, below the hub's face."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from typing_extensions import override

from agreeing import CONSUMER, PORTAL, RENT
from builders import NOW, WOHNGELD, AnOffice, a_call, a_caller, a_request, an_item, delivered
from onceonly.domain.consents import Frequency, Opened, Parties, Terms
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person
from onceonly.domain.requests import EvidenceRequest
from onceonly.domain.retrievals import Answer, Order, Retrieval
from onceonly.usecases.answering import Answered
from onceonly.usecases.consents import Draft, record
from onceonly.usecases.requests import Call, ask, standing_of
from onceonly.usecases.withdrawals import withdraw
from onceonly.usecases.world import World

GOKCE = Person("p1", "applicant", "Musteryılmaz", ("Gökçe",), "1990-03-14", place_of_birth="Izmir")
CONTRACT = Opened("hou.unterkunft", "P1", Origin.SUBMITTED)
FACHVERFAHREN, ONLINE = a_caller(CONSUMER), a_caller(PORTAL)


def a_draft(world: World, *, case: str = "WG-1", **changes: Any) -> Draft:
    """A consent given in a session, to her rent contract, once."""
    notice = world.law.notices["einwilligung-v1"]
    whole: dict[str, Any] = {
        "provider": "jobcenter",
        "procedure": "wohngeld.mietzuschuss",
        "case_reference": case,
        "opens": (CONTRACT,),
        "frequency": None,
        "months": None,
        "expires_on": date(2027, 3, 31),
        "notice": notice.id,
        "notice_hash": notice.hash,
        "language": "de",
        "form": "electronic",
        "capacity": "self",
    }
    person = replace(GOKCE, ref="", role="")
    return Draft(
        terms=Terms(**(whole | changes)),
        parties=Parties(person, None, (person,)),
        given_at=NOW,
        special_categories=False,
        release_from_secrecy=False,
        act={"session": "session-0123456789"},
    )


async def a_consent(world: World, key: str = "c1", **changes: Any) -> UUID:
    row, _ = await record(a_draft(world, **changes), ONLINE, world, key=key, body={"key": key})
    return row.consent.id


def often(times: int, per: str) -> dict[str, Any]:
    return {"frequency": Frequency(times, per)}


def a_question(*consents: UUID, case: str = "WG-1", items: int = 1) -> EvidenceRequest:
    return a_request(
        *(
            an_item(
                f"i{n + 1}",
                evidence_type=CONTRACT.evidence_type,
                profile=CONTRACT.profile,
                origin=CONTRACT.origin,
                fact="wogg-11-miete",
                consents=consents,
            )
            for n in range(items)
        ),
        procedure="wohngeld.mietzuschuss",
        case_reference=case,
        channel="online",
        caseworker=None,
        persons=(GOKCE,),
    )


async def asked(
    world: World, *consents: UUID, key: str, patience_s: float = 20, **more: Any
) -> tuple[Retrieval, ...]:
    """What became of a question under these consents."""
    call: Call = a_call(key, patience=timedelta(seconds=patience_s))
    return (await ask(a_question(*consents, **more), WOHNGELD, ONLINE, world, call)).retrievals


async def stands(retrieval: Retrieval, world: World) -> Retrieval:
    found = await standing_of(
        retrieval.request, WOHNGELD, ONLINE, world, patience=timedelta(seconds=0)
    )
    return next(one for one in found.retrievals if one.id == retrieval.id)


async def taken_back(world: World, consent: UUID) -> str:
    return (await withdraw(consent, Answered(), ONLINE, world)).state.value


@dataclass
class Slow(AnOffice):
    """An office that answers when it is let; `heard` is set when somebody was asked."""

    heard: asyncio.Event = field(default_factory=asyncio.Event)
    let: asyncio.Event = field(default_factory=asyncio.Event)
    content: Mapping[str, object] = field(default_factory=lambda: RENT)

    @override
    async def fetch(self, order: Order) -> Answer:
        self.heard.set()
        await self.let.wait()
        return delivered(self.content)
