"""`exchange`: one evidence request with its evidence in the answer, against the floor."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.figures import ROUNDS, SECONDS, Figure, ratio
from bench.ground import CLIENT, Ground, ground
from bench.load import Call, rate

GOAL = 0.6


def measured(directory: Path) -> list[Figure]:
    """Interleaved rounds of the hub and the floor."""
    with ground(directory, municipality, floor=True) as stand:
        return [asyncio.run(_exchange(stand))]


def asking(stand: Ground) -> Callable[[int], Call]:
    """One exchange with the hub, each under a key of its own."""
    body = json.dumps(question(time.strftime("%Y-%m"))).encode()
    headers = {
        "authorization": f"Bearer {stand.token()}",
        "content-type": "application/json",
        "prefer": "return=representation, wait=20",
    }

    def hub(number: int) -> Call:
        key = {"idempotency-key": f"k{number}"}
        return f"{stand.hub}/v1/evidence-requests", headers | key, body

    return hub


def asking_floor(stand: Ground) -> Callable[[int], Call]:
    """The same question to the floor."""
    body = json.dumps(question(time.strftime("%Y-%m"))).encode()

    def floor(_: int) -> Call:
        return f"{stand.floor}/exchange", {"content-type": "application/json"}, body

    return floor


async def _exchange(stand: Ground) -> Figure:
    hub, floor = asking(stand), asking_floor(stand)
    rounds: list[tuple[float, float]] = []
    await rate(hub, seconds=1, wanted=201)
    await rate(floor, seconds=1, wanted=200)
    for _ in range(ROUNDS):
        ours = await rate(hub, seconds=SECONDS, wanted=201)
        theirs = await rate(floor, seconds=SECONDS, wanted=200)
        rounds.append((ours, theirs))
    return ratio("exchange", rounds, of="floor", goal=GOAL)


def question(month: str) -> dict[str, object]:
    """One person, one item, under a rule without preview."""
    return {
        "procedure": "but.sgb2",
        "case_reference": "BUT-2026-0001",
        "channel": "office",
        "reference_month": month,
        "caseworker": {"id": "sb-1"},
        "persons": [
            {
                "ref": "p1",
                "role": "applicant",
                "family_name": "Mustermüller",
                "given_names": ["Jörg"],
                "date_of_birth": "1985-04-06",
            }
        ],
        "items": [
            {
                "ref": "i1",
                "person": "p1",
                "evidence_type": "ben.sgb2",
                "profile": "P0",
                "necessity": {"fact": "sgb2-28-grundleistung"},
            }
        ],
    }


def municipality(public: Mapping[str, object], provider: str) -> dict[str, object]:
    """An office that asks, one that answers, and the agreement between them."""
    approvals = [
        {"office": office, "authority": "Aufsicht", "reference": "1", "date": "2026-01-15"}
        for office in ("but", "jobcenter")
    ]
    return {
        "municipality": {"code": "bench", "name": "Landkreis Muster", "ars": "099990000000"},
        "offices": [
            {"code": "jobcenter", "name": "Jobcenter", "kind": "jobcenter"},
            {"code": "but", "name": "BuT", "kind": "but", "procedures": ["but.sgb2"]},
        ],
        "clients": [
            {
                "client_id": CLIENT,
                "office": "but",
                "roles": ["consumer"],
                "jwks": {"keys": [public]},
            }
        ],
        "data_services": [
            {
                "office": "jobcenter",
                "evidence_type": "ben.sgb2",
                "profiles": ["P0"],
                "connector": {"kind": "rest", "base_url": provider},
                "immediate": True,
            }
        ],
        "retrieval_agreements": [
            {
                "consumer": "but",
                "provider": "jobcenter",
                "evidence_types": ["ben.sgb2"],
                "procedures": ["but.sgb2"],
                "occasion": "Antrag",
                "purpose": "Grundleistung feststellen",
                "why_appropriate": "viele Anträge",
                "measures": "TOM 1",
                "approvals": approvals,
                "data_protection_authority_informed_on": "2026-01-20",
                "valid_from": "2026-02-01",
            }
        ],
    }
