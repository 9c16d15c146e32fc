"""What is asked: an evidence request and its items, as callers write them down."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, JsonValue, StrictBool, Tag

from onceonly.api.cases import CaseBody, twice
from onceonly.api.forms import (
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
from onceonly.domain.acts import AHEAD, CHOICE_HOLDS
from onceonly.domain.calendar import Months, german_day
from onceonly.domain.catalogue import Catalogue
from onceonly.domain.errors import (
    ChoiceNeedsElectronicProcedure,
    Fault,
    Invalid,
    UnknownCode,
)
from onceonly.domain.notices import CHOICE, LAPSED, Notice, fault_of
from onceonly.domain.offices import Origin
from onceonly.domain.requests import (
    Assertion,
    Choice,
    EvidenceRequest,
    Item,
    Justification,
)
from onceonly.usecases.world import Caller, World

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


class EvidenceRequestBody(CaseBody):
    """What one caseworker or online application asks in one go."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

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
        self.check_channel(caller)
        faults = [
            *twice("items", [one.ref for one in self.items]),
            *self.faults(configuration, now),
            *self._nobody(),
            *self._of_items(now),
        ]
        named = list(self._of_notices(world.law.notices))
        faults += [one for one in named if one.detail == LAPSED]
        unknown = [
            *self.unknown(world.law.catalogue),
            *self._unknown(world.law.catalogue, configuration.offices.keys()),
            *(one for one in named if one.detail != LAPSED),
        ]
        if faults:
            raise Invalid([*faults, *unknown])
        if unknown:
            raise UnknownCode(unknown)
        chosen = [place for place, one in enumerate(self.items) if one.choices]
        if self.channel == "office" and chosen:
            raise ChoiceNeedsElectronicProcedure(
                [Fault(f"#/items/{place}/choice", "form") for place in chosen]
            )
        return self.as_request(tuple(one.read() for one in self.items))

    def _nobody(self) -> Iterator[Fault]:
        named: list[tuple[str, str]] = []
        for place, item in enumerate(self.items):
            named.append((f"#/items/{place}/person", item.person))
            named += [
                (f"{where}/made_by", choice.made_by)
                for where, choice in item.choices_at(f"#/items/{place}").items()
            ]
        return self.nobody(named)

    def _of_items(self, now: datetime) -> Iterator[Fault]:
        for place, item in enumerate(self.items):
            for where, choice in item.choices_at(f"#/items/{place}").items():
                if choice.made_at > now + AHEAD:
                    yield Fault(f"{where}/made_at", "ahead")
                if choice.made_at < now - CHOICE_HOLDS:
                    yield Fault(f"{where}/made_at", "too-old")
            months = item.months
            if months and months.first and months.last and months.first > months.last:
                yield Fault(f"#/items/{place}/months", "backwards")

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
