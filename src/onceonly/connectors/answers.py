"""Answers of the provider protocol, read strictly: what two readers could read differently is none.

Source: `openapi/provider.v1.json`; RFC 7493.
"""

import json
import math
import re
from contextlib import suppress
from datetime import UTC, date, datetime
from http import HTTPStatus

from onceonly.domain.errors import ProviderRefused, ProviderUnavailable, ProviderUnreadable
from onceonly.domain.retrievals import Answer, Delivered, Later, Nothing

READ = frozenset({HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.FORBIDDEN})
"""Only these answers have a body that means something; no other is read."""

DEEPEST = 32
"""Objects and lists inside one another, at most."""

MOST_VALUES = 200_000
"""Commas of an answer, at most: they bound its values, and with them the time it takes to read."""

_LARGEST = 2**53 - 1

REASONS = frozenset({"not-competent", "not-connected", "disputed", "other"})
"""Why a provider may refuse."""

_LARGEST_INTEGER = 2**53 - 1
_PROTECTED = frozenset({"address_protected", "conditional", "register_blocked"})
_TOLD = frozenset({"adopted", "former_name", "professional_secrecy"})
FLAGS = _PROTECTED | _TOLD | {"entrusted"}
"""What a provider may say about the person; absent is false."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)


def meant(status: int, body: bytes) -> Answer:
    """What one answer of the protocol means; `body` is empty unless the status is in `READ`.

    Raises:
        ProviderUnavailable: 429 or 5xx.
        ProviderRefused: the provider answered no.
        ProviderUnreadable: the answer breaks the provider protocol; what it said is not repeated.
    """
    match status:
        case HTTPStatus.OK:
            return _delivered(_object(body))
        case HTTPStatus.NOT_FOUND:
            return Nothing("unknown")
        case HTTPStatus.CONFLICT:
            return Nothing("ambiguous")
        case HTTPStatus.ACCEPTED:
            return _later(body)
        case HTTPStatus.FORBIDDEN:
            raise ProviderRefused(_reason(body))
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise ProviderUnavailable
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ProviderUnavailable
        case _:
            raise ProviderUnreadable("a status that is not of the protocol")


def _delivered(answer: dict[str, object]) -> Answer:
    flags = _flags(answer.get("flags", {}))
    # What is protected is dropped here, unread.
    if flags & _PROTECTED:
        return Nothing("protected")
    if "entrusted" in flags:
        return Nothing("entrusted")
    # Absent is no null: null says that there is nothing.
    content = answer.get("content", False)
    if content is not None and not isinstance(content, dict):
        raise ProviderUnreadable("content is no object")
    return Delivered(
        content=content,
        document_date=_day(answer.get("document_date")),
        as_of=_as_of(answer.get("as_of")),
        flags=flags,
    )


def _flags(given: object) -> frozenset[str]:
    if not isinstance(given, dict):
        raise ProviderUnreadable("flags is no object")
    if not given.keys() <= FLAGS or not all(isinstance(one, bool) for one in given.values()):
        raise ProviderUnreadable("a flag is unknown or no boolean")
    return frozenset(name for name, value in given.items() if value)


def _later(body: bytes) -> Later:
    with suppress(ProviderUnreadable):
        return Later(_instant(_object(body).get("available_at")))
    return Later(None)


def _reason(body: bytes) -> str:
    with suppress(ProviderUnreadable):
        reason = _object(body).get("reason")
        if isinstance(reason, str) and reason in REASONS:
            return reason
    return "other"


def _day(value: object) -> date | None:
    if value is None:
        return None
    with suppress(ValueError):
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    raise ProviderUnreadable("document_date is no day")


def _as_of(value: object) -> datetime | None:
    instant = _instant(value)
    if instant is None and value is not None:
        raise ProviderUnreadable("as_of is no instant")
    return instant


def _instant(value: object) -> datetime | None:
    """An instant with its zone, in UTC; None if it is none. Source: RFC 3339, 5.6."""
    with suppress(ValueError, OverflowError):
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    return None


def _object(body: bytes) -> dict[str, object]:
    """A JSON object every reader reads alike. Source: RFC 8259; RFC 7493, 2.

    Raises:
        ProviderUnreadable: it is none; what it is instead is not said.
    """
    # Counted before it is read: reading would hold up every other call of the process.
    if body.count(b",") > MOST_VALUES:
        raise ProviderUnreadable("more values than any evidence has")
    with suppress(ValueError, RecursionError):
        value = _decode(body.decode())
        if isinstance(value, dict) and sound(value):
            return value
    raise ProviderUnreadable("not a JSON object that can be read in one way only")


def _exact(text: str) -> int:
    """A whole number that every reader takes for the same. Source: RFC 7493, 2.2."""
    number = int(text)
    if abs(number) > _LARGEST:
        raise ValueError("a number too large")
    return number


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _no_number(_: str) -> float:
    raise ValueError("not a number of JSON")


# Made once: `json.loads` with words makes a reader at every call.
_decode = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_no_number, parse_int=_exact
).decode


def sound(value: object, depth: int = 1) -> bool:
    """No text that cannot be stored, no number that others read differently, nothing too deep."""
    match value:
        case str():
            # Lone surrogates have no UTF-8, NUL has no place in a database's text.
            return "\0" not in value and (value.isascii() or bool(value.encode()))
        case dict():
            return depth <= DEEPEST and all(
                sound(name, depth) and sound(one, depth + 1) for name, one in value.items()
            )
        case list():
            return depth <= DEEPEST and all(sound(one, depth + 1) for one in value)
        case float():
            return math.isfinite(value)
        case int():
            return abs(value) <= _LARGEST_INTEGER
        case _:
            return True
