"""About whom: exactly one person fits every attribute given, and nobody else is told about."""

import json
from collections.abc import Mapping

from onceonly.conformance.about import Somebody
from onceonly.conformance.asking import Heard, is_answer
from onceonly.conformance.checks import (
    NOBODY_ELSE,
    Came,
    Check,
    DoesNotApply,
    Faults,
    LeftOut,
    Run,
    Section,
    Trial,
    about_each,
    unless,
)
from onceonly.conformance.otherwise import OTHERWISE
from onceonly.domain.retrievals import Delivered

_PROBLEM = frozenset({"type", "title", "status", "detail", "instance", "reason"})
_VARIES = frozenset({"date", "age", "traceparent", "tracestate", "server-timing"})
_NAMES = (
    "O’Beispiel",
    "Ạ\u0308ß-ẞchmıdt",
    "K\u035fhoj\u0301a Ž\u0327",
    "l\u0325\u0304Û\u0304m\u0310",
    "J\u030cǞ\u02b9\u02ba`~",
    "Đặng ǭŵŷ",
)
"""Names with letters of DIN 91379, several of which are no single code point."""


def _fits(name: str, *wanted: int) -> Run:
    """The person of this name is answered so."""

    async def run(trial: Trial) -> Came:
        somebody = trial.somebody(name)
        if somebody is None:
            return LeftOut(f"name `{name}` in the file")
        return unless(await trial.ask(trial.question(somebody)), *wanted)

    return run


async def _unknown(trial: Trial) -> Faults:
    somebody = trial.somebody("unknown")
    assert somebody is not None  # noqa: S101 -- somebody is always unknown
    heard = [await trial.ask(trial.question(one)) for one in (somebody, NOBODY_ELSE)]
    faults = [fault for one in heard for fault in unless(one, 404)]
    return faults or _unlike(*heard)


def _unlike(one: Heard, other: Heard) -> Faults:
    faults = []
    if one.body != other.body:
        faults.append(f"two bodies that differ, of {len(one.body)} and {len(other.body)} bytes")
    names = [{name for name in heard.headers if name not in _VARIES} for heard in (one, other)]
    if names[0] != names[1]:
        faults.append("two answers with different headers")
    return faults


async def _ambiguous(trial: Trial) -> Came:
    somebody = trial.somebody("ambiguous")
    if somebody is None:
        return LeftOut("name `ambiguous` in the file: names and birth date that fit two people")
    heard = await trial.ask(trial.question(somebody))
    faults = unless(heard, 409)
    if faults or not heard.body:
        return faults
    members = _members(heard)
    return [] if members <= _PROBLEM else ["409 with members that are not of a problem"]


def _members(heard: Heard) -> set[str]:
    try:
        body = json.loads(heard.body)
    except ValueError:
        return set()
    return set(body) if isinstance(body, dict) else {"a list"}


async def _without(trial: Trial) -> Came:
    somebody = trial.somebody("without")
    if somebody is None:
        return LeftOut("name `without` in the file: known, but without the benefit")
    said: dict[str, Faults] = {}
    for offer in trial.about.evidence:
        profile = trial.about.profile(offer, offer.profiles[0], trial.law)
        states = [one for one in profile.fields if one.path == "state"]
        heard = await trial.ask(trial.question(somebody, offer))
        answer = heard.meant()
        if not isinstance(answer, Delivered):
            said[offer.evidence_type] = [str(answer) if is_answer(heard) else heard.told]
        elif states and "none" in states[0].values:
            said[offer.evidence_type] = _no_benefit(answer.content)
        else:
            said[offer.evidence_type] = (
                [] if answer.content is None else ["content that is not null"]
            )
    return about_each(said)


def _no_benefit(content: Mapping[str, object] | None) -> Faults:
    if content is None:
        return ["content that is null"]
    return [] if content.get("state") == "none" else ["another state than none, or no state"]


async def _another_day(trial: Trial) -> Faults:
    person = trial.someone_with(trial.offer)
    year = int(person.date_of_birth[:4])
    moved = {"date_of_birth": f"{year - 1:04}{person.date_of_birth[4:]}"}
    return unless(await trial.ask(trial.question(person.model_copy(update=moved))), 404)


async def _another_attribute(trial: Trial) -> Came:
    person = trial.someone_with(trial.offer)
    given = [one for one in trial.about.match_on if getattr(person, one)]
    if not given:
        return DoesNotApply("nothing is matched on beyond names and birth date")
    said: dict[str, Faults] = {}
    for name in given:
        asked = trial.question(person)
        changed = dict(_object(asked["person"])) | {name: _other(getattr(person, name))}
        if name != "aliases":
            said[name] = unless(await trial.ask(asked | {"person": changed}), 404)
    return about_each(said)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _other(value: object) -> object:
    """A value of the same form that fits nobody."""
    if isinstance(value, Mapping):
        return {name: "99998" if name == "postal_code" else "Nirgendwo" for name in value}
    return "99999999999" if str(value).isdigit() else "Nirgendwo"


