"""How it travels: what is no question is refused, and every answer is one the hub can take."""

import json
from collections.abc import Iterable
from http import HTTPStatus

from onceonly.conformance.asking import Heard, is_answer
from onceonly.conformance.checks import Check, Faults, Section, Trial, about_each, unless
from onceonly.conformance.legible import packed
from onceonly.connectors.answers import READ

_UNREADABLE = (400, 413, 415, 422)
_REDIRECTIONS = range(300, 400)
_TROUBLES = (HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600))
_DEEP = 20_000


async def well(trial: Trial) -> Faults:
    """Ask whether it is well."""
    return unless(await trial.hub.health(), 200)


async def _broken(trial: Trial) -> Faults:
    good = trial.question(trial.someone_with(trial.offer))
    person = good["person"]
    assert isinstance(person, dict)  # noqa: S101 -- as it was written
    bodies: dict[str, bytes | dict[str, object]] = {
        "no body": b"",
        "half a body": json.dumps(good).encode()[:-20],
        "a list": b"[]",
        "a page": b"<html></html>",
        "not UTF-8": b'{"reference": "\xff"}',
        "nested without end": b"[" * _DEEP,
        **{
            f"no {name}": {member: value for member, value in good.items() if member != name}
            for name in ("reference", "evidence_type", "fields", "period", "person")
        },
        "fields no list": good | {"fields": "state"},
        "a month that is none": good | {"period": {"from_month": "2026-13", "to_month": None}},
        "a person that is a list": good | {"person": [person]},
        "given names that are one text": good | {"person": person | {"given_names": "Ada"}},
        "a German date": good | {"person": person | {"date_of_birth": "17.04.1988"}},
    }
    said = {name: unless(await trial.hub.ask(body), *_UNREADABLE) for name, body in bodies.items()}
    return about_each(said)


async def _no_text(trial: Trial) -> Faults:
    good = trial.question(trial.someone_with(trial.offer))
    person = good["person"]
    assert isinstance(person, dict)  # noqa: S101 -- as it was written
    said: dict[str, Faults] = {}
    for name, half in {"high": "\ud800", "low": "\udc00"}.items():
        for member, value in (("family_name", half), ("given_names", [half])):
            # As escapes: the bytes are good UTF-8, the text is none.
            body = json.dumps(good | {"person": person | {member: value}}).encode()
            said[f"half a pair ({name}) in {member}"] = unless(
                await trial.hub.ask(body), *_UNREADABLE
            )
    nul = json.dumps(good | {"person": person | {"family_name": "A\0"}}).encode()
    said["NUL"] = unless(await trial.hub.ask(nul), *_UNREADABLE, 404)
    return about_each(said)


async def _no_get(trial: Trial) -> Faults:
    headers = {"authorization": f"Bearer {trial.hub.issuer.token()}"}
    heard = await trial.hub.send("GET", "/v1/evidence", headers)
    return unless(heard, 400, 404, 405)


async def _direct(trial: Trial) -> Faults:
    return _told(one for one in trial.hub.heard if one.status in _REDIRECTIONS)


async def _unbroken(trial: Trial) -> Faults:
    return _told(one for one in trial.hub.heard if one.status in _TROUBLES)


async def _in_time(trial: Trial) -> Faults:
    return _told(one for one in trial.hub.heard if one.status is None)


def _told(heard: Iterable[Heard]) -> Faults:
    counted: dict[str, int] = {}
    for one in heard:
        counted[one.told] = counted.get(one.told, 0) + 1
    return [f"{told}, {count} times" for told, count in counted.items()]


async def _plain(trial: Trial) -> Faults:
    faults = [fault for one in trial.hub.heard if one.status in READ for fault in packed(one)]
    return sorted(set(faults))


async def _readable(trial: Trial) -> Faults:
    meant = [one.meant() for one in trial.hub.answers if is_answer(one)]
    return sorted({one for one in meant if isinstance(one, str)})


AT_THE_DOOR = Section(
    "At the door",
    "What you build",
    (
        Check(
            "health",
            "It says that it is well.",
            "200 for `GET {url}/v1/health`, within 2 s",
            "Start it, give its base URL without `/v1`, and let health answer by itself: no redirect,"
            " no login page, nobody looked up.",
            well,
        ),
    ),
)

HOW_IT_TRAVELS = Section(
    "How it travels",
    "On the wire",
    (
        Check(
            "unreadable",
            "What is no question is refused as such.",
            f"one of {' '.join(map(str, _UNREADABLE))}",
            "Check the form of every member you rely on before you use it; catch every failure to"
            " read, too deep a nesting among them. 404 would say that nobody is known.",
            _broken,
        ),
        Check(
            "no-text",
            "Text that is no Unicode does not break it.",
            f"one of {' '.join(map(str, _UNREADABLE))} for half a surrogate pair",
            "Encode every text once as UTF-8 when you have read it, and refuse what cannot be.",
            _no_text,
            after="unknown",
        ),
        Check(
            "no-get",
            "A question is asked by POST alone.",
            "404 or 405 for GET",
            "Take no other method: a person would stand in an address.",
            _no_get,
        ),
        Check(
            "direct",
            "It redirects nobody.",
            "no 3xx in the whole trial",
            "Answer at the base URL itself: the hub follows no redirect.",
            _direct,
        ),
        Check(
            "plain",
            "It sends bodies as they are, in UTF-8.",
            "no `Content-Encoding`, no charset but UTF-8 in the whole trial",
            "Heed `Accept-Encoding: identity`: the hub refuses packed bodies. A proxy before you may"
            " pack by itself.",
            _plain,
        ),
        Check(
            "readable",
            "Every answer is one JSON object that every reader reads alike.",
            "for each 200 members once, numbers of JSON, known flags, readable days and instants",
            "Let a JSON library write it; see `openapi/provider.v1.json` for members and flags.",
            _readable,
        ),
        Check(
            "in-time",
            "Every answer comes in time.",
            "a whole answer to each call of the trial within `timeout_s`",
            "Answer within it, or 202 and `available_at`; close no connection before the answer.",
            _in_time,
        ),
        Check(
            "unbroken",
            "Nothing in the whole trial broke it.",
            "no 5xx, no 429",
            "See its own log for what happened; the checks above say what was sent.",
            _unbroken,
        ),
        Check(
            "still-well",
            "It is well after all that.",
            "200 for `GET {url}/v1/health`",
            "One bad call must not harm the next.",
            well,
        ),
    ),
)
