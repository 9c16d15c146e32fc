"""Where a check rightly cannot hold, and why. Everything else that a check finds is a failure."""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemathesis import Case, Response
from schemathesis.checks import CHECKS
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

ALL = ".*"
ASKING = "requestEvidence|tryOut|discover"
WITH_PERSONS = f"{ASKING}|recordConsent|putProtectedPerson"


@dataclass(frozen=True)
class Ground:
    """Why a call that fits its schema may be refused: by a problem of this status and kind.

    `operations` is a pattern of operation ids; `details` are the faults it may name, empty where
    the kind says it all.
    """

    operations: str
    status: int
    kind: str
    why: str
    details: tuple[str, ...] = ()

    def covers(self, operation: str, response: Response) -> bool:
        """Whether this answer of this operation rests on it."""
        if response.status_code != self.status or not re.fullmatch(self.operations, operation):
            return False
        return str(_problem(response).get("type", "")).endswith(self.kind)


GROUNDS = (
    Ground(
        "get(Evidence|ConsentReceipt)",
        406,
        "about:blank",
        "An `Accept` that lets neither form through is well written and cannot be served.",
    ),
    Ground("getEvidence", 410, "/gone", "What was received is destroyed; 410 says so."),
    Ground(
        "requestEvidence|recordConsent",
        422,
        "/idempotency-mismatch",
        "A key that was used for another body: no schema knows which were used.",
    ),
    Ground(
        f"{ASKING}|recordConsent",
        422,
        "/unknown-code",
        "Codes are the catalogue's and the municipality's; the schema knows their form only.",
    ),
    Ground(
        ASKING,
        422,
        "/choice-of-provider",
        "Several offices could answer: that depends on the municipality.",
    ),
    Ground(
        ASKING,
        422,
        "/choice-needs-electronic-procedure",
        "§ 67f SGB X: who comes to the office cannot choose; two members, one rule.",
    ),
)
"""Refusals whose kind says it all. Which details 422 `invalid` may have: see `BEYOND`."""

LETTERS = "Letters are those of DIN 91379: a table with sequences, too long for a pattern."
REFERENCES = "A `ref` must be one of this request's."
PRESENT = "Judged by the present day or by what happened before."
TOGETHER = "Which members go together depends on the caller or on what another member says."
BEYOND: Mapping[str, tuple[str, str]] = {
    "is no cursor of this list": (
        "list.*|searchEvidenceRequests",
        "A cursor is opaque: no schema knows which ones the hub has given out.",
    ),
    "has characters beyond DIN 91379 data type A, in NFC": (WITH_PERSONS, LETTERS),
    "has characters that are no text": (
        ALL,
        "NUL is no text in any member; a pattern at every one of them would say nothing else.",
    ),
    "is not a date YYYY-MM-DD with 00 for unknown parts": (
        WITH_PERSONS,
        "Whether a month has a 31st, and a February a 29th, no pattern tells.",
    ),
    "give family_name or given_names": (WITH_PERSONS, TOGETHER),
    "names nobody of this request": (ASKING, REFERENCES),
    "is there twice": (f"{ASKING}|recordConsent", REFERENCES),
    "names nobody as applicant": (ASKING, REFERENCES),
    "is there for a parent only": (ASKING, TOGETHER),
    "is needed on the channel office": (ASKING, TOGETHER),
    "is switched off in this municipality": (ASKING, "A municipality may switch the IdNr off."),
    "is unknown here": (f"{ASKING}|recordConsent", "Codes are the catalogue's."),
    "is more than 48 months past or 12 ahead": (ASKING, PRESENT),
    "lies in the future": (f"{ASKING}|recordConsent|decideUse|answerTask", PRESENT),
    "is older than 30 days": (ASKING, PRESENT),
    "lies in the past": ("recordConsent|putProtectedPerson", PRESENT),
    "lies beyond twelve months": ("recordConsent", PRESENT),
    "was not to be shown on that day": (f"{ASKING}|recordConsent", PRESENT),
    "was refused by the person in this case": ("recordConsent", PRESENT),
    "is no procedure of this office": ("recordConsent", TOGETHER),
    "is the asking office itself": ("recordConsent", TOGETHER),
    "is a procedure for which nobody consents freely": ("recordConsent", TOGETHER),
    "does not say what must be said for this": ("recordConsent", TOGETHER),
    "does not belong to what was said": ("answerTask|recordConsent|decideUse", TOGETHER),
    "answers no question; say done": ("answerTask", TOGETHER),
    "ends before it begins": (f"{ASKING}|recordConsent", TOGETHER),
    "is missing": ("getPreview|decideUse|recordConsent|answerTask", TOGETHER),
}
"""Faults a schema cannot tell beforehand: where each may be named, and why."""

