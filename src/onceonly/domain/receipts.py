"""Receipts of consents: everything a record must say, in the words of the Data Privacy Vocabulary.

Source: ISO/IEC TS 27560:2023 in its profile for the GDPR; DPV 2; Art. 7, Art. 13 DSGVO.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from onceonly.domain.calendar import Month, Months, german_day, instant
from onceonly.domain.consents import Consent, Happening, Opened, State
from onceonly.domain.offices import Configuration, Office
from onceonly.domain.rules import Law

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
VERSION = "ISO/IEC TS 27560:2023"

_CONTEXT: Mapping[str, object] = {
    "@vocab": "https://w3id.org/dpv#",
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
    "schema": "https://schema.org/",
}
_STATES: Mapping[State, str] = {
    State.REQUESTED: "dpv:ConsentRequested",
    State.REFUSED: "dpv:ConsentRefused",
    State.GIVEN: "dpv:ConsentGiven",
    State.RENEWED: "dpv:RenewedConsentGiven",
    State.WITHDRAWN: "dpv:ConsentWithdrawn",
    State.REVOKED: "dpv:ConsentRevoked",
    State.EXPIRED: "dpv:ConsentExpired",
    State.INVALIDATED: "dpv:ConsentInvalidated",
}
_GERMANY = "https://w3id.org/dpv/loc#DE"
_SPECIAL = "A9"
_LACKING = "consent-missing"
"""The reason whose norms are those of a consent."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a receipt is made of beside the consent. `principal`: what the office calls the person."""

    configuration: Configuration
    law: Law
    issuer: str
    principal: bytes


def receipt_of(consent: Consent, ground: Ground) -> dict[str, object]:
    """The record as JSON-LD; every mandatory field of the standard and of its GDPR profile."""
    terms, where = consent.terms, f"{ground.issuer}/v1/consents/{consent.id}"
    notice = ground.law.notices.get(terms.notice)
    return {
        "@context": _CONTEXT,
        "@id": where,
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": PROFILE,
        "dpv-27560:schema_version": VERSION,
        "dpv-27560:record_id": str(consent.id),
        "dpv-27560:pii_principal_id": ground.principal.hex(),
        "dpv-27560:pii_processing": _processing(consent, ground, where),
        "dpv-27560:party": [
            _party(office, role, ground)
            for office, role in (
                (consent.office, "dpv:DataController"),
                (terms.provider, "dpv:DataController"),
            )
        ],
        "dpv-27560:event": [_event(one, consent, ground) for one in consent.history],
        "dpv:hasConsentStatus": {"@id": _STATES[consent.state]},
        "dpv-27560:notice": {
            "id": terms.notice,
            "hash": terms.notice_hash,
            "hash_algorithm": "SHA-256",
            "language": terms.language,
            "text": None if notice is None else getattr(notice.texts, terms.language),
        },
    }


