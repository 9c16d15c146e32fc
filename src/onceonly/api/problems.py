"""Every failure as `application/problem+json` (RFC 9457), in German or English, naming nobody."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from onceonly.api.paths import methods_of
from onceonly.api.reading import NO_TEXT
from onceonly.domain import errors
from onceonly.domain.errors import Fault, HubError, Invalid, NotNow
from onceonly.security.keys import KeyTrouble
from onceonly.store.database import Rejected
from onceonly.telemetry import log

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[HubError], HTTPStatus] = {
    errors.MalformedJson: HTTPStatus.BAD_REQUEST,
    errors.IdempotencyKeyMissing: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.InsufficientScope: HTTPStatus.FORBIDDEN,
    errors.InsufficientTrustLevel: HTTPStatus.FORBIDDEN,
    errors.NotYoursToGive: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.OutOfTurn: HTTPStatus.CONFLICT,
    errors.NotSequenced: HTTPStatus.CONFLICT,
    errors.Gone: HTTPStatus.GONE,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnknownCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ChoiceOfProvider: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ChoiceNeedsElectronicProcedure: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.IdempotencyMismatch: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.LogUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Stopping: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Every leaf of the errors and its status."""

GERMAN: Mapping[str, str] = {
    "malformed-json": "Der Inhalt ist kein JSON.",
    "idempotency-key-missing": "Idempotency-Key mit 1 bis 255 sichtbaren ASCII-Zeichen mitsenden.",
    "unauthenticated": "Ein gültiges Zugriffstoken mitsenden.",
    "insufficient-scope": "Rolle des Zugangs oder Umfang des Tokens reichen dafür nicht.",
    "insufficient-trust-level": "Mit einem höheren Vertrauensniveau neu anmelden.",
    "not-yours-to-give": "Ansehen und entscheiden kann nur, wer gewählt hat oder vertreten darf.",
    "not-found": "Hier ist nichts für Sie.",
    "not-sequenced": "Der Eintrag hat noch keine Stelle im Protokoll; gleich noch einmal.",
    "out-of-turn": "Der Zustand erlaubt das nicht.",
    "gone": "Der Nachweis ist vernichtet; neu anfragen, wenn er noch gebraucht wird.",
    "invalid": "Angaben der Anfrage verletzen eine Regel.",
    "unknown-code": "Ein Code ist hier unbekannt.",
    "choice-of-provider": "Mehrere Stellen könnten antworten; eine davon benennen.",
    "choice-needs-electronic-procedure": (
        "Gewählt wird in einem elektronischen Verfahren, nicht im Amt."
    ),
    "idempotency-mismatch": "Dieser Idempotency-Key gehört zu einem anderen Inhalt; neuen nehmen.",
    "too-many-requests": "Zu viele Aufrufe. Später wiederholen.",
    "log-unavailable": (
        "Das konnte nicht protokolliert werden, also wurde nicht gefragt. Wiederholen."
    ),
    "busy": "Zu viele Fragen sind unterwegs. Wiederholen.",
    "stopping": "Dieser Prozess endet gerade. Wiederholen.",
}
"""Titles of the kinds, in the first language."""

