"""What two laws say otherwise: rows, lists and catalogue, one line for each thing that differs."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from onceonly.domain.rules import Law, Rule

_LISTS = (
    *("blocked", "bulk", "section35", "never_consent_towards", "never_shared_controller"),
    *("never_data_service", "retention", "retention_by_mode", "public_body_only"),
    *("named_body_only", "internal", "reasons", "office_kinds", "hints", "notices", "units"),
    "land_law_room",
)


def differences(before: Law, after: Law) -> Iterator[str]:
    """`+` and `-` what is there in one alone, `~` what both have and say otherwise."""
    yield from _apart("rules", _rows(before), _rows(after))
    old, new = before.catalogue, after.catalogue
    yield from _apart("procedures", old.procedures, new.procedures)
    yield from _apart("evidence_types", old.evidence_types, new.evidence_types)
    for name in _LISTS:
        one, other = getattr(before, name), getattr(after, name)
        if isinstance(one, Mapping):
            yield from _apart(name, one, other)
        elif one != other:
            yield f"~ {name}"


def _rows(law: Law) -> Mapping[str, Rule]:
    return law.by_id


def _apart(where: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"- {where}.{name}"
        elif name not in before:
            yield f"+ {where}.{name}"
        elif before[name] != after[name]:
            yield from _otherwise(f"{where}.{name}", before[name], after[name])


def _otherwise(path: str, before: object, after: object) -> Iterator[str]:
    if not (is_dataclass(before) and type(before) is type(after)):
        yield f"~ {path}"
        return
    for one in fields(before):
        if one.init and getattr(before, one.name) != getattr(after, one.name):
            yield f"~ {path}.{one.name}"
