"""Layers over the shipped law: what a Land adds, and what a municipality does not use.

Land law adds where federal law leaves room. A narrowing never widens: what it would give beyond the
law without it is refused. Source: contract annex, 7; § 68 (3) PStG, § 34a (4) BMG.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from onceonly.domain.answers import denied
from onceonly.domain.calendar import Months
from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.rules import Law, Rule, RuleMode


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """A row whose modes by Land law are there, and the norms of the Land that say so."""

    rule: str
    law: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LandLaw:
    """What a Land's law adds: modes of rows that wait for it, and rows of its own."""

    switched_on: tuple[SwitchedOn, ...] = ()
    rows: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a municipality does not use of a row, and why.

    `rule` is empty where the law has no such row any more; `fits`: whether the row still has all
    that is dropped of it.
    """

    rule: str
    drop_modes: tuple[str, ...]
    drop_fields: tuple[str, ...]
    reason: str
    fits: bool = True


def with_land_law(law: Law, land: LandLaw, version: str) -> Law:
    """The law with what the Land adds; a row that waits for Land law gives way to an added one."""
    norms = {one.rule: one.law for one in land.switched_on}
    rules = [_switched(row, norms[row.id]) if row.id in norms else row for row in law.rules]
    rules = [left for row in rules if (left := _given_way(row, land.rows)) is not None]
    return replace(law, rules=(*rules, *land.rows), version=version)


def narrowed(law: Law, narrowings: Iterable[Narrowing], version: str, *, whole: bool = True) -> Law:
    """The law without what a municipality drops; it knows the wider one that it must not pass.

    What no longer fits closes what it may have meant: its row, or everything where that cannot be
    told. `whole`: whether all that the narrowing says was understood.
    """
    by_rule = {one.rule: one for one in narrowings}
    rules = tuple(_without(row, by_rule[row.id]) if row.id in by_rule else row for row in law.rules)
    shut = not whole or "" in by_rule
    return replace(law, rules=rules, version=version, wider=law, shut=shut)


def never_wider(decision: Decision, wide: Decision, law: Law) -> Decision:
    """The decision of a narrowed law, or a refusal where it would give what the wider law does not."""
    if not moves(decision):
        return decision
    if law.shut:
        return denied(law, "no-rule", looked_at=decision.trace)
    if not moves(wide):
        return wide
    if _gives_more(decision, wide) or _speaks_of_more(decision, wide, law):
        return denied(law, "no-rule", looked_at=decision.trace)
    return decision


def _gives_more(decision: Decision, wide: Decision) -> bool:
    """Whether it gives more of the evidence, or lets go of what guarded it."""
    automated = decision.outcome is not Outcome.MANUAL and wide.outcome is Outcome.MANUAL
    return (
        automated
        or not set(decision.fields) <= set(wide.fields)
        or _reaches_further(decision.months, wide.months)
        or not set(wide.obligations) <= set(decision.obligations)
        # Whoever takes one back must still stop what rested on it.
        or not set(wide.consents) <= set(decision.consents)
        or (decision.secrecy_lifted and not wide.secrecy_lifted)
    )


def _reaches_further(months: Months | None, wide: Months | None) -> bool:
    """Whether it reaches months beyond; None is the reference month alone.

    Where only one of both is that, it is not told here whether the other holds it.
    """
    if months is None or wide is None:
        return months is not wide
    return months.within(wide) != months


def _speaks_of_more(decision: Decision, wide: Decision, law: Law) -> bool:
    """Whether its row lets the evidence name others, or hold other values, than the wider law's."""
    if decision.rule == wide.rule:
        return False
    row = law.rule(decision.rule)
    before = None if law.wider is None else law.wider.rule(wide.rule)
    if row is None or before is None:
        return before is not None
    values = row.when.values
    return not set(row.about) <= set(before.about) or any(
        name not in values or not set(values[name]) <= set(only)
        for name, only in before.when.values.items()
    )


def moves(decision: Decision) -> bool:
    """Whether anything may come of it: a permit, or a question that a person answers."""
    return decision.permits or decision.outcome is Outcome.MANUAL


def _switched(row: Rule, norms: tuple[str, ...]) -> Rule:
    modes = tuple(
        replace(mode, land_law=False, law=(*mode.law, *norms)) if mode.land_law else mode
        for mode in row.modes
    )
    return replace(row, modes=modes)


def _given_way(row: Rule, added: Iterable[Rule]) -> Rule | None:
    """A denial for want of Land law, without the procedures for which there is Land law now."""
    if row.via_hub or not row.when.land_law:
        return row
    types = {one.evidence_type for one in row.evidence}
    open_now = {
        procedure
        for one in added
        if types <= {given.evidence_type for given in one.evidence}
        and not set(row.providers).isdisjoint(one.providers)
        for procedure in one.consumers
    }
    left = tuple(one for one in row.consumers if one not in open_now)
    return replace(row, consumers=left) if left else None


def _without(row: Rule, narrowing: Narrowing) -> Rule:
    modes: tuple[RuleMode, ...] = tuple(
        mode for mode in row.modes if narrowing.fits and mode.mode not in narrowing.drop_modes
    )
    return replace(row, modes=modes, drop_fields=(*row.drop_fields, *narrowing.drop_fields))
