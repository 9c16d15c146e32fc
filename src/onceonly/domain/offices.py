"""Offices, their clients and agreements: what one municipality file says, frozen."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum


class Role(StrEnum):
    """What a client is for."""

    CONSUMER = "consumer"
    PORTAL = "portal"
    PROVIDER = "provider"
    AUDITOR = "auditor"
    OPERATOR = "operator"


SCOPES: Mapping[Role, tuple[str, ...]] = {
    Role.CONSUMER: ("evidence.request", "evidence.collect", "consent.record"),
    Role.PORTAL: ("evidence.request", "evidence.preview", "consent.record"),
    Role.PROVIDER: ("evidence.provide",),
    Role.AUDITOR: ("log.read",),
    Role.OPERATOR: ("operations",),
}
CATALOGUE_SCOPE = "catalogue.read"


class Origin(StrEnum):
    """Whether the office issued the evidence or merely holds a copy that was handed in."""

    ISSUED = "issued"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class Office:
    """A functional unit that is its own controller. Source: § 67 (4) S. 2 SGB X."""

    code: str
    name: str
    kind: str
    procedures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedController:
    """Offices that are one controller, by a decision that two people entered."""

    offices: tuple[str, ...]
    decision: str
    decided_on: date
    entered_by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Client:
    """An office system's credential. `keys` are public JWKs as the file gives them."""

    client_id: str
    office: str | None
    roles: tuple[Role, ...]
    keys: tuple[Mapping[str, object], ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope its roles carry, in a fixed order."""
        carried = [scope for role in self.roles for scope in SCOPES[role]]
        return tuple(dict.fromkeys([*carried, CATALOGUE_SCOPE]))


def key_end(jwk: Mapping[str, object]) -> datetime | None:
    """When a public key ends; None: it has no end. Source: OpenID Federation 1.0, 8.7.2 (`exp`)."""
    at = jwk.get("exp")
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Names of files in the municipality's folder of keys, for one office's system.

    `certificate` (a chain, the hub's own first) and its `key` are shown to the system; `ca` holds
    the authorities that are trusted there, and no others then.
    """

    certificate: str | None = None
    key: str | None = None
    ca: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """How an office's system is reached; `timeout_s` is for the whole call."""

    kind: str
    base_url: str
    timeout_s: int = 5
    tls: TlsFiles | None = None


@dataclass(frozen=True, slots=True)
class DataService:
    """What one office can answer; one per office, evidence type and origin."""

    office: str
    evidence_type: str
    profiles: tuple[str, ...]
    connector: ConnectorSettings
    match_on: tuple[str, ...] = ()
    origin: Origin = Origin.ISSUED
    immediate: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """The supervisory authority of one participant said yes."""

    office: str
    authority: str
    reference: str
    on: date


@dataclass(frozen=True, slots=True)
class RetrievalAgreement:
    """Automated retrieval between two § 35 bodies. Source: § 79 SGB X. Days are inclusive."""

    consumer: str
    provider: str
    evidence_types: tuple[str, ...]
    procedures: tuple[str, ...]
    occasion: str
    purpose: str
    why_appropriate: str
    measures: str
    approvals: tuple[Approval, ...]
    data_protection_authority_informed_on: date
    valid_from: date
    valid_to: date | None = None

    def in_force_on(self, day: date) -> bool:
        """Whether the German day lies within its term and after every approval."""
        return (
            self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
            and all(approval.on <= day for approval in self.approvals)
        )


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Who vouches for citizens."""

    issuer: str
    audience: str
    keys: tuple[Mapping[str, object], ...]
    trust_level_claim: str
    levels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Approver:
    """Who may sign rule changes; `key` is `ed25519:<base64>`."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A written admission a rule needs (§ 37 BMG, § 22 (1) S. 3 AZRG)."""

    rule: str
    by: str
    reference: str
    on: date


@dataclass(frozen=True, slots=True)
class Layer:
    """A file of rules over the shipped law: `kind` land_law or narrowing, and who signed it."""

    kind: str
    document: Mapping[str, object]
    signed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a municipality switches on; everything is off until it does."""

    idnr: bool = False
    sealed_delivery: bool = False
    bundesanzeiger_notice_on: date | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """One municipality file, checked whole. Codes are unique within it.

    `offering`: the data services by evidence type.
    """

    code: str
    name: str
    ars: str
    offices: Mapping[str, Office]
    clients: Mapping[str, Client]
    shared_controllers: tuple[SharedController, ...] = ()
    data_services: tuple[DataService, ...] = ()
    identity_providers: tuple[IdentityProvider, ...] = ()
    retrieval_agreements: tuple[RetrievalAgreement, ...] = ()
    approvers: tuple[Approver, ...] = ()
    admissions: tuple[Admission, ...] = ()
    layers: tuple[Layer, ...] = ()
    settings: Settings = Settings()
    offering: Mapping[str, tuple[DataService, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        offering: dict[str, list[DataService]] = defaultdict(list)
        for one in self.data_services:
            offering[one.evidence_type].append(one)
        by_type = {code: tuple(some) for code, some in offering.items()}
        object.__setattr__(self, "offering", by_type)

    def one_controller(self, one: str, other: str) -> bool:
        """Whether two offices are the same controller (§ 67 (4) SGB X, § 67c (2) Nr. 1 SGB X)."""
        return any(
            one in shared.offices and other in shared.offices for shared in self.shared_controllers
        )
