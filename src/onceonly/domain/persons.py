"""Persons as one request names them, how they belong together, and who acts for whom.

Nothing is presumed: the requester states it and answers for it.
"""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as the request gives it."""

    street: str | None = None
    house_number: str | None = None
    postal_code: str | None = None
    town: str | None = None
    addition: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """Another spelling or name of the same person."""

    family_name: str | None
    given_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """The person's login at a configured identity provider."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a request. `date_of_birth` is `YYYY-MM-DD` with `00` for unknown parts."""

    ref: str
    role: str
    family_name: str | None
    given_names: tuple[str, ...]
    date_of_birth: str
    birth_name: str | None = None
    place_of_birth: str | None = None
    address: Address | None = None
    nationalities: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    identity: Identity | None = None
    idnr: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Relationship:
    """`person` is `kind` of `to`; custody and restriction only for a parent."""

    kind: str
    person: str
    to: str
    custody: str | None = None
    share_percent: int | None = None
    restricts: bool = False


@dataclass(frozen=True, slots=True)
class Representation:
    """`by` acts for `on_behalf_of` within `scopes`, until `valid_to` (inclusive)."""

    by: str
    on_behalf_of: str
    kind: str
    scopes: tuple[str, ...]
    exclusive: bool = False
    valid_to: date | None = None
