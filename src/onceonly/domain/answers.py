"""Answers to a question, as decisions: what is given, what somebody must do first, and what is no.

A refusal names reason, law and at least one thing that is open instead.
"""

from uuid import UUID

from onceonly.domain.case import Case
from onceonly.domain.codes import Match
from onceonly.domain.decision import Decision, Outcome, Required
from onceonly.domain.gates import (
    manual_retention,
    obligations_of,
    retention_of,
    tells_guardian,
    why_by_hand,
)
from onceonly.domain.hints import hints_of
from onceonly.domain.necessity import Grant
from onceonly.domain.rules import Alternative, Automation, Law, Mode, Rule, RuleMode

UPLOAD = Alternative("upload")
ASK_OFFICE = Alternative("ask-office")
_MINIMISED = "minimised"


def law_of(law: Law, reason: str) -> tuple[str, ...]:
    """The norms a reason rests on."""
    return law.reasons[reason].law


def permitted(
    case: Case, match: Match, mode: RuleMode, consents: tuple[UUID, ...], *, lifted: bool
) -> Decision:
    """What a mode carries that may be retrieved automatically; `consents` it rests on.

    Where it rests on none, everybody who is told the same gets the very same answer.
    """
    young, hints = tells_guardian(case), hints_of(case, match.grant.fields)
    key = id(mode), case.looked_at, young, hints, consents
    ready = match.ready.get(key)
    if ready is not None:
        return ready
    grant, row = match.grant, match.row
    decision = Decision(
        outcome=Outcome.PARTIAL if grant.cut else Outcome.PERMIT,
        law=mode.law,
        mode=mode.mode,
        automation=mode.automation,
        rule=row.id,
        rule_version=row.version,
        profile=grant.profile,
        fields=grant.fields,
        months=grant.months,
        reason=_MINIMISED if grant.cut else None,
        obligations=obligations_of(row.obligations, mode.mode, young=young),
        retention=retention_of(case, row, mode.mode),
        purpose_code=row.when.purpose_code,
        trace=case.looked_at,
        consents=consents,
        secrecy_lifted=lifted,
        hints=hints,
    )
    if not consents:
        match.ready[key] = decision
    return decision


def internal(case: Case, grant: Grant, obligations: tuple[str, ...]) -> Decision:
    """Use by the same controller for another task of the Social Code: no transmission.

    `obligations`: those of the row that names the question, if one does.
    """
    return Decision(
        outcome=Outcome.PARTIAL if grant.cut else Outcome.PERMIT,
        law=case.law.internal,
        mode=Mode.INTERNAL,
        profile=grant.profile,
        fields=grant.fields,
        months=grant.months,
        reason=_MINIMISED if grant.cut else None,
        obligations=obligations_of(obligations, Mode.INTERNAL, young=tells_guardian(case)),
        retention=retention_of(case, None, Mode.INTERNAL),
        trace=case.looked_at,
        hints=hints_of(case, grant.fields),
    )


def by_hand(
    case: Case,
    match: Match,
    mode: RuleMode,
    consents: tuple[UUID, ...],
    *,
    lifted: bool,
    alternatives: tuple[Alternative, ...],
) -> Decision:
    """What the law permits and nothing automates: a task for a person at the provider."""
    grant, row = match.grant, match.row
    return Decision(
        outcome=Outcome.MANUAL,
        law=mode.law,
        mode=mode.mode,
        automation=Automation.NONE,
        rule=row.id,
        rule_version=row.version,
        profile=grant.profile,
        fields=grant.fields,
        months=grant.months,
        reason=why_by_hand(case, mode),
        obligations=obligations_of(row.obligations, mode.mode, young=tells_guardian(case)),
        alternatives=alternatives,
        retention=manual_retention(case.law),
        purpose_code=row.when.purpose_code,
        trace=case.looked_at,
        consents=consents,
        secrecy_lifted=lifted,
        hints=hints_of(case, grant.fields),
    )


def act_required(
    case: Case,
    match: Match,
    mode: RuleMode,
    *,
    reason: str,
    required: tuple[Required, ...],
    alternatives: tuple[Alternative, ...],
) -> Decision:
    """A choice or a consent would open it; shown is what it would open."""
    grant, row = match.grant, match.row
    return Decision(
        outcome=_outcome(reason, mode),
        law=law_of(case.law, reason),
        mode=mode.mode,
        automation=mode.automation,
        rule=row.id,
        rule_version=row.version,
        profile=grant.profile,
        fields=grant.fields,
        months=grant.months,
        reason=reason,
        alternatives=alternatives,
        required=required,
        trace=case.looked_at,
    )


def _outcome(reason: str, mode: RuleMode) -> Outcome:
    """Source: contract annex, 4: outcome of a reason."""
    if reason == "nobody-may-act" or mode.mode is Mode.CHOICE:
        return Outcome.CHOICE_REQUIRED
    return Outcome.CONSENT_REQUIRED


def silent(case: Case, reason: str) -> Decision:
    """No, for a reason that is the whole answer."""
    key = reason, case.looked_at
    ready = case.ground.ready.get(key)
    if ready is None:
        ready = case.ground.ready[key] = denied(case.law, reason, looked_at=case.looked_at)
    return ready


def denied_by(case: Case, row: Rule, reason: str, *, own_words: bool = True) -> Decision:
    """What a row answers itself; without words of its own, the law of its first mode."""
    key = row.id, reason, own_words, case.looked_at
    ready = case.ground.ready.get(key)
    if ready is None:
        ready = _denied_by(case, row, reason, own_words=own_words)
        case.ground.ready[key] = ready
    return ready


def _denied_by(case: Case, row: Rule, reason: str, *, own_words: bool) -> Decision:
    first = row.modes[0] if row.modes else None
    norms = row.law if own_words else ()
    if not norms and first is not None:
        norms = first.law
    alternatives = row.alternatives if own_words else ()
    return denied(
        case.law,
        reason,
        row=row,
        mode=first,
        norms=norms,
        alternatives=alternatives or (UPLOAD, ASK_OFFICE),
        looked_at=case.looked_at,
    )


def denied(
    law: Law,
    reason: str,
    *,
    looked_at: tuple[str, ...],
    row: Rule | None = None,
    mode: RuleMode | None = None,
    norms: tuple[str, ...] = (),
    alternatives: tuple[Alternative, ...] = (UPLOAD,),
) -> Decision:
    """No, and why. Without norms of its own it rests on those of the reason."""
    return Decision(
        outcome=Outcome.DENY,
        law=norms or law_of(law, reason),
        mode=None if mode is None else mode.mode,
        rule=None if row is None else row.id,
        rule_version=None if row is None else row.version,
        reason=reason,
        alternatives=alternatives,
        trace=looked_at,
    )
