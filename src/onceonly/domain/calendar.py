"""Days and months, as the law counts them. Instants are UTC everywhere else."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from typing_extensions import override

_GERMANY = ZoneInfo("Europe/Berlin")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_UNKNOWN = "00"
_PARTIAL = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


@lru_cache(1_024)
def german_day(instant: datetime) -> date:
    """The German calendar day of an aware instant: the day that rules and agreements speak of."""
    return instant.astimezone(_GERMANY).date()


@lru_cache(1_024)
def instant(value: datetime) -> str:
    """An aware instant as everybody outside reads it. Source: RFC 3339; UTC, milliseconds."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def midnight(day: date) -> datetime:
    """The instant at which a German day begins."""
    return datetime.combine(day, time(), _GERMANY).astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One calendar month, written `YYYY-MM`."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `YYYY-MM`.

        Raises:
            ValueError: it is not a month in that form.
        """
        if not _MONTH.fullmatch(text):
            raise ValueError("a month is written YYYY-MM")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The month a day lies in."""
        return cls(day.year, day.month)

    def plus(self, months: int) -> "Month":
        """The month so many months later, or earlier when negative."""
        count = self.year * 12 + self.number - 1 + months
        return Month(count // 12, count % 12 + 1)

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return date(self.year, self.number, monthrange(self.year, self.number)[1])

    @override
    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


@dataclass(frozen=True, slots=True)
class Months:
    """A range of months, both ends included; an open end is None."""

    first: Month | None
    last: Month | None

    def within(self, bound: "Months") -> "Months | None":
        """What of it lies inside the bound; None when nothing does."""
        first = max((one for one in (self.first, bound.first) if one is not None), default=None)
        last = min((one for one in (self.last, bound.last) if one is not None), default=None)
        if first is not None and last is not None and first > last:
            return None
        return Months(first, last)

    @property
    def several(self) -> bool:
        """More than one month is meant."""
        return self.first is None or self.last is None or self.first != self.last


def is_partial_date(text: str) -> bool:
    """`YYYY-MM-DD` where day, or month and day, may be `00` for unknown; the year is known."""
    found = _PARTIAL.fullmatch(text)
    if found is None:
        return False
    year, month, day = (int(part) for part in found.groups())
    if year == 0 or (month == 0 and day != 0) or month > 12:  # noqa: PLR2004 -- months of a year
        return False
    return day == 0 or (month != 0 and day <= monthrange(year, month)[1])


def youngest_birth(date_of_birth: str) -> date:
    """The latest day a partial birth date can mean: what protects a child counts."""
    if not date_of_birth.endswith(_UNKNOWN):
        return date.fromisoformat(date_of_birth)
    year, month = int(date_of_birth[:4]), int(date_of_birth[5:7]) or 12
    return date(year, month, monthrange(year, month)[1])


def age_on(date_of_birth: str, day: date) -> int:
    """Completed years on that day, of the youngest the birth date allows. Source: § 187 (2) BGB."""
    born = youngest_birth(date_of_birth)
    # Born on 29 February: the year completes with the end of 28 February.
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def has_completed(years: int, date_of_birth: str, day: date) -> bool:
    """Whether so many years are completed on that day, of the youngest the birth date allows."""
    if date_of_birth.endswith(_UNKNOWN):
        return age_on(date_of_birth, day) >= years
    # Days written YYYY-MM-DD come one after another as their letters do.
    return date_of_birth <= _born_by(years, day)


@lru_cache(1_024)
def _born_by(years: int, day: date) -> str:
    """The last birth date with which so many years are completed on that day."""
    return f"{day.year - years:04}-{day.month:02}-{day.day:02}"