_DETAILS: Mapping[str, tuple[str, str]] = {
    "extra_forbidden": ("enthält ein unbekanntes Feld", "has a member that is unknown"),
    "missing": ("fehlt", "is missing"),
    "month": ("ist kein Monat JJJJ-MM", "is not a month YYYY-MM"),
    "day": ("ist kein Tag JJJJ-MM-TT", "is not a day YYYY-MM-DD"),
    "partial-date": (
        "ist kein Datum JJJJ-MM-TT, Unbekanntes als 00",
        "is not a date YYYY-MM-DD with 00 for unknown parts",
    ),
    "instant": (
        "ist kein Zeitpunkt mit Zone nach RFC 3339",
        "is not an instant with a zone as in RFC 3339",
    ),
    "letters": (
        "enthält Zeichen außerhalb von DIN 91379, Datentyp A, in NFC",
        "has characters beyond DIN 91379 data type A, in NFC",
    ),
    "literal_error": ("ist keiner der erlaubten Werte", "is none of the allowed values"),
    "too_long": ("hat zu viele Einträge", "has too many entries"),
    "too_short": ("hat zu wenige Einträge", "has too few entries"),
    "form": ("hat die falsche Form", "has the wrong form"),
    "nobody": ("nennt niemanden dieser Anfrage", "names nobody of this request"),
    "twice": ("kommt zweimal vor", "is there twice"),
    "unknown": ("ist hier unbekannt", "is unknown here"),
    "text": ("enthält Zeichen, die kein Text sind", "has characters that are no text"),
    "reference-month": (
        "liegt mehr als 48 Monate zurück oder 12 voraus",
        "is more than 48 months past or 12 ahead",
    ),
    "one-name": ("family_name oder given_names angeben", "give family_name or given_names"),
    "applicant": ("nennt niemanden als applicant", "names nobody as applicant"),
    "custody": ("gibt es nur bei einem Elternteil", "is there for a parent only"),
    "caseworker": ("ist auf dem Weg office nötig", "is needed on the channel office"),
    "ahead": ("liegt in der Zukunft", "lies in the future"),
    "too-old": ("ist älter als 30 Tage", "is older than 30 days"),
    "refused": (
        "hat die Person in diesem Fall abgelehnt",
        "was refused by the person in this case",
    ),
    "no-consent": (
        "ist ein Verfahren, für das niemand frei einwilligt",
        "is a procedure for which nobody consents freely",
    ),
    "own-procedure": ("ist kein Verfahren dieser Stelle", "is no procedure of this office"),
    "own-office": ("ist die fragende Stelle selbst", "is the asking office itself"),
    "other-notice": (
        "sagt nicht, was dafür zu sagen ist",
        "does not say what must be said for this",
    ),
    "too-long": ("liegt nach zwölf Monaten", "lies beyond twelve months"),
    "backwards": ("endet, bevor es beginnt", "ends before it begins"),
    "past": ("liegt in der Vergangenheit", "lies in the past"),
    "lapsed": ("wurde an diesem Tag nicht gezeigt", "was not to be shown on that day"),
    "idnr-off": (
        "ist in dieser Kommune abgeschaltet",
        "is switched off in this municipality",
    ),
    "not-here": ("gehört nicht zu dieser Angabe", "does not belong to what was said"),
    "done-only": (
        "beantwortet keine Frage; hier geht done",
        "answers no question; say done",
    ),
    "limit": ("ist keine Zahl von 1 bis 100", "is no number from 1 to 100"),
    "cursor": ("ist kein Zeiger dieser Liste", "is no cursor of this list"),
}

_GERMAN_PHRASES: Mapping[int, str] = {
    400: "Die Anfrage ist nicht zu lesen",
    405: "Diese Methode gibt es hier nicht",
    406: "In dieser Form gibt es keine Antwort",
    408: "Die Anfrage kam nicht rechtzeitig",
    413: "Der Inhalt ist zu groß",
    415: "Der Inhalt ist nicht als JSON gekennzeichnet",
    431: "Der Kopf der Anfrage ist zu groß",
    500: "Interner Fehler",
}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?", re.ASCII)

_TAKEN_AWAY = frozenset({"42501", "42P01", "P0001"})
"""No right, no table, a trigger that says no: nothing was recorded, so nothing was asked."""

_TAGS = ("(one)", "(many)")


class ProblemFault(BaseModel):
    """One member that breaks a rule: where, and what; never its value."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """A failure as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    instance: str | None = None
    reason: str | None = None
    state: str | None = None
    choices: list[str] | None = None
    errors: list[ProblemFault] | None = None
    retry_after: int | None = None


def german(request: Request) -> bool:
    """Whether the caller reads German; German is the first language unless English is preferred."""
    wanted = dict.fromkeys(("de", "en"), -1.0)
    for name, weight in weighted(request.headers.get("accept-language", "")):
        tag = name.partition("-")[0]
        if tag in wanted:
            wanted[tag] = max(wanted[tag], weight)
    return wanted["en"] <= max(wanted["de"], 0.0)


def weighted(header: str) -> list[tuple[str, float]]:
    """What a header such as `Accept` lists, in small letters, with its weights. Source: RFC 9110, 12.4.2."""
    found: list[tuple[str, float]] = []
    for one in header.lower().split(","):
        name, *parameters = (part.strip() for part in one.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if name:
            found.append((name, float(weight) if _WEIGHT.fullmatch(weight) else 1.0))
    return found


def problem_of(error: HubError, request: Request) -> Response:
    """The answer for an error of ours."""
    status = STATUS[type(error)]
    in_german = german(request)
    body: dict[str, object] = {
        "type": f"{request.app.state.issuer}/problems/{error.kind}",
        "title": GERMAN[error.kind] if in_german else error.title,
        "status": status.value,
        "instance": instance(request),
    }
    headers = {"cache-control": "no-store", "vary": "accept-language"}
    if isinstance(error, Invalid):
        body["errors"] = [
            {"pointer": one.pointer, "detail": _told(one.detail, german_=in_german)}
            for one in error.faults
        ]
    if isinstance(error, errors.ChoiceOfProvider):
        body["choices"] = list(error.choices)
        body["errors"] = [
            {"pointer": one, "detail": _told("missing", german_=in_german)}
            for one in error.pointers
        ]
    if isinstance(error, errors.OutOfTurn):
        body["state"] = error.state
    if isinstance(error, NotNow | errors.NotSequenced):
        body["retry_after"] = error.retry_after_s
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, errors.Unauthenticated):
        headers["www-authenticate"] = 'Bearer error="invalid_token"'
    if isinstance(error, errors.InsufficientScope):
        # RFC 6750, 3: the scopes named are needed together, so of several ways none is named.
        needed = f', scope="{error.scopes[0]}"' if len(error.scopes) == 1 else ""
        headers["www-authenticate"] = f'Bearer error="insufficient_scope"{needed}'
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def bare(request: Request, status: int, *, headers: Mapping[str, str] | None = None) -> Response:
    """A problem of which the status says it all."""
    body = {
        "type": "about:blank",
        "title": phrase(status) if german(request) else HTTPStatus(status).phrase,
        "status": status,
        "instance": instance(request),
    }
    own = {"cache-control": "no-store", "vary": "accept-language"}
    return JSONResponse(body, status, own | dict(headers or {}), MEDIA_TYPE)