FORMS: Mapping[str, tuple[str, str]] = {
    "#/content": ("answerTask", "What an evidence may hold is the type's, by the task."),
}
"""Members whose form a schema cannot tell: by their pointers, where, and why."""

WHOLE = "JSON Schema takes 95.0 for an integer; nothing is coerced here (docs/divergences.md)."
"""Of any member at all: what was sent there tells."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_used: Counter[str] = Counter()
_calls: Counter[str] = Counter()
_statuses: dict[str, Counter[str]] = defaultdict(Counter)


def is_excused(failure: Failure, case: Case, response: Response) -> bool:
    """Whether it is a refusal of what fits its schema, for a reason that no schema can tell."""
    if isinstance(failure, EnsureResourceAvailability) and not _names_an_id(case):
        _used["A link that was guessed: what stands in the path is no id."] += 1
        return True
    if not isinstance(failure, RejectedPositiveData):
        return False
    operation = str(case.operation.definition.raw.get("operationId"))
    reasons = [one.why for one in GROUNDS if one.covers(operation, response)]
    if not reasons and response.status_code == 422:  # noqa: PLR2004 -- of a rule
        reasons = _beyond(operation, case.body, response)
    _used.update(reasons)
    _tell()
    return bool(reasons)


def _names_an_id(case: Case) -> bool:
    return bool(_ID.fullmatch(str((case.path_parameters or {}).get("id"))))


def _beyond(operation: str, body: object, response: Response) -> list[str]:
    """The reasons for all of its faults; none unless each has one."""
    said = _problem(response)
    if not str(said.get("type", "")).endswith("/invalid"):
        return []
    grounds = [_ground(body, one["pointer"], one["detail"]) for one in said.get("errors") or []]
    whole = all(re.fullmatch(operations, operation) for operations, _ in grounds)
    return sorted({why for _, why in grounds}) if whole else []


def _ground(body: object, pointer: str, detail: str) -> tuple[str, str]:
    if detail == "has the wrong form":
        if isinstance(_at(body, pointer), float):
            return ALL, WHOLE
        return next((one for at, one in FORMS.items() if re.fullmatch(at, pointer)), ("", ""))
    return BEYOND.get(detail, ("", ""))


def _at(body: object, pointer: str) -> object:
    """What was sent there (RFC 6901); nothing where the pointer leads nowhere."""
    for step in pointer.removeprefix("#/").split("/"):
        if isinstance(body, dict):
            body = body.get(step.replace("~1", "/").replace("~0", "~"))
        elif isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    return body


def count(case: Case, response: Response) -> None:
    """One more call of this operation."""
    _calls[case.operation.label] += 1
    _statuses[case.operation.label][str(response.status_code)] += 1
    _tell()


def _tell() -> None:
    told = {
        "calls": _calls,
        "excused": _used,
        "statuses": _statuses,
        "checks": CHECKS.get_all_names(),
    }
    Path(os.environ["FUZZ_TOLD"]).write_text(json.dumps(told), "utf-8")


def _problem(response: Response) -> dict[str, Any]:
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
