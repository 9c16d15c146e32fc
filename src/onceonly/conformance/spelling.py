"""Why an answer cannot be read, in words by which its writer finds the place; never what it said."""

import json
import re
from collections.abc import Mapping

from onceonly.connectors.answers import FLAGS

_PACKED = re.compile(r"[a-z-]{1,20}")
_ORDER_MARK = b"\xef\xbb\xbf"
_MEANT: Mapping[str, str] = {
    "content is no object": "no `content` at the top of it that is an object or null",
    "as_of is no instant": "an `as_of` that is no instant with its zone, as 2026-06-10T08:00:00Z is",
    "document_date is no day": "a `document_date` that is no day, as 2025-12-15 is",
    "flags is no object": "`flags` that are no object; leave them out where none is set",
    "a flag is unknown or no boolean": "a flag that is no boolean or none of "
    + " ".join(sorted(FLAGS)),
}
"""What the hub says of an answer -> what its writer is told."""


def why(reason: str, headers: Mapping[str, str], body: bytes) -> str:
    """What makes the hub call an answer unreadable for this reason."""
    packed = packing(headers)
    if packed:
        return packed
    if reason.startswith("not a JSON object"):
        return _no_object(body)
    return _MEANT.get(reason, reason)


def packing(headers: Mapping[str, str]) -> str:
    """That a body is packed, and how; empty: it is not."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding in ("identity", ""):
        return ""
    return f"an encoded body ({coding})" if _PACKED.fullmatch(coding) else "an encoded body"


def _no_object(body: bytes) -> str:
    if not body.strip():
        return "an empty body"
    if body.startswith(_ORDER_MARK):
        return "a byte order mark before the JSON"
    try:
        value = json.loads(body.decode(), object_pairs_hook=_members, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return _place(error)
    if not isinstance(value, dict):
        return "JSON that is no object"
    return "a NUL, half a character, a number beyond 2^53 - 1 or more than 32 levels"


def _place(error: Exception) -> str:
    match error:
        case UnicodeDecodeError(start=start):
            return f"a body that is no UTF-8 at byte {start}"
        case json.JSONDecodeError(lineno=line, colno=column):
            return f"no JSON at line {line}, column {column}"
        case RecursionError():
            return "objects and lists inside one another without end"
        case _:
            return str(error)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member that is there twice")
    return members


def _no_number(_: str) -> float:
    raise ValueError("NaN or Infinity, which are no numbers of JSON")
