"""The ground of a question: all of it that hangs on codes, a law, a day and a municipality's file.

Worked out once and looked up ever after: of a thousand questions most differ in their persons
alone. Nothing here knows a person.
"""

from dataclasses import dataclass, field
from datetime import date

from onceonly.domain.candidates import Rows, rows_of
from onceonly.domain.catalogue import EvidenceType, Procedure
from onceonly.domain.codes import Codes, General, Speaking
from onceonly.domain.decision import Decision, Facts, Question
from onceonly.domain.necessity import Needs, needs_of
from onceonly.domain.offices import Configuration, Origin
from onceonly.domain.rules import BlockedType, Hint, Law, Rule

_SHELVES, _GROUNDS = 64, 16_384
"""How many are kept of each; after that the oldest are worked out anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What is known of a question before anybody looks at the person.

    `needs` None: the fact needs nothing of it. `kind`: the provider's office kind; None when
    nobody offers it, and then any would do. `ready`: refusals that were seen to be the answer; they
    hang on nothing else.
    """

    rows: Rows
    procedure: Procedure
    evidence_type: EvidenceType
    kind: str | None
    needs: Needs | None
    own_procedure: bool
    blocked: BlockedType | None
    issuer: bool
    consumer_is_body: bool
    provider_is_body: bool
    one_controller: bool
    agreed: bool
    denials: tuple[Rule, ...]
    denials_anywhere: tuple[Rule, ...]
    about: tuple[Speaking, ...]
    speaking: tuple[Speaking, ...]
    general: tuple[General, ...]
    hints: tuple[Hint, ...]
    ready: dict[tuple[object, ...], Decision] = field(default_factory=dict)


class _Shelf:
    """The grounds worked out for one law, one municipality's file and one day."""

    __slots__ = ("configuration", "grounds", "law")

    def __init__(self, law: Law, configuration: Configuration) -> None:
        self.law = law
        self.configuration = configuration
        self.grounds: dict[tuple[object, ...], Ground | None] = {}


_shelves: dict[tuple[int, int, date], _Shelf] = {}


def ground_of(question: Question, facts: Facts, law: Law) -> Ground | None:
    """The ground of a question; None where no catalogue knows its procedure or type."""
    configuration, today = facts.configuration, facts.today
    request, item, provider = question.request, question.item, question.provider
    shelf = _shelves.get((id(law), id(configuration), today))
    if shelf is None or shelf.law is not law or shelf.configuration is not configuration:
        if len(_shelves) >= _SHELVES:
            _shelves.clear()
        shelf = _shelves[id(law), id(configuration), today] = _Shelf(law, configuration)
    role, offices = request.by_ref[item.person].role, configuration.offices
    if offices.get(question.office.code) is not question.office or (
        provider is not None and offices.get(provider.code) is not provider
    ):
        # What is looked up by its code must be what the file calls so.
        return _ground(question, role, configuration, today, law)
    key = (
        question.office.code,
        request.procedure,
        item.evidence_type,
        item.profile,
        item.fact,
        role,
        item.origin is Origin.ISSUED,
        None if provider is None else provider.code,
    )
    if key in shelf.grounds:
        return shelf.grounds[key]
    if len(shelf.grounds) >= _GROUNDS:
        shelf.grounds.clear()
    found = shelf.grounds[key] = _ground(question, role, configuration, today, law)
    return found


def _ground(
    question: Question, role: str, configuration: Configuration, today: date, law: Law
) -> Ground | None:
    request, item, office = question.request, question.item, question.office
    procedure = law.catalogue.procedures.get(request.procedure)
    evidence_type = law.catalogue.evidence_types.get(item.evidence_type)
    if procedure is None or evidence_type is None:
        return None
    kind = None if question.provider is None else question.provider.kind
    needs = needs_of(law, procedure.code, item.fact, evidence_type.code, role)
    codes = Codes(law, configuration, today, office, procedure, evidence_type, kind, role, question)
    about = tuple(codes.speaking(row, needs) for row in codes.rows_about())
    denials = tuple(codes.denials())
    return Ground(
        rows=rows_of(law),
        procedure=procedure,
        evidence_type=evidence_type,
        kind=kind,
        needs=needs,
        own_procedure=procedure.code in office.procedures,
        blocked=codes.blocked(),
        issuer=kind is None or kind in evidence_type.issuer_kinds,
        consumer_is_body=codes.consumer_is_body(),
        provider_is_body=codes.provider_is_body(),
        one_controller=question.provider is not None
        and configuration.one_controller(office.code, question.provider.code),
        agreed=codes.agreed(),
        denials=tuple(row for row in denials if not row.providers or kind in row.providers),
        denials_anywhere=tuple(row for row in denials if row.evidence),
        about=about,
        speaking=tuple(one for one in about if one.speaks),
        general=tuple(codes.general(about, needs)),
        hints=tuple(codes.hints()),
    )
