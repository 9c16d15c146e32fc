"""Consents over HTTP: asked, answered, used, taken back, and nobody's business but theirs."""

from collections.abc import Callable
from typing import Any

import pytest

from agreeing import CONSUMER, PORTAL, RENT, a_consent, a_town, asking, given, named
from api.calling import BUT, Api, kind, pointers
from api.test_citizens import DAVOR, bearer
from api.test_notices import Payloads
from builders import AnOffice, delivered
from onceonly.domain.rules import Law
from onceonly.usecases import configuration
from onceonly.usecases.world import World
from vouching import GOKCE, Vouching

Logged = Callable[[], Any]


@pytest.fixture
async def provider(owner: World, api: Api, jobcenter: AnOffice) -> Vouching:
    """Who vouches in Musterkreis, where the Jobcenter passes on rent contracts."""
    vouching = Vouching()
    await configuration.apply(a_town(vouching), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)
    jobcenter.answer = lambda _: delivered(RENT)
    return vouching


class Desk:
    """Whoever calls about consents."""

    def __init__(self, api: Api, vouching: Vouching) -> None:
        self.api, self.vouching, self._keys = api, vouching, 0

    async def record(self, body: dict[str, Any], *, by: str = PORTAL, key: str = "") -> Any:
        self._keys += 1
        headers = {"idempotency-key": key or f"c{self._keys}"}
        return await self.api.post("/v1/consents", body, by=by, headers=headers)

    async def recorded(self, body: dict[str, Any], **given_: Any) -> str:
        answer = await self.record(body, **given_)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def act(self, consent: str, word: str, claims: Any = None, **body: Any) -> Any:
        token = bearer(self.vouching.vouches(GOKCE if claims is None else claims))
        return await self.api.post(f"/v1/consents/{consent}/{word}", body, by=None, headers=token)

    async def through_portal(self, consent: str, word: str, **body: Any) -> Any:
        return await self.api.post(f"/v1/consents/{consent}/{word}", body, by=PORTAL)

    async def ask(self, *consents: str, **changes: Any) -> dict[str, Any]:
        answer = await self.api.ask(asking(*consents, **changes), by=PORTAL)
        assert answer.status_code in (201, 202), answer.text
        found: dict[str, Any] = answer.json()["retrievals"][0]
        return found


@pytest.fixture
def desk(api: Api, provider: Vouching) -> Desk:
    return Desk(api, provider)


def outcome(retrieval: dict[str, Any]) -> tuple[str, str, str | None]:
    decision = retrieval["decision"]
    return retrieval["state"], decision["outcome"], decision["reason"]


async def test_asked_given_used_once_and_then_used_up(
    desk: Desk, payloads: Payloads, law: Law
) -> None:
    asked = await desk.ask()
    consent = await desk.recorded(a_consent(), by=CONSUMER)
    before = await desk.ask(consent)
    granted = await desk.act(consent, "grant", special_categories=False)
    first, second = await desk.ask(consent), await desk.ask(consent)

    assert outcome(asked) == ("consent-required", "consent-required", "consent-missing")
    assert outcome(before) == ("consent-required", "consent-required", "consent-missing")
    assert granted.json()["state"] == "given"
    assert outcome(first) == ("released", "permit", None)
    assert (first["decision"]["mode"], first["decision"]["rule"]) == ("consent", "R22")
    assert outcome(second) == ("consent-required", "consent-required", "consent-used")
    (requested,), (yes,) = await payloads("consent:requested"), await payloads("consent:given")
    assert requested["notice"] == {"einwilligung-v1": law.notices["einwilligung-v1"].hash}
    parties: Any = requested["parties"]
    assert parties["person"]["family_name"] == "Musteryılmaz"
    assert (yes["login"], yes["level"]) == (["https://id.example.org", "gokce"], "hoch")


