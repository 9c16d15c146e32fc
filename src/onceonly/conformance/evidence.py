"""What is answered: the asked fields in the catalogue's form, and nothing else."""

import asyncio
from datetime import timedelta

from onceonly.conformance.about import Offer
from onceonly.conformance.asking import Heard, is_answer
from onceonly.conformance.checks import (
    NOBODY,
    Came,
    Check,
    Faults,
    Section,
    Trial,
    about_each,
    unless,
)
from onceonly.conformance.otherwise import has_reason
from onceonly.conformance.reading import beyond, content_of, faults_of, offered, span_of
from onceonly.domain.catalogue import Field, Profile
from onceonly.domain.evidence import OPEN_END
from onceonly.domain.retrievals import Delivered

_AT_ONCE = 8
_FRESH = timedelta(hours=24)
_LEEWAY = timedelta(seconds=60)


async def _answered(trial: Trial, *, form: bool) -> Came:
    said: dict[str, Faults] = {}
    for name, offer, code, profile in offered(trial):
        fields = trial.about.fields(offer, code, trial.law)
        heard = await trial.ask(trial.question(trial.someone_with(offer), offer, profile=code))
        months = span_of(offer.months.first, offer.months.first)
        wrong, more = faults_of(trial, heard, profile, fields, months)
        said[name] = wrong if form else more
    return about_each(said)


async def _form(trial: Trial) -> Came:
    return await _answered(trial, form=True)


async def _exact(trial: Trial) -> Came:
    return await _answered(trial, form=False)


async def _whole(trial: Trial) -> Came:
    said: dict[str, Faults] = {}
    for name, offer, code, profile in offered(trial):
        fields = trial.about.fields(offer, code, trial.law)
        content = content_of(
            await trial.ask(trial.question(trial.someone_with(offer), offer, profile=code))
        )
        if isinstance(content, str):
            said[name] = [content]
            continue
        needed = [
            one.path.removesuffix("[]")
            for one in profile.fields
            if one.required and one.condition is None and one.path in fields and "." not in one.path
        ]
        said[name] = [f"no {path}" for path in needed if path not in content]
        if not content:
            said[name] = ["no field at all"]
    return about_each(said)


def _with_conditions(path: str, profile: Profile, fields: tuple[str, ...]) -> tuple[str, ...]:
    """The field and those by which one sees whether it may be there."""
    by_path: dict[str, Field] = {one.path: one for one in profile.fields}
    wanted = {path}
    todo = [path]
    while todo:
        condition = by_path[todo.pop()].condition
        if condition is None:
            continue
        seen_by = {"field": [condition.name], "overlaps": ["from_month", OPEN_END]}
        for other in seen_by.get(condition.kind, []):
            if other in fields and other not in wanted:
                wanted.add(other)
                todo.append(other)
    return tuple(one for one in fields if one in wanted)


async def _single(trial: Trial) -> Came:
    said: dict[str, Faults] = {}
    for name, offer, code, profile in offered(trial):
        months = span_of(offer.months.first, offer.months.first)
        fields = trial.about.fields(offer, code, trial.law)
        for path in fields:
            asked = _with_conditions(path, profile, fields)
            heard = await trial.ask(
                trial.question(trial.someone_with(offer), offer, profile=code, fields=asked)
            )
            wrong, more = faults_of(trial, heard, profile, asked, months)
            said[f"{name}, asked for {path}"] = [*wrong, *(f"also {one}" for one in more)]
    return about_each(said)


async def _as_of(trial: Trial) -> Came:
    said: dict[str, Faults] = {}
    for offer in trial.about.evidence:
        answer = (await trial.ask(trial.question(trial.someone_with(offer), offer))).meant()
        said[offer.evidence_type] = _age(answer, trial, offer)
    return about_each(said)


def _age(answer: object, trial: Trial, offer: Offer) -> Faults:
    if not isinstance(answer, Delivered):
        return ["no content"]
    if answer.as_of is None:
        return ["no `as_of`"]
    if answer.as_of > trial.now() + _LEEWAY:
        return ["an `as_of` to come"]
    if offer.immediate and trial.now() - answer.as_of > _FRESH:
        return ["an `as_of` more than 24 hours ago"]
    return []


async def _other_type(trial: Trial) -> Faults:
    offered = {one.evidence_type for one in trial.about.evidence}
    other = next(
        one
        for one in trial.law.catalogue.evidence_types.values()
        if one.code not in offered and one.profiles and not one.blocked
    )
    code, profile = next(iter(other.profiles.items()))
    asked = trial.question(trial.someone_with(trial.offer)) | {
        "evidence_type": other.code,
        "profile": code,
        "fields": list(profile.leaves),
    }
    return has_reason(await trial.ask(asked), "not-competent")


