"""S05: the Familienkasse would like the payslips that lie in the Wohngeld file."""

import secrets
from typing import Any

import httpx
import pytest

from onceonly.demo.bodies import Body, family, item, request
from onceonly.demo.clerk import Clerk
from onceonly.demo.consents import asked_consent
from onceonly.demo.named import yilmaz
from onceonly.demo.people import Person
from scenarios.kreis import MONTH, Kreis, a_case, problem
from scenarios.test_s01_consents import DAVOR, GOEKCE, LAST_DAY, answered, at_home

OFFICE, PROCEDURE = "familienkasse-fachverfahren", "kinderzuschlag.antrag"
FACT = "bkgg-6a-1-2-mindesteinkommen"
PAY = {"evidence_type": "inc.entgelt", "profile": "P1", "origin": "submitted"}


@pytest.fixture
def office(kreis: Kreis) -> Clerk:
    return kreis.clerk(OFFICE)


def question(case: str, *consents: str, person: str = "p1") -> Body:
    persons, relationships = family(yilmaz(MONTH))
    pay = item(1, person, "inc.entgelt", "P1", FACT, origin="submitted", consents=list(consents))
    return request(
        PROCEDURE, case, MONTH, persons=persons, relationships=relationships, items=[pay]
    )


def asked(office: Clerk, case: str, who: Person = GOEKCE, **changes: Any) -> str:
    whole = asked_consent(who, case, LAST_DAY) | {
        "provider": "wohngeld",
        "procedure": PROCEDURE,
        "evidence": [PAY],
        "months": {"from": "2026-04", "to": "2026-09"},
    }
    key = {"idempotency-key": secrets.token_hex(8)}
    answer = office.post("/consents", whole | changes, **key)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.json()["id"])


def test_without_her_consent_nothing_of_the_file_moves(kreis: Kreis, office: Clerk) -> None:
    (retrieval,) = office.ask(question(a_case()))

    decision = retrieval["decision"]
    assert (decision["outcome"], decision["reason"]) == ("consent-required", "consent-missing")
    assert decision["required"] == [{"act": "consent", "by": "p1"}]
    assert decision["rule"] == "R109"
    assert "evidence:released" not in kreis.events(retrieval)


def test_with_it_six_months_of_pay_move_and_nothing_of_the_employer(
    kreis: Kreis, office: Clerk
) -> None:
    case = a_case()
    consent = asked(office, case)
    answered(kreis, consent, "grant")

    (retrieval,) = office.ask(question(case, consent))

    content = office.read(retrieval).json()["content"]
    assert (retrieval["state"], retrieval["decision"]["mode"]) == ("released", "consent")
    assert [one["month"] for one in content["months"]] == [f"2026-{n:02}" for n in range(4, 10)]
    assert all(one.keys() <= {"month", "gross_ct", "net_ct"} for one in content["months"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"months": {"from": "2026-05", "to": "2026-09"}}, "consent-mismatch"),
        ({"evidence": [PAY | {"profile": "P0"}]}, "consent-mismatch"),
        ({"provider": "jobcenter"}, "consent-mismatch"),
    ],
)
def test_a_consent_to_something_else_opens_nothing(
    kreis: Kreis, office: Clerk, changes: dict[str, Any], reason: str
) -> None:
    case = a_case()
    consent = asked(office, case, **changes)
    answered(kreis, consent, "grant")

    (retrieval,) = office.ask(question(case, consent))

    assert (retrieval["state"], retrieval["decision"]["reason"]) == ("consent-required", reason)


def test_his_consent_does_not_open_her_pay(kreis: Kreis, office: Clerk) -> None:
    case = a_case()
    consent = asked(office, case, DAVOR)
    answered(kreis, consent, "grant", DAVOR)

    (retrieval,) = office.ask(question(case, consent))

    assert retrieval["decision"]["reason"] == "consent-not-theirs"
    assert problem(at_home(kreis, GOEKCE, "GET", f"/consents/{consent}")) == "not-found"