async def test_a_record_names_nobody_and_says_everything_else(desk: Desk) -> None:
    answer = await desk.record(given(months={"from": "2026-04", "to": "2026-11"}))

    body = answer.json()
    assert answer.headers["location"] == f"/v1/consents/{body['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert (body["state"], body["consumer"], body["use"]) == ("given", "wohngeld", "once")
    assert body["months"] == {"from": "2026-04", "to": "2026-11"}
    assert body["evidence"] == [
        {"evidence_type": "hou.unterkunft", "profile": "P1", "origin": "submitted"}
    ]
    assert [(one["state"], one["by"]) for one in body["history"]] == [("given", "person")]
    assert "Muster" not in answer.text.replace("Musterkreis", "")


async def test_a_dry_run_says_what_a_live_call_would_and_uses_nothing(desk: Desk) -> None:
    consent = await desk.recorded(given())
    told = []
    for _ in range(2):
        answer = await desk.api.post("/v1/decisions", asking(consent), by=PORTAL)
        told.append(answer.json()["decisions"][0]["decision"]["outcome"])

    live = await desk.ask(consent)
    after = await desk.api.post("/v1/decisions", asking(consent), by=PORTAL)

    assert (told, live["state"]) == (["permit", "permit"], "released")
    assert after.json()["decisions"][0]["decision"]["reason"] == "consent-used"


async def test_withdrawn_closes_the_very_next_decision_and_again_is_as_good_as_once(
    desk: Desk, logged: Logged
) -> None:
    consent = await desk.recorded(given())

    for _ in range(2):
        withdrawn = await desk.act(consent, "withdrawal")
        assert withdrawn.json()["state"] == "withdrawn"
    asked = await desk.ask(consent)

    assert outcome(asked) == ("consent-required", "consent-required", "consent-withdrawn")
    assert (await logged()).count("consent:withdrawn") == 1


async def test_what_was_released_and_not_yet_read_is_gone_with_the_withdrawal(desk: Desk) -> None:
    consent = await desk.recorded(given())
    retrieval = (await desk.ask(consent))["id"]

    await desk.act(consent, "withdrawal")

    read = await desk.api.get(f"/v1/retrievals/{retrieval}/evidence", by=CONSUMER)
    stands = (await desk.api.get(f"/v1/retrievals/{retrieval}", by=PORTAL)).json()
    assert read.status_code == 410
    assert (stands["state"], stands["problem"]) == ("discarded", "withdrawn-before-delivery")


async def test_what_was_read_is_not_read_again_once_the_consent_is_withdrawn(desk: Desk) -> None:
    consent = await desk.recorded(given())
    path = f"/v1/retrievals/{(await desk.ask(consent))['id']}/evidence"
    first = await desk.api.get(path, by=CONSUMER)

    await desk.act(consent, "withdrawal")

    assert first.status_code == 200
    assert (await desk.api.get(path, by=CONSUMER)).status_code == 410


async def test_a_refusal_closes_every_discretionary_way_of_the_case(desk: Desk) -> None:
    consent = await desk.recorded(a_consent())
    refused = await desk.act(consent, "refusal")
    justified = {
        "norm": "sgbx-67a-2-3-1",
        "reason": "person-unable",
        "text": "Die Person kann es zurzeit nicht selbst vorlegen.",
    }

    bare, may = await desk.ask(), await desk.ask(justification=justified)
    again = await desk.record(a_consent())

    assert refused.json()["state"] == "refused"
    assert outcome(bare) == outcome(may) == ("refused", "deny", "choice-refused")
    assert "consent" not in {one["kind"] for one in bare["decision"]["alternatives"]}
    assert pointers(again) == ["#/evidence/0"]
    assert (await desk.record(a_consent(case_reference="WG-2"))).status_code == 201


@pytest.mark.parametrize(
    ("done", "then"),
    [
        ("refusal", ("grant", "withdrawal")),
        ("withdrawal", ("grant", "refusal")),
    ],
)
async def test_what_has_ended_does_not_begin_again(
    desk: Desk, done: str, then: tuple[str, str]
) -> None:
    consent = await desk.recorded(a_consent() if done == "refusal" else given())
    ended = (await desk.act(consent, done)).json()["state"]

    for word in then:
        answer = await desk.act(consent, word)
        assert (kind(answer), answer.json()["state"]) == ("out-of-turn", ended)


