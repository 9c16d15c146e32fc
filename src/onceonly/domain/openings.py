"""Step 12: nothing carries. What would open the question, who must act, and what is open instead."""

from collections.abc import Mapping
from typing import NamedTuple

from onceonly.domain.acts import BEYOND_MANDATE, chosen, reason_for
from onceonly.domain.answers import ASK_OFFICE, UPLOAD, act_required, denied, denied_by, silent
from onceonly.domain.case import Case
from onceonly.domain.codes import Match
from onceonly.domain.decision import Decision, Required
from onceonly.domain.matches import Found, Lack, denying_by_type, every
from onceonly.domain.modes import lacks
from onceonly.domain.rules import Alternative, Mode, RuleMode

CHOICE = "choice"
CONSENT = "consent"
_NEARLY = (
    ("impossible", CHOICE),
    ("assertion",),
    ("justification", "assertion"),
)
"""What a mode lacks, nearest to carrying first; the first kind gives the reason."""


class Opening(NamedTuple):
    """A mode that does not carry, and what it lacks."""

    match: Match
    mode: RuleMode
    lacks: tuple[Lack, ...]

    def lacks_only(self, *kinds: str) -> bool:
        """Whether nothing but these is missing."""
        return bool(self.lacks) and all(lack.kind in kinds for lack in self.lacks)


def refusal(found: Found) -> Decision:
    """The choice that is missing, else the consent, else the reason why not."""
    waiting = _waiting(found, CHOICE, CONSENT)
    opening = waiting.get(CHOICE) or waiting.get(CONSENT)
    if opening is None:
        return _denied(found)
    (lack,) = opening.lacks
    return act_required(
        found.case,
        opening.match,
        opening.mode,
        reason=_reason(found.case, opening, lack),
        required=tuple([Required(lack.kind, ref) for ref in lack.waiting]),
        alternatives=_ways(found, waiting, hand=False),
    )


def openings_of(found: Found) -> tuple[Opening, ...]:
    """Every mode of every matching row and, after them, of the general one."""
    return tuple(
        Opening(match, mode, lacks(found, match, mode))
        for match in every(found)
        for mode in match.modes
    )


def ways_out(found: Found, *, hand: bool) -> tuple[Alternative, ...]:
    """What is open instead, in the order of the contract; `hand`: the office may be asked."""
    acts = (CHOICE,) if hand or found.case.refused else (CHOICE, CONSENT)
    return _ways(found, _waiting(found, *acts), hand=hand)


def _ways(found: Found, waiting: Mapping[str, Opening], *, hand: bool) -> tuple[Alternative, ...]:
    ways = _acts(waiting, CHOICE)
    if hand:
        ways += (ASK_OFFICE,)
    elif not found.case.refused:
        ways += _acts(waiting, CONSENT)
    return (*ways, UPLOAD)


def _acts(waiting: Mapping[str, Opening], act: str) -> tuple[Alternative, ...]:
    """Choice or consent of everybody who must still act, where nothing else is missing."""
    opening = waiting.get(act)
    if opening is None:
        return ()
    (lack,) = opening.lacks
    return tuple([Alternative(act, of=ref) for ref in lack.waiting]) or (Alternative(act),)


def _waiting(found: Found, *acts: str) -> Mapping[str, Opening]:
    """By act, the first mode that lacks this act of somebody and nothing else."""
    waiting: dict[str, Opening] = {}
    for match in every(found):
        for mode in match.modes:
            # A mode that is chosen never waits for consent alone, and no other for a choice.
            if (CHOICE if mode.mode is Mode.CHOICE else CONSENT) in acts:
                lacking = lacks(found, match, mode)
                if len(lacking) == 1 and lacking[0].kind not in waiting:
                    waiting[lacking[0].kind] = Opening(match, mode, lacking)
    return waiting


def _reason(case: Case, opening: Opening, lack: Lack) -> str:
    """A choice that went beyond a mandate is told where only a consent is left, too."""
    if lack.kind == CONSENT and case.item.choices and not case.item.consents:
        made = chosen(case, opening.match, notice=None)
        if reason_for(CHOICE, case, made) == BEYOND_MANDATE:
            return BEYOND_MANDATE
    return lack.reason


def _denied(found: Found) -> Decision:
    """What lacks least: a provider who answers at once, an assertion, a justification."""
    case, openings = found.case, openings_of(found)
    for kinds in _NEARLY:
        for one in openings:
            if one.lacks_only(*kinds) and any(lack.kind == kinds[0] for lack in one.lacks):
                return denied(
                    case.law,
                    next(lack.reason for lack in one.lacks if lack.kind == kinds[0]),
                    row=one.match.row,
                    mode=one.mode,
                    alternatives=ways_out(found, hand=False),
                    looked_at=case.looked_at,
                )
    if found.missing:
        first = found.missing[0]
        return denied_by(case, first.row, first.reason, own_words=first.own_words)
    return _silent(found)


def _silent(found: Found) -> Decision:
    """No row speaks of it, or those that do speak of something else."""
    if found.case.kind is None:
        row = denying_by_type(found.case)
        if row is not None and row.reason is not None:
            return denied_by(found.case, row, row.reason)
    return silent(found.case, "not-necessary" if found.spoken else "no-rule")
