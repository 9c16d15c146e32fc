"""The whole law at once: every kind of office, procedure, type, profile and ground, decided.

Around the common case stand circumstances in which rows speak of other persons, other papers or
another day; they are asked wherever a row looks at such things.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from uuid import UUID

from onceonly.domain.agreed import HeldConsent
from onceonly.domain.calendar import Months
from onceonly.domain.catalogue import CHAIN
from onceonly.domain.consents import Opened
from onceonly.domain.decision import Decision, Facts, Question
from onceonly.domain.judge import decide
from onceonly.domain.offices import Admission, Configuration, DataService, Office, Origin
from onceonly.domain.requests import EvidenceRequest, Item, Justification
from onceonly.domain.rules import Law, Rule
from unit.circumstances import (
    DAYS,
    GROUNDS,
    NO_STATEMENTS,
    NOBODY,
    NORMS,
    NOTICES,
    OTHER,
    PEOPLE,
    Cell,
)
from unit.laws import (
    NOW,
    OCTOBER,
    a_choice,
    a_justification,
    a_request,
    a_service,
    an_agreement,
    stated,
)


class Sweep:
    """One law, and a Kreis in which every kind of office is twice and offers what it can."""

    def __init__(self, law: Law, like: "Sweep | None" = None) -> None:
        self.law = law
        catalogue = law.catalogue
        if like is not None:
            # A law that differs in a row alone is asked the same questions in the same Kreis.
            for name in ("offices", "offering", "services", "towns", "requests", "opens"):
                self.__dict__[name] = getattr(like, name)
        self.by_key: dict[tuple[str, str], list[Rule]] = defaultdict(list)
        for row in law.rules:
            types = dict.fromkeys(given.evidence_type for given in row.evidence)
            for procedure in catalogue.procedures if "any" in row.consumers else row.consumers:
                for code in types or catalogue.evidence_types:
                    self.by_key[procedure, code].append(row)

    @cached_property
    def offices(self) -> Mapping[str, Office]:
        procedures = self.law.catalogue.procedures.values()
        return {
            f"{kind}{which}": Office(
                f"{kind}{which}",
                kind,
                kind,
                tuple(one.code for one in procedures if kind in one.kinds),
            )
            for which in ("", OTHER)
            for kind in self.law.office_kinds
        }

    @cached_property
    def offering(self) -> Mapping[str, tuple[tuple[str, Origin], ...]]:
        """By type: who issues it, who is asked by name, and who holds a copy some row speaks of.

        Of the general row one holder stands for all.
        """
        found: dict[str, dict[tuple[str, Origin], None]] = defaultdict(dict)
        for code, one in self.law.catalogue.evidence_types.items():
            for kind in one.issuer_kinds:
                found[code][kind, Origin.ISSUED] = None
        for row in self.law.rules:
            for code, kind in self._by_name(row):
                found[code][kind, Origin.ISSUED] = None
            for code in self._copies(row):
                for kind in ("jobcenter",) if row.matrix else row.providers:
                    found[code][kind, Origin.SUBMITTED] = None
        return {code: tuple(some) for code, some in found.items()}

    def _by_name(self, row: Rule) -> Iterator[tuple[str, str]]:
        """Types and offices without a data service: a person there may answer, or nobody does."""
        for given in row.evidence:
            blocked = given.evidence_type in self.law.blocked and row.via_hub
            for kind in row.providers:
                if blocked or kind in self.law.never_data_service:
                    yield given.evidence_type, kind

    def _copies(self, row: Rule) -> Iterator[str]:
        """Types of which this row speaks as copies that an office holds."""
        if row.origin != "issued":
            for given in row.evidence:
                if given.evidence_type not in self.law.blocked and not (
                    row.matrix and given.evidence_type not in row.submitted_only
                ):
                    yield given.evidence_type

    @cached_property
    def services(self) -> Mapping[tuple[str, str, Origin], DataService]:
        return {
            (f"{kind}{which}", code, origin): a_service(
                f"{kind}{which}",
                evidence_type=code,
                origin=origin,
                profiles=tuple(self.law.catalogue.evidence_types[code].profiles),
            )
            for code, some in self.offering.items()
            for kind, origin in some
            for which in ("", OTHER)
            if code not in self.law.blocked and kind not in self.law.never_data_service
        }

    @cached_property
    def towns(self) -> Mapping[str, Configuration]:
        """The Kreis, with every agreement there can be; and how else it might be."""
        bodies = self.law.section35
        agreements = tuple(
            an_agreement(
                consumer=one,
                provider=f"{other}{OTHER if one == other else ''}",
                evidence_types=tuple(self.law.catalogue.evidence_types),
                procedures=tuple(self.law.catalogue.procedures),
            )
            for one in bodies
            for other in bodies
        )
        kreis = Configuration(
            "kreis", "Kreis", "0", self.offices, {}, retrieval_agreements=agreements
        )
        admissions = tuple(Admission(row.id, "OB", "1", date(2026, 1, 1)) for row in self.law.rules)
        return {
            "": kreis,
            "admitted": replace(kreis, admissions=admissions),
            "no-agreement": replace(kreis, retrieval_agreements=()),
        }

    @cached_property
    def requests(self) -> Mapping[tuple[str, str], EvidenceRequest]:
        return {
            (code, about): a_request(procedure=code, persons=persons, relationships=ties)
            for code in self.law.catalogue.procedures
            for about, (persons, ties) in PEOPLE.items()
        }

    @cached_property
    def opens(self) -> Mapping[tuple[str, Origin], tuple[Opened, ...]]:
        return {
            (code, origin): tuple(Opened(code, one, origin) for one in found.profiles)
            for code, found in self.law.catalogue.evidence_types.items()
            for origin in Origin
        }

    def cells(self) -> Iterator[Cell]:
        """The common case of everything, then every circumstance that some row looks at."""
        for kind in self.law.office_kinds:
            for procedure in self.offices[kind].procedures:
                for code in self.law.catalogue.evidence_types:
                    yield from self.cells_of(kind, procedure, code)
                    for about in self._circumstances(kind, procedure, code):
                        yield from self.cells_of(kind, procedure, code, about)

    def cells_of(
        self, kind: str, procedure: str, code: str, about: str = "", roles: tuple[str, ...] = ()
    ) -> Iterator[Cell]:
        """Every cell of one office, procedure and type; facts and roles are the type's own."""
        known = self.law.catalogue.procedures[procedure].facts
        own = [
            (fact.code, role)
            for fact in known.values()
            for proof in fact.proofs
            if proof.evidence_type == code
            for role in self._roles(proof.about, about, roles)
        ]
        profiles = self._profiles(procedure, code, about)
        asserting = self.codes(kind, procedure, code)
        for fact, role in dict.fromkeys(own or [(next(iter(known)), "applicant")]):
            for provider, origin in self.offering.get(code, ()) or [(NOBODY, Origin.ISSUED)]:
                other = f"{provider}{OTHER}" if provider == kind else provider
                for profile in profiles:
                    for ground in GROUNDS if own else GROUNDS[:1]:
                        for says in ((), asserting) if asserting and own else ((),):
                            yield Cell(
                                kind, procedure, code, fact, role, other, origin, profile,
                                ground, says, about,
                            )  # fmt: skip

    def _profiles(self, procedure: str, code: str, about: str) -> tuple[str, ...]:
        """All of them; in a circumstance those that rows name, and the widest of the chain."""
        every = tuple(self.law.catalogue.evidence_types[code].profiles)
        if not about:
            return every
        named = {
            given.profile
            for row in self.by_key[procedure, code]
            for given in row.evidence
            if given.evidence_type == code and not row.matrix
        }
        widest = [one for one in every if one in CHAIN][-1:]
        return tuple(one for one in every if one in named or one in widest)

    def _roles(
        self, about: tuple[str, ...], circumstance: str, wanted: tuple[str, ...]
    ) -> tuple[str, ...]:
        """The first admissible role; in circumstances that hang on it, the child's; or those wanted."""
        if wanted:
            return tuple(one for one in wanted if one in about)
        if circumstance in ("", "union", "unknown"):
            return about[:1]
        others = ("child", "other-parent") if circumstance == "elsewhere" else ("child",)
        return tuple(dict.fromkeys((about[0], *(one for one in others if one in about))))

    def _circumstances(self, kind: str, procedure: str, code: str) -> Iterator[str]:
        rows = [
            row
            for row in self.by_key[procedure, code]
            if row.evidence and not row.matrix and _for(row, kind)
        ]
        whens = [row.when for row in rows]
        persons = [when.person for when in whens if when.person is not None]
        if any(one.age for one in persons):
            yield from ("teen-13", "teen-16", "grown-19")
        if any(one.own_case is not None or one.lives_apart_from_child for one in persons):
            yield "elsewhere"
        if any(when.nationality or "nationality" in when.fields_by for when in whens):
            yield from ("union", "unknown")
        if any(
            when.config or any(mode.config for mode in row.modes)
            for row, when in zip(rows, whens, strict=True)
        ):
            yield "admitted"
        if any(mode.notice for row in rows for mode in row.modes):
            yield "notice"
        if any(row.idnr for row in rows):
            yield "numbered"

    def codes(self, kind: str, procedure: str, code: str) -> tuple[str, ...]:
        """Everything that rows ask this office to state about this type."""
        rows = [row for row in self.by_key[procedure, code] if row.via_hub and _for(row, kind)]
        needs = [need for row in rows for mode in row.modes for need in mode.needs]
        asked = [one for row in rows for one in row.preconditions]
        asked += ["benefit-granted" for row in rows if row.when.recipient]
        asked += [one for one in needs if one not in NO_STATEMENTS]
        return tuple(dict.fromkeys(asked))

    def norm(self, kind: str, procedure: str, code: str) -> str:
        """The norm of the justification that rows for this type ask for."""
        norms = (
            mode.justification_norm
            for row in self.by_key[procedure, code]
            if _for(row, kind)
            for mode in row.modes
            if mode.justification_norm
        )
        return next(norms, NORMS[0])

    def decide(self, cell: Cell, law: Law | None = None) -> Decision:
        """What the law says to a cell; or another law, asked the very same."""
        request = self.requests[cell.procedure, cell.about if cell.about in PEOPLE else ""]
        kind, code = cell.kind, cell.evidence_type
        notice = NOTICES.get(cell.about, "wahl-67f-v1")
        person = next(one.ref for one in request.persons if one.role == cell.role)
        released = cell.ground == "choice" and cell.about == "released"
        consenting = cell.ground == "consent" or released
        consents = self._consents(cell, request) if consenting else {}
        detail = None if cell.about == "no-detail" else "x"
        item = Item(
            "i1",
            person,
            code,
            cell.profile,
            cell.fact,
            origin=cell.origin,
            months=self._months(cell),
            choices=tuple(
                a_choice(one.ref, notice=notice)
                for one in request.persons
                if cell.about != "by-applicant" or one.role == "applicant"
            )
            if cell.ground == "choice"
            else (),
            justification=self._justification(cell) if cell.ground == "may" else None,
            consents=tuple(consents),
            assertions=stated(*cell.says[1 if cell.about == "one-short" else 0 :], detail=detail),
        )
        facts = Facts(
            NOW,
            DAYS.get(cell.about, NOW.date()),
            self.towns.get(cell.about, self.towns[""]),
            consents=consents,
        )
        service = self.services.get((cell.provider, code, cell.origin))
        provider = None if cell.provider == NOBODY else self.offices[cell.provider]
        question = Question(self.offices[kind], request, item, service, provider)
        return decide(question, facts, law or self.law)

    def _justification(self, cell: Cell) -> Justification:
        """With a reason that the rows take; in one circumstance another."""
        rows = self.by_key[cell.procedure, cell.evidence_type]
        taken = [one for row in rows if _for(row, cell.kind) for one in row.when.needs_reason]
        reason = "bulk-of-identical-documents" if cell.about == "other-reason" else "person-unable"
        if taken and cell.about != "other-reason":
            reason = taken[0]
        norm = self.norm(cell.kind, cell.procedure, cell.evidence_type)
        if cell.about == "other-norm":
            norm = "sgb8-62-3" if norm != "sgb8-62-3" else NORMS[0]
        return a_justification(
            norm=norm,
            reason=reason,
            asked_once_on=NOW.date(),
        )

    def _months(self, cell: Cell) -> Months | None:
        if cell.about == "wide":
            return Months(OCTOBER.plus(-30), OCTOBER.plus(6))
        named = cell.about == "months-alone" or (cell.says and cell.about != "stated-alone")
        return Months(OCTOBER, OCTOBER) if named else None

    def _consents(self, cell: Cell, request: EvidenceRequest) -> dict[UUID, HeldConsent]:
        return {
            UUID(int=place): HeldConsent(
                state="given",
                by=by,
                about=frozenset({person.ref}),
                consumer=cell.kind,
                provider=cell.provider,
                procedure=cell.procedure,
                case_reference="B-2" if cell.about == "other-case" else "A-1",
                opens=self.opens[cell.evidence_type, cell.origin],
                months=Months(None, None),
                given_on=NOW.date(),
                own_act=cell.about != "oral",
                special_categories=cell.about != "plain",
                release_from_secrecy=cell.about != "unreleased",
            )
            for place, (person, by) in enumerate(
                (one, by)
                for one in request.persons
                for by in ((one.ref, "p1", "p5") if one.role == "child" else (one.ref,))
            )
        }


def _for(row: Rule, kind: str) -> bool:
    return not row.consumer_kinds or kind in row.consumer_kinds
