"""Which rows speak of a question, and what each of them would give."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from onceonly.domain.case import Case
from onceonly.domain.codes import General, Match, Speaking, both
from onceonly.domain.conditions import (
    PRECONDITION,
    Missing,
    by_citizenship,
    by_nationality,
    missing,
    passed_over,
)
from onceonly.domain.households import own_case
from onceonly.domain.necessity import Cut, widest
from onceonly.domain.profiles import Bound
from onceonly.domain.rules import Rule, RuleMode


class Lack(NamedTuple):
    """What a mode lacks: `kind` choice consent release justification assertion impossible.

    `waiting`: the persons whose act it waits for.
    """

    kind: str
    reason: str
    waiting: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Found:
    """What the rows say. `missing`: rows that answer no; `held`: what each row says that speaks.

    `known`: what modes of rows were seen to lack, so that no step looks again; `everything`: the
    same of the rows' matches, the general one's among them.
    """

    case: Case
    matches: tuple[Match, ...]
    missing: tuple[Missing, ...]
    held: dict[str, Match | Missing | None]
    known: dict[tuple[str, int], tuple[Lack, ...]] = field(default_factory=dict)
    everything: tuple[Match, ...] | None = None

    @property
    def spoken(self) -> bool:
        """Whether some row names the question."""
        return bool(self.held)


def find(case: Case) -> Found:
    """Every row that holds; a row with `config` before one without, then the narrower fields."""
    held: dict[str, Match | Missing | None] = {}
    matches, refusing = [], []
    for one in case.ground.speaking:
        said = held[one.row.id] = _held(case, one)
        if isinstance(said, Match):
            matches.append(said)
        elif said is not None:
            refusing.append(said)
    if len(matches) > 1:
        matches.sort(key=lambda one: (one.row.when.config is None, len(one.grant.fields)))
    return Found(case, tuple(matches), tuple(refusing), held)


def denying(case: Case) -> Rule | None:
    """The row that says no to this consumer, type, profile and provider, whoever it is about."""
    return _denying(case, case.ground.denials)


def denying_by_type(case: Case) -> Rule | None:
    """A row that denies the type by name, for a question that nobody offers to answer."""
    return _denying(case, case.ground.denials_anywhere)


def every(found: Found) -> tuple[Match, ...]:
    """All matches and, after them, what the general row gives."""
    if found.everything is None:
        found.everything = (*found.matches, *_general(found))
    return found.everything


def general(found: Found) -> tuple[Match, ...]:
    """What the general row gives: no more than a matching row would, nothing where none matches."""
    return every(found)[len(found.matches) :]


def _general(found: Found) -> tuple[Match, ...]:
    for one in found.case.ground.general:
        match = _within_rows(found, one)
        if match is not None:
            return (match,)
    return ()


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
    if one.parted and not own_case(case.request, case.item.person):
        # Where rows tell the own case from another's, a row that does not ask gives nothing about
        # another's but by their consent.
        return _granting(case, one, one.anothers, one.anothers_match)
    return _granting(case, one, one.modes, one.match)


def _granting(
    case: Case, one: Speaking, modes: tuple[RuleMode, ...], always: Match | None
) -> Match | Missing | None:
    needs, cuts = case.ground.needs, one.cuts
    if not modes or needs is None:
        return None
    if cuts is None:
        cuts = needs.cuts(_bounds(case, one), case.item.profile)
    if not cuts:
        return None
    lacking = missing(case, one.row)
    if lacking is not None:
        return lacking
    if always is None and any(cut.lacks_months(case.item) for cut in cuts):
        return Missing(one.row, PRECONDITION)
    return _match(case, one.row, modes, cuts, always)


def _match(
    case: Case,
    row: Rule,
    modes: tuple[RuleMode, ...],
    cuts: tuple[Cut, ...],
    always: Match | None,
) -> Match | None:
    """What a row gives of these cuts to this question."""
    item = case.item
    if always is not None and item.months is None:
        return always
    grant = widest([cut.grant(case.request, item) for cut in cuts], item.profile)
    return None if grant is None else Match(row, modes, grant)


def _bounds(case: Case, one: Speaking) -> tuple[Bound, ...]:
    lists = by_citizenship(case, one.row.when)
    return tuple(bound.listing(*lists) for bound in one.bounds)


def _within_rows(found: Found, general_row: General) -> Match | None:
    case, row, modes = found.case, general_row.row, general_row.modes
    if not general_row.within:
        return _match(case, row, modes, general_row.bare, general_row.bare_match)
    most = None
    for one, cuts, always in general_row.within:
        held = found.held[one.row.id] if one.speaks else _held(case, one)
        if not isinstance(held, Match):
            continue
        both_give = _cuts_within(case, general_row, one) if cuts is None else cuts
        match = _match(case, row, modes, both_give, always)
        if match is not None and (most is None or len(match.grant.fields) > len(most.grant.fields)):
            most = match
    return most


def _cuts_within(case: Case, general_row: General, one: Speaking) -> tuple[Cut, ...]:
    bounds = both(general_row.profile, _bounds(case, one))
    needs = case.ground.needs
    return () if needs is None else needs.cuts(bounds, case.item.profile)
