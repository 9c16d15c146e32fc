"""Households as they are, beside every office: who lives together, where, and what was awarded.

An office's files are views of these, so that the same family stands in several files with the same
persons, months and amounts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from onceonly.demo.people import Person

EXCLUSIVE = frozenset(
    {
        frozenset({"ben.sgb2", "ben.wohngeld"}),
        frozenset({"ben.sgb2", "ben.kiz"}),
    }
)
"""Benefits that nobody has in the same month. Source: § 7 (1) WoGG, § 6a (1) BKGG."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a household lives and what it costs a month, in cents."""

    cold_ct: int
    nk_ct: int
    heat_ct: int
    area_m2: float
    rooms: int
    contract_date: str
    landlord: str

    @property
    def warm_ct(self) -> int:
        """Everything together."""
        return self.cold_ct + self.nk_ct + self.heat_ct


@dataclass(frozen=True, slots=True)
class Award:
    """One notice: who is counted, who receives it, for which months, both ends included.

    `to_month` None is open. `state` is `granted` or `applied`; what an applicant asks for has not
    begun. `terms` are the amounts and findings of the notice.
    """

    evidence_type: str
    recipient: Person
    members: tuple[Person, ...]
    from_month: str
    to_month: str | None
    notice_date: str
    terms: Mapping[str, Any] = field(default_factory=dict)
    state: str = "granted"

    def runs(self, month: str) -> bool:
        """Whether it was granted for that month."""
        ends = self.to_month is None or month <= self.to_month
        return self.state == "granted" and self.from_month <= month and ends


@dataclass(frozen=True, slots=True)
class Household:
    """Who lives together; `elsewhere` are parents of the children who live on their own."""

    adults: tuple[Person, ...]
    children: tuple[Person, ...]
    home: Home
    awards: tuple[Award, ...]
    elsewhere: tuple[Person, ...] = ()

    @property
    def members(self) -> tuple[Person, ...]:
        """Everybody at this address."""
        return self.adults + self.children

    def of(self, evidence_type: str) -> Iterator[Award]:
        """The notices about one kind of benefit."""
        return (award for award in self.awards if award.evidence_type == evidence_type)
