"""Step 12: nothing carries. What would open the question, who must act, and what is open instead."""

from dataclasses import dataclass

from onceonly.domain.acts import BEYOND_MANDATE, chosen, reason_for
from onceonly.domain.answers import ASK_OFFICE, UPLOAD, act_required, denied, denied_by
from onceonly.domain.case import Case
from onceonly.domain.decision import Decision, Required
from onceonly.domain.matches import Found, Lack, Match, denying_by_type, general
from onceonly.domain.modes import lacks
from onceonly.domain.rules import Alternative, RuleMode

CHOICE = "choice"
CONSENT = "consent"
_NEARLY = (
    ("impossible", CHOICE),
    ("assertion",),
    ("justification", "assertion"),
)
"""What a mode lacks, nearest to carrying first; the first kind gives the reason."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A mode that does not carry, and what it lacks."""

    match: Match
    mode: RuleMode
    lacks: tuple[Lack, ...]

    def lacks_only(self, *kinds: str) -> bool:
        """Whether nothing but these is missing."""
        return bool(self.lacks) and all(lack.kind in kinds for lack in self.lacks)

    def waits_for(self, act: str) -> Lack | None:
        """What it lacks, where that is this act of somebody and nothing else."""
        if len(self.lacks) == 1 and self.lacks[0].kind == act:
            return self.lacks[0]
        return None


def refusal(found: Found) -> Decision:
    """The choice that is missing, else the consent, else the reason why not."""
    openings = openings_of(found)
    for act in (CHOICE, CONSENT):
        for opening in openings:
            lack = opening.waits_for(act)
            if lack is not None:
                return act_required(
                    found.case.law,
                    opening.match,
                    opening.mode,
                    reason=_reason(found.case, opening, lack),
                    required=tuple(Required(act, ref) for ref in lack.waiting),
                    alternatives=ways_out(found, openings, hand=False),
                )
    return _denied(found, openings)


def openings_of(found: Found) -> tuple[Opening, ...]:
    """Every mode of every matching row and, after them, of the general one."""
    open_to_all = general(found)
    matches = found.matches if open_to_all is None else (*found.matches, open_to_all)
    return tuple(
        Opening(match, mode, lacks(found, match, mode)) for match in matches for mode in match.modes
    )


def ways_out(found: Found, openings: tuple[Opening, ...], *, hand: bool) -> tuple[Alternative, ...]:
    """What is open instead, in the order of the contract; `hand`: the office may be asked."""
    ways = _acts(openings, CHOICE)
    if hand:
        ways += (ASK_OFFICE,)
    elif not found.case.refused:
        ways += _acts(openings, CONSENT)
    return (*ways, UPLOAD)


def _acts(openings: tuple[Opening, ...], act: str) -> tuple[Alternative, ...]:
    """Choice or consent of everybody who must still act, where nothing else is missing."""
    for opening in openings:
        lack = opening.waits_for(act)
        if lack is not None:
            return tuple(Alternative(act, of=ref) for ref in lack.waiting) or (Alternative(act),)
    return ()


def _reason(case: Case, opening: Opening, lack: Lack) -> str:
    """A choice that went beyond a mandate is told where only a consent is left, too."""
    if lack.kind == CONSENT and case.item.choices and not case.item.consents:
        made = chosen(case, opening.match, notice=None)
        if reason_for(CHOICE, case, made) == BEYOND_MANDATE:
            return BEYOND_MANDATE
    return lack.reason


def _denied(found: Found, openings: tuple[Opening, ...]) -> Decision:
    """What lacks least: a provider who answers at once, an assertion, a justification."""
    law, hand = found.case.law, ways_out(found, openings, hand=False)
    for kinds in _NEARLY:
        for one in openings:
            if one.lacks_only(*kinds) and any(lack.kind == kinds[0] for lack in one.lacks):
                reason = next(lack.reason for lack in one.lacks if lack.kind == kinds[0])
                return denied(law, reason, row=one.match.row, mode=one.mode, alternatives=hand)
    if found.missing:
        first = found.missing[0]
        return denied_by(law, first.row, first.reason, own_words=first.own_words)
    return _silent(found)


def _silent(found: Found) -> Decision:
    """No row speaks of it, or those that do speak of something else."""
    if found.case.kind is None:
        row = denying_by_type(found.case)
        if row is not None and row.reason is not None:
            return denied_by(found.case.law, row, row.reason)
    return denied(found.case.law, "not-necessary" if found.spoken else "no-rule")
