"""What a mode needs beside its row, and what an item lacks of it."""

from datetime import date

from onceonly.domain.acts import choice_lack
from onceonly.domain.agreed import consent_lack
from onceonly.domain.case import Case
from onceonly.domain.codes import Match
from onceonly.domain.conditions import PRECONDITION, asserted
from onceonly.domain.matches import Found, Lack
from onceonly.domain.requests import Justification
from onceonly.domain.rules import Mode, RuleMode

JUSTIFICATION = "justification"
_UNJUSTIFIED = Lack(JUSTIFICATION, "justification-missing")
_UNSTATED = Lack("assertion", PRECONDITION)
_ASKED = "asked-and-incomplete"
_REASONS = frozenset({_ASKED, "person-unable", "bulk-of-identical-documents"})
_ELSEWHERE = "sgbx-67a-2-3-2"
_HELD = "held-by-third-party"
"""Reasons of every norm, and the one that only holds where somebody else is asked by right.

Source: contract annex, 5.
"""


def lacks(found: Found, match: Match, mode: RuleMode) -> tuple[Lack, ...]:
    """Everything the item lacks for the mode; empty when it carries."""
    if not mode.needs:
        return ()
    key = match.row.id, id(mode)
    known = found.known.get(key)
    if known is None:
        known = found.known[key] = _lacks(found.case, match, mode)
    return known


def _lacks(case: Case, match: Match, mode: RuleMode) -> tuple[Lack, ...]:
    lacking: tuple[Lack, ...] = ()
    if mode.mode is Mode.CHOICE:
        lacking += choice_lack(case, match, mode)
    if mode.consents:
        lacking += consent_lack(case, match, mode)
    if JUSTIFICATION in mode.needs and not _justified(case, match, mode):
        lacking += (_UNJUSTIFIED,)
    for code in mode.assertions:
        if not asserted(case, code, detail=code in match.row.when.detail_required):
            lacking += (_UNSTATED,)
    return lacking


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
