"""What the law has to say to a question's codes: the rows about it, what they give, what is closed.

Nothing here knows a person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from onceonly.domain.candidates import rows_of
from onceonly.domain.catalogue import CHAIN, EvidenceType, Procedure
from onceonly.domain.decision import Decision, Question
from onceonly.domain.necessity import Cut, Grant, Needs, always
from onceonly.domain.offices import Configuration, Office, Origin
from onceonly.domain.profiles import Bound, at_least, meet
from onceonly.domain.rules import BlockedType, Hint, Law, Mode, Rule, RuleMode

_APPLICANT = "applicant"
"""Whose unit it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A row that holds for a question, the modes that may carry it, and what it gives.

    `ready`: permits that it was seen to give, by all they hang on; whom they are about is not in it.
    """

    row: Rule
    modes: tuple[RuleMode, ...]
    grant: Grant
    ready: dict[tuple[object, ...], Decision] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Speaking:
    """A row for this consumer, type, fact and role. `cuts` None: they hang on nationality too.

    `match`, `anothers_match`: what it gives to a question without months of its own, where that is
    always the same. `speaks`: it is about this provider and origin. `anothers`: the modes that are left where the
    person is of another's case; `parted`: whether that makes a difference. `asks`: whether it asks
    anything of the person. `holds`: False where it can never hold here.
    """

    row: Rule
    speaks: bool
    holds: bool
    asks: bool
    parted: bool
    modes: tuple[RuleMode, ...]
    anothers: tuple[RuleMode, ...]
    bounds: tuple[Bound, ...]
    cuts: tuple[Cut, ...] | None
    match: Match | None
    anothers_match: Match | None


@dataclass(frozen=True, slots=True, eq=False)
class General:
    """A general row that is open here: what it gives where no row is about the question.

    `within`: the rows that are, each with what it and the general one both give; None: that hangs
    on nationality too. Beside both stands the match that always comes of it, if one does.
    `profile`: the most the general row gives.
    """

    row: Rule
    modes: tuple[RuleMode, ...]
    profile: str
    bare: tuple[Cut, ...]
    bare_match: Match | None
    within: tuple[tuple[Speaking, tuple[Cut, ...] | None, Match | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Who asks whom for what, in codes: what the law has to say to that, whoever it is about."""

    law: Law
    configuration: Configuration
    today: date
    office: Office
    procedure: Procedure
    evidence_type: EvidenceType
    kind: str | None
    role: str
    question: Question

    @property
    def key(self) -> tuple[str, str]:
        """By which rows are found: procedure and evidence type."""
        return self.procedure.code, self.evidence_type.code

    def blocked(self) -> BlockedType | None:
        """The block of the type, unless a row for this consumer is its exception."""
        found = self.law.blocked.get(self.evidence_type.code)
        rows = rows_of(self.law).permits.get(self.key, ())
        if found is None or any(row.id in found.except_rules for row in rows):
            return None
        return found

    def consumer_is_body(self) -> bool:
        """Whether the asking office acts as a § 35 SGB I body in this procedure."""
        body = self.law.section35.get(self.office.kind)
        if self.procedure.section35 is False or body is None:
            return False
        return body.procedures is None or self.procedure.code in body.procedures

    def provider_is_body(self) -> bool:
        """Whether the provider holds this type as a § 35 SGB I body."""
        body = self.law.section35.get(self.kind or "")
        return body is not None and (
            body.provides is None or self.evidence_type.code in body.provides
        )

    def agreed(self) -> bool:
        """An agreement in force, with every approval, between § 35 SGB I bodies only."""
        provider = self.question.provider
        if provider is None or not (self.consumer_is_body() and self.provider_is_body()):
            return False
        return any(
            one.consumer == self.office.code
            and one.provider == provider.code
            and self.evidence_type.code in one.evidence_types
            and self.procedure.code in one.procedures
            and one.in_force_on(self.today)
            and one.data_protection_authority_informed_on <= self.today
            for one in self.configuration.retrieval_agreements
        )

    def rows_about(self) -> Iterator[Rule]:
        """Rows for consumer, type and fact, whoever would provide; of a blocked type exceptions."""
        blocked = self.law.blocked.get(self.evidence_type.code)
        fact = self.question.item.fact
        for row in rows_of(self.law).permits.get(self.key, ()):
            if (
                row.in_force_on(self.today)
                and not row.when.land_law
                and self._for_consumer(row)
                and (not row.facts or fact in row.facts)
                and (blocked is None or row.id in blocked.except_rules)
            ):
                yield row

    def speaking(self, row: Rule, needs: Needs | None) -> Speaking:
        """What a row says here, but for the person."""
        rows, item, when = rows_of(self.law), self.question.item, row.when
        bounds = rows.bounds[row.id, self.evidence_type.code]
        lists = _fields_by(when.fields_by, fact=item.fact, role=self.role)
        bounds = tuple(bound.listing(*lists) for bound in bounds)
        admitted = self._admitted(row)
        modes = self._modes(row, admitted=admitted)
        consents = tuple(mode for mode in modes if mode.mode is Mode.CONSENT)
        asks_case = when.person is not None and when.person.own_case is not None
        cuts = None
        if needs is not None and "nationality" not in when.fields_by:
            cuts = needs.cuts(bounds, item.profile)
        return Speaking(
            row=row,
            speaks=self._names(row),
            holds=self.role in row.about and (when.config is None or admitted),
            asks=when.person is not None or when.stands_aside is not None,
            parted=self.key in rows.parted and not (asks_case or row.matrix),
            modes=modes,
            anothers=consents,
            bounds=bounds,
            cuts=cuts,
            match=self._match(row, modes, cuts),
            anothers_match=self._match(row, consents, cuts),
        )

    def _match(
        self, row: Rule, modes: tuple[RuleMode, ...], cuts: tuple[Cut, ...] | None
    ) -> Match | None:
        """What a row always gives, if it does."""
        grant = None if cuts is None else always(cuts, self.question.item.profile)
        return None if grant is None else Match(row, modes, grant)

    def denials(self) -> Iterator[Rule]:
        """Rows that deny this consumer, type and profile, whoever would provide."""
        profile = self.question.item.profile
        for row in rows_of(self.law).denials.get(self.key, ()):
            named = not row.evidence or any(
                given.evidence_type == self.evidence_type.code
                and (given.profile is None or at_least(profile, given.profile))
                for given in row.evidence
            )
            if (
                named
                and row.in_force_on(self.today)
                and self._for_consumer(row)
                and (row.when.config is None or self._admitted(row))
            ):
                yield row

    def general(self, about: tuple[Speaking, ...], needs: Needs | None) -> Iterator[General]:
        """The general rows that are open, between § 35 SGB I bodies their matrix names."""
        code, asked = self.evidence_type.code, self.question.item.profile
        for row in rows_of(self.law).general:
            given = next((one.profile for one in row.evidence if one.evidence_type == code), None)
            if (
                given is not None
                and needs is not None
                and self.procedure.code in row.consumers
                and code in row.matrix.get(self.office.kind, ())
                and self.role in row.about
                and code not in self.law.blocked
                and row.in_force_on(self.today)
                and self._names(row)
                and self.consumer_is_body()
                and (self.kind is None or self.provider_is_body())
                and not self._closed(row)
            ):
                modes = self._modes(row, admitted=self._admitted(row))
                bare = needs.cuts((Bound(given, standalone=True),), asked)
                within = [
                    (
                        one,
                        None if one.cuts is None else needs.cuts(both(given, one.bounds), asked),
                    )
                    for one in about
                ]
                yield General(
                    row=row,
                    modes=modes,
                    profile=given,
                    bare=bare,
                    bare_match=self._match(row, modes, bare),
                    within=tuple(
                        (one, cuts, self._match(row, modes, cuts)) for one, cuts in within
                    ),
                )

    def hints(self) -> Iterator[Hint]:
        """Facts for the file that may go with this evidence, as far as codes tell."""
        item = self.question.item
        for hint in self.law.hints.values():
            if (
                (not hint.providers or self.kind in hint.providers)
                and (not hint.evidence or self.evidence_type.code in hint.evidence)
                and (not hint.procedures or self.procedure.code in hint.procedures)
                and (not hint.facts or item.fact in hint.facts)
                and not (hint.outside_unit and self.role == _APPLICANT)
            ):
                yield hint

    def _for_consumer(self, row: Rule) -> bool:
        return not row.consumer_kinds or self.office.kind in row.consumer_kinds

    def _names(self, row: Rule) -> bool:
        """Whether the row is about this provider and this origin."""
        if row.providers and self.kind is not None and self.kind not in row.providers:
            return False
        origin = self.question.item.origin
        if origin is Origin.ISSUED and self.evidence_type.code in row.submitted_only:
            return False
        return row.origin is None or row.origin == origin.value

    def _admitted(self, row: Rule) -> bool:
        """Whether the municipality has a written admission for this row, on this day."""
        return any(
            one.rule == row.id and one.on <= self.today for one in self.configuration.admissions
        )

    def _modes(self, row: Rule, *, admitted: bool) -> tuple[RuleMode, ...]:
        """Towards some nobody consents freely (Art. 7 (4) DSGVO); some modes need an admission."""
        unfree = self.office.kind in self.law.never_consent_towards
        return tuple(
            mode
            for mode in rows_of(self.law).modes[row.id, self.evidence_type.code]
            if not (unfree and mode.mode is Mode.CONSENT) and (mode.config is None or admitted)
        )

    def _closed(self, row: Rule) -> bool:
        """Whether a denial that closes the row names consumer and type, whatever the profile."""
        return any(
            denial.id in row.when.closed_by
            and denial.in_force_on(self.today)
            and any(given.evidence_type == self.evidence_type.code for given in denial.evidence)
            for denial in rows_of(self.law).denials.get(self.key, ())
        )


def _fields_by(
    headings: Mapping[str, Mapping[str, tuple[str, ...]]], *, fact: str, role: str
) -> tuple[tuple[str, ...], ...]:
    """The lists that headings name for the fact and the role at hand."""
    known = {"fact": fact, "role": role}
    found = (
        by_value.get(known[heading], by_value.get("else"))
        for heading, by_value in headings.items()
        if heading in known
    )
    return tuple(one for one in found if one is not None)


def both(profile: str, bounds: tuple[Bound, ...]) -> tuple[Bound, ...]:
    """The general row's profile and, of another row, all that it bounds."""
    met = [(bound, meet(profile, bound.profile or profile)) for bound in bounds]
    return tuple(
        replace(bound, profile=code, standalone=code in CHAIN)
        for bound, code in met
        if code is not None
    )