async def _unknown_field(trial: Trial) -> Faults:
    offer = trial.offer
    fields = trial.about.fields(offer, offer.profiles[0], trial.law)
    asked = trial.question(
        trial.someone_with(offer), fields=(*fields, "of_tomorrow", "of.tomorrow[].x")
    )
    content = content_of(await trial.ask(asked))
    return (
        [content]
        if isinstance(content, str)
        else [f"also {one}" for one in beyond(content, fields)]
    )


async def _unknown_member(trial: Trial) -> Faults:
    asked = trial.question(trial.someone_with(trial.offer))
    person = asked["person"]
    assert isinstance(person, dict)  # noqa: S101 -- as it was written
    more = {"of_tomorrow": {"a": [1]}, "person": person | {"of_tomorrow": None}}
    return unless(await trial.ask(asked | more), 200)


async def _repeated(trial: Trial) -> Faults:
    asked = trial.question(trial.someone_with(trial.offer))
    once, again = await trial.ask(asked), await trial.ask(asked)
    faults = unless(once, 200) or unless(again, 200)
    if faults:
        return faults
    return [] if content_of(once) == content_of(again) else ["two contents"]


async def _together(trial: Trial) -> Faults:
    offer = trial.offer
    person = trial.someone_with(offer)
    fields = trial.about.fields(offer, offer.profiles[0], trial.law)
    first, all_of = trial.question(person, fields=fields[:1]), trial.question(person)
    nobody = trial.question(NOBODY)
    asked = [(first, all_of, nobody)[number % 3] for number in range(_AT_ONCE)]
    alone = [await trial.ask(one) for one in (first, all_of, nobody)]
    heard = await asyncio.gather(*(trial.ask(one) for one in asked))
    mixed = [
        one.told
        for number, one in enumerate(heard)
        if (one.status, _kept(one)) != (alone[number % 3].status, _kept(alone[number % 3]))
    ]
    return [f"{status} with something else than when asked alone" for status in sorted(set(mixed))]


def _kept(heard: Heard) -> object:
    return content_of(heard) if is_answer(heard) else None


WHAT_IS_ANSWERED = Section(
    "What is answered",
    "The fields",
    (
        Check(
            "form",
            "Every field has the form that the catalogue gives it.",
            "for each profile that is offered, a 200 whose fields are of the right form",
            "Send each field as the catalogue has it: whole cents, `YYYY-MM`, `YYYY-MM-DD`, words of"
            " the closed lists, people by their names; no text for a number.",
            _form,
        ),
        Check(
            "exact-fields",
            "Asked for all fields of a profile, it sends these and no more.",
            "no member beyond the asked fields, none whose condition does not hold",
            "Build the answer from `fields`, never from the record that you have.",
            _exact,
            after="form",
        ),
        Check(
            "single-field",
            "Asked for one field, it sends that one alone.",
            "the one field, in whatever list or container it lies",
            "`fields` is the whole permission; the profile's name adds nothing to it.",
            _single,
            after="exact-fields",
        ),
        Check(
            "whole",
            "What must be there is there.",
            "the required fields of each profile, for somebody who has such evidence",
            "A field that has no value is left out; one that the catalogue calls required has one.",
            _whole,
            after="form",
        ),
        Check(
            "as-of",
            "It says when its answer was true.",
            "`as_of` with its zone, not to come; where it answers immediately, of the last 24 hours",
            "Write the instant at which you read your own record.",
            _as_of,
        ),
        Check(
            "other-evidence",
            "Evidence that it does not issue is refused.",
            "403 with `reason` not-competent",
            "Compare `evidence_type` before you look for the person: 404 would say that nobody is"
            " known.",
            _other_type,
        ),
        Check(
            "unknown-field",
            "A field that it does not know does no harm.",
            "200 with the fields it knows",
            "Leave it out; the catalogue grows.",
            _unknown_field,
            after="exact-fields",
        ),
        Check(
            "unknown-member",
            "A member of the question that it does not know does no harm.",
            "200",
            "Ignore it: version 1 may come to have more members.",
            _unknown_member,
        ),
        Check(
            "repeated",
            "A question may be repeated.",
            "200 twice with one content, for one `reference`",
            "Answer again: after a 202 the hub asks with the same `reference`.",
            _repeated,
        ),
        Check(
            "together",
            "Questions at once are kept apart.",
            f"for {_AT_ONCE} questions at once what each is answered alone",
            "Keep nothing of a call outside of it.",
            _together,
        ),
    ),
)
