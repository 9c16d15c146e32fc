"""`python -m bench`: measure, print ratios, keep raw figures under `bench/results/`."""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.ground import Ground, ground
from bench.load import Call, rate

ROUNDS, SECONDS = 13, 2.0
WIDE = 0.25
"""Quartiles further apart than this are noise: the run says so."""

RESULTS = Path(__file__).parent / "results"


def _question(month: str) -> dict[str, object]:
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


async def exchange(stand: Ground) -> dict[str, object]:
    """One evidence request with its evidence in the answer, against the floor."""
    body = json.dumps(_question(time.strftime("%Y-%m"))).encode()
    headers = {
        "authorization": f"Bearer {stand.token()}",
        "content-type": "application/json",
        "prefer": "return=representation, wait=20",
    }

    def hub(number: int) -> Call:
        key = {"idempotency-key": f"k{number}"}
        return f"{stand.hub}/v1/evidence-requests", headers | key, body

    def floor(_: int) -> Call:
        return f"{stand.floor}/exchange", {"content-type": "application/json"}, body

    rounds: list[tuple[float, float]] = []
    await rate(hub, seconds=1, wanted=201)
    await rate(floor, seconds=1, wanted=200)
    for _ in range(ROUNDS):
        ours = await rate(hub, seconds=SECONDS, wanted=201)
        theirs = await rate(floor, seconds=SECONDS, wanted=200)
        rounds.append((ours, theirs))
    return _judged("exchange", rounds)


def _judged(name: str, rounds: list[tuple[float, float]]) -> dict[str, object]:
    ratios = [ours / theirs for ours, theirs in rounds]
    low, median, high = statistics.quantiles(ratios, n=4)
    ours = statistics.median(one for one, _ in rounds)
    theirs = statistics.median(one for _, one in rounds)
    print(
        f"{name}: {median:.2f} of the floor ({low:.2f}-{high:.2f}), {ours:.0f}/s of {theirs:.0f}/s"
    )
    if high - low > WIDE:
        print("  the quartiles are far apart: repeat this run")
    return {"name": name, "ratio": median, "quartiles": [low, high], "rounds": rounds}


def main() -> None:
    """Run the benchmarks."""
    with tempfile.TemporaryDirectory() as directory, ground(Path(directory)) as stand:
        if "--hold" in sys.argv:
            print(stand.hub, stand.token(), flush=True)
            time.sleep(600)
        results = [asyncio.run(exchange(stand))]
    RESULTS.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    (RESULTS / f"{stamp}.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
