"""S01, second half, and stories of late answers: consents against running processes."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from onceonly.demo.bodies import Body, asked_once, item
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.consents import asked_consent
from onceonly.demo.housing import OFFICE, PORTAL, RENT, application, at_the_office
from onceonly.demo.identity import vouch
from onceonly.demo.named import yilmaz
from onceonly.demo.people import Person
from onceonly.demo.plain import client
from scenarios.kreis import JOBCENTER, MONTH, Kreis, a_case, problem

GOEKCE, DAVOR = yilmaz(MONTH).adults
LAST_DAY = "2026-12-31"


@pytest.fixture
def office(kreis: Kreis) -> Clerk:
    return kreis.clerk(OFFICE)


@pytest.fixture
def portal(kreis: Kreis) -> Clerk:
    return kreis.clerk(PORTAL)


def at_home(
    kreis: Kreis,
    who: Person,
    method: str,
    path: str,
    body: Body | None = None,
    *,
    level: str = "high",
) -> httpx.Response:
    """Somebody calls by their own login."""
    token = vouch(kreis.stand.directory, who, kreis.now(), level=level)
    with client(kreis.stand.hub) as http:
        headers = {"authorization": f"Bearer {token}"}
        return http.request(method, f"/v1{path}", json=body, headers=headers)


def asked(office: Clerk, case: str, who: Person = GOEKCE) -> str:
    """The id of a consent the office asks somebody for."""
    answer = office.post(
        "/consents",
        asked_consent(who, case, LAST_DAY),
        **{"idempotency-key": secrets.token_hex(8)},
    )
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.json()["id"])


def answered(kreis: Kreis, consent: str, word: str, who: Person = GOEKCE) -> dict[str, Any]:
    answer = at_home(kreis, who, "POST", f"/consents/{consent}/{word}", {})
    assert answer.is_success, answer.text
    return dict(answer.json())


def question(case: str, *consents: str, **more: Any) -> Body:
    lease = item(1, "p1", "hou.unterkunft", "P2", RENT, origin="submitted", **more)
    return at_the_office(MONTH, [lease | {"consents": list(consents)}], case)


@contextmanager
def slow(kreis: Kreis, seconds: float) -> Iterator[None]:
    """The Jobcenter takes that long for an answer."""
    with client(kreis.stand.systems[JOBCENTER]) as http:
        http.post("/demo/pace", json={"seconds": seconds}).raise_for_status()
        yield
        http.post("/demo/pace", json={"seconds": 0}).raise_for_status()


def ended(office: Clerk, retrieval: Retrieval) -> dict[str, Any]:
    """The retrieval once nothing of it moves any more."""
    path = f"/evidence-requests/{retrieval['request']}"
    answer = office.get(path)
    for _ in range(600):
        (found,) = answer.json()["retrievals"]
        if found["state"] not in ("fetching", "deferred"):
            return dict(found)
        time.sleep(0.1)
        answer = office.get(path)
    raise AssertionError("it never settled")


def test_after_her_consent_the_lease_moves_without_the_landlord_and_shows_its_age(
    kreis: Kreis, office: Clerk
) -> None:
    case = a_case()
    (before,) = office.ask(question(case))
    consent = asked(office, case)
    answered(kreis, consent, "grant")

    (retrieval,) = office.ask(question(case, consent))

    evidence = office.read(retrieval).json()
    assert before["state"] == "consent-required"
    assert (retrieval["state"], retrieval["decision"]["mode"]) == ("released", "consent")
    assert "landlord" not in evidence["content"]
    assert "iban" not in str(evidence)
    assert evidence["provenance"]["origin"] == "submitted"
    assert evidence["provenance"]["submitted_on"] == "2019-08-01"
    assert evidence["validity"]["age_days"] > 2000
    assert {"question:permitted", "evidence:released"} <= set(kreis.events(retrieval))


def test_a_one_time_consent_is_good_for_one_delivery(kreis: Kreis, office: Clerk) -> None:
    case = a_case()
    consent = asked(office, case)
    answered(kreis, consent, "grant")

    (first,) = office.ask(question(case, consent))
    (second,) = office.ask(question(case, consent))

    assert first["state"] == "released"
    assert (second["state"], second["decision"]["reason"]) == ("consent-required", "consent-used")
    assert kreis.heard(second) == []


def test_her_no_closes_consent_and_justification_alike(kreis: Kreis, office: Clerk) -> None:
    case = a_case()
    answered(kreis, asked(office, case), "refusal")

    (bare,) = office.ask(question(case))
    (pressed,) = office.ask(question(case, **asked_once(kreis.now())))
    (elsewhere,) = office.ask(question(a_case(), **asked_once(kreis.now())))

    for one in (bare, pressed):
        assert (one["state"], one["decision"]["reason"]) == ("refused", "choice-refused")
        assert kreis.heard(one) == []
    assert elsewhere["state"] == "released"


def test_nobody_consents_for_her(kreis: Kreis, office: Clerk) -> None:
    consent = asked(office, a_case())

    his = at_home(kreis, DAVOR, "POST", f"/consents/{consent}/grant", {})
    weak = at_home(kreis, GOEKCE, "POST", f"/consents/{consent}/grant", {}, level="low")

    assert problem(his) == "not-found"
    assert problem(weak) == "insufficient-trust-level"


def test_an_answer_that_comes_after_her_withdrawal_is_discarded_unread(
    kreis: Kreis, office: Clerk
) -> None:
    case = a_case()
    consent = asked(office, case)
    answered(kreis, consent, "grant")
    with slow(kreis, 1.0):
        posted = office.post(
            "/evidence-requests",
            question(case, consent),
            prefer="wait=0",
            **{"idempotency-key": secrets.token_hex(8)},
        )
        (retrieval,) = posted.json()["retrievals"]
        withdrawn = answered(kreis, consent, "withdrawal")
        late = ended(office, retrieval)

    assert retrieval["state"] == "fetching"
    assert withdrawn["state"] == "withdrawn"
    assert (late["state"], late["problem"]) == ("discarded", "withdrawn-before-delivery")
    assert len(kreis.heard(retrieval)) == 1
    assert problem(office.read(late)) == "out-of-turn"
    events = kreis.events(retrieval)
    assert "evidence:discarded" in events
    assert "answer:received" not in events


def test_each_decides_about_their_own_part_by_their_own_login(
    kreis: Kreis, portal: Clerk, office: Clerk
) -> None:
    hers, his, milas, _ = portal.ask(application(MONTH, kreis.now(), a_case()))
    path = "/retrievals/{}/{}"

    looks = at_home(kreis, GOEKCE, "GET", path.format(hers["id"], "preview"))
    peeks = at_home(kreis, DAVOR, "GET", path.format(hers["id"], "preview"))
    said = {
        one["id"]: at_home(
            kreis, who, "POST", path.format(one["id"], "use-decision"), {"decision": word}
        )
        for one, who, word in (
            (hers, GOEKCE, "use"),
            (his, DAVOR, "do-not-use"),
            (milas, GOEKCE, "use"),
        )
    }

    assert looks.json()["content"]["state"] == "ended"
    assert problem(peeks) == "not-yours-to-give"
    states = [said[one["id"]].json()["state"] for one in (hers, his, milas)]
    assert states == ["released", "withheld", "released"]
    assert office.read(hers).is_success
    assert problem(office.read(his)) == "out-of-turn"
