"""Orders as a decision makes them, about a person who does not exist."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from onceonly.domain.persons import Address, Alias, Identity, Person
from onceonly.domain.retrievals import Order

REFERENCE = UUID("01990000-0000-7000-8000-000000000001")

GOEKCE = Person(
    ref="p1",
    role="applicant",
    family_name="Yılmaz-Beispiel",
    given_names=("Gökçe", "Muster"),
    date_of_birth="1990-00-00",
    birth_name="O’Beispiel",
    place_of_birth="Izmir",
    address=Address(street="Lindenweg", house_number="4", postal_code="99999", town="Musterstadt"),
    nationalities=("XX",),
    aliases=(Alias(family_name="Yilmaz", given_names=("Goekce",)),),
    identity=Identity(issuer="https://id.example.org", subject="s-1"),
    idnr="00000000000",
)

_ORDER = Order(
    reference=REFERENCE,
    evidence_type="ben.sgb2",
    profile="WOG",
    fields=("role", "state", "mehrbedarf[].amount_ct"),
    reference_month="2026-10",
    period=("2026-10", None),
    person=GOEKCE,
    match_on=(),
    consumer="wohngeld",
    procedure="wohngeld.mietzuschuss",
    rule="R01",
    law=("§ 67f SGB X", "§ 8 WoGG"),
)


def an_order(**changes: Any) -> Order:
    return replace(_ORDER, **changes)


def a_neutral_order(body: object, **changes: Any) -> Order:
    """For a provider that may not know who asks and why."""
    silent: dict[str, Any] = {
        "consumer": None,
        "procedure": None,
        "rule": None,
        "law": (),
        "requesting_body": body,
    }
    return an_order(**{**silent, **changes})
