"""What can be asked: evidence types, how much of them, procedures and what they must know.

Names, schemas and requirements follow the benefit month (`valid_from`/`valid_to`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from onceonly.domain.calendar import Month

CHAIN = ("P0", "P1", "P2", "P3")
"""Profiles of which each holds the one before; every other profile stands alone."""


@dataclass(frozen=True, slots=True)
class Title:
    """What people read, German first."""

    de: str
    en: str


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name that is accepted and shown until a month's end."""

    de: str
    until: Month


@dataclass(frozen=True, slots=True)
class Condition:
    """When a field exists at all.

    `kind` is `field` (`name` = another field of the same evidence, `values` its values),
    `overlaps` (the evidence's months meet those the procedure decides on), `procedure` (`values`
    are procedure patterns, `x.*`) or `role` (`values` are roles of the item's person). The last
    two are known before anybody is asked.
    """

    kind: str
    name: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a profile. `path` is dotted, `[]` after a list; a container has its own row."""

    path: str
    json_type: str
    title: Title
    format: str = ""
    unit: str = ""
    values: tuple[str, ...] = ()
    required: bool = False
    condition: Condition | None = None
    sensitivity: str = "N"
    third_party: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """How much of an evidence type: every field it shows, the weaker profiles' included."""

    code: str
    fields: tuple[Field, ...]

    @property
    def leaves(self) -> tuple[str, ...]:
        """Paths of the fields that hold a value, in the catalogue's order."""
        parents = {
            one.path.rsplit(".", 1)[0].removesuffix("[]") for one in self.fields if "." in one.path
        }
        return tuple(one.path for one in self.fields if one.path.removesuffix("[]") not in parents)


@dataclass(frozen=True, slots=True)
class EvidenceType:
    """A kind of evidence; `issuer_kinds` issue it, blocked ones are decided and never fetched.

    `wider`: of a purpose-bound profile the weakest one of the chain that is wider; what is weaker
    cannot prove what it says. Without a word every profile of the chain is.
    """

    code: str
    title: Title
    sensitivity: str
    issuer_kinds: tuple[str, ...]
    submitted_by_person: bool
    max_age: tuple[str, ...]
    profiles: Mapping[str, Profile]
    max_age_by_procedure: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    also_called: tuple[FormerName, ...] = ()
    blocked: bool = False
    wider: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence that proves a fact.

    `evidence_type` None: only the person can show it. `profile` is the most the fact opens,
    `about` the roles it may speak of, `fields` narrower than the profile (None = all of it),
    `months` a bound in the words of the rules' `months` (empty = none). Equal `alternative`
    numbers belong together, different ones replace each other.
    """

    alternative: int
    evidence_type: str | None
    profile: str | None
    about: tuple[str, ...]
    months: str = ""
    fields: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What a procedure must know. The same id means the same in every procedure."""

    code: str
    title: Title
    law: str
    requirement: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A group of facts, as a person reads it."""

    code: str
    title: Title


@dataclass(frozen=True, slots=True)
class Naming:
    """What a procedure is called in the benefit months from `first` to `last`; open ends are None."""

    title: Title
    first: Month | None
    last: Month | None
    also_called: tuple[FormerName, ...] = ()

    def holds_in(self, month: Month) -> bool:
        """Whether that is its name in this benefit month."""
        return (self.first is None or self.first <= month) and (
            self.last is None or month <= self.last
        )


@dataclass(frozen=True, slots=True)
class Procedure:
    """An administrative procedure, run by offices of these kinds.

    `section35`: the office then acts as a § 35 SGB I body; `sgb_task`: on a task of the Social
    Code; None = as the office's kind says.
    """

    code: str
    namings: tuple[Naming, ...]
    law: str
    kinds: tuple[str, ...]
    section35: bool | None
    sgb_task: bool | None
    facts: Mapping[str, Fact]
    requirements: tuple[Requirement, ...] = ()

    def named(self, month: Month) -> Naming:
        """Its name in a benefit month; outside every period the nearest."""
        for naming in self.namings:
            if naming.holds_in(month):
                return naming
        return self.namings[-1]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that can be asked; `versions` are their first benefit months, ascending."""

    evidence_types: Mapping[str, EvidenceType]
    procedures: Mapping[str, Procedure]
    union_states: frozenset[str]
    versions: tuple[Month, ...]

    def version_of(self, month: Month) -> Month:
        """First benefit month of the version that holds in this month."""
        past = [first for first in self.versions if first <= month]
        return past[-1] if past else self.versions[0]
