"""The judge: a question, the facts and the law in, one decision out; and all items of a request.

The first step that answers is the answer; silence is no. Steps 1 to 12 of the order of the rules
find it, the gates (13 to 15) stand in what each step builds.
"""

from dataclasses import dataclass, replace

from onceonly.domain import blocks, ways
from onceonly.domain.answers import ASK_OFFICE, UPLOAD, denied, denied_by, silent
from onceonly.domain.case import Case, case_of
from onceonly.domain.decision import Decision, Facts, Outcome, Question
from onceonly.domain.layers import moves, never_wider
from onceonly.domain.matches import find
from onceonly.domain.offices import Configuration, DataService, Office
from onceonly.domain.profiles import strongest_offered
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.domain.rules import Law

STEPS = tuple(step.__name__ for step in (*blocks.STEPS, *ways.STEPS))
"""What is looked at, in its order; a decision's `trace` is the beginning of it."""

_BLOCKS = tuple((step, STEPS[: place + 1]) for place, step in enumerate(blocks.STEPS))
_WAYS = tuple((way, STEPS[: len(_BLOCKS) + place + 1]) for place, way in enumerate(ways.STEPS))
"""Every step with the names of all that was looked at once it answers."""

_RANK = {
    outcome: rank
    for rank, outcome in enumerate(
        (
            Outcome.PERMIT,
            Outcome.PARTIAL,
            Outcome.MANUAL,
            Outcome.CHOICE_REQUIRED,
            Outcome.CONSENT_REQUIRED,
            Outcome.DENY,
        )
    )
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One item, decided. `choices`: the offices among which the caller must name one."""

    item: Item
    question: Question
    decision: Decision
    choices: tuple[str, ...] = ()


def decide(question: Question, facts: Facts, law: Law) -> Decision:
    """Decide one question; by a narrowed law, never more than by the law without the narrowing."""
    decision = _decided(question, facts, law)
    if law.wider is None or not moves(decision):
        return decision
    return never_wider(decision, decide(question, facts, law.wider), law)


def _decided(question: Question, facts: Facts, law: Law) -> Decision:
    case = case_of(question, facts, law)
    if case is None:
        return _unknown(question, law)
    return _available(case, _number_allowed(case, _walk(case)))


def judge(office: Office, request: EvidenceRequest, facts: Facts, law: Law) -> tuple[Judged, ...]:
    """Decide every item for itself; one refusal harms no other.

    An item that names no provider goes to the only office that offers it. Where several do and
    some would be allowed or asked by hand, the caller must choose.
    """
    return tuple(_judged(office, request, item, facts, law) for item in request.items)


def _judged(office: Office, request: EvidenceRequest, item: Item, facts: Facts, law: Law) -> Judged:
    decided = []
    for service, provider in _candidates(office, item, facts.configuration):
        question = Question(office, request, item, service, provider)
        decided.append((question, decide(question, facts, law)))
    question, decision = min(decided, key=lambda one: _RANK[one[1].outcome])
    if len(decided) == 1 or _RANK[decision.outcome] > _RANK[Outcome.MANUAL]:
        return Judged(item, question, decision)
    choices = (one.provider.code for one, _ in decided if one.provider is not None)
    return Judged(item, question, decision, tuple(choices))


def _candidates(
    office: Office, item: Item, configuration: Configuration
) -> list[tuple[DataService | None, Office | None]]:
    """Whoever offers type and origin, never the asking office; at least one entry."""
    offering: list[tuple[DataService | None, Office | None]] = [
        (service, configuration.offices[service.office])
        for service in configuration.offering.get(item.evidence_type, ())
        if service.origin is item.origin
        and service.office != office.code
        and item.provider in (None, service.office)
    ]
    if offering:
        return offering
    if item.provider in (None, office.code):
        return [(None, None)]
    return [(None, configuration.offices.get(item.provider or ""))]


def _unknown(question: Question, law: Law) -> Decision:
    """No catalogue knows the procedure or the type."""
    procedure = question.request.procedure
    runs = procedure in question.office.procedures and procedure in law.catalogue.procedures
    reason = "no-rule" if runs else "procedure-not-yours"
    return denied(law, reason, looked_at=STEPS[:1])


def _walk(case: Case) -> Decision:
    for step, case.looked_at in _BLOCKS:
        decision = step(case)
        if decision is not None:
            return decision
    found = find(case)
    for way, case.looked_at in _WAYS:
        decision = way(found)
        if decision is not None:
            return decision
    return silent(case, "no-rule")


def _number_allowed(case: Case, decision: Decision) -> Decision:
    """An identification number that the row does not list. Source: § 67f (3), § 67d (4) SGB X."""
    row = case.rows.idnr
    if case.person.idnr is None or row is None or decision.outcome is Outcome.DENY:
        return decision
    if decision.rule is not None and decision.rule in case.rows.numbered:
        return decision
    return denied_by(case, row, row.reason or "no-rule")


def _available(case: Case, decision: Decision) -> Decision:
    """Law comes before availability: only what it would permit can lack an office."""
    question = case.question
    if decision.outcome is Outcome.MANUAL:
        return decision if _reachable(case) else _nobody(case, decision)
    if not decision.permits:
        return decision
    if question.service is None:
        return _nobody(case, decision)
    if decision.profile is None or decision.profile in question.service.profiles:
        return decision
    weaker = strongest_offered(question.service.profiles, decision.profile)
    if weaker is None:
        return _nobody(case, decision)
    less = decide(
        replace(question, item=replace(question.item, profile=weaker)), case.facts, case.law
    )
    less = replace(less, trace=case.looked_at)
    return replace(less, outcome=Outcome.PARTIAL, reason="minimised") if less.permits else less


def _reachable(case: Case) -> bool:
    """A person can be asked where a data service is, or where there can never be one."""
    question = case.question
    if question.service is not None:
        return True
    kind = None if question.provider is None else question.provider.kind
    return kind is not None and case.evidence_type.code in case.law.blocked


def _nobody(case: Case, decision: Decision) -> Decision:
    no = denied(
        case.law, "no-provider", alternatives=(ASK_OFFICE, UPLOAD), looked_at=case.looked_at
    )
    return replace(no, rule=decision.rule, rule_version=decision.rule_version, mode=decision.mode)
