"""The ways that rows open: 6 to 12 of the order. Each step answers, or hands the question on."""

from collections.abc import Callable
from dataclasses import replace

from onceonly.domain.agreed import lifts_secrecy, under
from onceonly.domain.answers import by_hand, denied, permitted
from onceonly.domain.decision import Decision
from onceonly.domain.gates import automated
from onceonly.domain.matches import Found, Match, general
from onceonly.domain.modes import CONSENTS, lacks
from onceonly.domain.openings import openings_of, refusal, ways_out
from onceonly.domain.rules import Mode, RuleMode

_SPECIAL = (Mode.DUTY, Mode.REGULATION)
_VOLUNTARY = (Mode.CHOICE, Mode.MAY, Mode.CONSENT)


def special_statute(found: Found) -> Decision | None:
    """A statute orders or regulates this very transmission.

    A duty that nothing automates yields to the person's choice, where there is one.
    """
    carried = _carried(found, _SPECIAL)
    if carried is None:
        return None
    decision = _answer(found, *carried)
    return decision if decision.permits else choice(found) or decision


def choice(found: Found) -> Decision | None:
    """The person chose retrieval online, from an issuer who answers at once (§ 67f SGB X)."""
    carried = _carried(found, (Mode.CHOICE,))
    return None if carried is None else _answer(found, *carried)


def refused_choice(found: Found) -> Decision | None:
    """Choice refused, withheld, or upload chosen: the voluntary ways are closed."""
    if not found.case.refused:
        return None
    open_to_some = (
        match for match in found.matches if any(mode.mode in _VOLUNTARY for mode in match.modes)
    )
    match = next(open_to_some, None) or general(found)
    if match is None:
        return None
    alternatives = ways_out(found, openings_of(found), hand=False)
    return denied(found.case.law, "choice-refused", row=match.row, alternatives=alternatives)


def may(found: Found) -> Decision | None:
    """The law allows it, and the office says why it does not ask the person."""
    carried = _carried(found, (Mode.MAY,))
    return None if carried is None else _answer(found, *carried)


def consent(found: Found) -> Decision | None:
    """Everybody of whom the granted fields speak consented; the general row comes last."""
    carried = _carried(found, (Mode.CONSENT,))
    if carried is None and found.case.item.consents:
        open_to_all = general(found)
        if open_to_all is not None:
            carried = _first(found, (open_to_all,), (Mode.CONSENT,))
    return None if carried is None else _answer(found, *carried)


STEPS: tuple[Callable[[Found], Decision | None], ...] = (
    special_statute,
    choice,
    refused_choice,
    may,
    consent,
    refusal,
)


def _answer(found: Found, match: Match, mode: RuleMode) -> Decision:
    """The gate of automation: retrieved, or a task for a person at the provider."""
    if automated(found.case, mode):
        decision = permitted(found.case, match, mode)
    else:
        decision = by_hand(found.case, match, mode, ways_out(found, openings_of(found), hand=True))
    rests_on = () if CONSENTS.isdisjoint(mode.needs) else under(found.case, match, mode)
    lifted = lifts_secrecy(found.case, mode, rests_on)
    if not rests_on and not lifted:
        return decision
    return replace(decision, consents=rests_on, secrecy_lifted=lifted)


def _carried(found: Found, modes: tuple[Mode, ...]) -> tuple[Match, RuleMode] | None:
    return _first(found, found.matches, modes)


def _first(
    found: Found, matches: tuple[Match, ...], modes: tuple[Mode, ...]
) -> tuple[Match, RuleMode] | None:
    """The first mode of these that carries."""
    for match in matches:
        for mode in match.modes:
            if mode.mode in modes and not lacks(found, match, mode):
                return match, mode
    return None
