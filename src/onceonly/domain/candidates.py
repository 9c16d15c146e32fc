"""The rows of the law, laid out by who asks for what, so that a question meets few of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from typing_extensions import override

from onceonly.domain.profiles import Bound
from onceonly.domain.rules import Law, Rule, RuleMode

ANY = "any"
"""Among a row's consumers: every procedure."""

_ELSEWHERE = frozenset({"notification", "datenabgleich"})
"""Retention of rows that answer no request: they only say where the matter belongs."""

_IDNR = "idnr-not-allowed"
_UNION_CITIZEN = "azr-eu-citizen"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one law, as a question looks for them.

    `permits` and `denials` by (procedure, evidence type); `bounds` and `modes` of a row by (row,
    evidence type); `general` are the rows with a matrix, which come after every other. `idnr` is
    what an identification number meets that its row does not list, `numbered` rows do. `registers`: office kinds that
    say nothing on Union citizens. `parted`: (procedure, evidence type) in which some row tells
    the own case from another's.
    """

    permits: Mapping[tuple[str, str], tuple[Rule, ...]]
    denials: Mapping[tuple[str, str], tuple[Rule, ...]]
    bounds: Mapping[tuple[str, str], tuple[Bound, ...]]
    modes: Mapping[tuple[str, str], tuple[RuleMode, ...]]
    general: tuple[Rule, ...]
    idnr: Rule | None
    numbered: frozenset[str]
    registers: frozenset[str]
    parted: frozenset[tuple[str, str]]


class Whole:
    """A law as a key of what is worked out from it once: the very same law, however alike another."""

    __slots__ = ("law",)

    def __init__(self, law: Law) -> None:
        self.law = law

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Whole) and other.law is self.law

    @override
    def __hash__(self) -> int:
        return id(self.law)


def rows_of(law: Law) -> Rows:
    """Its rows, laid out once for every law."""
    return _laid_out(Whole(law))


@lru_cache(maxsize=64)
def _laid_out(whole: Whole) -> Rows:
    law = whole.law
    permits = _permits(row for row in law.rules if row.via_hub and not row.matrix)
    return Rows(
        permits=permits,
        denials=_denials(law),
        bounds=_bounds(law.rules),
        modes={
            (row.id, code): tuple(mode for mode in row.modes_for(code) if not mode.land_law)
            for row in law.rules
            for code in _types(row)
        },
        general=tuple(row for row in law.rules if row.via_hub and row.matrix),
        idnr=next((row for row in law.rules if row.reason == _IDNR), None),
        numbered=frozenset(row.id for row in law.rules if row.idnr),
        registers=frozenset(
            kind for row in law.rules if row.reason == _UNION_CITIZEN for kind in row.providers
        ),
        parted=frozenset(key for key, rows in permits.items() if any(map(_parts, rows))),
    )


def _permits(rows: Iterable[Rule]) -> Mapping[tuple[str, str], tuple[Rule, ...]]:
    found: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.when.config is None):
        for procedure in row.consumers:
            for code in _types(row):
                found[procedure, code].append(row)
    return {key: tuple(some) for key, some in found.items()}


def _denials(law: Law) -> Mapping[tuple[str, str], tuple[Rule, ...]]:
    """Without providers a denial speaks of no office, unless a general row is closed by it."""
    closing = frozenset(code for row in law.rules for code in row.when.closed_by)
    found: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for row in law.rules:
        speaks = bool(row.providers) or row.id in closing
        if row.via_hub or not speaks or row.retention in _ELSEWHERE:
            continue
        for procedure in law.catalogue.procedures if ANY in row.consumers else row.consumers:
            for code in _types(row) or law.catalogue.evidence_types:
                found[procedure, code].append(row)
    return {key: tuple(some) for key, some in found.items()}


def _types(row: Rule) -> tuple[str, ...]:
    return tuple(dict.fromkeys(given.evidence_type for given in row.evidence))


def _bounds(rows: Iterable[Rule]) -> Mapping[tuple[str, str], tuple[Bound, ...]]:
    """What each row sets to a question about a type, but for `fields_by`."""
    return {
        (row.id, code): tuple(
            Bound(
                given.profile,
                () if row.fields is None else (row.fields,),
                row.drop_fields,
                row.when.months,
            )
            for given in row.evidence
            if given.evidence_type == code
        )
        for row in rows
        for code in _types(row)
    }


def _parts(row: Rule) -> bool:
    return row.when.person is not None and row.when.person.own_case is False
