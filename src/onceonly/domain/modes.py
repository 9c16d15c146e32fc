"""What a mode needs beside its row, and what an item lacks of it."""

from collections.abc import Iterator
from datetime import date

from onceonly.domain.acts import Lack, choice_lack
from onceonly.domain.agreed import consent_lack
from onceonly.domain.case import Case
from onceonly.domain.conditions import PRECONDITION, asserted
from onceonly.domain.matches import Match
from onceonly.domain.requests import Justification
from onceonly.domain.rules import Mode, RuleMode

CONSENTS = frozenset({"consent", "explicit-consent", "own-form", "release-from-secrecy"})
"""Needs that a consent answers, of which the last may stand beside a choice."""

JUSTIFICATION = "justification"
_NO_ASSERTIONS = CONSENTS | {JUSTIFICATION, "choice"}
_ASKED = "asked-and-incomplete"
_REASONS = frozenset({_ASKED, "person-unable", "bulk-of-identical-documents"})
_ELSEWHERE = "sgbx-67a-2-3-2"
_HELD = "held-by-third-party"
"""Reasons of every norm, and the one that only holds where somebody else is asked by right.

Source: contract annex, 5.
"""


def lacks(case: Case, match: Match, mode: RuleMode) -> tuple[Lack, ...]:
    """Everything the item lacks for the mode; empty when it carries."""
    return tuple(_lacks(case, match, mode)) if mode.needs else ()


def _lacks(case: Case, match: Match, mode: RuleMode) -> Iterator[Lack]:
    if mode.mode is Mode.CHOICE:
        lack = choice_lack(case, match, mode)
        if lack is not None:
            yield lack
    if not CONSENTS.isdisjoint(mode.needs):
        lack = consent_lack(case, match, mode)
        if lack is not None:
            yield lack
    if JUSTIFICATION in mode.needs and not _justified(case, match, mode):
        yield Lack(JUSTIFICATION, "justification-missing")
    detailed = match.row.when.detail_required
    for code in mode.needs:
        if code not in _NO_ASSERTIONS and not asserted(case, code, detail=code in detailed):
            yield Lack("assertion", PRECONDITION)


def _justified(case: Case, match: Match, mode: RuleMode) -> bool:
    stated = case.item.justification
    if stated is None or stated.norm != mode.justification_norm:
        return False
    only = match.row.when.needs_reason if mode.mode is Mode.MAY else ()
    return (not only or stated.reason in only) and _holds(stated, case.facts.today)


def _holds(stated: Justification, today: date) -> bool:
    if stated.reason == _HELD:
        return stated.norm == _ELSEWHERE
    if stated.reason == _ASKED:
        return stated.asked_once_on is not None and stated.asked_once_on <= today
    return stated.reason in _REASONS
