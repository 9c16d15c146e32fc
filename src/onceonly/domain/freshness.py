"""How old evidence is, and whether it should be looked at again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from onceonly.domain.catalogue import EvidenceType

_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Validity:
    """From and to as the delivered content says them (months or days), age, and staleness."""

    valid_from: str | None
    valid_to: str | None
    age_days: int
    stale: bool


def validity(
    content: Mapping[str, object],
    evidence_type: EvidenceType,
    *,
    procedure: str,
    as_of: date,
    today: date,
) -> Validity:
    """Judge what is about to be delivered; nothing is read but what may be shown anyway."""
    start = _text(content, "valid_from") or _text(content, "from_month")
    end = _text(content, "valid_to") or _text(content, "to_month")
    stale = any(
        _outlived(word, content, as_of, today) for word in _max_age(evidence_type, procedure)
    )
    return Validity(start, end, max((today - as_of).days, 0), stale)


def _max_age(evidence_type: EvidenceType, procedure: str) -> tuple[str, ...]:
    for pattern, words in evidence_type.max_age_by_procedure.items():
        if pattern == procedure or (
            pattern.endswith("*") and procedure.startswith(pattern.removesuffix("*"))
        ):
            return words
    return evidence_type.max_age


def _outlived(word: str, content: Mapping[str, object], as_of: date, today: date) -> bool:
    if word in ("live", "application-day"):
        return as_of < today
    if word == "valid-to":
        end = _text(content, "valid_to")
        return end is not None and end < today.isoformat()
    found = _DURATION.fullmatch(word)
    if found is None:
        return False
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    return as_of + timedelta(days=365 * years + 30 * months + 7 * weeks + days) < today


def _text(content: Mapping[str, object], name: str) -> str | None:
    value = content.get(name)
    return value if isinstance(value, str) else None
