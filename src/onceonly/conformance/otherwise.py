"""Answered otherwise than with evidence: later, refused or protected, and never quoting anybody."""

import json

from onceonly.conformance.asking import Heard, is_answer
from onceonly.conformance.checks import Came, Check, DoesNotApply, Faults, Trial, unless
from onceonly.connectors.answers import REASONS
from onceonly.domain.retrievals import Later, Nothing

_SHORT = 3
"""A word as short as that may stand anywhere by chance."""


async def _later(trial: Trial) -> Came:
    somebody = trial.somebody("later")
    if somebody is None:
        return DoesNotApply("the file names no `later`")
    heard = await trial.ask(trial.question(somebody))
    answer = heard.meant()
    if not isinstance(answer, Later):
        return [heard.told]
    if answer.available_at is None:
        return ["202 without a readable `available_at`"]
    return [] if answer.available_at > trial.now() else ["202 with an `available_at` that is past"]


async def _refused(trial: Trial) -> Came:
    somebody = trial.somebody("refused")
    if somebody is None:
        return DoesNotApply("the file names no `refused`")
    return has_reason(await trial.ask(trial.question(somebody)), *sorted(REASONS))


def has_reason(heard: Heard, *reasons: str) -> Faults:
    """A 403 that says in `reason` one of these."""
    faults = unless(heard, 403)
    if faults:
        return faults
    try:
        body = json.loads(heard.body)
    except ValueError:
        return ["403 with a body that is no JSON"]
    told = body.get("reason") if isinstance(body, dict) else None
    return [] if told in reasons else ["403 with another `reason`, or none"]


async def _protected(trial: Trial) -> Came:
    somebody = trial.somebody("protected")
    if somebody is None:
        return DoesNotApply("the file names no `protected`")
    heard = await trial.ask(trial.question(somebody))
    answer = heard.meant()
    if answer not in (Nothing("protected"), Nothing("unknown")):
        return [f"{heard.told} without such a flag" if is_answer(heard) else heard.told]
    told_more = is_answer(heard) and json.loads(heard.body).get("content") is not None
    return ["200 with the flag and content beside it"] if told_more else []


async def _silent(trial: Trial) -> Faults:
    people = trial.asked_about
    words = {word for one in people for word in (one.family_name, *one.given_names) if word}
    words = {word.casefold() for word in words if len(word) > _SHORT} | {
        one.date_of_birth for one in people
    }
    spoken = [
        one.told
        for one in trial.hub.heard
        if one.status is not None and not is_answer(one) and _says(one, words)
    ]
    return [f"{status} with a name or a birth date in it" for status in sorted(set(spoken))]


def _says(heard: Heard, words: set[str]) -> bool:
    text = heard.body.decode("utf-8", "replace")
    plain = text.casefold() + repr(sorted(heard.headers.items())).casefold()
    escaped = {json.dumps(word).strip('"').casefold() for word in words}
    return any(word in plain for word in words | escaped)


OTHERWISE = (
    Check(
        "later",
        "An answer that takes longer is promised.",
        "202 with an `available_at` to come",
        "Write `available_at` with its zone: 2026-10-05T10:00:00Z.",
        _later,
    ),
    Check(
        "refused",
        "A refusal has its reason.",
        f"403 with `reason` one of {' '.join(sorted(REASONS))}",
        "Send problem+json with one of these reasons; the asking office is told it.",
        _refused,
    ),
    Check(
        "protected",
        "Whoever is protected is flagged, or not known.",
        "404, or 200 with `address_protected`, `conditional` or `register_blocked` and no content",
        "Set the flag and send null: the hub tells nobody, and looks as if nobody were known.",
        _protected,
    ),
    Check(
        "silent",
        "No refusal quotes the person.",
        "no name and no birth date in any answer but 200",
        "Write fixed sentences into problems; frameworks like to echo what they were given.",
        _silent,
    ),
)
