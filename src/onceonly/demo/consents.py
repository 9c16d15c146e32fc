"""A chapter (S01, second half): a copy moves by consent, and one is taken back while it moves."""

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import ECKey

from onceonly.demo.bodies import Body, item
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.housing import OFFICE, PROCEDURE, PROVIDER, RENT, at_the_office
from onceonly.demo.identity import vouch
from onceonly.demo.months import day_of
from onceonly.demo.named import yilmaz
from onceonly.demo.people import Person
from onceonly.demo.plain import client
from onceonly.demo.processes import wait_until
from onceonly.demo.told import Told, short

LEASE = {"evidence_type": "hou.unterkunft", "profile": "P2", "origin": "submitted"}
SLOW_S = 0.8


class Citizen:
    """Somebody at home with their own login: calls the hub without any office between."""

    def __init__(self, told: Told, person: Person) -> None:
        self._told = told
        self._person = person

    def call(
        self, method: str, path: str, body: Body | None = None, **headers: str
    ) -> httpx.Response:
        """Call the hub with a token of the identity provider."""
        stand = self._told.stand
        token = vouch(stand.directory, self._person, stand.now())
        with client(stand.hub, timeout=45) as http:
            return http.request(
                method,
                f"/v1{path}",
                json=body,
                headers={"authorization": f"Bearer {token}", "accept-language": "en", **headers},
            )

    def says(self, consent: str, word: str, body: Body | None = None) -> Mapping[str, Any]:
        """Grant, refuse or withdraw; the record as it then stands.

        Raises:
            Trouble: the hub did not take it.
        """
        answer = self.call("POST", f"/consents/{consent}/{word}", body or {})
        self._told.check(answer.is_success, f"{word}: {answer.status_code} {answer.text}")
        return dict(answer.json())


def play(told: Told) -> tuple[Retrieval, Retrieval]:
    """Play it; the retrieval that moved and the one that did not."""
    told.chapter("A copy moves by consent, and only by it")
    case_reference = f"WG-E-{told.stand.now():%Y%m%d-%H%M%S}"
    office = Clerk(told.stand, OFFICE)
    goekce, davor = (Citizen(told, one) for one in yilmaz(told.stand.month).adults)
    moved = _given(told, office, goekce, davor, case_reference)
    stopped = _taken_back(told, office, goekce, case_reference)
    return moved, stopped


def asked_consent(person: Person, case_reference: str, last_day: str) -> Body:
    """What the office asks of somebody: once, the copy of the lease in the Jobcenter's file."""
    return {
        "person": person.names() | {"place_of_birth": person.place_of_birth},
        "given_by": {"capacity": "self"},
        "form": "electronic",
        "language": "de",
        "notice": "einwilligung-v1",
        "provider": "jobcenter",
        "evidence": [LEASE],
        "procedure": PROCEDURE,
        "case_reference": case_reference,
        "use": "once",
        "expires_on": last_day,
        "special_categories": False,
        "release_from_secrecy": False,
    }


def under(told: Told, case_reference: str, consent: str) -> Body:
    """The caseworker's question under it."""
    lease = item(1, "p1", "hou.unterkunft", "P2", RENT, origin="submitted", consents=[consent])
    return at_the_office(told.stand.month, [lease], case_reference)


def _asked(told: Told, office: Clerk, case_reference: str) -> str:
    (goekce, _), now = yilmaz(told.stand.month).adults, told.stand.now()
    body = asked_consent(goekce, case_reference, day_of(now))
    key = f"{case_reference}-{time.monotonic_ns()}"
    answer = office.post("/consents", body, **{"idempotency-key": key})
    told.check(answer.status_code == httpx.codes.CREATED, f"not recorded: {answer.text}")
    return str(answer.json()["id"])


