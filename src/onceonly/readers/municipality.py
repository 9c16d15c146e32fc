"""The municipality file: text in, a configuration out, or every fault at once with its line."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from jsonschema_rs import Draft202012Validator, ValidationError

from onceonly.domain.offices import Configuration, Layer
from onceonly.domain.rules import Law
from onceonly.readers.layers import Beside, layers_of
from onceonly.readers.lines import Document, LineFault, Path, Wrong, read_document, spelled
from onceonly.readers.municipality_checks import JwkFaults, unfitting
from onceonly.readers.municipality_documents import differences, document_of
from onceonly.readers.municipality_schema import municipality_schema
from onceonly.readers.municipality_values import configuration_of, draft_of

__all__ = [
    "Beside",
    "JwkFaults",
    "LineFault",
    "MunicipalityFaults",
    "configuration_of",
    "differences",
    "document_of",
    "municipality_schema",
    "read_municipality",
]

_LONGEST_TOLD = 64
_FEW = 12
_FORMS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "on or off",
    "null": "null",
}


class MunicipalityFaults(Exception):
    """The file is not fit to apply; nothing of it was used."""

    def __init__(self, faults: Collection[LineFault]) -> None:
        super().__init__("\n".join(str(one) for one in faults))
        self.faults = tuple(faults)


def read_municipality(
    text: str, law: Law, *, jwk_faults: JwkFaults, beside: Beside | None = None
) -> Configuration:
    """Read a municipality file, YAML or JSON, and check it whole against this law.

    `beside` reads the files of rules that it names; without it none can be read.

    Raises:
        MunicipalityFaults: every fault by line; texts name codes and members, never a key.
    """
    document = read_document(text)
    root = document.value
    if not isinstance(root, dict):
        no_mapping = LineFault(1, "(all)", "is not a mapping", "write members as `name: value`")
        raise MunicipalityFaults(document.faults or [no_mapping])
    faults = [*document.faults, *_located(document, _faults(document, root, law, jwk_faults))]
    named, wrongs = root.get("layers"), list[Wrong]()
    layers: tuple[Layer, ...] = ()
    if isinstance(named, dict):
        layers = layers_of(named, draft_of(root).approvers, law, beside, wrongs)
        faults += _located(document, wrongs)
    if faults:
        raise MunicipalityFaults(sorted(faults, key=lambda one: one.line))
    return replace(configuration_of(root), layers=layers)


def _faults(
    document: Document, root: Mapping[str, object], law: Law, jwk_faults: JwkFaults
) -> Iterator[Wrong]:
    """Faults of form, then those of fit, where a value has not been faulted already."""
    told = {one.path for one in document.faults}
    malformed: set[Path] = set()
    validator = Draft202012Validator(municipality_schema(law), validate_formats=True)
    for error in validator.iter_errors(root):
        for wrong in _misformed(error):
            malformed.add(wrong.path)
            if spelled(wrong.path) not in told:
                yield wrong
    for wrong in unfitting(draft_of(root), law, jwk_faults):
        above = {wrong.path[:depth] for depth in range(1, len(wrong.path) + 1)}
        if not above & malformed and spelled(wrong.path) not in told:
            yield wrong


def _located(document: Document, wrongs: Iterable[Wrong]) -> Iterator[LineFault]:
    for path, what, remedy in wrongs:
        yield LineFault(document.line_of(path), spelled(path), what, remedy)


def _misformed(error: ValidationError) -> Iterator[Wrong]:
    """One fault of form in our words; the path is that of the member, even where it is missing."""
    path = tuple(error.instance_path)
    told: Mapping[str, object] = error.kind.as_dict()
    match error.kind.name:
        case "additionalProperties":
            for name in _texts(told["unexpected"]):
                yield Wrong((*path, name), "is not a member of this", "remove it or mend it")
        case "required":
            yield Wrong((*path, str(told["property"])), "is missing", "add it")
        case "enum":
            yield _unknown(path, error.instance, _texts(told["options"]))
        case "type":
            forms = " or ".join(_FORMS.get(one, one) for one in sorted(_texts(told["types"]))[::-1])
            yield Wrong(path, f"is not {forms}", _as_form(error.instance))
        case "uniqueItems":
            yield _second(path, error.instance)
        case name:
            member = "tls" if "tls" in path else str(path[-1]) if path else ""
            what, remedy = _bounds(name, member, told)
            yield Wrong(path, what, remedy)


def _bounds(kind: str, member: str, told: Mapping[str, object]) -> tuple[str, str]:
    match kind:
        case "minimum" | "maximum":
            return "is out of range", f"the {kind} is {told['limit']}"
        case "minItems" | "minProperties":
            return "has too few entries", f"name at least {told['limit']}"
        case "format":
            return "is no day", "write YYYY-MM-DD"
        case "pattern":
            return "has not the right form", _PATTERNS.get(member, _PATTERNS[""])
        case _:
            return "has not the right form", "see `onceonly apply --schema`"


_CODE = "write letters, digits and . _ : - only, beginning with a letter or digit"
_PATTERNS = {
    "": "write what `onceonly apply --schema` shows",
    "ars": "write twelve digits in quotes",
    "base_url": "write http(s)://host:port/path",
    "tls": "write the name of a file in the municipality's folder of keys",
    "issuer": "write http(s)://host/path",
    "key": "write `ed25519:` and the base64 of the 32 bytes",
    **dict.fromkeys(("code", "client_id", "office", "consumer", "provider"), _CODE),
    **dict.fromkeys(("name", "decision", "entered_by", "approved_by", "occasion"), "write a text"),
    **dict.fromkeys(("purpose", "why_appropriate", "measures", "reference"), "write a text"),
}


def _unknown(path: Path, given: object, known: list[str]) -> Wrong:
    if not isinstance(given, str):
        return Wrong(path, "is no known word", _as_form(given))
    told = given if len(given) <= _LONGEST_TOLD else "…"
    near = get_close_matches(given, known, n=1)
    if near:
        remedy = f"did you mean `{near[0]}`?"
    elif len(known) <= _FEW:
        remedy = f"choose from {' '.join(known)}"
    else:
        remedy = "see `onceonly apply --schema` for the list"
    return Wrong(path, f"`{told}` is not known", remedy)


def _as_form(given: object) -> str:
    if given is None:
        return "write it or leave the member out"
    if isinstance(given, bool | int | float):
        return "write it in quotes if it is a text"
    return "see `onceonly apply --schema`"


def _second(path: Path, given: object) -> Wrong:
    """Points at the entry that repeats an earlier one."""
    items = given if isinstance(given, list) else []
    at = next((at for at, one in enumerate(items) if one in items[:at]), 0)
    return Wrong((*path, at), "stands here a second time", "keep one")


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []
