"""JSON Schemas of evidence, out of the catalogue: published for consumers, compiled for answers.

Source: JSON Schema 2020-12. No member of a record is required: a field without a value for this
case is absent, and row and fact may grant fewer fields than the profile has.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import jsonschema_rs

from onceonly.domain.calendar import Month, is_partial_date
from onceonly.domain.catalogue import EvidenceType, Field, Profile
from onceonly.domain.evidence import NAMES, OPEN_END, PERSON

Schema = dict[str, object]

_GREATEST = 2**53 - 1
"""Beyond it not every program reads the same integer. Source: RFC 8259, 6."""

_TEXT: Schema = {"type": "string", "minLength": 1, "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"}
_FORMS: Mapping[str, Schema] = {
    "month": {"pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
    "date": {"format": "date"},
    "partial-date": {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "partial-date"},
    "instant": {"pattern": "Z$", "format": "date-time"},
    "media-type": {"pattern": "^[a-z]+/[a-z0-9.+-]+$"},
    "base64": {"pattern": "^[A-Za-z0-9+/]+={0,2}$", "contentEncoding": "base64"},
    "iso3166-1": {"pattern": "^[A-Z]{2}$"},
    "postal-code": {"pattern": "^[0-9A-Z][0-9A-Z -]{2,9}$"},
    "idnr": {"pattern": "^[1-9][0-9]{10}$"},
    "ags8": {"pattern": "^[0-9]{8}$"},
    "kvnr": {"pattern": "^[A-Z][0-9]{9}$"},
    "iban": {"pattern": "^[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}$", "format": "iban"},
}
_REFERENCE: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,31}$"}
_OPTIONAL_NAME: Schema = {"anyOf": [_TEXT, {"type": "null"}]}
_NAMED_PERSON: Schema = {
    "type": "object",
    "properties": dict(
        zip(
            NAMES,
            (
                _OPTIONAL_NAME,
                {"anyOf": [_OPTIONAL_NAME, {"type": "array", "items": _TEXT}]},
                {"type": "string", **_FORMS["partial-date"]},
            ),
            strict=True,
        )
    ),
    "required": ["date_of_birth"],
    "anyOf": [{"required": ["family_name"]}, {"required": ["given_names"]}],
    "additionalProperties": False,
}


def schema_of(evidence_type: EvidenceType, profile: Profile, *, version: Month) -> Schema:
    """The schema of a delivered `content`; persons are references of the request.

    `version` is the first benefit month of the catalogue's version. Monthly evidence is one record,
    or a list of them where several months were asked.
    """
    record = _object(profile.fields, "", checks=False)
    about: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{evidence_type.code}/{profile.code}/{version}",
        "title": f"{evidence_type.title.de} ({profile.code})",
        "description": f"{evidence_type.title.en} ({profile.code})",
    }
    if not _is_monthly(profile.fields):
        return {**about, **record}
    return {**about, "$defs": {"record": record}, "anyOf": _one_or_many({"$ref": "#/$defs/record"})}


@lru_cache(maxsize=1024)
def validator_of(
    profile: Profile, fields: tuple[str, ...], *, several: bool
) -> Callable[[object], list[str]]:
    """A check of an answer that was cut to these leaf paths, persons as the office named them.

    It gives the paths that break the form, `/members/0/role`, and never a value. `several`: more
    than one month was asked, so that monthly records may come as a list.
    """
    granted = tuple(one for one in profile.fields if _is_granted(one.path, fields))
    schema = _object(granted, "", checks=True)
    if several and _is_monthly(granted):
        # By its shape and not `anyOf`, which would blame the whole.
        one, many = _one_or_many(schema)
        schema = {"if": {"required": ["months"]}, "then": many, "else": one}
    compiled = jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        formats={"partial-date": is_partial_date, "iban": _is_iban},
        keywords={"exact": _Exact},
    )

    def broken(content: object) -> list[str]:
        try:
            found = [error.instance_path for error in compiled.iter_errors(content)]
        except ValueError:  # a lone surrogate, or nested beyond reason
            return ["/"]
        return sorted({"/" + "/".join(str(step) for step in path) for path in found})

    return broken


class _Exact:
    """The keyword `exact`: 1.0 is an integer for JSON Schema, and none for canonical JSON."""

    def __init__(self, _parent: Schema, _value: object, _path: list[str | int]) -> None:
        pass

    def validate(self, instance: object) -> None:
        """Refuse a number written with a fraction.

        Raises:
            TypeError: it is one.
        """
        if isinstance(instance, float):
            raise TypeError


def _is_granted(path: str, fields: Sequence[str]) -> bool:
    """A field that is named, that holds a named one, or that lies in a named container."""
    return any(
        one == path or one.startswith(f"{path}.") or path.startswith(f"{one}.") for one in fields
    )


def _is_monthly(fields: Sequence[Field]) -> bool:
    return any(one.path == "month" for one in fields)


def _one_or_many(record: Schema) -> list[Schema]:
    months: Schema = {"months": {"type": "array", "items": record}}
    many: Schema = {
        "type": "object",
        "properties": months,
        "required": ["months"],
        "additionalProperties": False,
    }
    return [record, many]


def _object(fields: Sequence[Field], within: str, *, checks: bool) -> Schema:
    """The members of a container; inside one, an answer must have what its grant cannot lack."""
    mine = [
        one for one in fields if one.path.startswith(within) and "." not in one.path[len(within) :]
    ]
    schema: Schema = {
        "type": "object",
        "properties": {
            one.path[len(within) :].removesuffix("[]"): _member(one, fields, checks=checks)
            for one in mine
        },
        "additionalProperties": False,
    }
    if checks and within:
        schema["required"] = [
            one.path[len(within) :].removesuffix("[]")
            for one in mine
            if one.required and one.condition is None
        ]
    return schema


def _member(one: Field, fields: Sequence[Field], *, checks: bool) -> Schema:
    inside = f"{one.path}."
    if any(other.path.startswith(inside) for other in fields):
        form = _object(fields, inside, checks=checks)
    elif one.format == PERSON:
        form = _NAMED_PERSON if checks else _REFERENCE
    else:
        form = _value(one, checks=checks)
    if one.json_type == "array":
        form = {"type": "array", "items": form}
    return form if checks else {"title": one.title.de, "description": one.title.en, **form}


def _value(one: Field, *, checks: bool) -> Schema:
    match one.json_type:
        case "boolean":
            return {"type": "boolean"}
        case "integer":
            return _integer(one, checks=checks)
        case "number":
            return {"type": "number", "minimum": 0, "maximum": _GREATEST}
        case _:
            return _text(one)


def _integer(one: Field, *, checks: bool) -> Schema:
    exact: Schema = {"exact": True} if checks else {}
    if one.values:
        return {"type": "integer", "enum": [int(value) for value in one.values], **exact}
    if one.format == "year":
        return {"type": "integer", "minimum": 1900, "maximum": 2999, **exact}
    least = -_GREATEST if one.format == "signed" else 0
    return {"type": "integer", "minimum": least, "maximum": _GREATEST, **exact}


def _text(one: Field) -> Schema:
    if one.values:
        return {"type": "string", "enum": list(one.values)}
    if one.format.startswith("pattern:"):
        return {"type": "string", "pattern": one.format.removeprefix("pattern:")}
    form = _FORMS.get(one.format)
    if form is None:
        return _TEXT
    nullable = one.path.rpartition(".")[2] == OPEN_END
    return {"type": ["string", "null"] if nullable else "string", **form}


def _is_iban(text: str) -> bool:
    """Whether the check digits fit. Source: ISO 13616, ISO 7064 MOD 97-10."""
    turned = text[4:] + text[:4]
    try:
        return int("".join(str(int(one, 36)) for one in turned)) % 97 == 1
    except ValueError:
        return False
