"""A Kreis that never was, to try the law on: every kind of office once, all that can be offered."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from onceonly.domain.calendar import Month
from onceonly.domain.decision import Facts, Question
from onceonly.domain.offices import (
    Approval,
    Configuration,
    ConnectorSettings,
    DataService,
    Office,
    Origin,
    RetrievalAgreement,
)
from onceonly.domain.persons import Person
from onceonly.domain.requests import (
    Assertion,
    Choice,
    EvidenceRequest,
    Item,
    Justification,
)
from onceonly.domain.rules import Law

_ADULT, _CHILD, _BORN_BEFORE = "applicant", "child", {"child": 8}
_GROWN = 40
_NOON = time(12, tzinfo=UTC)
_PROVIDER = "asked"
_SESSION = "hypothetical-session"


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One question about one person, and what is brought along; None: the law's first that fits.

    `asking`, `asked`: office kinds. `age` in years on the day. `norm`: of a justification.
    """

    asking: str
    procedure: str
    evidence_type: str
    day: date
    asked: str | None = None
    profile: str | None = None
    fact: str | None = None
    role: str | None = None
    origin: Origin = Origin.ISSUED
    month: Month | None = None
    age: int | None = None
    nationalities: tuple[str, ...] = ()
    chosen: bool = False
    notice: str = ""
    refused: bool = False
    norm: str | None = None
    reason: str = "person-unable"
    assertions: tuple[str, ...] = ()
    agreed: bool = False


def posed(hypothesis: Hypothesis, law: Law) -> tuple[Question, Facts]:
    """The question, ready to be judged, in a Kreis made for it.

    Raises:
        KeyError: a code is in no catalogue; it is the argument.
    """
    procedure = law.catalogue.procedures[hypothesis.procedure]
    evidence_type = law.catalogue.evidence_types[hypothesis.evidence_type]
    for kind in (hypothesis.asking, hypothesis.asked):
        if kind is not None and kind not in law.office_kinds:
            raise KeyError(kind)
    proofs = [
        (fact, proof)
        for fact in procedure.facts.values()
        for proof in fact.proofs
        if proof.evidence_type == evidence_type.code and hypothesis.fact in (None, fact.code)
    ]
    fact = hypothesis.fact or (proofs[0][0].code if proofs else next(iter(procedure.facts)))
    role = hypothesis.role or (proofs[0][1].about[0] if proofs else _ADULT)
    profile = hypothesis.profile or (proofs[0][1].profile if proofs else None)
    asked = hypothesis.asked or next(iter(evidence_type.issuer_kinds), None)
    now = datetime.combine(hypothesis.day, _NOON)
    office = Office("asking", "asking", hypothesis.asking, (procedure.code,))
    provider = None if asked is None else Office(_PROVIDER, _PROVIDER, asked)
    service = (
        None
        if asked is None or asked in law.never_data_service or evidence_type.code in law.blocked
        else DataService(
            _PROVIDER,
            evidence_type.code,
            tuple(evidence_type.profiles),
            ConnectorSettings("rest", ""),
            origin=hypothesis.origin,
            immediate=True,
        )
    )
    item = Item(
        "i1",
        "p1",
        evidence_type.code,
        profile or next(iter(evidence_type.profiles), ""),
        fact,
        origin=hypothesis.origin,
        choices=(Choice("p1", now, hypothesis.notice, _SESSION),) if hypothesis.chosen else (),
        choice_refused=hypothesis.refused,
        justification=_justified(hypothesis),
        assertions=tuple(Assertion(code, "x") for code in hypothesis.assertions),
    )
    request = EvidenceRequest(
        procedure=procedure.code,
        case_reference="HYPOTHESIS",
        channel="online" if hypothesis.chosen else "office",
        reference_month=hypothesis.month or Month.of(hypothesis.day),
        caseworker=None,
        persons=_persons(hypothesis, role),
        relationships=(),
        representations=(),
        items=(item,),
    )
    offices = {one.code: one for one in (office, provider) if one is not None}
    town = Configuration(
        "kreis",
        "Kreis",
        "0",
        offices,
        {},
        data_services=() if service is None else (service,),
        retrieval_agreements=(_agreement(hypothesis),) if hypothesis.agreed else (),
    )
    return Question(office, request, item, service, provider), Facts(now, hypothesis.day, town)


def _persons(hypothesis: Hypothesis, role: str) -> tuple[Person, ...]:
    age = hypothesis.age
    if age is None:
        age = _BORN_BEFORE.get(role, _GROWN)
    born = hypothesis.day.replace(year=hypothesis.day.year - age, day=1)
    subject = Person(
        "p1", role, "Probe", ("P",), born.isoformat(), nationalities=hypothesis.nationalities
    )
    if role == _ADULT:
        return (subject,)
    return (subject, Person("p2", _ADULT, "Probe", ("A",), "1980-01-01"))


def _justified(hypothesis: Hypothesis) -> Justification | None:
    if hypothesis.norm is None:
        return None
    asked_on = hypothesis.day - timedelta(days=1)
    return Justification(hypothesis.norm, hypothesis.reason, "", asked_on)


def _agreement(hypothesis: Hypothesis) -> RetrievalAgreement:
    day = hypothesis.day
    return RetrievalAgreement(
        consumer="asking",
        provider=_PROVIDER,
        evidence_types=(hypothesis.evidence_type,),
        procedures=(hypothesis.procedure,),
        occasion="",
        purpose="",
        why_appropriate="",
        measures="",
        approvals=tuple(Approval(one, "", "", day) for one in ("asking", _PROVIDER)),
        data_protection_authority_informed_on=day,
        valid_from=day,
    )
