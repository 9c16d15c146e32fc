"""How long entries are kept: by class and German day, floor and ceiling both binding.

An entry is due on the day that lies the period after its own, from midnight on. What is kept for
the life of something else (`life-of:case`) is due on no day: nobody here knows when that ends. A
consent's end is known, and lies twelve months ahead at most.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from onceonly.domain.calendar import Month
from onceonly.domain.consents import LONGEST_MONTHS
from onceonly.domain.rules import RetentionClass

_DURATION = re.compile(
    r"P(?=.)((?P<years>\d+)Y)?((?P<months>\d+)M)?((?P<days>\d+)D)?(T(?P<hours>\d+)H)?", re.ASCII
)
_LIFE = re.compile(r"(?P<of>life-of:(consent|procedure|case))(\+(?P<more>P.+))?", re.ASCII)
_HOURS, _MONTHS = 24, 12
_CONSENT, _CASE = "life-of:consent", "life-of:case"
# Leap years included: periods compare alike from every day of them or not at all.
_CYCLE = tuple(date(2027, 1, 1) + timedelta(days=n) for n in range(1461))


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar months, then days. Source: ISO 8601; § 188 (2), (3) BGB."""

    months: int
    days: int

    @classmethod
    def parse(cls, text: str) -> "Period | None":
        """Read a duration; hours are whole days, rounded up. None when it is none."""
        found = _DURATION.fullmatch(text)
        if found is None or text.endswith("T"):
            return None
        part = {name: int(value or 0) for name, value in found.groupdict().items()}
        return cls(
            part["years"] * _MONTHS + part["months"], part["days"] + -(-part["hours"] // _HOURS)
        )

    def after(self, day: date) -> date:
        """The day so much later; where a month has no such day, its last one."""
        month = Month.of(day).plus(self.months)
        return date(month.year, month.number, min(day.day, month.last_day.day)) + timedelta(
            days=self.days
        )

    def within(self, floor: "Period", ceiling: "Period") -> bool:
        """Whether it lies between two others, from whatever day it is counted."""
        return all(floor.after(one) <= self.after(one) <= ceiling.after(one) for one in _CYCLE)


CASE_LIVES_ON = Period(48, 0)
"""How long a case's file outlives every consent given in it, at least. Source: § 45 (1) SGB I."""


def is_lawful(one: RetentionClass) -> bool:
    """Whether a class's setting lies within floor and ceiling; they themselves always do."""
    if one.setting in (one.floor, one.ceiling):
        return _known(one.floor) and _known(one.ceiling)
    floor, setting, ceiling = (Period.parse(text) for text in (one.floor, one.setting, one.ceiling))
    if floor is not None and setting is not None and ceiling is not None:
        return setting.within(floor, ceiling)
    return _lives_within(one)


def _known(text: str) -> bool:
    life = _LIFE.fullmatch(text)
    if life is not None:
        return life["more"] is None or Period.parse(life["more"]) is not None
    return Period.parse(text) is not None


def _lives_within(one: RetentionClass) -> bool:
    """The same for what is counted from the end of something: of one and the same thing alone.

    A case outlives its consents by a known length at least: so much is below its own end.
    """
    at_most = one.ceiling
    if (one.floor, one.ceiling) == (_CONSENT, _CASE):
        at_most = f"{_CONSENT}+P{CASE_LIVES_ON.months}M"
    lives = [_LIFE.fullmatch(text) for text in (one.floor, one.setting, at_most)]
    if not all(lives) or len({life["of"] for life in lives if life is not None}) != 1:
        return False
    more = [Period.parse(life["more"] or "P0D") for life in lives if life is not None]
    floor, setting, ceiling = more
    if floor is None or setting is None or ceiling is None:
        return False
    return setting.within(floor, ceiling)


def due_before(classes: Mapping[str, RetentionClass], today: date) -> dict[str, date]:
    """Of every class that ends by itself the first day whose entries are not due yet."""
    periods = {code: _from_the_entry(one) for code, one in classes.items()}
    return {
        code: _first_kept(period, today) for code, period in periods.items() if period is not None
    }


def ended_before(one: RetentionClass, today: date) -> date | None:
    """The first day of which what ended on it is not due yet; None where nothing is ever due."""
    period = _after_its_end(one)
    return None if period is None else _first_kept(period, today)


def _from_the_entry(one: RetentionClass) -> Period | None:
    period, after = Period.parse(one.setting), _after_its_end(one)
    if period is not None or after is None:
        return period
    return Period(LONGEST_MONTHS + after.months, after.days)


def _after_its_end(one: RetentionClass) -> Period | None:
    """How long after a consent's end; None for what lasts as long as something else."""
    life = _LIFE.fullmatch(one.setting)
    if life is None or life["of"] != _CONSENT:
        return None
    period = Period.parse(life["more"] or "P0D")
    # On the day it ends it still stands: nothing of it goes before the next.
    return Period(0, 1) if period == Period(0, 0) else period


def _first_kept(period: Period, today: date) -> date:
    """The first day that is not due on that day; the day itself is never: it is being written."""
    month = Month.of(today).plus(-period.months)
    day = date(month.year, month.number, min(today.day, month.last_day.day)) - timedelta(
        days=period.days + 4
    )
    while day < today and period.after(day) <= today:
        day += timedelta(days=1)
    return day
