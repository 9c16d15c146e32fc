"""Ways to get a provider wrong, one for each check at least, as vendors get it wrong."""

import gzip
import io
import json
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

from conformance.vendor import (
    Answer,
    Ask,
    Environment,
    Spoil,
    asked,
    provider,
    with_body,
)

Body = dict[str, Any]


def _on(wrong: Callable[[Body, Answer], Answer]) -> Spoil:
    """Spoils what is said to a question that was read."""

    def spoil(ask: Ask, environ: Environment) -> Answer:
        question, again = asked(environ)
        said = ask(again)
        return wrong(question, said) if question else said

    return spoil


def on_evidence(change: Callable[[Body, Body], object]) -> Spoil:
    """Spoils what is told with a 200."""

    def wrong(question: Body, said: Answer) -> Answer:
        if said[0] != 200:
            return said
        return with_body(said, lambda body: change(question, body))

    return _on(wrong)


def on_content(change: Callable[[Body, Body], object]) -> Spoil:
    """Spoils the content of an evidence, in place."""

    def spoil(question: Body, body: Body) -> None:
        if isinstance(body.get("content"), dict):
            change(question, body["content"])

    return on_evidence(spoil)


def _on_question(change: Callable[[Body], Body]) -> Spoil:
    """Reads another question than was asked."""

    def spoil(ask: Ask, environ: Environment) -> Answer:
        question, again = asked(environ)
        if not question:
            return ask(again)
        raw = json.dumps(change(question)).encode()
        return ask(again | {"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw))})

    return spoil


def _instead(of: int, becomes: int) -> Spoil:
    def spoil(ask: Ask, environ: Environment) -> Answer:
        status, headers, body = ask(environ)
        return (becomes if status == of else status), headers, body

    return spoil


class _Lenient:
    """Checks of claims, all but one."""

    def __init__(self, strict: Any, claim: str, good: object) -> None:
        self._strict, self._claim, self._good = strict, claim, good

    def validate(self, claims: Body) -> None:
        self._strict.validate(claims | {self._claim: self._good})


def _blind_to(claim: str) -> Callable[..., Any]:
    """A hub known by everything but this claim."""

    def known(issuer: str, own_url: str, municipality: str) -> Any:
        hub = provider.Hub(issuer, own_url, municipality)
        good = {"iss": issuer, "aud": own_url, "sub": municipality, "exp": time.time() + 60}
        hub._claims = _Lenient(hub._claims, claim, good[claim])
        return hub

    return known


class _Forgetful(provider.Hub):  # type: ignore[name-defined, misc]
    """Never reads the hub's keys a second time."""

    def _key(self, kid: str) -> Any:
        return self._keys.get(kid) if self._keys else super()._key(kid)


class _Credulous(provider.Hub):  # type: ignore[name-defined, misc]
    """Believes whatever looks like a token of this issuer, signed or not."""

    def sent(self, authorization: str) -> bool:
        return authorization.count(".") == 2


class _Thrifty(provider.Hub):  # type: ignore[name-defined, misc]
    """Counts a token as spent."""

    def __init__(self, *words: str) -> None:
        super().__init__(*words)
        self._spent: set[str] = set()

    def sent(self, authorization: str) -> bool:
        fresh = authorization not in self._spent
        self._spent.add(authorization)
        return fresh and bool(super().sent(authorization))


HUBS: Mapping[str, Callable[..., Any]] = {
    "token-believed": lambda _, *words: provider.Hub("http://elsewhere.example", *words),
    "token-again": _Thrifty,
    "no-bearer": _Credulous,
    "token-expired": _blind_to("exp"),
    "token-endless": _blind_to("exp"),
    "token-audience": _blind_to("aud"),
    "token-issuer": _blind_to("iss"),
    "token-municipality": _blind_to("sub"),
    "token-signature": _Credulous,
    "token-algorithm": _Credulous,
    "key-renewed": _Forgetful,
}
"""Check -> a way to know the hub that breaks it."""


def _no_token(ask: Ask, environ: Environment) -> Answer:
    question, again = asked(environ)
    if (
        question
        and not environ.get("HTTP_AUTHORIZATION")
        and question["person"]["given_names"] == ["Ayşe"]
    ):
        return 401, {"Content-Type": "application/problem+json"}, b'{"title": "Log in first"}'
    return ask(again)


def _unwell(ask: Ask, environ: Environment) -> Answer:
    return (503, {}, b"") if environ["PATH_INFO"] == "/v1/health" else ask(environ)


def _talks(question: Body, said: Answer) -> Answer:
    status, headers, _ = said
    if status != 404:
        return said
    name = question["person"]["family_name"]
    return status, headers, json.dumps({"title": f"{name} is not known"}).encode()


def _counts(_: Body, said: Answer) -> Answer:
    return with_body(said, lambda body: body | {"matches": 2}) if said[0] == 409 else said


def _person(**changes: object) -> Spoil:
    return _on_question(lambda asked: asked | {"person": asked["person"] | changes})


def _without_unknown_parts(ask: Ask, environ: Environment) -> Answer:
    question, again = asked(environ)
    if question and "00" in str(question["person"].get("date_of_birth")).split("-"):
        return 400, {}, b""
    return ask(again)


def _one_name(ask: Ask, environ: Environment) -> Answer:
    question, again = asked(environ)
    if question and not question["person"].get("family_name"):
        return 422, {}, b""
    return ask(again)


def _plain_letters(ask: Ask, environ: Environment) -> Answer:
    question, again = asked(environ)
    name = str(question.get("person", {}).get("family_name"))
    if question and any(ord(one) > 0x2FF for one in name):
        return 400, {}, b""
    return ask(again)


def _one_spelling(ask: Ask, environ: Environment) -> Answer:
    question, again = asked(environ)
    return (400, {}, b"") if question and "aliases" in question["person"] else ask(again)


def _reads_anything(ask: Ask, environ: Environment) -> Answer:
    """What cannot be read is about nobody."""
    return _instead(400, 404)(ask, environ)


def _breaks(ask: Ask, environ: Environment) -> Answer:
    return _instead(400, 500)(ask, environ)


def _all_fields(question: Body, content: Body) -> None:
    whole = provider.record(None, question["period"]["from_month"]) | {"iban": "none"}
    for name, value in whole.items():
        content.setdefault(name, value)


def _never_alone(question: Body, content: Body) -> None:
    """A member that nobody asked for, where few are asked for."""
    if len(question["fields"]) == 1:
        content["provisional"] = False


def _wrong_form(_: Body, content: Body) -> None:
    for name in ("total_ct", "state"):
        if name in content:
            content[name] = [content[name]]


def _one_record(_: Body, content: Body) -> None:
    months = content.pop("months", None)
    if months:
        content.update(months[0])


def _another_month(_: Body, content: Body) -> None:
    if "month" in content:
        content["month"] = "2020-01"


def _without_end(ask: Ask, environ: Environment) -> Answer:
    question, again = asked(environ)
    if question and question.get("period", {}).get("to_month") is None:
        return 400, {}, b""
    return ask(again)


def _as_of(instant: str | None) -> Spoil:
    return on_evidence(lambda _, body: body | {"as_of": instant})


def _strict(ask: Ask, environ: Environment) -> Answer:
    """Refuses every member and field that it does not know."""
    question, again = asked(environ)
    known = {"of_tomorrow"} & (question.keys() | set(question.get("fields", ())))
    return (400, {}, b"") if known else ask(again)


def _once(ask: Ask, environ: Environment) -> Answer:
    question, again = asked(environ)
    reference = str(question.get("reference"))
    if question and reference in _HEARD:
        return 400, {}, b""
    _HEARD.add(reference)
    return ask(again)


_HEARD: set[str] = set()
_LAST: dict[str, Answer] = {}


def _mixes_up(ask: Ask, environ: Environment) -> Answer:
    """Who comes while another is served gets the other's answer."""
    question, again = asked(environ)
    _LAST["it"] = ask(again)
    if question:
        time.sleep(0.02)
    return _LAST["it"]


def _by_get(ask: Ask, environ: Environment) -> Answer:
    if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"] == "/v1/evidence":
        return 200, {}, b"{}"
    return ask(environ)


def _packs(ask: Ask, environ: Environment) -> Answer:
    status, headers, body = ask(environ)
    return status, headers | {"Content-Encoding": "gzip"}, gzip.compress(body)


def _slow(ask: Ask, environ: Environment) -> Answer:
    time.sleep(0.3)
    return ask(environ)


ANSWERS: Mapping[str, Spoil] = {
    "health": _unwell,
    "no-token": _no_token,
    "legible": _packs,
    "unknown": _on(_talks),
    "ambiguous": _on(_counts),
    "without": _instead(200, 404),
    "birth-date": _person(date_of_birth="1988-04-17"),
    "attributes": _person(address=None, place_of_birth=None),
    "unknown-birthday": _without_unknown_parts,
    "one-name": _one_name,
    "letters": _plain_letters,
    "aliases": _one_spelling,
    "later": _on(lambda _, said: (202, {}, b"") if said[0] == 202 else said),
    "refused": _on(lambda _, said: (403, {}, b"{}") if said[0] == 403 else said),
    "protected": on_evidence(lambda _, body: {"content": {}} if "flags" in body else None),
    "silent": _on(_talks),
    "form": on_content(_wrong_form),
    "exact-fields": on_content(_all_fields),
    "single-field": on_content(_never_alone),
    "whole": on_content(lambda _, content: content.pop("state", None)),
    "one-month": on_content(_another_month),
    "several-months": on_content(_one_record),
    "open-end": _without_end,
    "as-of": _as_of("2026-01-01T00:00:00Z"),
    "other-evidence": _instead(403, 404),
    "unknown-field": _strict,
    "unknown-member": _strict,
    "repeated": _once,
    "together": _mixes_up,
    "unreadable": _reads_anything,
    "no-text": _breaks,
    "no-get": _by_get,
    "direct": _instead(404, 307),
    "plain": _packs,
    "readable": on_evidence(lambda _, body: body | {"flags": {"vip": False}}),
    "in-time": _slow,
    "unbroken": _instead(404, 503),
    "still-well": _unwell,
}
"""Check -> a way to answer that breaks it."""

DOORS: Mapping[str, ssl.VerifyMode] = {
    "no-certificate": ssl.CERT_OPTIONAL,
    "certificate-forged": ssl.CERT_NONE,
}
"""Check -> a way to look at certificates that breaks it."""
