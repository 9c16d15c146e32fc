"""What a vendor tells of the provider under test: which evidence it answers, and about whom.

The file is YAML or JSON; every fault is named with its line.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onceonly.domain.calendar import Month, is_partial_date
from onceonly.domain.catalogue import EvidenceType, Profile
from onceonly.domain.persons import Person
from onceonly.domain.profiles import leaves
from onceonly.domain.rules import Law
from onceonly.readers.lines import Document, LineFault, read_document, spelled

EXAMPLE = files("onceonly").joinpath("conformance/about.yaml")
"""The file that is read where none is given; about the people of `examples/provider`."""

Text = Annotated[str, Field(min_length=1)]
MonthText = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Given = dict[str, object]


class AboutFaults(Exception):
    """The file cannot be used; each fault has its line."""

    def __init__(self, faults: list[LineFault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Somebody(_Closed):
    """An invented person as a question names them."""

    family_name: Text | None = None
    given_names: list[Text] = []
    date_of_birth: Text
    birth_name: Text | None = None
    place_of_birth: Text | None = None
    address: dict[str, Text] | None = None
    aliases: list[dict[str, object]] = []
    idnr: Text | None = None

    def asked(self, match_on: list[str]) -> Given:
        """Names and birth date, and of `match_on` what is known: as the hub sends them."""
        known = self.model_dump(exclude_none=True)
        names: Given = {
            "family_name": self.family_name,
            "given_names": self.given_names,
            "date_of_birth": self.date_of_birth,
        }
        return names | {name: known[name] for name in match_on if known.get(name)}

    def as_person(self) -> Person:
        """The same, as an evidence may name them."""
        return Person(
            ref="p1",
            role="applicant",
            family_name=self.family_name,
            given_names=tuple(self.given_names),
            date_of_birth=self.date_of_birth,
        )


class Span(_Closed):
    """Months, both ends included, for each of which there is evidence."""

    first: MonthText = Field(alias="from")
    last: MonthText = Field(alias="to")

    @property
    def all(self) -> list[str]:
        """Every month of it."""
        start, end = Month.parse(self.first), Month.parse(self.last)
        count = (end.year - start.year) * 12 + end.number - start.number
        return [str(start.plus(number)) for number in range(count + 1)]


class Asking(_Closed):
    """Who asks, and what for."""

    consumer: Text = "but"
    procedure: Text = "but.sgb2"
    role: Text = "applicant"


class Offer(_Closed):
    """One kind of evidence that the provider answers, and who has some."""

    evidence_type: Text
    profiles: list[Text] = Field(min_length=1)
    person: Text = "known"
    months: Span
    immediate: bool = False


class About(_Closed):
    """The whole file."""

    municipality: Text = "musterkreis"
    office_kind: Text
    timeout_s: int = Field(default=5, ge=1, le=30)
    match_on: list[Literal["address", "place_of_birth", "birth_name", "aliases", "idnr"]] = []
    asking: Asking = Asking()
    evidence: list[Offer] = Field(min_length=1)
    people: dict[str, Somebody]

    def profile(self, offer: Offer, code: str, law: Law) -> Profile:
        """A profile that is offered."""
        return law.catalogue.evidence_types[offer.evidence_type].profiles[code]

    def fields(self, offer: Offer, code: str, law: Law) -> tuple[str, ...]:
        """Every field of a profile that this procedure may ask for."""
        return leaves(self.profile(offer, code, law), self.asking.procedure, self.asking.role)


def read_about(text: str, law: Law) -> About:
    """Read the file.

    Raises:
        AboutFaults: every fault of it.
    """
    document = read_document(text)
    if document.faults:
        raise AboutFaults(list(document.faults))
    try:
        about = About.model_validate(document.value)
    except ValidationError as error:
        # Without what was given: it may be a person.
        raise AboutFaults(
            [_fault(document, one["loc"], one["msg"]) for one in error.errors()]
        ) from None
    faults = [_fault(document, path, what) for path, what in _unfitting(about, law)]
    if faults:
        raise AboutFaults(faults)
    return about


def _fault(document: Document, path: tuple[str | int, ...], what: str) -> LineFault:
    return LineFault(
        document.line_of(path), spelled(path), what, "see `onceonly conformance --show-about`"
    )


def _unfitting(about: About, law: Law) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What reads, but names what is not there."""
    if about.office_kind not in law.office_kinds:
        yield ("office_kind",), "is no kind of office"
    if about.asking.procedure not in law.catalogue.procedures:
        yield ("asking", "procedure"), "is no procedure of the catalogue"
    for name, somebody in about.people.items():
        if not is_partial_date(somebody.date_of_birth):
            yield ("people", name, "date_of_birth"), "is no day YYYY-MM-DD, 00 for unknown parts"
        if somebody.family_name is None and not somebody.given_names:
            yield ("people", name), "has no name"
    for place, offer in enumerate(about.evidence):
        for path, what in _unfitting_offer(offer, about.people, law.catalogue.evidence_types):
            yield ("evidence", place, *path), what


def _unfitting_offer(
    offer: Offer, people: Mapping[str, Somebody], types: Mapping[str, EvidenceType]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    evidence_type = types.get(offer.evidence_type)
    if evidence_type is None:
        yield ("evidence_type",), "is no evidence type of the catalogue"
    else:
        for place, code in enumerate(offer.profiles):
            if code not in evidence_type.profiles:
                yield ("profiles", place), "is no profile of this evidence type"
    if offer.person not in people:
        yield ("person",), "is nobody of `people`"
    if offer.months.first > offer.months.last:
        yield ("months",), "ends before it begins"
