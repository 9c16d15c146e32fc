"""A mistake that vendors make is told once, by the check that is about it, in words that name it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.spoiling import on_content, on_evidence
from conformance.trials import a_trial
from conformance.vendor import Answer, Ask, Environment, Spoil
from onceonly.conformance.about import About
from onceonly.conformance.suite import try_out
from onceonly.domain.rules import Law

Body = dict[str, Any]


def _raw(change: Callable[[bytes], bytes], **headers: str) -> Spoil:
    """Spoils the bytes of what is told with a 200."""

    def spoil(ask: Ask, environ: Environment) -> Answer:
        status, kept, body = ask(environ)
        if status != 200 or environ["PATH_INFO"] == "/v1/health":
            return status, kept, body
        return status, kept | headers, change(body)

    return spoil


def _each(name: str, change: Callable[[Any], object]) -> Spoil:
    """Spoils a member of this name, wherever it lies in the content."""

    def walk(value: object) -> None:
        for one in value.values() if isinstance(value, dict) else value:  # type: ignore[attr-defined]
            if isinstance(one, dict | list):
                walk(one)
        if isinstance(value, dict) and name in value:
            value[name] = change(value[name])

    return on_content(lambda _, content: walk(content))


def _top(**members: object) -> Spoil:
    return on_evidence(lambda _, body: body | members)


def _always_a_list(question: Body, body: Body) -> Body:
    content = body["content"]
    if content is None or "month" not in content or "month" not in question["fields"]:
        return body
    return body | {"content": {"months": [content]}}


def _bare_list(_: Body, body: Body) -> Body:
    content = body["content"]
    return body | {"content": content["months"]} if content and "months" in content else body


def _flag_and_content(_: Body, body: Body) -> Body:
    return body | {"content": {"state": "granted"}} if any(body.get("flags", {}).values()) else body


def _redirects(_: Ask, environ: Environment) -> Answer:
    return 308, {"Location": environ["PATH_INFO"] + "/"}, b""


def _latin(body: bytes) -> bytes:
    text = json.dumps(json.loads(body), ensure_ascii=False)
    return text.replace("Ayse", "Ayşe").encode("iso-8859-9")


@dataclass(frozen=True)
class Mistake:
    spoil: Spoil
    check: str
    words: str
    told_again: tuple[str, ...] = ()


MISTAKES = {
    "every path redirected": Mistake(_redirects, "health", "308"),
    "a byte order mark": Mistake(
        _raw(lambda body: b"\xef\xbb\xbf" + body), "legible", "order mark"
    ),
    "packed though named otherwise": Mistake(
        _raw(lambda body: body, **{"Content-Encoding": "br"}), "legible", "encoded body (br)"
    ),
    "Latin letters of another set": Mistake(_raw(_latin), "legible", "no UTF-8 at byte"),
    "another charset": Mistake(
        _raw(lambda body: body, **{"Content-Type": "application/json; charset=iso-8859-1"}),
        "legible",
        "charset",
    ),
    "a comma too many": Mistake(
        _raw(lambda body: body[:-1] + b",}"), "legible", "no JSON at line 1"
    ),
    "a member twice": Mistake(
        _raw(lambda body: body[:-1] + b',"as_of":null,"as_of":null}'), "legible", "there twice"
    ),
    "NaN": Mistake(_raw(lambda body: body[:-1] + b',"x":NaN}'), "legible", "NaN"),
    "nothing": Mistake(_raw(lambda _: b""), "legible", "an empty body"),
    "a list of answers": Mistake(_raw(lambda body: b"[" + body + b"]"), "legible", "no object"),
    "an envelope of one's own": Mistake(
        on_evidence(lambda _, body: {"data": body}), "legible", "no `content`"
    ),
    "an instant without its zone": Mistake(
        _top(as_of="2026-06-10T08:00:00"), "legible", "`as_of` that is no instant with its zone"
    ),
    "a German day": Mistake(_top(document_date="15.12.2025"), "legible", "2025-12-15"),
    "flags that are null": Mistake(_top(flags=None), "legible", "leave them out"),
    "a flag of one's own": Mistake(_top(flags={"vip": True}), "legible", "professional_secrecy"),
    "money in euros": Mistake(
        _each("total_ct", lambda _: 563.5), "form", "/total_ct should be whole"
    ),
    "money as text": Mistake(_each("total_ct", str), "form", "without quotes"),
    "a month with its day": Mistake(
        _each("from_month", lambda one: f"{one}-01"), "form", "/from_month should be a month"
    ),
    "a state in one's own words": Mistake(
        _each("state", lambda one: one if one == "none" else "bewilligt"),
        "form",
        "/state should be one of none applied granted",
    ),
    "yes and no as words": Mistake(_each("provisional", str), "form", "true or false"),
    "a person as one text": Mistake(
        _each("ref", lambda _: "Mustergül, Ayşe"), "form", "/members/0/ref should be a person"
    ),
    "one month in a list": Mistake(on_evidence(_always_a_list), "form", "one record"),
    "months without their object": Mistake(
        on_evidence(_bare_list), "several-months", "no `content`", ("readable",)
    ),
    "a member more": Mistake(
        on_content(lambda _, content: content.update(caseworker="x")), "exact-fields", "caseworker"
    ),
    "content beside a protection": Mistake(
        on_evidence(_flag_and_content), "protected", "content beside it"
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_breaks_the_check_about_it_and_no_other(
    name: str, about: About, law: Law
) -> None:
    mistake = MISTAKES[name]

    async with a_trial(about, law, spoil=mistake.spoil) as trial:
        report = await try_out(trial, lambda _, __: None)

    broken = {one.check.name: one for one in report.findings if one.broken}
    # The example reads the hub's keys once a second; that is not waited for here.
    broken.pop("key-renewed", None)
    assert broken.keys() == {mistake.check, *mistake.told_again}
    assert any(mistake.words in one for one in broken[mistake.check].came)


async def test_a_token_that_is_not_believed_is_told_with_what_it_said(
    about: About, law: Law
) -> None:
    def deaf(ask: Ask, environ: Environment) -> Answer:
        return (401, {}, b"") if environ["REQUEST_METHOD"] == "POST" else ask(environ)

    async with a_trial(about, law, spoil=deaf) as trial:
        report = await try_out(trial, lambda _, __: None)
        issuer = trial.hub.issuer

    (finding,) = [one for one in report.findings if one.broken]
    assert finding.came[0] == "401"
    assert finding.came[1] == f"it has never read {issuer.keys_url}"
    assert f"iss {issuer.url}, aud http://127.0.0.1:" in finding.came[2]
    assert finding.came[2].endswith("sub musterkreis")
