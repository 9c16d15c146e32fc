"""The ways that rows open: 6 to 12 of the order. Each step answers, or hands the question on."""

from collections.abc import Callable

from onceonly.domain.agreed import lifts_secrecy, under
from onceonly.domain.answers import by_hand, denied, permitted
from onceonly.domain.codes import Match
from onceonly.domain.decision import Decision
from onceonly.domain.gates import automated
from onceonly.domain.matches import Found, general
from onceonly.domain.modes import lacks
from onceonly.domain.openings import refusal, ways_out
from onceonly.domain.rules import Mode, RuleMode

_SPECIAL = (Mode.DUTY, Mode.REGULATION)
_CHOICE, _MAY, _CONSENT = (Mode.CHOICE,), (Mode.MAY,), (Mode.CONSENT,)
_VOLUNTARY = (*_CHOICE, *_MAY, *_CONSENT)


def special_statute(found: Found) -> Decision | None:
    """A statute orders or regulates this very transmission.

    A duty that nothing automates yields to the person's choice, where there is one.
    """
    carried = _carried(found, found.matches, _SPECIAL)
    if carried is None:
        return None
    decision = _answer(found, *carried)
    return decision if decision.permits else choice(found) or decision


def choice(found: Found) -> Decision | None:
    """The person chose retrieval online, from an issuer who answers at once (§ 67f SGB X)."""
    carried = _carried(found, found.matches, _CHOICE)
    return None if carried is None else _answer(found, *carried)


def refused_choice(found: Found) -> Decision | None:
    """Choice refused, withheld, or upload chosen: the voluntary ways are closed."""
    if not found.case.refused:
        return None
    closed = [
        match for match in found.matches if any(mode.mode in _VOLUNTARY for mode in match.modes)
    ]
    closed += general(found)
    if not closed:
        return None
    return denied(
        found.case.law,
        "choice-refused",
        row=closed[0].row,
        alternatives=ways_out(found, hand=False),
        looked_at=found.case.looked_at,
    )


def may(found: Found) -> Decision | None:
    """The law allows it, and the office says why it does not ask the person."""
    carried = _carried(found, found.matches, _MAY)
    return None if carried is None else _answer(found, *carried)


def consent(found: Found) -> Decision | None:
    """Everybody of whom the granted fields speak consented; the general row comes last."""
    carried = _carried(found, found.matches, _CONSENT)
    if carried is None and found.case.item.consents:
        carried = _carried(found, general(found), _CONSENT)
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
    case = found.case
    rests_on = under(case, match, mode)
    lifted = lifts_secrecy(case, mode, rests_on)
    if automated(case, mode):
        return permitted(case, match, mode, rests_on, lifted=lifted)
    ways = ways_out(found, hand=True)
    return by_hand(case, match, mode, rests_on, lifted=lifted, alternatives=ways)


def _carried(
    found: Found, matches: tuple[Match, ...], kinds: tuple[Mode, ...]
) -> tuple[Match, RuleMode] | None:
    """The first mode of these kinds that carries."""
    for match in matches:
        for mode in match.modes:
            if mode.mode in kinds and not lacks(found, match, mode):
                return match, mode
    return None
