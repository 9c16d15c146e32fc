"""The rows of the law, as values. What a key means stands beside it; nothing here decides.

Whether data may move follows the law in force on the day of transmission (`in_force_from`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from onceonly.domain.catalogue import Catalogue, Title
from onceonly.domain.notices import Notice


class Mode(StrEnum):
    """By which right evidence moves."""

    INTERNAL = "internal"
    DUTY = "duty"
    REGULATION = "regulation"
    CHOICE = "choice"
    MAY = "may"
    CONSENT = "consent"


class Automation(StrEnum):
    """What permits automated retrieval; NONE makes it a task for a person."""

    CHOICE = "choice"
    AGREEMENT = "agreement"
    STATUTE = "statute"
    NONE = "none"


CONSENTS = frozenset({"consent", "explicit-consent", "own-form", "release-from-secrecy"})
"""Needs that a consent answers, of which the last may stand beside a choice."""

_OF_PERSONS = CONSENTS | {"choice", "justification"}


@dataclass(frozen=True, slots=True)
class RuleMode:
    """One way a row may carry, tried in order. The first `law` carries.

    `needs`: choice consent justification explicit-consent own-form release-from-secrecy, or
    assertion codes that only this mode asks. `types`: only for these, which have no later mode.
    `config`, `land_law`: where they fail the next mode is tried. Of the needs, `consents` are what
    a consent answers, `assertions` what the item states.
    """

    mode: Mode
    law: tuple[str, ...]
    automation: Automation
    needs: tuple[str, ...] = ()
    justification_norm: str | None = None
    notice: str | None = None
    types: tuple[str, ...] = ()
    config: str | None = None
    land_law: bool = False
    consents: frozenset[str] = field(init=False, repr=False, compare=False)
    assertions: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        stated = tuple(one for one in self.needs if one not in _OF_PERSONS)
        object.__setattr__(self, "consents", CONSENTS.intersection(self.needs))
        object.__setattr__(self, "assertions", stated)


@dataclass(frozen=True, slots=True)
class Given:
    """The strongest profile a row gives of a type."""

    evidence_type: str
    profile: str | None


@dataclass(frozen=True, slots=True)
class WhenPerson:
    """What must hold of the item's person; None = not asked."""

    own_case: bool | None = None
    lives_apart_from_child: bool | None = None
    age: tuple[int | None, int | None] | None = None
    roles: tuple[str, ...] = ()
    self_only: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """Conditions that decide; every one that is given must hold.

    `months` is in the words of the rule files: `reference`, `from-reference`, `last:N`,
    `before-application:N`, `before-birth:N`, `previous-calendar-year`, `claim`.
    `fields_by`: heading (`fact`, `role`, `nationality`) -> value -> fields; `else` for others.
    `values`: field -> the only values whose records may be asked.
    """

    nationality: str | None = None
    person: WhenPerson | None = None
    months: str | None = None
    stands_aside: tuple[str, str] | None = None
    needs_reason: tuple[str, ...] = ()
    detail_required: tuple[str, ...] = ()
    fields_by: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    purpose_code: str | None = None
    config: str | None = None
    consent_of: str | None = None
    land_law: bool = False
    closed_by: tuple[str, ...] = ()
    recipient: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """What else is open to the person or the office: `kind`, and what or of whom."""

    kind: str
    what: str | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the law. `consumers` empty or `any`: see the head of `law/rules`.

    `explanation`: one sentence of what moves, or why not, that fits into a file note. `version`:
    the first day on which it is law.
    """

    id: str
    title: Title
    via_hub: bool
    retention: str
    in_force_from: date
    confidence: str
    note: str
    consumers: tuple[str, ...] = ()
    consumer_kinds: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    evidence: tuple[Given, ...] = ()
    submitted_only: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    origin: str | None = None
    modes: tuple[RuleMode, ...] = ()
    matrix: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    idnr: bool = False
    fields: tuple[str, ...] | None = None
    drop_fields: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    preconditions: tuple[str, ...] = ()
    about: tuple[str, ...] = ("applicant", "partner", "child", "household-member")
    reason: str | None = None
    alternatives: tuple[Alternative, ...] = ()
    law: tuple[str, ...] = ()
    when: When = field(default_factory=When)
    obligations: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    in_force_to: date | None = None
    explanation: Title | None = None
    version: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", self.in_force_from.isoformat())

    def modes_for(self, evidence_type: str) -> tuple[RuleMode, ...]:
        """Modes for that type; one with `types` is for these alone, and their last one."""
        found: list[RuleMode] = []
        for mode in self.modes:
            if not mode.types:
                found.append(mode)
            elif evidence_type in mode.types:
                return (*found, mode)
        return tuple(found)

    def in_force_on(self, day: date) -> bool:
        """Whether it is law on that German day."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class BlockedType:
    """A type that is always decided and never fetched."""

    evidence_type: str
    reason: str
    law: tuple[str, ...]
    except_rules: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkLimit:
    """A request that is refused whole, by its shape. `more_than` bounds the persons without chain."""

    code: str
    reason: str
    law: tuple[str, ...]
    more_than: int | None = None


