"""One question with all that is needed to judge it, looked up once."""

from dataclasses import dataclass, field
from datetime import date

from onceonly.domain.candidates import Rows
from onceonly.domain.catalogue import EvidenceType, Procedure
from onceonly.domain.decision import Facts, Question
from onceonly.domain.grounds import Ground, ground_of
from onceonly.domain.necessity import Needs
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person
from onceonly.domain.representation import Acts, may_act
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.domain.rules import Law


@dataclass(slots=True, eq=False)
class Case:
    """A question about a known type in a known procedure. It lives as long as its judging.

    `ground`: all of it that does not hang on the person. `acting`: who may act, as far as it was
    worked out. `looked_at`: the steps so far, as every answer tells them.
    """

    question: Question
    facts: Facts
    law: Law
    ground: Ground
    request: EvidenceRequest
    item: Item
    person: Person
    acting: dict[tuple[str, date], Acts] = field(default_factory=dict)
    looked_at: tuple[str, ...] = ()

    def acts(self, ref: str, day: date) -> Acts:
        """Who may choose or consent for somebody of the request about this evidence, on a day."""
        known = self.acting.get((ref, day))
        if known is None:
            known = may_act(self.request, ref, self.evidence_type, day)
            self.acting[ref, day] = known
        return known

    @property
    def rows(self) -> Rows:
        """The rows of the law."""
        return self.ground.rows

    @property
    def procedure(self) -> Procedure:
        """In which it is asked."""
        return self.ground.procedure

    @property
    def evidence_type(self) -> EvidenceType:
        """What is asked for."""
        return self.ground.evidence_type

    @property
    def needs(self) -> Needs | None:
        """What the fact needs of it; None: nothing."""
        return self.ground.needs

    @property
    def kind(self) -> str | None:
        """The provider's office kind; None when nobody offers it, and then any would do."""
        return self.ground.kind

    @property
    def role(self) -> str:
        """What the person is in the request."""
        return self.person.role

    @property
    def issued(self) -> bool:
        """Whether the office issued it; otherwise it holds a copy that was handed in."""
        return self.item.origin is Origin.ISSUED

    @property
    def refused(self) -> bool:
        """Whether the person will hand it in themself."""
        item, refused = self.item, self.facts.refused
        return item.choice_refused or (
            bool(refused) and (item.person, item.evidence_type) in refused
        )


def case_of(question: Question, facts: Facts, law: Law) -> Case | None:
    """The question as a case; None where no catalogue knows its procedure or type."""
    ground = ground_of(question, facts, law)
    if ground is None:
        return None
    request, item = question.request, question.item
    return Case(question, facts, law, ground, request, item, request.by_ref[item.person])
