"""Hints: facts for the file that go with evidence, never a verdict on a claim."""

from onceonly.domain.case import Case
from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.households import two_homes


def hints_of(case: Case, decision: Decision) -> tuple[str, ...]:
    """Codes of what goes with evidence that may be delivered or answered by hand; else nothing."""
    if not (decision.permits or decision.outcome is Outcome.MANUAL):
        return ()
    return tuple(
        hint.code
        for hint in case.ground.hints
        if (not hint.fields or not set(hint.fields).isdisjoint(decision.fields))
        and (not hint.two_homes or two_homes(case.request))
    )