def phrase(status: int) -> str:
    """What a status says, in German where it is among those we give."""
    return _GERMAN_PHRASES.get(status, HTTPStatus(status).phrase)


def instance(request: Request) -> str:
    """The path that was called; what is neither ours nor an id in it could name a person: `-`."""
    words = request.app.state.words
    parts = str(request.scope["path"]).split("/")
    return "/".join(one if one in words or _ID.fullmatch(one) else "-" for one in parts)


def _told(detail: str, *, german_: bool) -> str:
    return _DETAILS.get(detail, (detail, detail))[0 if german_ else 1]


def _faults(error: RequestValidationError) -> list[Fault]:
    faults: dict[tuple[str, str], Fault] = {}
    for one in error.errors():
        where = [str(part) for part in one["loc"][1:] if part not in _TAGS]
        kind = one["type"]
        if kind == "extra_forbidden":
            where = where[:-1]  # the member's name may be a person's
        elif one.get("input") is NO_TEXT:
            kind = "text"
        pointer = "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in where)
        detail = kind if kind in _DETAILS else "form"
        faults[pointer, detail] = Fault(pointer, detail)
    # Pydantic counts the entries of a tuple without those that have a fault of their own.
    inside = {pointer.rpartition("/")[0] for pointer, _ in faults}
    return [
        fault
        for (pointer, detail), fault in faults.items()
        if detail != "too_short" or pointer not in inside
    ]


async def _on_hub_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HubError):
        raise error
    return problem_of(error, request)


async def _on_validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    if _lacks_key(request):
        return problem_of(errors.IdempotencyKeyMissing(), request)
    if first["loc"][0] == "path":
        own = methods_of(request, literally=True)
        if own:  # a path of another route, which an id's route has caught
            return bare(request, HTTPStatus.METHOD_NOT_ALLOWED, headers={"allow": own})
        return problem_of(errors.NotFound(), request)
    return problem_of(Invalid(_faults(error)), request)


def _lacks_key(request: Request) -> bool:
    """Whether the operation wants an `Idempotency-Key` that did not come: told before all else."""
    described = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    wanted = any(one["name"] == "idempotency-key" for one in described.get("parameters", ()))
    return wanted and "idempotency-key" not in request.headers


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem_of(errors.NotFound(), request)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # Starlette names those of the first route only.
        return bare(request, error.status_code, headers={"allow": methods_of(request)})
    return bare(request, error.status_code, headers=error.headers)


async def _on_bug(request: Request, error: Exception) -> Response:
    """A bug of ours. Its text could name somebody, so file and line must do."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    route = getattr(request.scope.get("route"), "path", "unknown")
    log.error("bug", error=type(error).__name__, where=where, route=route)
    return bare(request, HTTPStatus.INTERNAL_SERVER_ERROR)


async def _on_rejected(request: Request, error: Exception) -> Response:
    """The database refused a statement: a bug, unless somebody took the table or the right away."""
    if isinstance(error, Rejected) and error.state in _TAKEN_AWAY:
        log.error("not writable", error=error.state)
        return problem_of(errors.LogUnavailable(), request)
    return await _on_bug(request, error)


async def _on_key_trouble(request: Request, _: Exception) -> Response:
    """A key can be neither read nor made: what cannot be sealed is not on record. `/health` says why."""
    return problem_of(errors.LogUnavailable(), request)


def add_problems(app: FastAPI) -> None:
    """Let every failure of the application leave as a problem."""
    app.add_exception_handler(HubError, _on_hub_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Rejected, _on_rejected)
    app.add_exception_handler(KeyTrouble, _on_key_trouble)
    app.add_exception_handler(Exception, _on_bug)
