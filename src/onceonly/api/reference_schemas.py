"""Schemas in words: the form of a member as a person reads it, with links to what has a name."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Schema = Mapping[str, Any]

_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} signs",
    "maxLength": "at most {} signs",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}


def form(schema: Schema) -> str:
    """The form of a value, as HTML."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#schema-{name}">{name}</a>'
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(form(one) for one in schema[several])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    return ", ".join([_kind(schema), *_details(schema)])


def _kind(schema: Schema) -> str:
    kinds = schema.get("type", "anything")
    kind = " or ".join(kinds) if isinstance(kinds, list) else kinds
    if kind == "array":
        return f"list of {form(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {form(schema['additionalProperties'])}"
    return str(kind)


def _details(schema: Schema) -> Iterator[str]:
    if "format" in schema:
        yield str(schema["format"])
    for name, told in _BOUNDS.items():
        if name in schema:
            yield told.format(schema[name])
    if "pattern" in schema:
        yield f"<code>{escape(schema['pattern'])}</code>"


def members(schema: Schema) -> Iterator[tuple[str, bool, Schema]]:
    """The members of an object: name, whether it must be there, and its schema."""
    required = schema.get("required", ())
    for name, one in schema["properties"].items():
        yield name, name in required, one


def body_example(document: Schema, content: Schema) -> object:
    """An example of a body, if the document has one."""
    schema = content["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return content.get("example", next(iter(schema.get("examples", ())), None))
