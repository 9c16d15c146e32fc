"""Consents as tests state them: the Wohngeldbehörde asks for what somebody handed in elsewhere."""

from dataclasses import replace
from typing import Any

from builders import a_municipality, an_agreement
from onceonly.domain.offices import Configuration, ConnectorSettings, DataService, Origin
from vouching import GOKCE, Vouching

PORTAL, CONSUMER = "wohngeld-online", "wohngeld-fachverfahren"
RENT = {"variant": "Miete", "cold_ct": 61000, "nk_ct": 12000, "heat_ct": 9000}
"""A rent contract that lies in the Jobcenter's file, to its middle profile."""

EVIDENCE = {"evidence_type": "hou.unterkunft", "profile": "P1", "origin": "submitted"}


def a_town(vouching: Vouching, base_url: str = "http://127.0.0.1:9") -> Configuration:
    """Musterkreis; the Jobcenter passes on rent contracts too, by agreement."""
    town = vouching.in_file(a_municipality(base_url=base_url))
    contracts = DataService(
        "jobcenter",
        "hou.unterkunft",
        ("P0", "P1", "P2"),
        ConnectorSettings("rest", base_url),
        origin=Origin.SUBMITTED,
    )
    approvals = tuple(
        replace(one, office="wohngeld" if one.office == "but" else one.office)
        for one in an_agreement().approvals
    )
    agreed = an_agreement(
        consumer="wohngeld",
        evidence_types=("hou.unterkunft",),
        procedures=("wohngeld.mietzuschuss",),
        approvals=approvals,
    )
    return replace(
        town,
        data_services=(*town.data_services, contracts),
        retrieval_agreements=(*town.retrieval_agreements, agreed),
    )


def named(claims: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A person as a consent names them."""
    whole = GOKCE if claims is None else claims
    return {
        "family_name": whole["family_name"],
        "given_names": [whole["given_name"]],
        "date_of_birth": whole["birthdate"],
        "place_of_birth": whole["place_of_birth"],
    } | changes


def a_consent(**changes: Any) -> dict[str, Any]:
    """Asked of Gökçe: once, her rent contract. A change to None takes a member away."""
    whole: dict[str, Any] = {
        "person": named(),
        "given_by": {"capacity": "self"},
        "form": "electronic",
        "language": "de",
        "notice": "einwilligung-v1",
        "provider": "jobcenter",
        "evidence": [EVIDENCE],
        "procedure": "wohngeld.mietzuschuss",
        "case_reference": "WG-1",
        "use": "once",
        "expires_on": "2027-03-31",
        "special_categories": False,
        "release_from_secrecy": False,
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def given(**changes: Any) -> dict[str, Any]:
    """The same, given in her session at the portal."""
    session = {"given_at": "2026-11-25T09:59:00Z", "session": "session-0123456789"}
    return a_consent(**session, **changes)


def asking(*consents: str, **changes: Any) -> dict[str, Any]:
    """The portal's request for it, under these consents."""
    item: dict[str, Any] = {
        "ref": "i1",
        "person": "p1",
        "evidence_type": "hou.unterkunft",
        "profile": "P1",
        "origin": "submitted",
        "necessity": {"fact": "wogg-11-miete"},
        "consents": list(consents),
    } | changes
    return {
        "procedure": "wohngeld.mietzuschuss",
        "case_reference": "WG-1",
        "channel": "online",
        "reference_month": "2026-11",
        "persons": [{"ref": "p1", "role": "applicant", **named()}],
        "items": [item],
    }
