"""What a benchmark says: a ratio of two sides measured in one run, or a figure beside its goal."""

import statistics
from collections.abc import Sequence

ROUNDS, SECONDS = 13, 2.0
WIDE = 0.25
"""Quartiles further apart than this are noise: the run says so."""

GOALS_FLOOR = 980
"""Exchanges a second of the floor on the slowest machine for which goals in seconds were set."""

Figure = dict[str, object]


def ratio(name: str, rounds: Sequence[tuple[float, float]], *, of: str, goal: float) -> Figure:
    """The median of the rounds' ratios, ours by theirs, with its quartiles; printed and returned."""
    ratios = [ours / theirs for ours, theirs in rounds]
    low, median, high = statistics.quantiles(ratios, n=4)
    ours = statistics.median(one for one, _ in rounds)
    theirs = statistics.median(one for _, one in rounds)
    print(
        f"{name}: {median:.2f} of the {of} ({low:.2f}-{high:.2f}), {ours:.0f}/s of {theirs:.0f}/s;"
        f" goal {goal}"
    )
    if high - low > WIDE:
        print("  the quartiles are far apart: repeat this run")
    return {"name": name, "ratio": median, "quartiles": [low, high], "rounds": list(rounds)}


def figure(name: str, values: Sequence[float], *, unit: str, goal: str) -> Figure:
    """The median of what was measured, with its quartiles; printed and returned."""
    low, median, high = statistics.quantiles(values, n=4)
    print(f"{name}: {median:.2f} {unit} ({low:.2f}-{high:.2f}); goal {goal}")
    return {"name": name, "median": median, "quartiles": [low, high], "values": list(values)}


def tail(name: str, took: Sequence[float], *, share: float, goal: str) -> Figure:
    """How long all but the slowest took, in seconds; printed and returned."""
    ordered = sorted(took)
    found, median = ordered[int(share * len(ordered))], statistics.median(ordered)
    print(
        f"{name}: {share:.0%} within {found:.3f} s (half within {median:.3f}, all within"
        f" {ordered[-1]:.3f}, {len(ordered)} calls); goal {goal}"
    )
    return {"name": name, "share": share, "within": found, "median": median, "values": ordered}