async def test_who_is_not_in_the_record_finds_nothing(desk: Desk) -> None:
    consent = await desk.recorded(a_consent())
    namesake = {**GOKCE, "place_of_birth": "Ankara", "sub": "namesake"}

    for claims in (DAVOR, namesake):
        for word in ("grant", "refusal", "withdrawal"):
            assert kind(await desk.act(consent, word, claims)) == "not-found"
    foreign = await desk.api.get(f"/v1/consents/{consent}", by=BUT)
    assert kind(foreign) == "not-found"
    assert (await desk.api.get(f"/v1/consents/{consent}", by=CONSUMER)).status_code == 200


async def test_a_weak_login_gives_no_consent(desk: Desk) -> None:
    consent = await desk.recorded(a_consent())

    answer = await desk.act(consent, "grant", {**GOKCE, "acr": "low"})

    assert kind(answer) == "insufficient-trust-level"


async def test_for_others_only_under_fifteen_or_by_a_mandate(desk: Desk) -> None:
    mila = named(DAVOR, given_names=["Mila"], date_of_birth="2017-05-01")
    grown = named(DAVOR, given_names=["Mila"], date_of_birth="2010-05-01")
    guardian = {"capacity": "guardian", "by": named()}
    carer = {"capacity": "betreuer", "by": named()}

    told = []
    for person, by in ((mila, guardian), (grown, guardian), (grown, carer)):
        consent = await desk.recorded(a_consent(person=person, given_by=by))
        told.append((await desk.act(consent, "grant")).status_code)
    about = await desk.recorded(a_consent(about=[named(), grown]))

    assert told == [200, 403, 200]
    assert kind(await desk.act(about, "grant")) == "not-yours-to-give"


async def test_a_child_answers_for_themself_from_fifteen_alone(desk: Desk) -> None:
    nele = {**DAVOR, "given_name": "Nele", "birthdate": "2010-05-01", "sub": "nele"}
    can = {**DAVOR, "given_name": "Can", "birthdate": "2015-05-01", "sub": "can"}
    by = {"capacity": "guardian", "by": named()}

    hers = await desk.recorded(a_consent(person=named(nele), given_by=by))
    his = await desk.recorded(a_consent(person=named(can), given_by=by))

    assert (await desk.act(hers, "grant", nele)).json()["state"] == "given"
    assert kind(await desk.act(his, "grant", can)) == "not-yours-to-give"


async def test_a_portal_answers_in_a_session_and_a_fachverfahren_does_not(desk: Desk) -> None:
    consent = await desk.recorded(a_consent())

    bare = await desk.through_portal(consent, "grant")
    office = await desk.api.post(f"/v1/consents/{consent}/grant", {}, by=CONSUMER)
    yes = await desk.through_portal(consent, "grant", session="session-0123456789")
    no = await desk.api.post(f"/v1/consents/{consent}/withdrawal", {}, by=CONSUMER)

    assert pointers(bare) == ["#/session"]
    assert kind(office) == "insufficient-scope"
    assert (yes.json()["state"], no.json()["state"]) == ("given", "withdrawn")


async def test_the_office_itself_revokes_by_saying_so(desk: Desk) -> None:
    consent = await desk.recorded(given())

    answer = await desk.api.post(
        f"/v1/consents/{consent}/withdrawal", {"by": "office"}, by=CONSUMER
    )

    assert answer.json()["state"] == "revoked"
    assert answer.json()["history"][-1]["by"] == "office"
    assert outcome(await desk.ask(consent))[2] == "consent-withdrawn"


async def test_a_yes_sent_twice_is_one_and_with_other_ticks_renews(desk: Desk) -> None:
    consent = await desk.recorded(a_consent())

    states = [
        (await desk.act(consent, "grant")).json()["state"],
        (await desk.act(consent, "grant")).json()["state"],
        (await desk.act(consent, "grant", special_categories=True)).json()["state"],
    ]

    assert states == ["given", "given", "renewed"]
    assert outcome(await desk.ask(consent))[0] == "released"


async def test_one_key_is_one_consent(desk: Desk, logged: Logged) -> None:
    first = await desk.record(given(), key="same")
    again = await desk.record(given(), key="same")
    other = await desk.record(given(case_reference="WG-2"), key="same")
    bare = await desk.api.post("/v1/consents", given(), by=PORTAL)

    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert kind(other) == "idempotency-mismatch"
    assert kind(bare) == "idempotency-key-missing"
    assert (await logged()).count("consent:given") == 1


