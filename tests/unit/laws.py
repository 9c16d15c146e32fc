"""Builders for decisions: people, a request, a municipality, and a small law made for tests."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from onceonly.domain.calendar import Month
from onceonly.domain.catalogue import (
    Catalogue,
    Condition,
    EvidenceType,
    Fact,
    Field,
    Naming,
    Procedure,
    Profile,
    Proof,
    Title,
)
from onceonly.domain.decision import Decision, Facts
from onceonly.domain.judge import Judged, judge
from onceonly.domain.offices import (
    Approval,
    Configuration,
    ConnectorSettings,
    DataService,
    Office,
    RetrievalAgreement,
    SharedController,
)
from onceonly.domain.persons import Person, Relationship
from onceonly.domain.requests import Assertion, Choice, EvidenceRequest, Item, Justification
from onceonly.domain.rules import (
    Automation,
    BlockedType,
    BulkLimit,
    Given,
    Law,
    Mode,
    Reason,
    RetentionClass,
    Rule,
    RuleMode,
    Section35Kind,
)

NOW = datetime(2026, 10, 5, 9, 12, tzinfo=UTC)
OCTOBER = Month(2026, 10)
HOUSEHOLD = ("applicant", "partner", "child", "household-member")
DAY_ONE = date(2024, 7, 24)

_TITLE = Title("Prüfstück", "Specimen")
_REASONS = (
    *("minimised", "choice-missing", "choice-not-theirs", "choice-refused", "consent-missing"),
    *("consent-not-theirs", "consent-mismatch", "consent-expired", "consent-withdrawn"),
    *("consent-used", "nobody-may-act", "beyond-mandate", "justification-missing"),
    *("precondition-missing", "no-rule", "not-listed", "not-necessary", "no-agreement"),
    *("no-provider", "not-issuer", "not-immediate", "procedure-not-yours", "blocked-type"),
    *("human-decision", "azr-first", "azr-eu-citizen", "idnr-not-allowed", "bulk"),
)


def a_mode(mode: Mode, automation: Automation, *needs: str, **more: Any) -> RuleMode:
    return RuleMode(mode, (f"§ {mode.value}",), automation, needs, **more)


CHOICE = a_mode(Mode.CHOICE, Automation.CHOICE, "choice")
DUTY = a_mode(Mode.DUTY, Automation.AGREEMENT)
MAY = a_mode(Mode.MAY, Automation.AGREEMENT, "justification", justification_norm="sgbx-67a-2-3-1")
STATUTE = a_mode(Mode.REGULATION, Automation.STATUTE)
CONSENT = a_mode(Mode.CONSENT, Automation.AGREEMENT, "consent")


def a_rule(id_: str = "T1", **more: Any) -> Rule:
    """A row that lets `rent.aid` have the notice of `upkeep`, by choice."""
    whole: dict[str, Any] = {
        "id": id_,
        "title": _TITLE,
        "via_hub": True,
        "retention": "by-mode",
        "in_force_from": DAY_ONE,
        "confidence": "H",
        "note": "",
        "consumers": ("rent.aid",),
        "evidence": (Given("notice", "P1"),),
        "providers": ("upkeep",),
        "modes": (CHOICE,),
        "facts": ("upkeep-drawn",),
        "obligations": ("preview", "inform-person"),
    }
    return Rule(**(whole | more))


def a_denial(id_: str = "N1", **more: Any) -> Rule:
    closed = {"via_hub": False, "modes": (), "facts": (), "retention": "refused"}
    answer = {"reason": "not-listed", "law": ("§ 9 Probe",), "obligations": ()}
    return a_rule(id_, **(closed | answer | more))


def a_law(*rules: Rule, **more: Any) -> Law:
    """A law of these rows, about one procedure that needs one fact."""
    catalogue = Catalogue(
        evidence_types={"notice": _notice(), "diary": _type("diary", blocked=True)},
        procedures={"rent.aid": _procedure()},
        union_states=frozenset({"DE", "BG"}),
        versions=(Month(2020, 1),),
    )
    whole: dict[str, Any] = {
        "version": "made for tests",
        "catalogue": catalogue,
        "rules": rules,
        "blocked": {"diary": BlockedType("diary", "blocked-type", ("§ 1 Probe",))},
        "bulk": {
            "several-applicants": BulkLimit("several-applicants", "bulk", ("§ 2 Probe",)),
            "persons-without-chain": BulkLimit(
                "persons-without-chain", "bulk", ("§ 2 Probe",), more_than=3
            ),
        },
        "section35": {kind: Section35Kind(kind) for kind in ("rent", "upkeep")},
        "never_consent_towards": ("border",),
        "never_shared_controller": (),
        "never_data_service": (),
        "retention": {
            code: RetentionClass(code, "P0D", "P6M", "P6M", ("§ 3 Probe",))
            for code in ("choice-67f", "choice-67f-after-notice", "agreement-79", "internal-67c")
        },
        "retention_by_mode": {
            "choice": "choice-67f",
            "duty": "agreement-79",
            "may": "agreement-79",
            "consent": "agreement-79",
            "regulation": "agreement-79",
            "internal": "internal-67c",
            "manual": "manual",
        },
        "reasons": {code: Reason(code, (f"§ {code}",), code, code) for code in _REASONS},
    }
    return Law(**(whole | more))


def _field(path: str, json_type: str = "string", **more: Any) -> Field:
    return Field(path, json_type, _TITLE, **more)


def _type(code: str, *profiles: Profile, **more: Any) -> EvidenceType:
    return EvidenceType(
        code=code,
        title=_TITLE,
        sensitivity="N",
        issuer_kinds=("upkeep",),
        submitted_by_person=True,
        max_age=(),
        profiles={one.code: one for one in profiles},
        **more,
    )


def _notice() -> EvidenceType:
    p0 = (_field("state"), _field("from_month"))
    p1 = (*p0, _field("total_ct", "integer"))
    sums = (_field("sums[]", "array"), _field("sums[].kind"), _field("sums[].amount_ct"))
    p2 = (*p1, *sums, _field("with", third_party=True))
    only = _field("only_elsewhere", condition=Condition("procedure", values=("other.*",)))
    return _type(
        "notice",
        Profile("P0", p0),
        Profile("P1", p1),
        Profile("P2", (*p2, only)),
        Profile("YESNO", (_field("draws", "boolean"),)),
    )


def _procedure() -> Procedure:
    every = Proof(1, "notice", "P2", HOUSEHOLD)
    facts = (
        Fact("upkeep-drawn", _TITLE, "§ 4 Probe", "drawn", (every,)),
        Fact("upkeep-yes", _TITLE, "§ 4 Probe", "drawn", (replace(every, profile="YESNO"),)),
        Fact("upkeep-months", _TITLE, "§ 4 Probe", "drawn", (replace(every, months="last:3"),)),
        Fact("upkeep-claim", _TITLE, "§ 4 Probe", "drawn", (replace(every, months="claim"),)),
        Fact("a-diary", _TITLE, "§ 4 Probe", "drawn", (Proof(1, "diary", "P0", HOUSEHOLD),)),
    )
    return Procedure(
        code="rent.aid",
        namings=(Naming(_TITLE, None, None),),
        law="Probe",
        kinds=("rent",),
        section35=True,
        sgb_task=True,
        facts={one.code: one for one in facts},
    )


RENT = Office("rent", "Amt R", "rent", ("rent.aid",))
UPKEEP = Office("upkeep", "Amt U", "upkeep")
OTHER_UPKEEP = Office("upkeep-north", "Amt U Nord", "upkeep")


def a_service(office: str = "upkeep", **more: Any) -> DataService:
    whole: dict[str, Any] = {
        "office": office,
        "evidence_type": "notice",
        "profiles": ("P0", "P1", "P2", "YESNO"),
        "connector": ConnectorSettings("rest", "http://127.0.0.1:1"),
        "immediate": True,
    }
    return DataService(**(whole | more))


def an_agreement(**more: Any) -> RetrievalAgreement:
    whole: dict[str, Any] = {
        "consumer": "rent",
        "provider": "upkeep",
        "evidence_types": ("notice",),
        "procedures": ("rent.aid",),
        "occasion": "",
        "purpose": "",
        "why_appropriate": "",
        "measures": "",
        "approvals": tuple(
            Approval(office, "Aufsicht", "1", date(2026, 1, 1)) for office in ("rent", "upkeep")
        ),
        "data_protection_authority_informed_on": date(2026, 1, 1),
        "valid_from": date(2026, 2, 1),
    }
    return RetrievalAgreement(**(whole | more))


def a_town(*offices: Office, **more: Any) -> Configuration:
    """A municipality of these offices, by default one that asks and one that answers."""
    known = offices or (RENT, UPKEEP)
    whole: dict[str, Any] = {"data_services": (a_service(),)}
    return Configuration(
        "stadt", "Stadt", "0", {one.code: one for one in known}, {}, **(whole | more)
    )


def one_controller(*offices: str) -> SharedController:
    return SharedController(offices, "Verfügung", date(2026, 1, 1), "a", "b")


def a_person(
    ref: str = "p1", role: str = "applicant", born: str = "1990-03-14", **more: Any
) -> Person:
    return Person(ref, role, "Probe", (ref,), born, **more)


def a_choice(made_by: str = "p1", **more: Any) -> Choice:
    whole: dict[str, Any] = {"made_at": NOW, "notice": "wahl-67f-v1", "session": "s" * 16}
    return Choice(made_by, **(whole | more))


def a_justification(**more: Any) -> Justification:
    whole: dict[str, Any] = {
        "norm": "sgbx-67a-2-3-1",
        "reason": "person-unable",
        "text": "liegt im Krankenhaus, nicht erreichbar",
        "asked_once_on": None,
    }
    return Justification(**(whole | more))


def an_item(**more: Any) -> Item:
    whole: dict[str, Any] = {
        "ref": "i1",
        "person": "p1",
        "evidence_type": "notice",
        "profile": "P1",
        "fact": "upkeep-drawn",
    }
    return Item(**(whole | more))


def a_request(*items: Item, **more: Any) -> EvidenceRequest:
    whole: dict[str, Any] = {
        "procedure": "rent.aid",
        "case_reference": "A-1",
        "channel": "online",
        "reference_month": OCTOBER,
        "caseworker": None,
        "persons": (a_person(),),
        "relationships": (),
        "representations": (),
    }
    return EvidenceRequest(**(whole | more), items=items or (an_item(),))


def stated(*codes: str, detail: str | None = None) -> tuple[Assertion, ...]:
    return tuple(Assertion(code, detail) for code in codes)


def a_parent(of: str, who: str = "p1", **more: Any) -> Relationship:
    return Relationship("parent", who, of, **({"custody": "joint"} | more))


def living(child: str, parent: str, share: int | None = None) -> Relationship:
    return Relationship("lives-with", child, parent, share_percent=share)


def facts_in(town: Configuration, **more: Any) -> Facts:
    whole: dict[str, Any] = {"now": NOW, "today": NOW.date()}
    return Facts(configuration=town, **(whole | more))


def judged(
    law: Law,
    item: Item | None = None,
    *,
    office: Office = RENT,
    town: Configuration | None = None,
    facts: dict[str, Any] | None = None,
    **request: Any,
) -> Judged:
    """One item, judged."""
    asked = a_request(item or an_item(), **request)
    (one,) = judge(office, asked, facts_in(town or a_town(), **(facts or {})), law)
    return one


def decided(law: Law, item: Item | None = None, **more: Any) -> Decision:
    """One item's decision."""
    return judged(law, item, **more).decision
