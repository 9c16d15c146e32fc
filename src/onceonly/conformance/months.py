"""For which months: one record of one month, a record of each of several, and an open end."""

from collections.abc import Mapping

from onceonly.conformance.about import Offer
from onceonly.conformance.checks import (
    Came,
    Check,
    DoesNotApply,
    Faults,
    Section,
    Trial,
    about_each,
)
from onceonly.conformance.reading import content_of, faults_of, listed, offered, span_of
from onceonly.domain.catalogue import Profile


def _monthly(trial: Trial) -> list[tuple[str, Offer, str, Profile]]:
    return [one for one in offered(trial) if "month" in one[3].leaves]


async def _one_month(trial: Trial) -> Came:
    said: dict[str, Faults] = {}
    for name, offer, code, _ in _monthly(trial):
        for month in offer.months.all[:3]:
            asked = trial.question(
                trial.someone_with(offer), offer, profile=code, months=(month, month)
            )
            content = content_of(await trial.ask(asked))
            if isinstance(content, str):
                said[f"{name}, {month}"] = [content]
            elif "months" in content:
                said[f"{name}, {month}"] = ["a list of months"]
            else:
                right = content.get("month") == month
                said[f"{name}, {month}"] = (
                    [] if right else ["a record of another month, or of none"]
                )
    return about_each(said) if said else DoesNotApply("no profile has a month")


async def _several_months(trial: Trial) -> Came:
    said: dict[str, Faults] = {}
    for name, offer, code, profile in _monthly(trial):
        wanted = offer.months.all
        if len(wanted) == 1:
            continue
        span = (wanted[0], wanted[-1])
        asked = trial.question(trial.someone_with(offer), offer, profile=code, months=span)
        heard = await trial.ask(asked)
        fields = trial.about.fields(offer, code, trial.law)
        wrong, more = faults_of(trial, heard, profile, fields, span_of(*span))
        said[name] = [*wrong, *more] or _records(content_of(heard), wanted)
    return about_each(said) if said else DoesNotApply("no profile has a month, or only one is told")


def _records(content: Mapping[str, object] | str, wanted: list[str]) -> Faults:
    if isinstance(content, str):
        return [content]
    if not isinstance(content.get("months"), list):
        return ["one record"]
    told = [
        one.get("month") if isinstance(one, dict) else None for one in listed(content["months"])
    ]
    if len(told) != len(set(map(str, told))):
        return ["a month twice"]
    return [] if sorted(map(str, told)) == wanted else ["other months, or not all of them"]


async def _open_end(trial: Trial) -> Came:
    said: dict[str, Faults] = {}
    for name, offer, code, profile in offered(trial):
        span = (offer.months.first, None)
        asked = trial.question(trial.someone_with(offer), offer, profile=code, months=span)
        fields = trial.about.fields(offer, code, trial.law)
        wrong, more = faults_of(trial, await trial.ask(asked), profile, fields, span_of(*span))
        said[name] = [*wrong, *more]
    return about_each(said)


FOR_WHICH_MONTHS = Section(
    "For which months",
    "Months",
    (
        Check(
            "one-month",
            "Asked about one month, it sends one record of that month.",
            "a record with its `month`",
            "`period` says which month, both ends included; `reference_month` is what is judged.",
            _one_month,
            after="form",
        ),
        Check(
            "several-months",
            "Asked about several months, it sends a record for each.",
            '`{"months": […]}`, each month of the period once',
            "Where `fields` has `month` and the period more than one, send the list.",
            _several_months,
            after="exact-fields",
        ),
        Check(
            "open-end",
            "A period may have no end.",
            "200 in the right form for `to_month: null`",
            "Answer for `from_month`, or for each month that you know of from then on.",
            _open_end,
            after="several-months",
        ),
    ),
)
