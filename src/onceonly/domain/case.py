"""One question with all that is needed to judge it, looked up once."""

from dataclasses import dataclass

from onceonly.domain.candidates import Rows, rows_of
from onceonly.domain.catalogue import EvidenceType, Procedure
from onceonly.domain.decision import Facts, Question
from onceonly.domain.necessity import Needs, needs_of
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.domain.rules import Law, Section35Kind


@dataclass(frozen=True, slots=True)
class Case:
    """A question about a known type in a known procedure. `needs` None: the fact needs nothing.

    `kind`: the provider's office kind; None when nobody offers it, and then any would do.
    """

    question: Question
    facts: Facts
    law: Law
    rows: Rows
    request: EvidenceRequest
    item: Item
    person: Person
    role: str
    procedure: Procedure
    evidence_type: EvidenceType
    needs: Needs | None
    kind: str | None

    @property
    def key(self) -> tuple[str, str]:
        """By which rows are found: procedure and evidence type."""
        return self.procedure.code, self.evidence_type.code

    @property
    def issued(self) -> bool:
        """Whether the office issued it; otherwise it holds a copy that was handed in."""
        return self.item.origin is Origin.ISSUED

    @property
    def refused(self) -> bool:
        """Whether the person will hand it in themself."""
        refusal = (self.person.ref, self.evidence_type.code)
        return self.item.choice_refused or refusal in self.facts.refused


def case_of(question: Question, facts: Facts, law: Law) -> Case | None:
    """The question as a case; None where no catalogue knows its procedure or type."""
    request, item = question.request, question.item
    procedure = law.catalogue.procedures.get(request.procedure)
    evidence_type = law.catalogue.evidence_types.get(item.evidence_type)
    if procedure is None or evidence_type is None:
        return None
    person = request.by_ref[item.person]
    return Case(
        question=question,
        facts=facts,
        law=law,
        rows=rows_of(law),
        request=request,
        item=item,
        person=person,
        role=person.role,
        procedure=procedure,
        evidence_type=evidence_type,
        needs=needs_of(law, procedure.code, item.fact, evidence_type.code, person.role),
        kind=None if question.provider is None else question.provider.kind,
    )


def consumer_is_section35(case: Case) -> bool:
    """Whether the asking office acts as a § 35 SGB I body in this procedure."""
    if case.procedure.section35 is False:
        return False
    body = case.law.section35.get(case.question.office.kind)
    return body is not None and _counts(body.procedures, case.procedure.code)


def consumer_has_sgb_task(case: Case) -> bool:
    """Whether it asks for a task of the Social Code."""
    return consumer_is_section35(case) and case.procedure.sgb_task is not False


def provider_is_section35(case: Case) -> bool:
    """Whether the provider holds this type as a § 35 SGB I body."""
    body: Section35Kind | None = case.law.section35.get(case.kind or "")
    return body is not None and _counts(body.provides, case.evidence_type.code)


def _counts(only: tuple[str, ...] | None, code: str) -> bool:
    return only is None or code in only
