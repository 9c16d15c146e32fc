"""The steps that may end a question before any row is asked: 1 to 5 of the order."""

from collections.abc import Callable

from onceonly.domain.answers import ASK_OFFICE, UPLOAD, denied, denied_by, internal, silent
from onceonly.domain.case import Case
from onceonly.domain.decision import Decision
from onceonly.domain.households import chained
from onceonly.domain.matches import denying, find
from onceonly.domain.profiles import Bound
from onceonly.domain.requests import EvidenceRequest
from onceonly.domain.rules import BulkLimit, Law

GERMAN = "DE"
"""Whoever has it needs no residence title. Source: the head of the rules."""

_TITLES = "alien"
_ANY_ROW = Bound()
_EVERYDAY = frozenset({"N", "E"})
"""Sensitivities that may be used inside one controller; health and entrusted data never are."""


def who_asks(case: Case) -> Decision | None:
    """The procedure is one of the asking office's own. Source: § 67 (4) SGB X."""
    if case.ground.own_procedure:
        return None
    return silent(case, "procedure-not-yours")


def blocks(case: Case) -> Decision | None:
    """Whole requests, types and pairs that are refused for everybody."""
    limit = bulk(case.request, case.law)
    if limit is not None:
        return denied(case.law, limit.reason, norms=limit.law, looked_at=case.looked_at)
    row = denying(case)
    if row is not None:
        return denied_by(case, row, row.reason or "no-rule")
    return _blocked(case)


def _blocked(case: Case) -> Decision | None:
    blocked = case.ground.blocked
    if blocked is None:
        return None
    return denied(
        case.law,
        blocked.reason,
        norms=blocked.law,
        alternatives=blocked.alternatives or (UPLOAD, ASK_OFFICE),
        looked_at=case.looked_at,
    )


def necessity(case: Case) -> Decision | None:
    """The named fact needs this of such a person. Source: § 67a (1), § 67d (1) SGB X."""
    if case.ground.needs is None or (GERMAN in case.person.nationalities and _is_title(case)):
        return silent(case, "not-necessary")
    return None


def _is_title(case: Case) -> bool:
    return case.evidence_type.code.partition(".")[0] == _TITLES


def regimes(case: Case) -> Decision | None:
    """Who issues it: nobody else can offer it as issued."""
    if case.ground.issuer or not case.issued or case.evidence_type.code in case.law.blocked:
        return None
    return silent(case, "no-rule")


def internally(case: Case) -> Decision | None:
    """The same controller, from one task of the Social Code to another, cut like any other."""
    ground = case.ground
    if (
        not ground.one_controller
        or ground.needs is None
        or ground.procedure.sgb_task is False
        or not (ground.consumer_is_body and ground.provider_is_body)
        or ground.evidence_type.sensitivity not in _EVERYDAY
    ):
        return None
    found = find(case)
    if found.spoken:
        # Rows that name the question bind its use too: whom they speak of, and what it obliges to.
        match = next(iter(found.matches), None)
        return None if match is None else internal(case, match.grant, match.row.obligations)
    cut = ground.needs.cut(_ANY_ROW, case.item.profile)
    grant = None if cut is None else cut.grant(case.request, case.item)
    return None if grant is None else internal(case, grant, ())


STEPS: tuple[Callable[[Case], Decision | None], ...] = (
    who_asks,
    blocks,
    necessity,
    regimes,
    internally,
)


def bulk(request: EvidenceRequest, law: Law) -> BulkLimit | None:
    """The limit that a request breaks by its shape: it is about several cases at once."""
    if len(request.applicants) > 1:
        return law.bulk.get("several-applicants")
    limit = law.bulk.get("persons-without-chain")
    if limit is None or limit.more_than is None or len(request.persons) <= limit.more_than:
        return None
    loose = len(request.persons) - len(chained(request))
    return limit if loose > limit.more_than else None
