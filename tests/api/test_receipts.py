"""Receipts: whole by the standard, and believed by a library that never met the hub."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from agreeing import CONSUMER, a_consent, given
from api.calling import PORTAL, Api, kind
from api.test_citizens import DAVOR, bearer
from api.test_consents import Desk, desk, provider
from vouching import Vouching

__all__ = ["desk", "provider"]

OF_PROCESSING = {
    *("dpv-27560:privacy_notice", "dpv-27560:language", "dpv:hasPurpose", "dpv:hasLegalBasis"),
    *("dpv:hasPersonalData", "dpv:hasDataController", "dpv:hasStorageCondition"),
    *("dpv-27560:retention_period", "dpv:hasJurisdiction", "dpv-27560:withdrawal_method"),
}
OF_PARTIES = {
    *("dpv-27560:party_id", "dpv:hasName", "dpv:hasAddress", "dpv:hasContact"),
    *("dpv-27560:party_type", "dpv-27560:party_role"),
}
OF_EVENTS = {
    *("dpv-27560:event_time", "dpv-27560:validity_duration", "dpv-27560:entity_id"),
    *("dpv-27560:event_type", "dpv-27560:event_state"),
}
OF_HEAD = {"dpv-27560:schema_version", "dpv-27560:record_id", "dpv-27560:pii_principal_id"}
"""What ISO/IEC TS 27560 and its profile for the GDPR demand, in four groups; the types of data apart."""


async def receipt(api: Api, consent: str, accept: str = "application/ld+json", **by: Any) -> Any:
    caller = by or {"by": PORTAL}
    headers = {"accept": accept, **caller.pop("headers", {})}
    return await api.get(f"/v1/consents/{consent}/receipt", headers=headers, **caller)


async def verified(api: Api, compact: str) -> dict[str, Any]:
    """What a second library believes of a receipt, by the published keys alone."""
    published = (await api.get("/.well-known/jwks.json", by=None)).json()["keys"]
    keys = {one["kid"]: ECKey.import_key(one) for one in published}
    header = json.loads(_header(compact))
    opened = jws.deserialize_compact(compact, keys[header["kid"]], algorithms=["ES256"])
    assert header["typ"] == "consent-receipt+jws"
    found: dict[str, Any] = json.loads(opened.payload)
    return found


def _header(compact: str) -> bytes:
    part = compact.split(".", maxsplit=1)[0]
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_a_receipt_has_every_mandatory_field_filled(desk: Desk) -> None:
    consent = await desk.recorded(given())

    answer = await receipt(desk.api, consent)

    whole = answer.json()
    processing = whole["dpv-27560:pii_processing"]
    assert answer.headers["content-type"] == "application/ld+json"
    for wanted, part in (
        (OF_HEAD, whole),
        (OF_PROCESSING, processing),
        *((OF_PARTIES, one) for one in whole["dpv-27560:party"]),
        *((OF_EVENTS, one) for one in whole["dpv-27560:event"]),
    ):
        assert {name for name in wanted if part.get(name) in (None, "", [], {})} == set()
    (data,) = processing["dpv:hasPersonalData"]
    assert data["dpv-27560:pii_type"] == "hou.unterkunft"
    assert data["dpv-27560:pii_optional"] is True
    assert len(whole["dpv-27560:party"]) == 2
    assert {"@id": "eu-gdpr:A6-1-a"} in processing["dpv:hasLegalBasis"]
    assert processing["dpv:hasJustification"][0] == "§ 67b (2) SGB X"


async def test_it_names_both_operations_and_the_text_that_was_read(desk: Desk) -> None:
    notice = (await desk.api.get("/v1/notices/einwilligung-v1")).json()
    consent = await desk.recorded(given(language="en"))

    whole = (await receipt(desk.api, consent)).json()

    done = whole["dpv-27560:pii_processing"]["dpv:hasProcessing"]
    assert [(one["@type"], one["dpv:isImplementedByEntity"]) for one in done] == [
        ("dpv:Transmit", "jobcenter"),
        ("dpv:Collect", "wohngeld"),
        ("dpv:Use", "wohngeld"),
    ]
    assert whole["dpv-27560:notice"]["hash"] == notice["hash"]
    assert whole["dpv-27560:notice"]["text"] == notice["texts"]["en"]


async def test_health_is_told_as_what_it_is(desk: Desk) -> None:
    health = [{"evidence_type": "hea.behinderung", "profile": "P0"}]
    body = given(evidence=health, notice="einwilligung-gesundheit-v1", special_categories=True)

    processing = (await receipt(desk.api, await desk.recorded(body))).json()[
        "dpv-27560:pii_processing"
    ]

    assert {"@id": "eu-gdpr:A9-2-a"} in processing["dpv:hasLegalBasis"]
    assert processing["dpv:hasPersonalData"][0]["@type"] == "dpv:SpecialCategoryPersonalData"
    assert processing["dpv-27560:explicit"]["special_categories"] is True


async def test_another_library_believes_the_signed_one_and_no_changed_one(desk: Desk) -> None:
    consent = await desk.recorded(given())
    plain = (await receipt(desk.api, consent)).json()

    signed = await receipt(desk.api, consent, "application/jose")

    assert signed.headers["content-type"] == "application/jose"
    assert await verified(desk.api, signed.text) == plain
    head, body, signature = signed.text.split(".")
    changed = ("A" if body[40] != "A" else "B").join((body[:40], body[41:]))
    with pytest.raises(BadSignatureError):
        await verified(desk.api, f"{head}.{changed}.{signature}")


async def test_each_move_is_told_with_its_entry(desk: Desk) -> None:
    consent = await desk.recorded(a_consent(), by=CONSUMER)
    await desk.act(consent, "grant")
    await desk.act(consent, "withdrawal")

    whole = (await receipt(desk.api, consent)).json()

    assert whole["dpv:hasConsentStatus"] == {"@id": "dpv:ConsentWithdrawn"}
    events = whole["dpv-27560:event"]
    assert [one["dpv-27560:event_state"]["@id"] for one in events] == [
        "dpv:ConsentRequested",
        "dpv:ConsentGiven",
        "dpv:ConsentWithdrawn",
    ]
    person = whole["dpv-27560:pii_principal_id"]
    assert [one["dpv-27560:entity_id"] for one in events] == ["wohngeld", person, person]
    assert len({one["dpv-27560:log_entry"] for one in events}) == 3


async def test_the_person_gets_it_and_nobody_else(desk: Desk, provider: Vouching) -> None:
    consent = await desk.recorded(a_consent())

    hers = await receipt(desk.api, consent, by=None, headers=bearer(provider.vouches()))
    his = await receipt(desk.api, consent, by=None, headers=bearer(provider.vouches(DAVOR)))

    assert hers.status_code == 200
    assert hers.headers["cache-control"] == "no-store"
    assert "Musteryılmaz" not in hers.text
    assert kind(his) == "not-found"


async def test_a_form_nobody_can_give_is_not_acceptable(desk: Desk) -> None:
    consent = await desk.recorded(a_consent())

    assert (await receipt(desk.api, consent, "application/pdf")).status_code == 406