def _processing(consent: Consent, ground: Ground, where: str) -> dict[str, object]:
    terms = consent.terms
    procedure = ground.law.catalogue.procedures[terms.procedure]
    title = procedure.named(Month.of(german_day(consent.requested_at))).title
    special = any(_is_special(one.evidence_type, ground.law) for one in terms.opens)
    bases = ["eu-gdpr:A6-1-a", *(["eu-gdpr:A9-2-a"] if special else [])]
    return {
        "dpv-27560:privacy_notice": f"{ground.issuer}/v1/notices/{terms.notice}",
        "dpv-27560:language": terms.language,
        "dpv:hasPurpose": {
            "@type": "dpv:PublicBenefit",
            "dct:identifier": terms.procedure,
            "dct:title": {"de": title.de, "en": title.en},
        },
        "dpv:hasLegalBasis": [{"@id": one} for one in bases],
        "dpv:hasJustification": [*ground.law.reasons[_LACKING].law, procedure.law],
        "dpv:hasProcessing": [
            {"@type": "dpv:Transmit", "dpv:isImplementedByEntity": terms.provider},
            {"@type": "dpv:Collect", "dpv:isImplementedByEntity": consent.office},
            {"@type": "dpv:Use", "dpv:isImplementedByEntity": consent.office},
        ],
        "dpv:hasPersonalData": [_data(one, ground.law) for one in terms.opens],
        "dpv:hasDataController": [consent.office, terms.provider],
        "dpv:hasRecipientThirdParty": [],
        "dpv-27560:collection_method": terms.form,
        "dpv-27560:processing_method": "dpv:AutomatedProcessingWithHumanOversight",
        "dpv:hasStorageCondition": {
            "dpv:hasLocation": {"@id": _GERMANY},
            "dpv:hasDuration": "PT72H",
            "dct:description": "held by the hub until collected, 72 hours at most",
        },
        "dpv-27560:retention_period": terms.expires_on.isoformat(),
        "dpv-27560:processing_location": {"@id": _GERMANY},
        "dpv:hasJurisdiction": {"@id": _GERMANY},
        "dpv-27560:withdrawal_method": f"POST {where}/withdrawal",
        "dpv:hasRight": [f"eu-gdpr:A{article}" for article in ("7-3", "15", "16", "17", "77")],
        "dpv-27560:case_reference": terms.case_reference,
        "dpv-27560:period": _months(terms.months),
        "dpv:hasFrequency": "once"
        if terms.frequency is None
        else {"times": terms.frequency.times, "per": terms.frequency.per},
        "dpv-27560:explicit": {
            "special_categories": consent.special_categories,
            "release_from_secrecy": consent.release_from_secrecy,
        },
    }


def _data(one: Opened, law: Law) -> dict[str, object]:
    type_ = law.catalogue.evidence_types[one.evidence_type]
    return {
        "dpv-27560:pii_type": one.evidence_type,
        "dct:title": {"de": type_.title.de, "en": type_.title.en},
        "dpv-27560:pii_attribute_id": list(type_.profiles[one.profile].leaves),
        "dpv-27560:profile": one.profile,
        "dpv-27560:origin": one.origin.value,
        # Whoever refuses may hand it in: no field must come by this way.
        "dpv-27560:pii_optional": True,
        "@type": "dpv:SpecialCategoryPersonalData"
        if _is_special(one.evidence_type, law)
        else "dpv:PersonalData",
    }


def _is_special(evidence_type: str, law: Law) -> bool:
    return law.catalogue.evidence_types[evidence_type].sensitivity == _SPECIAL


def _months(months: Months | None) -> dict[str, str | None] | None:
    if months is None:
        return None
    first, last = months.first, months.last
    return {
        "from": None if first is None else str(first),
        "to": None if last is None else str(last),
    }


def _party(code: str, role: str, ground: Ground) -> dict[str, object]:
    """The file of a municipality names no postal addresses: the municipality itself is reached."""
    file = ground.configuration
    office = file.offices.get(code) or Office(code, code, "")
    return {
        "dpv-27560:party_id": f"{file.code}/{code}",
        "@type": role,
        "dpv-27560:party_type": "dpv:PublicAuthority",
        "dpv-27560:party_role": role,
        "dpv:hasName": office.name,
        "dpv:hasAddress": f"{file.name}, ARS {file.ars}",
        "dpv:hasContact": f"{ground.issuer}/v1/offices",
    }


def _event(one: Happening, consent: Consent, ground: Ground) -> dict[str, object]:
    who = {"person": ground.principal.hex(), "office": consent.office, "hub": ground.issuer}
    return {
        "dpv-27560:event_time": instant(one.at),
        "dpv-27560:validity_duration": consent.terms.expires_on.isoformat(),
        "dpv-27560:entity_id": who[one.by],
        "dpv-27560:event_type": "explicit"
        if consent.special_categories and one.by == "person"
        else "regular",
        "dpv-27560:event_state": {"@id": _STATES[one.state]},
        "dpv-27560:log_entry": str(one.entry),
    }
