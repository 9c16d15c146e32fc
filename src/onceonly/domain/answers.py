"""Answers to a question, as decisions: what is given, what somebody must do first, and what is no.

A refusal names reason, law and at least one thing that is open instead.
"""

from onceonly.domain.case import Case
from onceonly.domain.decision import Decision, Outcome, Required
from onceonly.domain.gates import manual_retention, obligations_of, retention_of, why_by_hand
from onceonly.domain.matches import Match
from onceonly.domain.necessity import Grant
from onceonly.domain.rules import Alternative, Automation, Law, Mode, Rule, RuleMode

UPLOAD = Alternative("upload")
ASK_OFFICE = Alternative("ask-office")
_MINIMISED = "minimised"


def law_of(law: Law, reason: str) -> tuple[str, ...]:
    """The norms a reason rests on."""
    return law.reasons[reason].law


def permitted(case: Case, match: Match, mode: RuleMode) -> Decision:
    """What a mode carries that may be retrieved automatically."""
    grant, row = match.grant, match.row
    return Decision(
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
        obligations=obligations_of(case, row.obligations, mode.mode),
        retention=retention_of(case, row, mode.mode),
        purpose_code=row.when.purpose_code,
    )


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
        obligations=obligations_of(case, obligations, Mode.INTERNAL),
        retention=retention_of(case, None, Mode.INTERNAL),
    )


def by_hand(
    case: Case, match: Match, mode: RuleMode, alternatives: tuple[Alternative, ...]
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
        obligations=obligations_of(case, row.obligations, mode.mode),
        alternatives=alternatives,
        retention=manual_retention(case.law),
        purpose_code=row.when.purpose_code,
    )


def act_required(
    law: Law,
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
        law=law_of(law, reason),
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
    )


def _outcome(reason: str, mode: RuleMode) -> Outcome:
    """Source: contract annex, 4: outcome of a reason."""
    if reason == "nobody-may-act" or mode.mode is Mode.CHOICE:
        return Outcome.CHOICE_REQUIRED
    return Outcome.CONSENT_REQUIRED


def denied(
    law: Law,
    reason: str,
    *,
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
    )


def denied_by(law: Law, row: Rule, reason: str, *, own_words: bool = True) -> Decision:
    """What a row answers itself; without words of its own, the law of its first mode."""
    first = row.modes[0] if row.modes else None
    norms = row.law if own_words else ()
    if not norms and first is not None:
        norms = first.law
    alternatives = row.alternatives if own_words else ()
    return denied(
        law,
        reason,
        row=row,
        mode=first,
        norms=norms,
        alternatives=alternatives or (UPLOAD, ASK_OFFICE),
    )
