"""The decision: question, facts and law in, one frozen value out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from onceonly.domain.calendar import Month, Months
from onceonly.domain.offices import Configuration, DataService, Office
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.domain.rules import Alternative, Automation, Mode


class Outcome(StrEnum):
    """What the law says to one question."""

    PERMIT = "permit"
    PARTIAL = "partial"
    CHOICE_REQUIRED = "choice-required"
    CONSENT_REQUIRED = "consent-required"
    MANUAL = "manual"
    DENY = "deny"


_PERMITS = (Outcome.PERMIT, Outcome.PARTIAL)


@dataclass(frozen=True, slots=True)
class Required:
    """Who must act: `act` is `choice` or `consent`, `by` a person of the request."""

    act: str
    by: str


@dataclass(frozen=True, slots=True)
class Question:
    """One item, ready to be judged: who asks, in which request, and who could answer.

    `service` is the data service that would answer; None when nobody offers it (`provider` may
    still name an office).
    """

    office: Office
    request: EvidenceRequest
    item: Item
    service: DataService | None
    provider: Office | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the hub knows at this instant, beside the question.

    `refused`: (person ref, evidence type) pairs of this case whose person will hand it in
    themself. `consents`: those held, by id.
    """

    now: datetime
    today: date
    configuration: Configuration
    refused: frozenset[tuple[str, str]] = frozenset()
    consents: Mapping[UUID, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by which right, and how much of it.

    `fields` are leaf paths in the catalogue's order; `months` what may be asked (None: the
    reference month alone); `consents` those it rests on; `secrecy_lifted`: what a profession kept
    secret may pass; `retention` the class of its record; `trace` the steps looked at; `hints` codes
    of facts for the file.
    """

    outcome: Outcome
    law: tuple[str, ...]
    mode: Mode | None = None
    automation: Automation | None = None
    rule: str | None = None
    rule_version: str | None = None
    profile: str | None = None
    fields: tuple[str, ...] = ()
    months: Months | None = None
    reason: str | None = None
    obligations: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    required: tuple[Required, ...] = ()
    retention: str = "refused"
    purpose_code: str | None = None
    trace: tuple[str, ...] = ()
    consents: tuple[UUID, ...] = ()
    secrecy_lifted: bool = False
    hints: tuple[str, ...] = ()

    def narrowed_to(self, again: "Decision", reference: Month) -> "Decision":
        """What both decisions grant: a later one never widens what was recorded.

        Without a month of both there is no field either.
        """
        alone = Months(reference, reference)
        left = (self.months or alone).within(again.months or alone)
        fields = tuple(one for one in self.fields if left and one in again.fields)
        months = None if left == alone else left
        return replace(self, profile=again.profile, fields=fields, months=months)

    @property
    def permits(self) -> bool:
        """Whether a provider may be asked, automatically, and its answer delivered."""
        return self.outcome in _PERMITS
