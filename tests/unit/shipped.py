"""The shipped law, and a Kreis to ask it in."""

from functools import cache
from typing import Any

from onceonly.domain.decision import Decision
from onceonly.domain.judge import judge
from onceonly.domain.offices import Configuration, DataService, Office
from onceonly.domain.requests import Item
from onceonly.domain.rules import Law
from onceonly.readers.rules import read_law
from unit.laws import (
    a_parent,
    a_person,
    a_request,
    a_service,
    an_agreement,
    an_item,
    facts_in,
    living,
)

KINDS = (
    *("jobcenter", "wohngeld", "familienkasse", "uvg", "kita", "wjh", "asd", "beistand"),
    *("sozialamt", "asylblg", "but", "elterngeld", "auslaenderbehoerde", "schule"),
    *("meldebehoerde", "standesamt", "versorgungsamt", "finanzamt", "arbeitsagentur", "drv"),
    *("krankenkasse", "pflegekasse", "bafoeg", "azr", "betreuungsgericht"),
)
EVERY = ("P0", "P1", "P2", "P3", "WOG", "UVG", "KITA", "KIZ1A", "BRACKET", "SCHOOLPROOF", "BUT")


@cache
def shipped() -> Law:
    return read_law()


@cache
def offices() -> dict[str, Office]:
    procedures = shipped().catalogue.procedures.values()
    return {
        kind: Office(kind, kind, kind, tuple(one.code for one in procedures if kind in one.kinds))
        for kind in KINDS
    }


def a_service_of(code: str, evidence_type: str, **more: Any) -> DataService:
    return a_service(code, evidence_type=evidence_type, profiles=(*EVERY, "CHILD"), **more)


def a_kreis(*services: DataService, **more: Any) -> Configuration:
    """Every kind of office once, and these data services."""
    return Configuration("kreis", "Kreis", "0", offices(), {}, data_services=services, **more)


def asked(
    kind: str,
    procedure: str,
    item: Item,
    *services: DataService,
    town: dict[str, Any] | None = None,
    **request: Any,
) -> Decision:
    (one,) = judge(
        offices()[kind],
        a_request(item, procedure=procedure, **request),
        facts_in(a_kreis(*services, **(town or {}))),
        shipped(),
    )
    assert one.choices == ()
    return one.decision


def about(evidence_type: str, profile: str, fact: str, **more: Any) -> Item:
    return an_item(evidence_type=evidence_type, profile=profile, fact=fact, **more)


SGB2 = a_service_of("jobcenter", "ben.sgb2")
WOHNGELD = a_service_of("wohngeld", "ben.wohngeld")
GOEKCE = a_person()
DAVOR = a_person("p2", "partner", "1988-05-02")
MILA = a_person("p3", "child", "2017-04-01")
FAMILY = (GOEKCE, DAVOR, MILA)
TIES = (
    a_parent("p3"),
    a_parent("p3", "p2"),
    living("p3", "p1"),
    living("p3", "p2"),
)
EXCLUSION = about("ben.sgb2", "WOG", "wogg-7-ausschluss")


def for_rent_aid(item: Item, *services: DataService, **more: Any) -> Decision:
    family = {"persons": FAMILY, "relationships": TIES}
    return asked("wohngeld", "wohngeld.mietzuschuss", item, *services, **(family | more))


def an_agreement_between(consumer: str, provider: str, **more: Any) -> Any:
    whole: dict[str, Any] = {
        "evidence_types": tuple(shipped().catalogue.evidence_types),
        "procedures": tuple(shipped().catalogue.procedures),
    }
    return an_agreement(consumer=consumer, provider=provider, **(whole | more))
