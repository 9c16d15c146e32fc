"""Consent (§ 67b SGB X): whether those held open what a mode would give."""

from onceonly.domain.acts import Lack, Standing, reason_for, standing_of
from onceonly.domain.case import Case
from onceonly.domain.matches import Match
from onceonly.domain.rules import Mode, RuleMode


def consent_lack(case: Case, match: Match, mode: RuleMode) -> Lack | None:
    """What of the consents a mode needs is missing."""
    standing = consented(case, match)
    if not standing.open:
        return None
    if mode.mode is Mode.CHOICE:
        return Lack("release", "consent-missing")
    return Lack("consent", reason_for("consent", case, standing))


def consented(case: Case, match: Match) -> Standing:
    """How the consents of an item stand, towards everybody of whom the granted fields speak."""
    return standing_of(case, match, frozenset(), case.facts.today)
