"""What the scenarios send: a municipality file and evidence requests, as JSON."""

from collections.abc import Mapping
from typing import Any

from builders import a_body

Document = dict[str, Any]

BUT, JOBCENTER = "but-fachverfahren", "jobcenter-fachverfahren"
FACT = "sgb2-28-grundleistung"
PATIENT, IMPATIENT, NEIGHBOUR = "jobcenter", "jobcenter-nord", "jobcenter-sued"
"""Three Jobcenters, one address: how long the hub waits for their answers differs."""

TIMEOUTS_S = {PATIENT: 30, IMPATIENT: 1, NEIGHBOUR: 30}


def a_file(base_url: str, keys: Mapping[str, Document]) -> Document:
    """A municipality file as a document: BuT may ask three Jobcenters, by agreement."""
    jobcenters = [
        {
            "code": code,
            "name": "Jobcenter",
            "kind": "jobcenter",
            "procedures": ["sgb2.weiterbewilligung"],
        }
        for code in TIMEOUTS_S
    ]
    return {
        "municipality": {"code": "musterkreis", "name": "Musterkreis", "ars": "099990000000"},
        "offices": [
            *jobcenters,
            {"code": "but", "name": "BuT", "kind": "but", "procedures": ["but.sgb2"]},
        ],
        "clients": [
            {
                "client_id": client_id,
                "office": client_id.partition("-")[0],
                "roles": ["consumer", "provider"],
                "jwks": {"keys": [keys[client_id]]},
            }
            for client_id in (BUT, JOBCENTER)
        ],
        "data_services": [
            {
                "office": code,
                "evidence_type": "ben.sgb2",
                "profiles": ["P0", "P1", "P2"],
                "connector": {"kind": "rest", "base_url": base_url, "timeout_s": timeout_s},
                "immediate": True,
            }
            for code, timeout_s in TIMEOUTS_S.items()
        ],
        "retrieval_agreements": [_an_agreement(code) for code in TIMEOUTS_S],
    }


def _an_agreement(provider: str) -> Document:
    return {
        "consumer": "but",
        "provider": provider,
        "evidence_types": ["ben.sgb2"],
        "procedures": ["but.sgb2"],
        "occasion": "Antrag",
        "purpose": "Grundleistung feststellen",
        "why_appropriate": "viele Anträge",
        "measures": "TOM 1",
        "approvals": [
            {"office": office, "authority": "Aufsicht", "reference": "1", "date": "2026-01-15"}
            for office in ("but", provider)
        ],
        "data_protection_authority_informed_on": "2026-01-20",
        "valid_from": "2026-02-01",
    }


def a_question(*names: str, provider: str = PATIENT) -> Document:
    """An evidence request: one item for each person of that family name."""
    people = names or ("Mustermann",)
    persons = [
        {
            "ref": f"p{place}",
            "role": "applicant" if place == 1 else "child",
            "family_name": name,
            "given_names": ["Erika"],
            "date_of_birth": "1964-08-12",
        }
        for place, name in enumerate(people, 1)
    ]
    items = [
        {
            "ref": f"i{place}",
            "person": f"p{place}",
            "evidence_type": "ben.sgb2",
            "profile": "P0",
            "provider": provider,
            "necessity": {"fact": FACT},
        }
        for place in range(1, len(people) + 1)
    ]
    # One household: strangers in one request would be a bulk query.
    together = [
        {"kind": "parent", "person": "p1", "to": f"p{place}", "custody": "sole"}
        for place in range(2, len(people) + 1)
    ]
    return a_body(persons=persons, items=items, relationships=together)