SESSION = {"given_at": "2026-11-25T09:59:00Z", "session": "session-0123456789"}
PAPER = {"given_at": "2026-11-25T09:59:00Z", "form": "written", "document_reference": "Bl. 17"}


BROKEN: tuple[tuple[dict[str, Any], list[str]], ...] = (
    ({"notice": "einwilligung-v0"}, ["#/notice"]),
    ({"notice": "wahl-67f-v1"}, ["#/notice"]),
    ({"provider": "nobody"}, ["#/provider"]),
    ({"provider": "wohngeld"}, ["#/provider"]),
    ({"procedure": "but.sgb2"}, ["#/procedure"]),
    (
        {"evidence": [{"evidence_type": "hou.unterkunft", "profile": "P9"}]},
        ["#/evidence/0/profile"],
    ),
    (
        {"evidence": [{"evidence_type": "hou.haus", "profile": "P1"}]},
        ["#/evidence/0/evidence_type"],
    ),
    ({"evidence": []}, ["#/evidence"]),
    ({"use": "repeated"}, ["#/frequency"]),
    ({"frequency": {"times": 2, "per": "month"}}, ["#/frequency"]),
    ({"months": {"from": "2026-05", "to": "2026-04"}}, ["#/months"]),
    ({"expires_on": "2026-11-24"}, ["#/expires_on"]),
    ({"expires_on": "2027-11-26"}, ["#/expires_on"]),
    ({"given_by": {"capacity": "guardian"}}, ["#/given_by/by"]),
    ({"given_by": {"capacity": "self", "by": named()}}, ["#/given_by/by"]),
    ({"form": "oral"}, ["#/form"]),
    ({"language": "fr"}, ["#/language"]),
    ({"session": "session-0123456789"}, ["#/session"]),
    ({"given_at": "2026-11-25T09:59:00Z"}, ["#/session"]),
    (PAPER, ["#/document_reference", "#/form", "#/session"]),
    (SESSION | {"given_at": "2026-11-25T10:02:00Z"}, ["#/given_at"]),
    (SESSION | {"form": "written"}, ["#/form"]),
    ({"person": named(family_name=None, given_names=None)}, ["#/person"]),
)


async def test_what_breaks_a_rule_is_named(desk: Desk) -> None:
    told = [pointers(await desk.record(a_consent(**changes))) for changes, _ in BROKEN]

    assert told == [where for _, where in BROKEN]


async def test_what_has_a_good_form_is_not_called_badly_formed(desk: Desk) -> None:
    backwards = await desk.record(a_consent(months={"from": "2026-05", "to": "2026-04"}))
    on_paper = await desk.record(a_consent(**SESSION | {"form": "written"}))

    details = [one.json()["errors"][0]["detail"] for one in (backwards, on_paper)]
    assert details == ["endet, bevor es beginnt", "gehört nicht zu dieser Angabe"]


async def test_an_office_records_what_was_signed_and_no_mans_word(desk: Desk) -> None:
    signed = await desk.record(a_consent(**PAPER), by=CONSUMER)
    said = await desk.record(a_consent(**SESSION), by=CONSUMER)

    assert signed.json()["state"] == "given"
    assert pointers(said) == ["#/document_reference", "#/form", "#/session"]


async def test_health_needs_the_text_that_speaks_of_it(desk: Desk, law: Law) -> None:
    health = [{"evidence_type": "hea.behinderung", "profile": "P0"}]
    assert law.catalogue.evidence_types["hea.behinderung"].sensitivity == "A9"

    general = await desk.record(a_consent(evidence=health))
    explicit = await desk.record(a_consent(evidence=health, notice="einwilligung-gesundheit-v1"))

    assert pointers(general) == ["#/notice"]
    assert explicit.status_code == 201


async def test_the_last_day_is_twelve_months_away_where_none_is_named(desk: Desk) -> None:
    body = (await desk.record(a_consent(expires_on=None))).json()

    assert body["expires_on"] == "2027-11-25"
