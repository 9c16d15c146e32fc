"""`python -m fuzz [ROUNDS] [SEED]`: every operation of the document, against a running hub."""

import json
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from fuzz.ground import ground

SHORT, SEED = 3, 91379
"""Rounds of the short form, which the suite of a change carries; the seed when none is given."""

HERE = Path(__file__).parent
PHASES = "examples,coverage,fuzzing,stateful"


def main() -> None:
    """Try, tell what was tried, and end with 1 if anything failed."""
    rounds, seed, *_ = [*sys.argv[1:], "", ""]
    chosen = secrets.randbelow(2**32) if seed == "random" else int(seed or SEED)
    with tempfile.TemporaryDirectory() as name, ground(Path(name)) as (hub, environment):
        told = Path(name) / "told.json"
        given = environment | {
            "FUZZ_SEED": str(chosen),
            "FUZZ_TOLD": str(told),
            "SCHEMATHESIS_HOOKS": "fuzz.hooks",
            "PYTHONPATH": str(HERE.parent),
            "PYTHONHASHSEED": "0",
        }
        ended = _schemathesis(hub, int(rounds or SHORT), chosen, given)
        bugs = [line for one in ("serve", "work") for line in _bugs(Path(name) / f"{one}.log")]
        if told.exists():
            _tell(json.loads(told.read_text("utf-8")), chosen)
    for line in bugs:
        print(f"a bug of ours: {line}")
    raise SystemExit(1 if ended or bugs else 0)


def _schemathesis(hub: str, rounds: int, seed: int, environment: dict[str, str]) -> int:
    words = [
        *("--config-file", str(HERE / "schemathesis.toml"), "run", f"{hub}/openapi.json"),
        *("--url", hub, "--checks", "all", "--phases", PHASES, "--continue-on-failure"),
        *("--max-examples", str(rounds), "--seed", str(seed), "--workers", "2", "--no-color"),
    ]
    program = Path(sys.executable).with_name("schemathesis")
    return subprocess.run([program, *words], env=environment, cwd=HERE, check=False).returncode


def _bugs(log: Path) -> list[str]:
    """What the process itself took for a bug, even where the caller was answered."""
    return [line for line in log.read_text("utf-8").splitlines() if '"bug"' in line]


def _tell(told: dict[str, Any], seed: int) -> None:
    calls, excused, checks = told["calls"], told["excused"], told["checks"]
    print(
        f"fuzz: {sum(calls.values())} calls of {len(calls)} operations under {len(checks)} checks,"
        f" phases {PHASES}, seed {seed}."
    )
    answers: Counter[str] = Counter()
    for statuses in told["statuses"].values():
        answers.update(statuses)
    print("Answers: " + ", ".join(f"{times} × {one}" for one, times in sorted(answers.items())))
    print("Refused although they fit their schema, and rightly so:")
    for why, times in sorted(excused.items(), key=lambda one: -one[1]):
        print(f"  {times:5} × {why}")


if __name__ == "__main__":
    main()
