"""A case, as callers write it down: who asks, for which procedure and month, about which people."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from onceonly.api.forms import CaseReference, Code, Form, MonthText
from onceonly.api.persons import PersonBody, RelationshipBody, RepresentationBody
from onceonly.domain.calendar import Month, german_day
from onceonly.domain.catalogue import Catalogue
from onceonly.domain.errors import Fault, InsufficientScope
from onceonly.domain.offices import Configuration, Role
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.usecases.world import Caller

EARLIEST_MONTH, LATEST_MONTH = -48, 12
"""Bounds of the reference month, in months from the present one. Source: contract annex, 5."""


class CaseworkerBody(Form):
    """A pseudonym whose key stays with the office."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class CaseBody(Form):
    """The case of an evidence request or a discovery, without what is asked."""

    procedure: Code
    case_reference: CaseReference
    channel: Literal["online", "office"]
    reference_month: MonthText
    caseworker: CaseworkerBody | None = None
    persons: Annotated[list[PersonBody], Field(min_length=1, max_length=20)]
    relationships: Annotated[list[RelationshipBody], Field(max_length=200)] | None = None
    representations: Annotated[list[RepresentationBody], Field(max_length=100)] | None = None

    def check_channel(self, caller: Caller) -> None:
        """The online channel is the portal's, the office's the Fachverfahren's.

        Raises:
            InsufficientScope: the channel is not this client's.
        """
        wanted = Role.PORTAL if self.channel == "online" else Role.CONSUMER
        if wanted not in caller.client.roles:
            raise InsufficientScope

    def faults(self, configuration: Configuration, now: datetime) -> Iterator[Fault]:
        """Members that break a rule."""
        yield from twice("persons", [one.ref for one in self.persons])
        yield from self.nobody(self._named())
        yield from self._of_persons(idnr=configuration.settings.idnr)
        for place, related in enumerate(self.relationships or ()):
            if related.custody is not None and related.kind != "parent":
                yield Fault(f"#/relationships/{place}/custody", "custody")
        present = Month.of(german_day(now))
        if not present.plus(EARLIEST_MONTH) <= self.reference_month <= present.plus(LATEST_MONTH):
            yield Fault("#/reference_month", "reference-month")
        if self.channel == "office" and self.caseworker is None:
            yield Fault("#/caseworker", "caseworker")

    def unknown(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Codes that no catalogue knows."""
        if self.procedure not in catalogue.procedures:
            yield Fault("#/procedure", "unknown")

    def as_request(self, items: tuple[Item, ...]) -> EvidenceRequest:
        """The case with what is asked in it."""
        return EvidenceRequest(
            procedure=self.procedure,
            case_reference=self.case_reference,
            channel=self.channel,
            reference_month=self.reference_month,
            caseworker=None if self.caseworker is None else self.caseworker.id,
            persons=tuple(one.read() for one in self.persons),
            relationships=tuple(one.read() for one in self.relationships or ()),
            representations=tuple(one.read() for one in self.representations or ()),
            items=items,
        )

    def nobody(self, named: Iterable[tuple[str, str]]) -> Iterator[Fault]:
        """References, by their pointer, to persons who are not in the case."""
        refs = {one.ref for one in self.persons}
        for pointer, ref in named:
            if ref not in refs:
                yield Fault(pointer, "nobody")

    def _named(self) -> Iterator[tuple[str, str]]:
        for place, relationship in enumerate(self.relationships or ()):
            yield f"#/relationships/{place}/person", relationship.person
            yield f"#/relationships/{place}/to", relationship.to
        for place, representation in enumerate(self.representations or ()):
            yield f"#/representations/{place}/by", representation.by
            yield f"#/representations/{place}/for", representation.on_behalf_of

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


def twice(where: str, refs: Sequence[str]) -> Iterator[Fault]:
    """Refs of a list that are not unique in it."""
    counted = Counter(refs)
    for place, ref in enumerate(refs):
        if counted[ref] > 1:
            yield Fault(f"#/{where}/{place}/ref", "twice")
