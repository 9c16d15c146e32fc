"""Months as `YYYY-MM`, in which everything on file is counted."""

from datetime import datetime
from zoneinfo import ZoneInfo

YEAR = 12
_GERMANY = ZoneInfo("Europe/Berlin")


def day_of(now: datetime) -> str:
    """The day it is in Germany: an hour or two before midnight of UTC that is the next one."""
    return f"{now.astimezone(_GERMANY):%Y-%m-%d}"


def month_of(now: datetime) -> str:
    """The month it is in Germany."""
    return day_of(now)[:7]


def shift(month: str, by: int) -> str:
    """The month `by` months after `month`."""
    year, index = divmod(int(month[:4]) * YEAR + int(month[5:]) - 1 + by, YEAR)
    return f"{year:04}-{index + 1:02}"


def between(first: str, last: str) -> int:
    """How many months lie from `first` to `last`; 0 when they are the same."""
    years, months = int(last[:4]) - int(first[:4]), int(last[5:7]) - int(first[5:7])
    return years * YEAR + months


def age(date_of_birth: str, month: str) -> int:
    """Whole years at the end of the month; an unknown month of birth counts as December."""
    born = date_of_birth[:7].replace("-00", "-12")
    return between(born, month) // YEAR
