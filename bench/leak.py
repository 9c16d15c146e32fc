"""`python -m bench.leak`: can the unknown, the ambiguous and the protected be told apart by time?

One question after another, in random order, on one connection. The waits of the unknown make ten
buckets of equal size; whoever falls into them otherwise can be told apart. So much difference is
chance as two halves of the unknown have, or as the test of Kolmogorov and Smirnov lets pass once in
a thousand runs.
"""

import bisect
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from bench import exchange
from bench.ground import CLIENT, Ground, ground

TIMES, WARM, BUCKETS = 600, 100, 10
UNKNOWN = "unknown"
PEOPLE = {
    UNKNOWN: "Musterniema",
    "unknown again": "Musterniema",
    "ambiguous": "Musterzwill",
    "flagged": "Musterflagg",
    "protected": "Musterkelle",
}
"""Family names of one length: how each is known. The second of the unknown shows what chance does."""

Body = dict[str, object]

_BORN = "1990-03-14"
_RESULTS = Path(__file__).parent / "results"
_ONCE_IN_A_THOUSAND = 1.95
"""Of Kolmogorov and Smirnov's test, two samples, 0.001."""


def _question(name: str) -> Body:
    """The question of the benchmark, about somebody else."""
    her = {"family_name": name, "given_names": ["Jana"], "date_of_birth": _BORN}
    whole = exchange.question(time.strftime("%Y-%m"))
    return whole | {"persons": [{"ref": "p1", "role": "applicant", **her}]}


def _municipality(public: Mapping[str, object], provider: str) -> Body:
    """The benchmark's, whose client may protect somebody too."""
    whole = exchange.municipality(public, provider)
    client = {"client_id": CLIENT, "office": "but", "roles": ["consumer", "provider"]}
    return whole | {"clients": [client | {"jwks": {"keys": [public]}}]}


def measure(stand: Ground) -> dict[str, list[float]]:
    """Milliseconds each of them was waited for."""
    rolls = random.Random(1)  # noqa: S311 -- an order, no secret
    order = [one for one in PEOPLE for _ in range(TIMES + WARM // len(PEOPLE))]
    rolls.shuffle(order)
    waited: dict[str, list[float]] = {one: [] for one in PEOPLE}
    headers = {"authorization": f"Bearer {stand.token()}", "prefer": "wait=20"}
    with httpx.Client(base_url=stand.hub, trust_env=False, headers=headers, timeout=30) as http:
        hers = {"family_name": PEOPLE["protected"], "given_names": ["Jana"], "date_of_birth": _BORN}
        body = {"person": hers, "kinds": ["bmg-51"], "until": None}
        http.put("/v1/protected-persons", json=body).raise_for_status()
        for number, one in enumerate(order):
            question = _question(PEOPLE[one])
            began = time.perf_counter()
            told = http.post(
                "/v1/evidence-requests",
                json=question,
                headers={"idempotency-key": f"{time.time_ns()}-{number}"},
            )
            took = (time.perf_counter() - began) * 1000
            if told.json()["retrievals"][0]["state"] != "no-result":
                raise RuntimeError(told.text[:300])
            if number >= WARM:
                waited[one].append(took)
    return waited


def shares(waits: Sequence[float], edges: Sequence[float]) -> list[float]:
    """How many of them fall into each bucket, of one."""
    counted = [0] * (len(edges) + 1)
    for one in waits:
        counted[bisect.bisect_right(edges, one)] += 1
    return [one / len(waits) for one in counted]


def apart(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The largest distance between two distributions, and how much of it may be chance."""
    left, right = sorted(one), sorted(other)
    distance = max(
        abs(bisect.bisect_right(left, at) / len(left) - bisect.bisect_right(right, at) / len(right))
        for at in [*left, *right]
    )
    chance = math.sqrt((len(left) + len(right)) / (len(left) * len(right)))
    return distance, _ONCE_IN_A_THOUSAND * chance


def main() -> int:
    """Measure and tell; 1 when somebody can be told apart."""
    with (
        tempfile.TemporaryDirectory() as directory,
        ground(Path(directory), _municipality, provider="bench.strangers", worker=True) as stand,
    ):
        waited = measure(stand)
    edges = statistics.quantiles(waited[UNKNOWN], n=BUCKETS)
    print("share of answers in each tenth of the unknown, per cent")
    found = []
    for one, waits in waited.items():
        distance, chance = apart(waited[UNKNOWN], waits)
        told_apart = distance > chance
        found += [one] if told_apart else []
        tenths = " ".join(f"{round(100 * share):3}" for share in shares(waits, edges))
        print(
            f"{one:>14}: {tenths}   median {statistics.median(waits):6.2f} ms,"
            f" apart {distance:.3f} of {chance:.3f}{'  CAN BE TOLD APART' if told_apart else ''}"
        )
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"leak-{time.strftime('%Y%m%d-%H%M%S')}.json").write_text(json.dumps(waited))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
