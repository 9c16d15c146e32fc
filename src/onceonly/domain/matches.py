"""Which rows speak of a question, and what each of them would give."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from onceonly.domain.case import Case, consumer_is_section35, provider_is_section35
from onceonly.domain.catalogue import CHAIN
from onceonly.domain.conditions import (
    PRECONDITION,
    Missing,
    admitted,
    by_nationality,
    fields_by,
    missing,
    passed_over,
)
from onceonly.domain.households import own_case
from onceonly.domain.necessity import Cut, Grant, Needs
from onceonly.domain.profiles import Bound, at_least, meet
from onceonly.domain.rules import Mode, Rule, RuleMode


@dataclass(frozen=True, slots=True)
class Match:
    """A row that holds for the question, the modes that may carry it, and what it gives."""

    row: Rule
    modes: tuple[RuleMode, ...]
    grant: Grant


@dataclass(frozen=True, slots=True)
class Found:
    """What the rows say. `missing`: rows that answer no; `spoken`: some row names the question."""

    case: Case
    matches: tuple[Match, ...]
    missing: tuple[Missing, ...]
    spoken: bool


def find(case: Case) -> Found:
    """Every row that holds; a row with `config` before one without, then the narrower fields."""
    matches, refusing, spoken = [], [], False
    for row in _about_it(case):
        if _speaks(case, row):
            spoken = True
            held = _held(case, row)
            if isinstance(held, Match):
                matches.append(held)
            elif held is not None:
                refusing.append(held)
    if len(matches) > 1:
        matches.sort(key=lambda one: (one.row.when.config is None, len(one.grant.fields)))
    return Found(case, tuple(matches), tuple(refusing), spoken)


def denying(case: Case) -> Rule | None:
    """The row that says no to this consumer, type, profile and provider, whoever it is about."""
    return next(
        (row for row in _denials(case) if not row.providers or case.kind in row.providers), None
    )


def denying_by_type(case: Case) -> Rule | None:
    """A row that denies the type by name, for a question that nobody offers to answer."""
    return next((row for row in _denials(case) if row.evidence), None)


def general(found: Found) -> Match | None:
    """What the general row gives: no more than a matching row would, nothing where none matches."""
    for row in found.case.rows.general:
        profile = _opened(found.case, row)
        grant = None if profile is None else _within_rows(found, profile)
        if grant is not None:
            return Match(row, _modes(found.case, row), grant)
    return None


def _about_it(case: Case) -> Iterator[Rule]:
    """Rows for consumer, type and fact, whoever would provide; of a blocked type its exceptions."""
    blocked = case.law.blocked.get(case.evidence_type.code)
    for row in case.rows.permits.get(case.key, ()):
        if (
            row.in_force_on(case.facts.today)
            and not row.when.land_law
            and (not row.consumer_kinds or case.question.office.kind in row.consumer_kinds)
            and (not row.facts or case.item.fact in row.facts)
            and (blocked is None or row.id in blocked.except_rules)
        ):
            yield row


def _speaks(case: Case, row: Rule) -> bool:
    return _names(case, row) and _of_that_origin(case, row)


def _names(case: Case, row: Rule) -> bool:
    return not row.providers or case.kind is None or case.kind in row.providers


def _of_that_origin(case: Case, row: Rule) -> bool:
    if case.issued and case.evidence_type.code in row.submitted_only:
        return False
    return row.origin is None or row.origin == case.item.origin.value


def _held(case: Case, row: Rule) -> Match | Missing | None:
    if case.role not in row.about or passed_over(case, row):
        return None
    speaks = by_nationality(case, row)
    if speaks is not True:
        return speaks if isinstance(speaks, Missing) else None
    modes = _modes(case, row)
    if not modes:
        return None
    return None if case.needs is None else _granting(case, case.needs, row, modes)


def _granting(
    case: Case, needs: Needs, row: Rule, modes: tuple[RuleMode, ...]
) -> Match | Missing | None:
    cuts = _cuts(case, needs, _bounds(case, row))
    if not cuts:
        return None
    lacking = missing(case, row)
    if lacking is not None:
        return lacking
    if any(cut.lacks_months(case.item) for cut in cuts):
        return Missing(row, PRECONDITION)
    grant = _widest(case, cuts)
    return None if grant is None else Match(row, modes, grant)


def _cuts(case: Case, needs: Needs, bounds: tuple[Bound, ...]) -> list[Cut]:
    found = (needs.cut(bound, case.item.profile) for bound in bounds)
    return [cut for cut in found if cut is not None]


def _widest(case: Case, cuts: list[Cut]) -> Grant | None:
    if len(cuts) == 1:
        return cuts[0].grant(case.request, case.item)
    grants = (cut.grant(case.request, case.item) for cut in cuts)
    return max(
        (one for one in grants if one is not None),
        key=lambda one: (one.profile == case.item.profile, len(one.fields)),
        default=None,
    )


def _bounds(case: Case, row: Rule) -> tuple[Bound, ...]:
    bounds = case.rows.bounds[row.id, case.evidence_type.code]
    if not row.when.fields_by:
        return bounds
    lists = fields_by(case, row.when)
    return tuple(replace(bound, lists=(*bound.lists, *lists)) for bound in bounds)


def _modes(case: Case, row: Rule) -> tuple[RuleMode, ...]:
    """Modes that may carry here.

    Where rows tell the own case from another's, a row that does not ask gives nothing about
    another's but by their consent; and towards some nobody consents freely (Art. 7 (4) DSGVO).
    """
    modes = case.rows.modes[row.id, case.evidence_type.code]
    if case.key in case.rows.parted and _anothers(case, row):
        modes = tuple(mode for mode in modes if mode.mode is Mode.CONSENT)
    if case.question.office.kind in case.law.never_consent_towards:
        modes = tuple(mode for mode in modes if mode.mode is not Mode.CONSENT)
    if any(mode.config for mode in modes) and not admitted(case, row):
        modes = tuple(mode for mode in modes if mode.config is None)
    return modes


def _anothers(case: Case, row: Rule) -> bool:
    asks = row.when.person is not None and row.when.person.own_case is not None
    return not (asks or row.matrix) and not own_case(case.request, case.person.ref)


def _denials(case: Case) -> Iterator[Rule]:
    for row in case.rows.denials.get(case.key, ()):
        if (
            row.in_force_on(case.facts.today)
            and (not row.consumer_kinds or case.question.office.kind in row.consumer_kinds)
            and _denies(case, row)
            and not passed_over(case, row)
            and by_nationality(case, row) is True
        ):
            yield row


def _denies(case: Case, row: Rule) -> bool:
    """Type and profile; a row without evidence denies every type."""
    return not row.evidence or any(
        given.evidence_type == case.evidence_type.code
        and (given.profile is None or at_least(case.item.profile, given.profile))
        for given in row.evidence
    )


def _opened(case: Case, row: Rule) -> str | None:
    """The most the general row gives of the type, between § 35 SGB I bodies its matrix names."""
    code, office = case.evidence_type.code, case.question.office
    if (
        case.procedure.code not in row.consumers
        or code not in row.matrix.get(office.kind, ())
        or case.role not in row.about
        or code in case.law.blocked
        or not row.in_force_on(case.facts.today)
    ):
        return None
    if not _speaks(case, row) or not _between_section35(case) or _closed(case, row):
        return None
    return next((one.profile for one in row.evidence if one.evidence_type == code), None)


def _between_section35(case: Case) -> bool:
    return consumer_is_section35(case) and (case.kind is None or provider_is_section35(case))


def _closed(case: Case, row: Rule) -> bool:
    """Whether a denial that closes the row names consumer and type, whatever the profile."""
    return any(
        denial.id in row.when.closed_by
        and denial.in_force_on(case.facts.today)
        and any(given.evidence_type == case.evidence_type.code for given in denial.evidence)
        for denial in case.rows.denials.get(case.key, ())
    )


def _within_rows(found: Found, profile: str) -> Grant | None:
    case, needs = found.case, found.case.needs
    if needs is None:
        return None
    rows = [*_about_it(case)]
    if not rows:
        return _widest(case, _cuts(case, needs, (Bound(profile, standalone=True),)))
    held = [one for one in (_held(case, row) for row in rows) if isinstance(one, Match)]
    both = [_both(profile, _bounds(case, one.row)) for one in held]
    grants = [_widest(case, _cuts(case, needs, bounds)) for bounds in both]
    return max(
        (one for one in grants if one is not None), key=lambda one: len(one.fields), default=None
    )


def _both(profile: str, bounds: tuple[Bound, ...]) -> tuple[Bound, ...]:
    """The general row's profile and, of every other row, all that it bounds."""
    met = [(bound, meet(profile, bound.profile or profile)) for bound in bounds]
    return tuple(
        replace(bound, profile=code, standalone=code in CHAIN)
        for bound, code in met
        if code is not None
    )