def _given(
    told: Told, office: Clerk, goekce: Citizen, davor: Citizen, case_reference: str
) -> Retrieval:
    told.step("The caseworker asks Gökçe for her consent; she reads at home what it means.")
    consent = _asked(told, office, case_reference)
    notice = goekce.call("GET", "/notices/einwilligung-v1").json()
    words = next(line for line in notice["texts"]["en"].splitlines() if "no consequence" in line)
    told.line(f"“{words}”")
    foreign = davor.call("POST", f"/consents/{consent}/grant", {})
    told.check(foreign.status_code == httpx.codes.NOT_FOUND, "Davor could answer for her")
    told.line(f"Davor tries to answer for her: {foreign.status_code} {foreign.json()['title']}")
    given = goekce.says(consent, "grant", {"special_categories": False})
    told.check(given["notice_hash"] == notice["hash"], "it is bound to another text")
    told.line("She says yes. The record is bound to that text by its hash.")
    (retrieval,) = office.ask(under(told, case_reference, consent))
    told.decision(retrieval, "released")
    answer = office.read(retrieval)
    content = told.moved(answer, retrieval)
    evidence = answer.json()
    told.line(f"Moved: {short(content)}")
    lies = evidence["provenance"]["submitted_on"]
    told.line(f"The copy lies in the file under {lies}: {_age(evidence)}.")
    told.check("landlord" not in content, "the landlord came along")
    told.check(office.confirm(retrieval).is_success, "the receipt was refused")
    (again,) = office.ask(under(told, case_reference, consent))
    told.check(again["decision"]["reason"] == "consent-used", "a one-time consent was used twice")
    told.line(f"Asking again under it: {again['decision']['reason']}.")
    _receipt(told, goekce, consent)
    return retrieval


def _age(evidence: Mapping[str, Any]) -> str:
    old = evidence["validity"]
    return f"{old['age_days']} days old" + (", worth a second look" if old["stale"] else "")


def _receipt(told: Told, goekce: Citizen, consent: str) -> None:
    signed = goekce.call("GET", f"/consents/{consent}/receipt", accept="application/jose").text
    with client(told.stand.hub) as http:
        published = http.get("/.well-known/jwks.json").json()["keys"]
    # The hub signs by python-jose; who verifies here is joserfc.
    keys = [ECKey.import_key(one) for one in published]
    opened = jws.deserialize_compact(signed, keys[0], algorithms=["ES256"])
    receipt = json.loads(opened.payload)
    told.check(receipt["dpv-27560:record_id"] == consent, "the receipt is another's")
    status = receipt["dpv:hasConsentStatus"]["@id"]
    told.line(f"Her receipt, believed by a second library without asking the hub: {status}.")


def _taken_back(told: Told, office: Clerk, goekce: Citizen, case_reference: str) -> Retrieval:
    told.step("Another consent; and while the Jobcenter is still looking, she takes it back.")
    case_reference += "-2"
    consent = _asked(told, office, case_reference)
    goekce.says(consent, "grant")
    _pace(told, SLOW_S)
    try:
        asked = office.post(
            "/evidence-requests",
            under(told, case_reference, consent),
            prefer="wait=0",
            **{"idempotency-key": f"{case_reference}-{time.monotonic_ns()}"},
        )
        (retrieval,) = asked.json()["retrievals"]
        told.check(retrieval["state"] == "fetching", f"state is {retrieval['state']}")
        withdrawn = goekce.says(consent, "withdrawal")
        told.line(
            f"The Jobcenter is asked; before it answers, she withdraws: {withdrawn['state']}."
        )
        wait_until(
            lambda: office.get(f"/retrievals/{retrieval['id']}").json()["state"] == "discarded",
            "the answer was not discarded",
        )
    finally:
        _pace(told, 0)
    ended = dict(office.get(f"/retrievals/{retrieval['id']}").json())
    told.check(ended["problem"] == "withdrawn-before-delivery", f"problem is {ended['problem']}")
    told.check(not office.read(ended).is_success, "what was withdrawn can be read")
    told.check(bool(told.heard(PROVIDER, ended)), "nobody was asked")
    told.line(f"The answer came and was discarded unread: {ended['problem']}.")
    return ended


def _pace(told: Told, seconds: float) -> None:
    """How long the Jobcenter looks for an answer."""
    with client(told.stand.systems[PROVIDER]) as http:
        answer = http.post("/demo/pace", json={"seconds": seconds})
    told.check(answer.is_success, "the office keeps its pace")
