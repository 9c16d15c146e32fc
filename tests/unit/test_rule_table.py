"""The rule table, row by row: each file of the law against a transcription kept beside this test.

`rule_table.txt` was written from the legal review's table, not from the files: a slip of the pen in
either shows as a difference.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from onceonly.domain.rules import Rule, RuleMode, When
from unit.shipped import shipped

TABLE: Mapping[str, str] = dict(
    block.partition("\n")[::2]
    for block in Path(__file__).with_name("rule_table.txt").read_text("utf-8").split("\n\n")
)


def written(row: Rule) -> str:
    """A row in the words of the table: everything that decides."""
    return "\n".join(f"  {name}: {value}" for name, value in _members(row) if value)


def _members(row: Rule) -> Iterator[tuple[str, str]]:
    yield "via hub", "yes" if row.via_hub else "no"
    yield "consumers", " ".join(row.consumers)
    yield "consumer kinds", " ".join(row.consumer_kinds)
    yield "actors", " ".join(row.actors)
    yield "evidence", " ".join(f"{one.evidence_type}:{one.profile}" for one in row.evidence)
    yield "submitted only", " ".join(row.submitted_only)
    yield "providers", " ".join(row.providers)
    yield "origin", row.origin or ""
    yield from (("mode", _mode(mode)) for mode in row.modes)
    yield from ((f"matrix {kind}", " ".join(types)) for kind, types in row.matrix.items())
    yield "idnr", "allowed" if row.idnr else ""
    yield "fields", "" if row.fields is None else " ".join(row.fields)
    yield "drop fields", " ".join(row.drop_fields)
    yield "facts", " ".join(row.facts)
    yield "preconditions", " ".join(row.preconditions)
    yield "about", " ".join(row.about)
    yield "reason", row.reason or ""
    yield "law", "; ".join(row.law)
    yield (
        "alternative",
        " ".join(one.kind + (f"={one.what}" if one.what else "") for one in row.alternatives),
    )
    yield from _when(row.when)
    yield "obligations", " ".join(row.obligations)
    yield "retention", row.retention
    yield "in force from", row.in_force_from.isoformat()
    yield "confidence", row.confidence


def _mode(mode: RuleMode) -> str:
    parts = [f"{mode.mode}/{mode.automation}", "; ".join(mode.law)]
    for name in ("needs", "types"):
        given = getattr(mode, name)
        parts += [f"{name} {' '.join(given)}"] if given else []
    for name in ("justification_norm", "notice", "config"):
        given = getattr(mode, name)
        parts += [f"{name} {given}"] if given else []
    return " | ".join([*parts, *(["land_law"] if mode.land_law else [])])


def _when(when: When) -> Iterator[tuple[str, str]]:
    if when.person is not None:
        person, age = when.person, when.person.age
        yield "when own case", _flag(person.own_case)
        yield "when lives apart from child", _flag(person.lives_apart_from_child)
        yield "when age", "" if age is None else f"{age[0]}..{age[1]}"
        yield "when roles", " ".join(person.roles)
        yield "when self", _flag(person.self_only or None)
    yield "when nationality", when.nationality or ""
    yield "when months", when.months or ""
    yield "when stands aside", " ".join(when.stands_aside or ())
    yield "when needs reason", " ".join(when.needs_reason)
    yield "when detail required", " ".join(when.detail_required)
    for heading, by_value in when.fields_by.items():
        for value, fields in by_value.items():
            yield f"when {heading} {value}", " ".join(fields)
    for field, values in when.values.items():
        yield f"when {field}", " ".join(values)
    yield "when purpose code", when.purpose_code or ""
    yield "when config", when.config or ""
    yield "when consent of", when.consent_of or ""
    yield "when land law", _flag(when.land_law or None)
    yield "when closed by", " ".join(when.closed_by)
    yield "when recipient", _flag(when.recipient or None)


def _flag(value: bool | None) -> str:  # noqa: FBT001 -- a value, no switch
    return "" if value is None else str(value).lower()


def test_every_row_of_the_table_ships_and_no_other() -> None:
    assert [row.id for row in shipped().rules] == list(TABLE)


@pytest.mark.parametrize("row", shipped().rules, ids=lambda row: row.id)
def test_a_row_decides_by_what_the_table_says(row: Rule) -> None:
    assert written(row) == TABLE[row.id].rstrip("\n")
