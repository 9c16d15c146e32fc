"""Which rows speak of a question, and what each of them would give."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from onceonly.domain.case import Case
from onceonly.domain.codes import General, Speaking, both
from onceonly.domain.conditions import (
    PRECONDITION,
    Missing,
    by_citizenship,
    by_nationality,
    missing,
    passed_over,
)
from onceonly.domain.households import own_case
from onceonly.domain.necessity import Cut, Grant, Needs
from onceonly.domain.profiles import Bound
from onceonly.domain.rules import Rule, RuleMode


@dataclass(frozen=True, slots=True)
class Match:
    """A row that holds for the question, the modes that may carry it, and what it gives."""

    row: Rule
    modes: tuple[RuleMode, ...]
    grant: Grant


@dataclass(frozen=True, slots=True)
class Lack:
    """What a mode lacks: `kind` choice consent release justification assertion impossible.

    `waiting`: the persons whose act it waits for.
    """

    kind: str
    reason: str
    waiting: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Found:
    """What the rows say. `missing`: rows that answer no; `spoken`: some row names the question.

    `known`: what modes of rows were seen to lack, so that no step looks again.
    """

    case: Case
    matches: tuple[Match, ...]
    missing: tuple[Missing, ...]
    spoken: bool
    known: dict[tuple[str, int], tuple[Lack, ...]] = field(default_factory=dict)


def find(case: Case) -> Found:
    """Every row that holds; a row with `config` before one without, then the narrower fields."""
    matches, refusing = [], []
    for one in case.ground.speaking:
        held = _held(case, one)
        if isinstance(held, Match):
            matches.append(held)
        elif held is not None:
            refusing.append(held)
    if len(matches) > 1:
        matches.sort(key=lambda one: (one.row.when.config is None, len(one.grant.fields)))
    return Found(case, tuple(matches), tuple(refusing), bool(case.ground.speaking))


def denying(case: Case) -> Rule | None:
    """The row that says no to this consumer, type, profile and provider, whoever it is about."""
    return _denying(case, case.ground.denials)


def denying_by_type(case: Case) -> Rule | None:
    """A row that denies the type by name, for a question that nobody offers to answer."""
    return _denying(case, case.ground.denials_anywhere)


def general(found: Found) -> Match | None:
    """What the general row gives: no more than a matching row would, nothing where none matches."""
    for one in found.case.ground.general:
        grant = _within_rows(found.case, one)
        if grant is not None:
            return Match(one.row, one.modes, grant)
    return None


def _denying(case: Case, rows: Iterable[Rule]) -> Rule | None:
    for row in rows:
        if not passed_over(case, row) and by_nationality(case, row) is True:
            return row
    return None


def _held(case: Case, one: Speaking) -> Match | Missing | None:
    if not one.holds or (one.asks and passed_over(case, one.row)):
        return None
    if one.row.when.nationality is not None:
        speaks = by_nationality(case, one.row)
        if speaks is not True:
            return speaks if isinstance(speaks, Missing) else None
    modes = one.modes
    if one.parted and not own_case(case.request, case.item.person):
        # Where rows tell the own case from another's, a row that does not ask gives nothing about
        # another's but by their consent.
        modes = one.anothers
    if not modes:
        return None
    needs = case.needs
    return None if needs is None else _granting(case, needs, one, modes)


def _granting(
    case: Case, needs: Needs, one: Speaking, modes: tuple[RuleMode, ...]
) -> Match | Missing | None:
    cuts = one.cuts
    if cuts is None:
        cuts = needs.cuts(_bounds(case, one), case.item.profile)
    if not cuts:
        return None
    lacking = missing(case, one.row)
    if lacking is not None:
        return lacking
    if any(cut.lacks_months(case.item) for cut in cuts):
        return Missing(one.row, PRECONDITION)
    grant = _widest(case, cuts)
    return None if grant is None else Match(one.row, modes, grant)


def _widest(case: Case, cuts: tuple[Cut, ...]) -> Grant | None:
    if len(cuts) == 1:
        return cuts[0].grant(case.request, case.item)
    grants = (cut.grant(case.request, case.item) for cut in cuts)
    return max(
        (one for one in grants if one is not None),
        key=lambda one: (one.profile == case.item.profile, len(one.fields)),
        default=None,
    )


def _bounds(case: Case, one: Speaking) -> tuple[Bound, ...]:
    lists = by_citizenship(case, one.row.when)
    return tuple(bound.listing(*lists) for bound in one.bounds)


def _within_rows(case: Case, general_row: General) -> Grant | None:
    if not general_row.within:
        return _widest(case, general_row.bare)
    grants = (
        _widest(case, _cuts_within(case, general_row, one) if cuts is None else cuts)
        for one, cuts in general_row.within
        if isinstance(_held(case, one), Match)
    )
    return max(
        (one for one in grants if one is not None), key=lambda one: len(one.fields), default=None
    )


def _cuts_within(case: Case, general_row: General, one: Speaking) -> tuple[Cut, ...]:
    bounds = both(general_row.profile, _bounds(case, one))
    return () if case.needs is None else case.needs.cuts(bounds, case.item.profile)
