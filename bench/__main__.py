"""`python -m bench [NAME …]`: measure, print, keep raw figures under `bench/results/`."""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import (
    bundle,
    decide,
    exchange,
    growth,
    log_append,
    log_integrate,
    log_verify,
    many,
    mix,
    start,
)
from bench.figures import Figure

BENCHMARKS: Mapping[str, Callable[[Path], list[Figure]]] = {
    "exchange": exchange.measured,
    "bundle": bundle.measured,
    "decide": decide.measured,
    "many": many.measured,
    "mix": mix.measured,
    "start": start.measured,
    "log-append": log_append.measured,
    "log-integrate": log_integrate.measured,
    "log-verify": log_verify.measured,
    "growth": growth.measured,
}
ASKED_FOR = frozenset({"growth"})
"""Not among all: filling it takes longer than everything else."""
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run the named benchmarks, or all of them."""
    names = sys.argv[1:] or [one for one in BENCHMARKS if one not in ASKED_FOR]
    unknown = [one for one in names if one not in BENCHMARKS]
    if unknown:
        raise SystemExit(f"unknown: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in names:
        with tempfile.TemporaryDirectory() as directory:
            # The database server has an account of its own, and must get in.
            Path(directory).chmod(0o755)
            figures += BENCHMARKS[name](Path(directory))
    RESULTS.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    (RESULTS / f"{stamp}.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