@dataclass(frozen=True, slots=True)
class Section35Kind:
    """An office kind that is a § 35 SGB I body; `procedures` and `provides` narrow it (None = all)."""

    kind: str
    procedures: tuple[str, ...] | None = None
    provides: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """How long the hub's record of an exchange is kept, at least, at most, and as set.

    ISO 8601 durations, counted from the exchange or from `counted_from`; or `life-of:consent`,
    `life-of:procedure`, `life-of:case`, with `+` a duration after its end. `sample`: every Nth must
    be on record. `policy`: no norm gives the term.
    """

    code: str
    floor: str
    ceiling: str
    setting: str
    norm: tuple[str, ...]
    counted_from: str | None = None
    sample: int | None = None
    policy: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a question got less than was asked: the norms it rests on, and what people read."""

    code: str
    law: tuple[str, ...]
    de: str
    en: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A fact for the file that goes with evidence. Conditions that are empty are not asked.

    `fields`: one of these is granted. `two_homes`: a child of the request lives with two persons.
    `outside_unit`: the person is outside every unit of the procedure.
    """

    code: str
    law: tuple[str, ...]
    de: str
    en: str
    procedures: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    two_homes: bool = False
    outside_unit: bool = False


class Shape(StrEnum):
    """What makes people a unit."""

    FAMILY = "family"
    HOME = "home"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class Unit:
    """Who is looked at together in these procedures. What a key means: `law/units.yaml`."""

    code: str
    title: Title
    law: tuple[str, ...]
    procedures: tuple[str, ...]
    shape: Shape
    child_under: int | None = None
    second_home_from: int | None = None
    main_home_above: int | None = None
    ties: tuple[str, ...] = ()
    with_child: bool = False
    unmarried: bool = False


@dataclass(frozen=True, slots=True)
class Law:
    """All rows at once, with the catalogue they speak of and a version (hash of the files).

    `office_kinds`: code -> what people read. `reasons`: the closed list of reasons.
    `retention_by_mode`: mode (or `manual`) -> class, for rows whose retention is `by-mode`.
    `notices`: id -> what a person read before they acted. `units`: who is looked at together.
    `land_law_room`: kinds of office towards which Land law may add rows. `wider`: the law without
    a municipality's narrowing, which this one must not pass. `shut`: nothing moves, because of the
    narrowing something is not known in this law any more.
    """

    version: str
    catalogue: Catalogue
    rules: tuple[Rule, ...]
    blocked: Mapping[str, BlockedType]
    bulk: Mapping[str, BulkLimit]
    section35: Mapping[str, Section35Kind]
    never_consent_towards: tuple[str, ...]
    never_shared_controller: tuple[str, ...]
    never_data_service: tuple[str, ...]
    retention: Mapping[str, RetentionClass]
    retention_by_mode: Mapping[str, str]
    public_body_only: tuple[str, ...] = ()
    named_body_only: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    office_kinds: Mapping[str, Title] = field(default_factory=dict)
    hints: Mapping[str, Hint] = field(default_factory=dict)
    notices: Mapping[str, Notice] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    land_law_room: tuple[str, ...] = ()
    wider: "Law | None" = field(default=None, repr=False, compare=False)
    shut: bool = False
    by_id: Mapping[str, Rule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {one.id: one for one in self.rules})

    def rule(self, id_: str | None) -> Rule | None:
        """The row of that id."""
        return None if id_ is None else self.by_id.get(id_)
