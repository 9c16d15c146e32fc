"""The demo lives by German days, as the hub does: at 23 h UTC it is tomorrow there."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from onceonly.demo.months import day_of, month_of
from onceonly.demo.stand import Stand


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-30T22:59:59Z", "2026-11-30"),
        ("2026-11-30T23:00:00Z", "2026-12-01"),
        ("2026-07-31T21:59:59Z", "2026-07-31"),
        ("2026-07-31T22:00:00Z", "2026-08-01"),
    ],
)
def test_a_day_ends_at_midnight_in_germany(now: str, day: str) -> None:
    there = datetime.fromisoformat(now)

    assert day_of(there) == day
    assert month_of(there) == day[:7]


def test_a_stand_is_in_the_month_that_it_is_in_germany() -> None:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")  # noqa: TID251 -- played from now on
    stand = Stand(Path(), "", {}, {}, f"2026-11-30T23:30:00Z@{now}")

    assert stand.month == "2026-12"
