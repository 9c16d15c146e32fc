"""The form of a question, as far as an office relies on it; what is none is refused unread."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_form(body: bytes) -> dict[str, Any]:
    """The members of a question; those that an office does not know stay.

    Raises:
        KeyError: this member is missing or of another form.
        TypeError: the body is no object.
        ValueError: it is no JSON, nested without end, or holds text that is no Unicode.
    """
    try:
        raw = json.loads(body)
        # Half a surrogate pair reads as an escape and breaks whatever writes it next.
        json.dumps(raw, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested without end") from None
    if not isinstance(raw, dict):
        raise TypeError("no object")
    for member, fits in _FORMS.items():
        if not fits(raw.get(member)):
            raise KeyError(member)
    return raw


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_month(value: object) -> bool:
    return isinstance(value, str) and _MONTH.fullmatch(value) is not None


def _is_period(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and _is_month(value.get("from_month"))
        and (value.get("to_month") is None or _is_month(value["to_month"]))
    )


def _is_named(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    family_name = value.get("family_name")
    return (family_name is None or _is_text(family_name)) and _are_texts(
        value.get("given_names", [])
    )


def _is_person(value: object) -> bool:
    if not isinstance(value, Mapping) or not _is_named(value):
        return False
    aliases, born = value.get("aliases") or [], value.get("date_of_birth")
    return (
        isinstance(aliases, list)
        and all(map(_is_named, aliases))
        and isinstance(value.get("address") or {}, Mapping)
        and isinstance(born, str)
        and _DAY.fullmatch(born) is not None
    )


_FORMS: Mapping[str, Callable[[object], bool]] = {
    "reference": _is_text,
    "evidence_type": _is_text,
    "profile": _is_text,
    "fields": _are_texts,
    "reference_month": _is_month,
    "period": _is_period,
    "person": _is_person,
}
