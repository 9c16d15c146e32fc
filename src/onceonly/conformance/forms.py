"""Of the wrong form: which member it is, and what the catalogue wants there."""

import re
from collections.abc import Iterable, Mapping

from onceonly.domain.catalogue import Field, Profile
from onceonly.domain.evidence import PERSON

WRONG = "wrong form at "
_INDEX = re.compile(r"/\d+(?=/|$)")
_MONTHS = "/months/"
_FORMATS: Mapping[str, str] = {
    "month": "a month, as 2026-06",
    "date": "a day, as 2026-06-10",
    "partial-date": "a day, as 2026-06-10; 00 for an unknown month or day",
    "instant": "an instant in UTC, as 2026-06-10T08:00:00Z",
    PERSON: 'a person: {"family_name", "given_names", "date_of_birth"}',
    "media-type": "a media type, as application/pdf",
    "base64": "base64",
    "iso3166-1": "a country in two capitals, as DE",
    "postal-code": "a postal code",
    "idnr": "an identification number of 11 digits",
    "ags8": "a municipality's key of 8 digits",
    "kvnr": "a capital and 9 digits",
    "iban": "an IBAN whose check digits fit, without spaces",
    "year": "a year, as 2026",
    "signed": "a whole number without quotes, which may be negative",
}
_TYPES: Mapping[str, str] = {
    "boolean": "true or false",
    "integer": "a whole number without quotes and point, not negative",
    "number": "a number without quotes, not negative",
}


def wanted(pointers: Iterable[str], profile: Profile) -> list[str]:
    """Each field whose form is wrong, once, where it is first, with the form it should have."""
    told: dict[str, str] = {}
    for pointer in pointers:
        field = _field(pointer, profile)
        told.setdefault(
            field.path if field else pointer, f"{pointer} should be {_form(field, profile)}"
        )
    return list(told.values())


def _field(pointer: str, profile: Profile) -> Field | None:
    """The field at this place, or the nearest that holds it."""
    by_path = {one.path.removesuffix("[]"): one for one in profile.fields}
    inside = _INDEX.sub("[]", pointer.removeprefix("/"))
    steps = inside.removeprefix("months[]/" if pointer.startswith(_MONTHS) else "").split("/")
    for last in range(len(steps), 0, -1):
        found = by_path.get(".".join(steps[:last]).removesuffix("[]"))
        if found is not None:
            return found
    return None


def _form(field: Field | None, profile: Profile) -> str:
    if field is None:
        return "one record: `months` is for several months alone"
    inside = f"{field.path}."
    members = [one for one in profile.fields if one.path.startswith(inside)]
    if members:
        holder = "a list of objects" if field.json_type == "array" else "an object"
        needed = [one.path.removeprefix(inside) for one in members if one.required]
        return f"{holder}, each with {' '.join(needed)}" if needed else holder
    return f"a list, each {_value(field)}" if field.json_type == "array" else _value(field)


def _value(field: Field) -> str:
    if field.values:
        return f"one of {' '.join(field.values)}"
    if field.format.startswith("pattern:"):
        return f"text as {field.format.removeprefix('pattern:')}"
    by_unit = {"ct": "whole cents, a number without quotes and point"}
    return (
        _FORMATS.get(field.format)
        or by_unit.get(field.unit)
        or _TYPES.get(field.json_type, "text of one line that is not empty")
    )
