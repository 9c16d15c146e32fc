"""Persons of a request, as callers write them down."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from onceonly.api.forms import (
    AliasName,
    DayText,
    Form,
    Line,
    Name,
    PartialDate,
    Ref,
    Wording,
)
from onceonly.domain.persons import (
    Address,
    Alias,
    Identity,
    Person,
    Relationship,
    Representation,
)

PersonRole = Literal[
    "applicant",
    "partner",
    "child",
    "guardian",
    "representative",
    "household-member",
    "other-parent",
]
ShortWording = Annotated[Wording, Field(max_length=20)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class AddressBody(Form):
    """A postal address, as far as known."""

    street: Wording | None = None
    house_number: ShortWording | None = None
    postal_code: ShortWording | None = None
    town: Wording | None = None
    addition: Wording | None = None
    country: Country | None = None

    def read(self) -> Address:
        """The address."""
        return Address(
            street=self.street,
            house_number=self.house_number,
            postal_code=self.postal_code,
            town=self.town,
            addition=self.addition,
            country=self.country,
        )


class AliasBody(Form):
    """Another spelling; letters of Greek and Cyrillic are welcome too."""

    family_name: AliasName | None = None
    given_names: Annotated[tuple[AliasName, ...], Field(max_length=20)] | None = None

    def read(self) -> Alias:
        """The alias."""
        return Alias(self.family_name, self.given_names or ())


class IdentityBody(Form):
    """The person's login at a configured identity provider."""

    issuer: Line
    subject: Line

    def read(self) -> Identity:
        """The identity."""
        return Identity(self.issuer, self.subject)


class PersonBody(Form):
    """One person; one of the two names suffices, unknown parts of the birth date are `00`."""

    ref: Ref
    role: PersonRole
    family_name: Name | None = None
    given_names: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)] | None = None
    birth_name: Name | None = None
    date_of_birth: PartialDate
    place_of_birth: Wording | None = None
    address: AddressBody | None = None
    nationalities: Annotated[tuple[Country, ...], Field(max_length=10)] | None = None
    aliases: Annotated[tuple[AliasBody, ...], Field(max_length=5)] | None = None
    identity: IdentityBody | None = None
    idnr: Annotated[str, Field(pattern=r"^[0-9]{11}$")] | None = None

    def read(self) -> Person:
        """The person."""
        return Person(
            ref=self.ref,
            role=self.role,
            family_name=self.family_name,
            given_names=self.given_names or (),
            date_of_birth=self.date_of_birth,
            birth_name=self.birth_name,
            place_of_birth=self.place_of_birth,
            address=None if self.address is None else self.address.read(),
            nationalities=self.nationalities or (),
            aliases=tuple(one.read() for one in self.aliases or ()),
            identity=None if self.identity is None else self.identity.read(),
            idnr=self.idnr,
        )


class RelationshipBody(Form):
    """`person` is `kind` of `to`."""

    kind: Literal[
        "spouse",
        "separated-spouse",
        "partner",
        "parent",
        "foster-parent",
        "sibling",
        "relative",
        "lives-with",
    ]
    person: Ref
    to: Ref
    custody: Literal["sole", "joint", "none"] | None = None
    share_percent: Annotated[StrictInt, Field(ge=0, le=100)] | None = None
    restricts: StrictBool | None = None

    def read(self) -> Relationship:
        """The relationship."""
        return Relationship(
            self.kind,
            self.person,
            self.to,
            self.custody,
            self.share_percent,
            restricts=bool(self.restricts),
        )


class RepresentationBody(Form):
    """`by` acts for `for`, within `scopes`, until `valid_to`."""

    by: Ref
    on_behalf_of: Annotated[Ref, Field(alias="for")]
    kind: Literal["betreuer", "vormund", "pfleger", "bevollmaechtigter"]
    scopes: Annotated[
        tuple[
            Literal[
                "vermoegenssorge",
                "gesundheitssorge",
                "aufenthalt",
                "wohnung",
                "behoerden",
                "all",
            ],
            ...,
        ],
        Field(min_length=1, max_length=6),
    ]
    exclusive: StrictBool | None = None
    valid_to: DayText | None = None

    def read(self) -> Representation:
        """The representation."""
        return Representation(
            self.by,
            self.on_behalf_of,
            self.kind,
            self.scopes,
            exclusive=bool(self.exclusive),
            valid_to=self.valid_to,
        )
