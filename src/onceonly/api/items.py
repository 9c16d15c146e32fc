"""What is asked: an evidence request and its items, as callers write them down."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, JsonValue, StrictBool, Tag

from onceonly.api.forms import (
    CaseReference,
    Code,
    DayText,
    Form,
    IdText,
    InstantText,
    Line,
    MonthText,
    Ref,
    Session,
    Text,
)
from onceonly.api.persons import PersonBody, RelationshipBody, RepresentationBody
from onceonly.domain.acts import AHEAD, CHOICE_HOLDS
from onceonly.domain.calendar import Month, Months, german_day
from onceonly.domain.catalogue import Catalogue
from onceonly.domain.errors import (
    ChoiceNeedsElectronicProcedure,
    Fault,
    InsufficientScope,
    Invalid,
    UnknownCode,
)
from onceonly.domain.notices import CHOICE, LAPSED, Notice, fault_of
from onceonly.domain.offices import Origin, Role
from onceonly.domain.requests import (
    Assertion,
    Choice,
    EvidenceRequest,
    Item,
    Justification,
)
from onceonly.usecases.world import Caller, World

EARLIEST_MONTH, LATEST_MONTH = -48, 12
"""Bounds of the reference month, in months from the present one. Source: contract annex, 5."""

Language = Literal["de", "en"]
"""In which language a notice was read; German where nothing is said."""

ProfileCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,15}$")]


EXAMPLE: dict[str, JsonValue] = {
    "procedure": "but.sgb2",
    "case_reference": "BUT-2026-0001",
    "channel": "office",
    "reference_month": "2026-11",
    "caseworker": {"id": "sb-4711"},
    "persons": [
        {
            "ref": "p1",
            "role": "applicant",
            "family_name": "Mustergül",
            "given_names": ["Ayşe"],
            "date_of_birth": "1988-04-17",
        }
    ],
    "items": [
        {
            "ref": "i1",
            "person": "p1",
            "evidence_type": "ben.sgb2",
            "profile": "P0",
            "necessity": {"fact": "sgb2-28-grundleistung"},
        }
    ],
}
"""A body that works in the stand of `onceonly demo`."""


class MonthsBody(Form):
    """A range of months, both ends included."""

    first: Annotated[MonthText | None, Field(alias="from")] = None
    last: Annotated[MonthText | None, Field(alias="to")] = None


class NecessityBody(Form):
    """Why it is needed: a fact of the procedure; the text is sealed and never sent on."""

    fact: Code
    text: Text | None = None


class ChoiceBody(Form):
    """A person chose retrieval (§ 67f SGB X)."""

    made_by: Ref
    made_at: InstantText
    notice: Code
    session: Session
    language: Language | None = None

    def read(self) -> Choice:
        """The choice."""
        return Choice(self.made_by, self.made_at, self.notice, self.session, self.language or "de")


OneOrTwo = Annotated[
    Annotated[ChoiceBody, Tag("(one)")]
    | Annotated[list[ChoiceBody], Field(min_length=1, max_length=2), Tag("(many)")],
    Discriminator(lambda given: "(many)" if isinstance(given, list) else "(one)"),
]
"""One choice, or two where two must choose; the tags never reach a pointer."""


class JustificationBody(Form):
    """Why the person is not asked first."""

    norm: Literal["sgbx-67a-2-3-1", "sgbx-67a-2-3-2", "sgb8-62-3"]
    reason: Literal[
        "asked-and-incomplete",
        "person-unable",
        "bulk-of-identical-documents",
        "held-by-third-party",
    ]
    text: Annotated[str, Field(min_length=20, max_length=2000)]
    asked_once_on: DayText | None = None


class AssertionBody(Form):
    """Something a rule asks the consumer to state."""

    code: Code
    detail: Line | None = None


class ItemBody(Form):
    """One evidence about one person."""

    ref: Ref
    person: Ref
    evidence_type: Code
    profile: ProfileCode
    necessity: NecessityBody
    provider: Code | None = None
    origin: Literal["issued", "submitted"] | None = None
    replaces: IdText | None = None
    months: MonthsBody | None = None
    choice: OneOrTwo | None = None
    choice_refused: StrictBool | None = None
    justification: JustificationBody | None = None
    consents: Annotated[list[IdText], Field(max_length=20)] | None = None
    assertions: Annotated[list[AssertionBody], Field(max_length=20)] | None = None

    @property
    def choices(self) -> tuple[ChoiceBody, ...]:
        """Who chose."""
        return tuple(self.choices_at("").values())

    def choices_at(self, where: str) -> dict[str, ChoiceBody]:
        """Who chose, by the pointer to each."""
        if isinstance(self.choice, list):
            return {f"{where}/choice/{place}": one for place, one in enumerate(self.choice)}
        return {} if self.choice is None else {f"{where}/choice": self.choice}

    def read(self) -> Item:
        """The item."""
        months, why = self.months, self.justification
        return Item(
            ref=self.ref,
            person=self.person,
            evidence_type=self.evidence_type,
            profile=self.profile,
            fact=self.necessity.fact,
            necessity_text=self.necessity.text,
            provider=self.provider,
            origin=Origin(self.origin or "issued"),
            replaces=self.replaces,
            months=None if months is None else Months(months.first, months.last),
            choices=tuple(one.read() for one in self.choices),
            choice_refused=bool(self.choice_refused),
            justification=None
            if why is None
            else Justification(why.norm, why.reason, why.text, why.asked_once_on),
            consents=tuple(self.consents or ()),
            assertions=tuple(Assertion(one.code, one.detail) for one in self.assertions or ()),
        )


class CaseworkerBody(Form):
    """A pseudonym whose key stays with the office."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class EvidenceRequestBody(Form):
    """What one caseworker or online application asks in one go."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    procedure: Code
    case_reference: CaseReference
    channel: Literal["online", "office"]
    reference_month: MonthText
    caseworker: CaseworkerBody | None = None
    persons: Annotated[list[PersonBody], Field(min_length=1, max_length=20)]
    relationships: Annotated[list[RelationshipBody], Field(max_length=200)] | None = None
    representations: Annotated[list[RepresentationBody], Field(max_length=100)] | None = None
    items: Annotated[list[ItemBody], Field(min_length=1, max_length=100)]

    def read(self, caller: Caller, world: World) -> EvidenceRequest:
        """The request, every reference and code in it resolved.

        Raises:
            InsufficientScope: the channel is not this client's.
            ChoiceNeedsElectronicProcedure: a choice on the office channel.
            UnknownCode: a code is in no catalogue and no municipality file.
            Invalid: a member breaks a rule; all of them are named.
        """
        now = world.clock()
        configuration = world.snapshots.of(caller.municipality).configuration
        wanted = Role.PORTAL if self.channel == "online" else Role.CONSUMER
        if wanted not in caller.client.roles:
            raise InsufficientScope
        faults = [
            *_twice("persons", [one.ref for one in self.persons]),
            *_twice("items", [one.ref for one in self.items]),
            *self._nobody(),
            *self._of_persons(idnr=configuration.settings.idnr),
            *self._of_relationships(),
            *self._of_time(now),
        ]
        named = list(self._of_notices(world.law.notices))
        faults += [one for one in named if one.detail == LAPSED]
        if self.channel == "office" and self.caseworker is None:
            faults.append(Fault("#/caseworker", "caseworker"))
        unknown = list(self._unknown(world.law.catalogue, configuration.offices.keys()))
        unknown += [one for one in named if one.detail != LAPSED]
        if faults:
            raise Invalid([*faults, *unknown])
        if unknown:
            raise UnknownCode(unknown)
        chosen = [place for place, one in enumerate(self.items) if one.choices]
        if self.channel == "office" and chosen:
            raise ChoiceNeedsElectronicProcedure(
                [Fault(f"#/items/{place}/choice", "form") for place in chosen]
            )
        return self._as_request()

    def _as_request(self) -> EvidenceRequest:
        return EvidenceRequest(
            procedure=self.procedure,
            case_reference=self.case_reference,
            channel=self.channel,
            reference_month=self.reference_month,
            caseworker=None if self.caseworker is None else self.caseworker.id,
            persons=tuple(one.read() for one in self.persons),
            relationships=tuple(one.read() for one in self.relationships or ()),
            representations=tuple(one.read() for one in self.representations or ()),
            items=tuple(one.read() for one in self.items),
        )

    def _nobody(self) -> Iterator[Fault]:
        refs = {one.ref for one in self.persons}
        named: list[tuple[str, str]] = []
        for place, item in enumerate(self.items):
            named.append((f"#/items/{place}/person", item.person))
            named += [
                (f"{where}/made_by", choice.made_by)
                for where, choice in item.choices_at(f"#/items/{place}").items()
            ]
        for place, relationship in enumerate(self.relationships or ()):
            named.append((f"#/relationships/{place}/person", relationship.person))
            named.append((f"#/relationships/{place}/to", relationship.to))
        for place, representation in enumerate(self.representations or ()):
            named.append((f"#/representations/{place}/by", representation.by))
            named.append((f"#/representations/{place}/for", representation.on_behalf_of))
        for pointer, ref in named:
            if ref not in refs:
                yield Fault(pointer, "nobody")

    def _of_persons(self, *, idnr: bool) -> Iterator[Fault]:
        # Several are a matter of law: they are decided, and refused as bulk.
        if not any(one.role == "applicant" for one in self.persons):
            yield Fault("#/persons", "applicant")
        for place, one in enumerate(self.persons):
            if one.family_name is None and not one.given_names:
                yield Fault(f"#/persons/{place}", "one-name")
            if one.idnr is not None and not idnr:
                yield Fault(f"#/persons/{place}/idnr", "idnr-off")
            for which, alias in enumerate(one.aliases or ()):
                if alias.family_name is None and not alias.given_names:
                    yield Fault(f"#/persons/{place}/aliases/{which}", "one-name")

    def _of_relationships(self) -> Iterator[Fault]:
        for place, related in enumerate(self.relationships or ()):
            if related.custody is not None and related.kind != "parent":
                yield Fault(f"#/relationships/{place}/custody", "custody")

    def _of_time(self, now: datetime) -> Iterator[Fault]:
        present = Month.of(german_day(now))
        if not present.plus(EARLIEST_MONTH) <= self.reference_month <= present.plus(LATEST_MONTH):
            yield Fault("#/reference_month", "reference-month")
        for place, item in enumerate(self.items):
            for where, choice in item.choices_at(f"#/items/{place}").items():
                if choice.made_at > now + AHEAD:
                    yield Fault(f"{where}/made_at", "ahead")
                if choice.made_at < now - CHOICE_HOLDS:
                    yield Fault(f"{where}/made_at", "too-old")
            months = item.months
            if months and months.first and months.last and months.first > months.last:
                yield Fault(f"#/items/{place}/months", "form")

    def _of_notices(self, notices: Mapping[str, Notice]) -> Iterator[Fault]:
        """A choice names what was read, and it was to be shown on that day."""
        for place, item in enumerate(self.items):
            for where, choice in item.choices_at(f"#/items/{place}").items():
                day = german_day(choice.made_at)
                fault = fault_of(notices, choice.notice, kind=CHOICE, day=day)
                if fault is not None:
                    yield Fault(f"{where}/notice", fault)

    def _unknown(self, catalogue: Catalogue, offices: Collection[str]) -> Iterator[Fault]:
        procedure = catalogue.procedures.get(self.procedure)
        if procedure is None:
            yield Fault("#/procedure", "unknown")
        for place, item in enumerate(self.items):
            where = f"#/items/{place}"
            type_ = catalogue.evidence_types.get(item.evidence_type)
            if type_ is None:
                yield Fault(f"{where}/evidence_type", "unknown")
            elif item.profile not in type_.profiles:
                yield Fault(f"{where}/profile", "unknown")
            if procedure is not None and item.necessity.fact not in procedure.facts:
                yield Fault(f"{where}/necessity/fact", "unknown")
            if item.provider is not None and item.provider not in offices:
                yield Fault(f"{where}/provider", "unknown")


def _twice(where: str, refs: Sequence[str]) -> Iterator[Fault]:
    counted = Counter(refs)
    for place, ref in enumerate(refs):
        if counted[ref] > 1:
            yield Fault(f"#/{where}/{place}/ref", "twice")
