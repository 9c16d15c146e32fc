"""`bundle`: a household's evidence in one request, five persons, six types, four providers."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bench import exchange
from bench.figures import ROUNDS, SECONDS, Figure, figure, ratio
from bench.ground import CLIENT, Ground, ground
from bench.load import Call, rate

SLOW_S = 0.1
"""How long each provider takes for an answer, where latency is measured."""

GOAL = 1.0
"""Retrievals for each exchange of the floor: 1,000/s where the floor does 980/s (`GOALS_FLOOR`)."""

AT_ONCE = 4
"""Bundles under way, where throughput is measured."""

PROCEDURE = "wohngeld.mietzuschuss"
PERSONS = ("p1", "p2", "p3", "p4", "p5")
ROLES = ("applicant", "partner", *["household-member"] * 3)
OFFERS = {
    "ben.sgb2": ("jobcenter", 0, "WOG", "wogg-7-ausschluss"),
    "ben.sgb12": ("sozialamt", 1, "WOG", "wogg-7-ausschluss"),
    "ben.asylblg": ("asylblg", 1, "WOG", "wogg-7-ausschluss"),
    "ben.elterngeld": ("elterngeld", 2, "P0", "wogg-14-lohnersatz"),
    "ben.bafoeg": ("bafoeg", 2, "P0", "wogg-14-bafoeg"),
    "reg.meldedatensatz": ("meldebehoerde", 3, "P1", "wogg-5-haushalt"),
}
"""Evidence type -> whose it is, which of the four providers answers for it, profile and fact."""

REFUSED = 3
"""The register may be asked about the applicant and the partner alone."""

ASKED = len(PERSONS) * len(OFFERS) - REFUSED


def measured(directory: Path) -> list[Figure]:
    """How long a bundle takes beside its slowest provider, and how many retrievals a second."""
    with ground(directory / "slow", municipality, providers=4, delay_s=SLOW_S) as stand:
        latency = asyncio.run(_latency(stand))
    with ground(directory / "fast", municipality, providers=4, floor=True) as stand:
        rounds = asyncio.run(_throughput(stand))
    retrievals = [ours for ours, _ in rounds]
    return [
        figure("bundle, its slowest provider being 1", latency, unit="of its latency", goal="1.5"),
        figure("bundle, providers at once", retrievals, unit="retrievals/s", goal="1000"),
        ratio("bundle, a retrieval to an exchange", rounds, of="floor", goal=GOAL),
    ]


async def _latency(stand: Ground) -> list[float]:
    call = _calls(stand)
    took: list[float] = []
    async with aiohttp.ClientSession() as session:
        for number in range(2 * ROUNDS + 3):
            url, headers, body = call(time.time_ns() + number)
            began = time.perf_counter()
            async with session.post(url, headers=headers, data=body) as answer:
                _check(answer.status, await answer.json())
            took.append((time.perf_counter() - began) / SLOW_S)
    return took[3:]


async def _throughput(stand: Ground) -> list[tuple[float, float]]:
    """Retrievals a second, and what the floor does in the same second beside them."""
    call, floor = _calls(stand), exchange.asking_floor(stand)
    await rate(call, seconds=1, wanted=201, connections=AT_ONCE)
    await rate(floor, seconds=1, wanted=200)
    rounds: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        bundles = await rate(call, seconds=SECONDS, wanted=201, connections=AT_ONCE)
        rounds.append((bundles * ASKED, await rate(floor, seconds=SECONDS, wanted=200)))
    return rounds


def _check(status: int, answer: dict[str, object]) -> None:
    retrievals = answer.get("retrievals")
    states = [one["state"] for one in retrievals] if isinstance(retrievals, list) else []
    if status != 201 or states.count("previewing") != ASKED:  # noqa: PLR2004 -- created
        raise RuntimeError(f"{status}: {states or answer}")


def _calls(stand: Ground) -> Callable[[int], Call]:
    body = json.dumps(question(time.strftime("%Y-%m"))).encode()
    headers = {
        "authorization": f"Bearer {stand.token()}",
        "content-type": "application/json",
        "prefer": "wait=20",
    }

    def call(number: int) -> Call:
        key = {"idempotency-key": f"k{number}"}
        return f"{stand.hub}/v1/evidence-requests", headers | key, body

    return call


def question(month: str) -> dict[str, object]:
    """Five adults of one household, each of whom chose, for every type."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "procedure": PROCEDURE,
        "case_reference": "WG-2026-0001",
        "channel": "online",
        "reference_month": month,
        "persons": [
            {
                "ref": ref,
                "role": ROLES[place],
                "family_name": "Musterhaushalt",
                "given_names": [f"Person{'abcde'[place]}"],
                "date_of_birth": f"19{place + 60}-04-06",
            }
            for place, ref in enumerate(PERSONS)
        ],
        "relationships": [{"kind": "lives-with", "person": ref, "to": "p1"} for ref in PERSONS[1:]],
        "items": [
            {
                "ref": f"i{place}-{ref}",
                "person": ref,
                "evidence_type": evidence_type,
                "profile": profile,
                "necessity": {"fact": fact},
                "choice": {
                    "made_by": ref,
                    "made_at": now,
                    "notice": "wahl-67f-v1",
                    "session": "sitzung-0123456789",
                },
            }
            for place, (evidence_type, (_, _, profile, fact)) in enumerate(OFFERS.items())
            for ref in PERSONS
        ],
    }


def municipality(public: Mapping[str, object], *providers: str) -> dict[str, object]:
    """The Wohngeldbehörde's portal, and six offices behind four systems that answer at once."""
    return {
        "municipality": {"code": "bench", "name": "Landkreis Muster", "ars": "099990000000"},
        "offices": [
            {
                "code": "wohngeld",
                "name": "Wohngeldbehörde",
                "kind": "wohngeld",
                "procedures": [PROCEDURE],
            },
            *[{"code": one, "name": one, "kind": one} for one, _, _, _ in OFFERS.values()],
        ],
        "clients": [
            {
                "client_id": CLIENT,
                "office": "wohngeld",
                "roles": ["portal"],
                "jwks": {"keys": [public]},
            }
        ],
        "data_services": [
            {
                "office": office,
                "evidence_type": evidence_type,
                "profiles": [profile],
                "connector": {"kind": "rest", "base_url": providers[which]},
                "immediate": True,
            }
            for evidence_type, (office, which, profile, _) in OFFERS.items()
        ],
    }
