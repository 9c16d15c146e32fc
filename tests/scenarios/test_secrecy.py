"""Health by choice: the choice opens nothing that a profession keeps secret; only a release does."""

import secrets
from typing import Any

import httpx
import pytest

from scenarios.documents import Document
from scenarios.social import (
    CHOSEN_AT,
    SECRET,
    WOHNGELD,
    WOHNGELD_ONLINE,
    Social,
    chosen,
    item,
    person,
    question,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT_BY = {"hea.behinderung": ("versorgung", "P0", "R33"), "pfl.grad": ("pflege", "P1", "R99b")}
HER: dict[str, Any] = {"family_name": "Mustergeheim", "given_names": ["Ida"]}
BORN, CASE = "1990-03-14", "S-2026-7"


async def consented(social: Social, type_: str, *, special: bool, release: bool) -> str:
    """Her word at the portal, in her own session, with these ticks."""
    office, profile, _ = KEPT_BY[type_]
    body = {
        "person": {**HER, "date_of_birth": BORN},
        "given_by": {"capacity": "self"},
        "form": "electronic",
        "language": "de",
        "notice": "einwilligung-gesundheit-v1",
        "provider": office,
        "evidence": [{"evidence_type": type_, "profile": profile}],
        "procedure": "wohngeld.mietzuschuss",
        "case_reference": CASE,
        "use": "once",
        "special_categories": special,
        "release_from_secrecy": release,
        "given_at": CHOSEN_AT,
        "session": "session-of-p1-0001",
    }
    key = {"idempotency-key": secrets.token_hex(8)}
    told = await social.call(WOHNGELD_ONLINE, "POST", "/v1/consents", json=body, headers=key)
    assert told.status_code == httpx.codes.CREATED, told.text
    return str(told.json()["id"])


async def asked(social: Social, type_: str, *consents: str, **brought: Any) -> Document:
    """What became of the question whether she reaches the threshold."""
    profile, fact = KEPT_BY[type_][1], "wogg-17-1-behinderung"
    her = person("p1", "applicant", HER["family_name"], HER["given_names"][0], BORN)
    one = item("i1", "p1", type_, profile, fact, consents=list(consents), **brought)
    body = question("wohngeld.mietzuschuss", [her], one, online=True)
    return await social.retrieval(WOHNGELD_ONLINE, body)


@pytest.mark.parametrize("type_", SECRET)
async def test_a_choice_alone_asks_nobody_and_says_what_is_missing(
    social: Social, type_: str
) -> None:
    retrieval = await asked(social, type_, **chosen("p1"))

    decision = retrieval["decision"]
    assert (retrieval["state"], decision["reason"]) == ("consent-required", "consent-missing")
    assert decision["required"] == [{"act": "consent", "by": "p1"}]
    assert social.heard(retrieval) == []


@pytest.mark.parametrize("type_", SECRET)
async def test_with_a_release_beside_the_choice_she_looks_and_it_moves(
    social: Social, type_: str
) -> None:
    release = await consented(social, type_, special=False, release=True)

    retrieval = await asked(social, type_, release, **chosen("p1"))

    decision = retrieval["decision"]
    assert (retrieval["state"], decision["mode"]) == ("previewing", "choice")
    assert (decision["rule"], decision["law"][0]) == (KEPT_BY[type_][2], "§ 67f SGB X")
    evidence = await social.used(WOHNGELD_ONLINE, WOHNGELD, retrieval, "p1")
    assert evidence["content"] == {"threshold_met": True, "valid_to": "2029-12-31"}
    again = await asked(social, type_, release, **chosen("p1"))
    assert again["state"] == "consent-required"


@pytest.mark.parametrize("type_", SECRET)
async def test_the_tick_for_health_is_no_release_and_the_release_no_consent(
    social: Social, type_: str
) -> None:
    health = await consented(social, type_, special=True, release=False)
    release = await consented(social, type_, special=False, release=True)

    beside_choice = await asked(social, type_, health, **chosen("p1"))
    alone = await asked(social, type_, release)
    apart = await asked(social, type_, health, release)

    assert beside_choice["decision"]["reason"] == "consent-mismatch"
    for one in (alone, apart):
        assert (one["state"], one["decision"]["reason"]) == ("choice-required", "choice-missing")
    assert [social.heard(one) for one in (beside_choice, alone, apart)] == [[], [], []]


@pytest.mark.parametrize("type_", SECRET)
async def test_a_release_taken_back_while_she_looks_destroys_what_she_saw(
    social: Social, type_: str
) -> None:
    release = await consented(social, type_, special=False, release=True)
    retrieval = await asked(social, type_, release, **chosen("p1"))
    path = f"/v1/retrievals/{retrieval['id']}"
    seen = await social.call(WOHNGELD_ONLINE, "GET", f"{path}/preview", params={"by": "p1"})

    taken = await social.call(
        WOHNGELD_ONLINE, "POST", f"/v1/consents/{release}/withdrawal", json={}
    )

    assert (seen.status_code, taken.json()["state"]) == (200, "withdrawn")
    stands = (await social.call(WOHNGELD, "GET", path)).json()
    assert (stands["state"], stands["problem"]) == ("discarded", "withdrawn-before-delivery")
    said = {"decision": "use", "made_by": "p1", "made_at": CHOSEN_AT}
    said["session"] = "session-of-p1-0001"
    late = await social.call(WOHNGELD_ONLINE, "POST", f"{path}/use-decision", json=said)
    assert (late.status_code, late.json()["state"]) == (409, "discarded")
    assert retrieval["id"] not in {
        str(one["retrieval"]) for one in await social.stand.rows("select retrieval from evidence")
    }
