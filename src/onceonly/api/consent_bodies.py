"""What is stated of a consent: whose it is, what it opens, for how long, and how it was given."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StrictBool, StrictInt
from typing_extensions import override

from onceonly.api.forms import (
    CaseReference,
    Code,
    DayText,
    Form,
    InstantText,
    Line,
    Name,
    PartialDate,
    Session,
    Wording,
)
from onceonly.api.items import Language, MonthsBody, ProfileCode
from onceonly.api.persons import IdentityBody
from onceonly.domain.acts import AHEAD
from onceonly.domain.calendar import Months, german_day
from onceonly.domain.consents import Frequency, Opened, Parties, Terms, last_day
from onceonly.domain.errors import Fault, Invalid, UnknownCode
from onceonly.domain.notices import CONSENT, LAPSED, fault_of, suits
from onceonly.domain.offices import Office, Origin, Role
from onceonly.domain.persons import Person
from onceonly.domain.representation import SPECIAL
from onceonly.usecases.answering import Answered
from onceonly.usecases.consents import Draft
from onceonly.usecases.world import Caller, World

EXAMPLE: dict[str, JsonValue] = {
    "person": {
        "family_name": "Mustergül",
        "given_names": ["Ayşe"],
        "date_of_birth": "1988-04-17",
        "place_of_birth": "Musterstadt",
    },
    "given_by": {"capacity": "self"},
    "form": "electronic",
    "language": "de",
    "notice": "einwilligung-v1",
    "provider": "jobcenter",
    "evidence": [{"evidence_type": "hou.unterkunft", "profile": "P2", "origin": "submitted"}],
    "procedure": "wohngeld.mietzuschuss",
    "case_reference": "WG-2026-0815",
    "use": "once",
    "expires_on": "2027-03-31",
    "special_categories": False,
    "release_from_secrecy": False,
}


class NamedBody(Form):
    """A person of a consent; one of the two names suffices."""

    family_name: Name | None = None
    given_names: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)] | None = None
    birth_name: Name | None = None
    date_of_birth: PartialDate
    place_of_birth: Wording | None = None
    identity: IdentityBody | None = None

    def read(self) -> Person:
        """The person; inside a consent nobody needs a reference or a role."""
        return Person(
            ref="",
            role="",
            family_name=self.family_name,
            given_names=self.given_names or (),
            date_of_birth=self.date_of_birth,
            birth_name=self.birth_name,
            place_of_birth=self.place_of_birth,
            identity=None if self.identity is None else self.identity.read(),
        )


class GivenByBody(Form):
    """In which capacity; `by` is who acts, unless it is the person themself."""

    capacity: Literal["self", "guardian", "betreuer", "entrusting-person"]
    by: NamedBody | None = None


class OpenedBody(Form):
    """One kind of evidence."""

    evidence_type: Code
    profile: ProfileCode
    origin: Literal["issued", "submitted"] | None = None

    def read(self) -> Opened:
        """The kind."""
        return Opened(self.evidence_type, self.profile, Origin(self.origin or "issued"))


class FrequencyBody(Form):
    """So many times in each German calendar period."""

    times: Annotated[StrictInt, Field(ge=1, le=366)]
    per: Literal["day", "week", "month", "quarter", "year"]


class ConsentBody(Form):
    """A consent, asked for (without `given_at`) or recorded as given."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    person: NamedBody
    about: Annotated[list[NamedBody], Field(min_length=1, max_length=20)] | None = None
    given_by: GivenByBody
    form: Literal["written", "electronic"]
    language: Language
    notice: Code
    provider: Code
    evidence: Annotated[list[OpenedBody], Field(min_length=1, max_length=20)]
    procedure: Code
    case_reference: CaseReference
    use: Literal["once", "repeated"]
    frequency: FrequencyBody | None = None
    months: MonthsBody | None = None
    expires_on: DayText | None = None
    special_categories: StrictBool | None = None
    release_from_secrecy: StrictBool | None = None
    given_at: InstantText | None = None
    session: Session | None = None
    document_reference: Line | None = None

    def read(self, caller: Caller, office: Office, world: World) -> Draft:
        """The consent, every code in it resolved.

        Raises:
            UnknownCode: a code is in no catalogue and no municipality file.
            Invalid: a member breaks a rule; all of them are named.
        """
        now = world.clock()
        faults = [
            *self._of_persons(),
            *self._of_use(),
            *self._of_time(now),
            *self._of_act(caller),
        ]
        unknown = list(self._unknown(caller, world))
        if not unknown:
            faults += [*self._of_law(office, world), *self._of_notice(caller, world, now)]
        if faults:
            raise Invalid([*faults, *unknown])
        if unknown:
            raise UnknownCode(unknown)
        return self._as_draft(world, now)

    def _as_draft(self, world: World, now: datetime) -> Draft:
        months, by = self.months, self.given_by.by
        person = self.person.read()
        terms = Terms(
            provider=self.provider,
            procedure=self.procedure,
            case_reference=self.case_reference,
            opens=tuple(one.read() for one in self.evidence),
            frequency=None
            if self.frequency is None
            else Frequency(self.frequency.times, self.frequency.per),
            months=None if months is None else Months(months.first, months.last),
            expires_on=self.expires_on or last_day(self._begins(now)),
            notice=self.notice,
            notice_hash=world.law.notices[self.notice].hash,
            language=self.language,
            form=self.form,
            capacity=self.given_by.capacity,
        )
        about = tuple(one.read() for one in self.about or ()) or (person,)
        given = self.given_at is not None
        acts = {"session": self.session, "document_reference": self.document_reference}
        return Draft(
            terms,
            Parties(person, None if by is None else by.read(), about),
            self.given_at,
            special_categories=given and bool(self.special_categories),
            release_from_secrecy=given and bool(self.release_from_secrecy),
            act={name: value for name, value in acts.items() if value is not None},
        )

    def _begins(self, now: datetime) -> date:
        return german_day(self.given_at or now)

    def _of_persons(self) -> Iterator[Fault]:
        named = {"#/person": self.person}
        named |= {f"#/about/{place}": one for place, one in enumerate(self.about or ())}
        by = self.given_by.by
        if by is not None:
            named["#/given_by/by"] = by
        for pointer, one in named.items():
            if one.family_name is None and not one.given_names:
                yield Fault(pointer, "one-name")
        if self.given_by.capacity == "self" and by is not None:
            yield Fault("#/given_by/by", "not-here")
        if self.given_by.capacity != "self" and by is None:
            yield Fault("#/given_by/by", "missing")

    def _of_use(self) -> Iterator[Fault]:
        if self.use == "repeated" and self.frequency is None:
            yield Fault("#/frequency", "missing")
        if self.use == "once" and self.frequency is not None:
            yield Fault("#/frequency", "not-here")
        months = self.months
        if months and months.first and months.last and months.first > months.last:
            yield Fault("#/months", "backwards")
        opened = [(one.evidence_type, one.origin or "issued") for one in self.evidence]
        for place, one in enumerate(opened):
            if one in opened[:place]:
                yield Fault(f"#/evidence/{place}", "twice")

    def _of_time(self, now: datetime) -> Iterator[Fault]:
        if self.given_at is not None and self.given_at > now + AHEAD:
            yield Fault("#/given_at", "ahead")
        longest = last_day(self._begins(now))
        if longest < german_day(now):
            yield Fault("#/given_at", "past")
        if self.expires_on is not None and self.expires_on < german_day(now):
            yield Fault("#/expires_on", "past")
        if self.expires_on is not None and self.expires_on > longest:
            yield Fault("#/expires_on", "too-long")

    def _of_act(self, caller: Caller) -> Iterator[Fault]:
        """A portal knows sessions, an office signed papers; neither takes a word for it."""
        portal = Role.PORTAL in caller.client.roles
        own, others = "session", "document_reference"
        if not portal:
            own, others = others, own
        if self.given_at is None:
            own = ""
        elif self.form != ("electronic" if portal else "written"):
            yield Fault("#/form", "not-here")
        for name in ("session", "document_reference"):
            if name == own and getattr(self, name) is None:
                yield Fault(f"#/{name}", "missing")
            if name != own and getattr(self, name) is not None:
                yield Fault(f"#/{name}", "not-here")

    def _unknown(self, caller: Caller, world: World) -> Iterator[Fault]:
        catalogue, file = world.law.catalogue, world.snapshots.of(caller.municipality)
        if self.provider not in file.configuration.offices:
            yield Fault("#/provider", "unknown")
        if self.procedure not in catalogue.procedures:
            yield Fault("#/procedure", "unknown")
        for place, one in enumerate(self.evidence):
            type_ = catalogue.evidence_types.get(one.evidence_type)
            if type_ is None:
                yield Fault(f"#/evidence/{place}/evidence_type", "unknown")
            elif one.profile not in type_.profiles:
                yield Fault(f"#/evidence/{place}/profile", "unknown")
        day = german_day(self.given_at or world.clock())
        fault = fault_of(world.law.notices, self.notice, kind=CONSENT, day=day)
        if fault not in (None, LAPSED):
            yield Fault("#/notice", "unknown")

    def _of_law(self, office: Office, world: World) -> Iterator[Fault]:
        if self.procedure not in office.procedures:
            yield Fault("#/procedure", "own-procedure")
        elif office.kind in world.law.never_consent_towards:
            yield Fault("#/procedure", "no-consent")
        if self.provider == office.code:
            yield Fault("#/provider", "own-office")

    def _of_notice(self, caller: Caller, world: World, now: datetime) -> Iterator[Fault]:
        notices, types = world.law.notices, world.law.catalogue.evidence_types
        day = german_day(self.given_at or now)
        if fault_of(notices, self.notice, kind=CONSENT, day=day) is not None:
            yield Fault("#/notice", LAPSED)
            return
        provider = world.snapshots.of(caller.municipality).configuration.offices[self.provider]
        special = any(types[one.evidence_type].sensitivity == SPECIAL for one in self.evidence)
        if not suits(notices, self.notice, provider_kind=provider.kind, special=special):
            yield Fault("#/notice", "other-notice")


class AnswerBody(Form):
    """An answer through a portal names the session; a citizen's own token says it all."""

    session: Session | None = None

    def read(self) -> Answered:
        """The answer."""
        return Answered(session=self.session)


class GrantBody(AnswerBody):
    """The ticks the person set, each on its own."""

    special_categories: StrictBool | None = None
    release_from_secrecy: StrictBool | None = None

    @override
    def read(self) -> Answered:
        """The yes, with its ticks."""
        return Answered(
            special_categories=bool(self.special_categories),
            release_from_secrecy=bool(self.release_from_secrecy),
            session=self.session,
        )


class WithdrawalBody(AnswerBody):
    """Taken back by the person; or, by a client that says so, by the office itself."""

    by: Literal["person", "office"] | None = None
