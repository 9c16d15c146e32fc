"""Answers read as the hub reads them: their form, and whatever goes beyond the question."""

import re
from collections.abc import Iterable, Iterator, Mapping

from onceonly.conformance.about import Offer
from onceonly.conformance.asking import Heard
from onceonly.conformance.checks import Faults, Trial
from onceonly.conformance.forms import WRONG, wanted
from onceonly.domain.calendar import Month, Months
from onceonly.domain.catalogue import Profile
from onceonly.domain.errors import ProviderUnreadable
from onceonly.domain.evidence import NAMES, cut
from onceonly.domain.retrievals import Delivered
from onceonly.readers.schemas import validator_of

# Only what looks like a field is told by its name: a member could be named after a person.
_CATALOGUED = re.compile(r"[a-z0-9_.\[\]]{1,80}")


def offered(trial: Trial) -> Iterator[tuple[str, Offer, str, Profile]]:
    """Every profile that is offered, with what people call it."""
    for offer in trial.about.evidence:
        for code in offer.profiles:
            yield (
                f"{offer.evidence_type} {code}",
                offer,
                code,
                trial.about.profile(offer, code, trial.law),
            )


def content_of(heard: Heard) -> Mapping[str, object] | str:
    """The content of an answer, or why there is none."""
    answer = heard.meant()
    if isinstance(answer, Delivered):
        return "content that is null" if answer.content is None else answer.content
    return answer if isinstance(answer, str) else heard.told


def beyond(content: Mapping[str, object], fields: Iterable[str]) -> list[str]:
    """Leaves that were not asked for, spelled as the catalogue spells fields."""
    granted = set(fields)
    for one in fields:
        holder, _, last = one.rpartition(".")
        if last == "ref":
            granted |= {f"{prefix}.{name}" for prefix in (one, holder) for name in NAMES}
            granted |= {f"{prefix}.given_names[]" for prefix in (one, holder)}
    records = content.get("months") if isinstance(content.get("months"), list) else [content]
    found = dict.fromkeys(path for one in listed(records) for path in _leaves(one, ""))
    return [
        path if _CATALOGUED.fullmatch(path) else "a member that no catalogue knows"
        for path in found
        if path not in granted
    ]


def listed(value: object) -> list[object]:
    """The elements of a list; of anything else none."""
    return value if isinstance(value, list) else []


def _leaves(value: object, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member, f"{path}[]")
    else:
        yield path


def faults_of(
    trial: Trial, heard: Heard, profile: Profile, fields: tuple[str, ...], months: Months
) -> tuple[Faults, Faults]:
    """Faults of form, and members beyond the question, as the hub finds them."""
    content = content_of(heard)
    if isinstance(content, str):
        return [content], []
    try:
        result = cut(
            content,
            fields=fields,
            profile=profile,
            persons=[trial.someone_with(one).as_person() for one in trial.about.evidence],
            reference_month=months.first or Month.of(trial.now().date()),
            months=months,
            faults=validator_of(profile, fields, several=months.several),
        )
    except ProviderUnreadable as wrong:
        return _wrong(str(wrong), profile), []
    if not result.excess:
        return [], []
    named = beyond(content, fields)
    return [], named or [f"{result.excess} members whose month or condition does not hold"]


def _wrong(said: str, profile: Profile) -> Faults:
    if not said.startswith(WRONG):
        return [said]
    return wanted(said.removeprefix(WRONG).split(", "), profile)


def span_of(first: str, last: str | None) -> Months:
    """The months of a question."""
    return Months(Month.parse(first), None if last is None else Month.parse(last))
