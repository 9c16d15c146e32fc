"""A call of the hub at a providing office, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onceonly.demo.forms import read_form
from onceonly.demo.months import shift

MONTHS_AT_MOST = 60
# Of a question the record keeps what is about the exchange, never about the person.
_RECORDED = (
    "evidence_type", "profile", "fields", "reference_month", "period", "consumer", "procedure",
    "rule", "law", "requesting_body",
)  # fmt: skip


class Unreadable(Exception):
    """The question breaks the provider protocol; the message names the member."""


@dataclass(frozen=True, slots=True)
class Question:
    """One call. `months` are those asked for, oldest first; `open_end` when more may follow."""

    reference: str
    evidence_type: str
    profile: str
    fields: tuple[str, ...]
    months: tuple[str, ...]
    open_end: bool
    person: Mapping[str, Any]
    asked: Mapping[str, Any]

    @classmethod
    def read(cls, body: bytes) -> "Question":
        """Read a call.

        Raises:
            Unreadable: it is no JSON object, or a member is missing or of the wrong form.
        """
        try:
            raw = read_form(body)
            return cls(
                str(raw["reference"]),
                str(raw["evidence_type"]),
                str(raw["profile"]),
                tuple(map(str, raw["fields"])),
                _months(raw["reference_month"], raw["period"]),
                raw["period"].get("to_month") is None,
                raw["person"],
                {name: raw[name] for name in _RECORDED if name in raw},
            )
        except KeyError as missing:
            raise Unreadable(str(missing.args[0])) from None
        except (TypeError, ValueError):
            raise Unreadable("body") from None

    def overlaps(self, paper: Mapping[str, Any]) -> bool:
        """Whether the months of a notice meet those of the asking procedure."""
        ends = paper["to_month"] is None or paper["to_month"] >= self.months[0]
        return ends and (self.open_end or paper["from_month"] <= self.months[-1])


def _months(reference_month: str, period: Mapping[str, Any]) -> tuple[str, ...]:
    first = str(period.get("from_month") or reference_month)
    last = str(period.get("to_month") or first)
    months = [first]
    while months[-1] < last and len(months) < MONTHS_AT_MOST:
        months.append(shift(months[-1], 1))
    return tuple(months)