async def _unknown_parts(trial: Trial) -> Came:
    somebody = trial.somebody("half_dated")
    if somebody is None:
        return LeftOut("name `half_dated` in the file: month or day of birth unknown, written 00")
    said = {"half_dated": unless(await trial.ask(trial.question(somebody)), 200)}
    person = trial.someone_with(trial.offer)
    for parts in (f"{person.date_of_birth[:7]}-00", f"{person.date_of_birth[:4]}-00-00"):
        asked = person.model_copy(update={"date_of_birth": parts})
        said[parts[4:]] = unless(await trial.ask(trial.question(asked)), 200, 404, 409)
    return about_each(said)


async def _one_name(trial: Trial) -> Came:
    said = {
        "no given name": unless(
            await trial.ask(trial.question(NOBODY_ELSE.model_copy(update={"given_names": []}))), 404
        ),
        "no family name": unless(
            await trial.ask(trial.question(NOBODY_ELSE.model_copy(update={"family_name": None}))),
            404,
        ),
    }
    somebody = trial.somebody("one_name")
    if somebody is None:
        return about_each(said) or LeftOut("name `one_name` in the file: has one name only")
    said["one_name"] = unless(await trial.ask(trial.question(somebody)), 200)
    return about_each(said)


async def _letters(trial: Trial) -> Faults:
    said: dict[str, Faults] = {}
    for name in _NAMES:
        heard = await trial.ask(
            trial.question(
                Somebody(family_name=name, given_names=[name], date_of_birth="1951-01-01")
            )
        )
        said[ascii(name)] = unless(heard, 404)
    return about_each(said)


async def _aliases(trial: Trial) -> Came:
    if "aliases" not in trial.about.match_on:
        return DoesNotApply("aliases are not among what it matches on")
    spelled = [{"family_name": "Πουθενάς", "given_names": ["Μάρθα"]},
               {"family_name": "Нигдева", "given_names": ["Марта"]}]  # fmt: skip
    asked = trial.question(NOBODY_ELSE.model_copy(update={"aliases": spelled}))
    return unless(await trial.ask(asked), 404)


ABOUT_WHOM = Section(
    "About whom",
    "The person",
    (
        Check(
            "unknown",
            "Whoever is not known is answered 404, everybody alike.",
            "404, and for two unknown people the same bytes",
            "Answer 404 wherever nobody fits, with one fixed body or none; the question must not change"
            " it.",
            _unknown,
        ),
        Check(
            "ambiguous",
            "More than one person who fits is 409, without data and without a count.",
            "409; a body, if any, is a problem",
            "Count the people who fit all attributes; send none of them, and not how many.",
            _ambiguous,
        ),
        Check(
            "without",
            "Who is known but has nothing is told apart from who is not known.",
            '200 with `state: "none"`, or `content: null` where the evidence has no such state',
            "A person without the benefit is known: send the state, or null where there is none; 404 says"
            " that nobody is known.",
            _without,
        ),
        Check(
            "birth-date",
            "Another birth date is another person.",
            "404",
            "All attributes given must fit; never answer for the nearest match.",
            _another_day,
            after="unknown",
        ),
        Check(
            "attributes",
            "Every attribute that is given must fit.",
            "404 where one of `match_on` is changed",
            "Compare what you are given beyond names and birth date; or leave it out of `match_on`.",
            _another_attribute,
            after="unknown",
        ),
        Check(
            "unknown-birthday",
            "A birth date with unknown parts is read.",
            "200 for `half_dated`; 200, 404 or 409 for a known person asked about so",
            "`00` is an unknown month or day: read it as text, and let it fit any.",
            _unknown_parts,
        ),
        Check(
            "one-name",
            "A person may have one name only.",
            "200 for `one_name`; 404 for unknown people with `family_name: null` or no given name",
            "`family_name` may be null and `given_names` empty, never both.",
            _one_name,
            after="unknown",
        ),
        Check(
            "letters",
            "A name with any letter of DIN 91379 is read.",
            "404 for unknown people with such names",
            "Store and compare text as Unicode (NFC); some letters are two code points.",
            _letters,
            after="unknown",
        ),
        Check(
            "aliases",
            "Aliases in Greek and Cyrillic letters are read.",
            "404 for an unknown person with such aliases",
            "Read `aliases`; whom an alias fits, fits.",
            _aliases,
            after="unknown",
        ),
        *OTHERWISE,
    ),
)
