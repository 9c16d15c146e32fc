"""S08: the Ausländerbehörde asks the Jobcenter: the register first, then a person, never a call."""

import pytest

from scenarios.documents import Document
from scenarios.registers import ABH, CONTENT, JOBCENTER, Registers, person, question

pytestmark = pytest.mark.asyncio(loop_scope="session")


def about_amir(
    *lacking: str, count: int = 1, type_: str = "ben.sgb2", profile: str = "P0"
) -> Document:
    """Whether Amir's living is secured without benefits; `lacking`: what the AZR has not."""
    said = [{"code": "azr-insufficient", "detail": one} for one in lacking]
    persons = [
        person(f"p{n}", "applicant", "Musterrezaei", "Amir", nationalities=["IR"])
        for n in range(1, count + 1)
    ]
    return question(
        "aufenthalt.titel",
        persons,
        {
            "evidence_type": type_,
            "profile": profile,
            "necessity": {"fact": "aufenthg-5-lebensunterhalt"},
            "assertions": said,
        },
    )


async def test_while_the_register_suffices_the_answer_is_no(registers: Registers) -> None:
    retrieval = await registers.retrieval(ABH, about_amir())

    decision = retrieval["decision"]
    assert (retrieval["state"], decision["reason"]) == ("refused", "azr-first")
    assert {"kind": "other-evidence", "what": "azr"} in decision["alternatives"]
    assert "consent" not in {one["kind"] for one in decision["alternatives"]}


async def test_after_the_lacking_datum_is_named_a_person_answers_and_no_system_is_called(
    registers: Registers,
) -> None:
    retrieval = await registers.retrieval(ABH, about_amir("Ende der Leistung"))
    decision = retrieval["decision"]
    assert (retrieval["state"], decision["automation"]) == ("manual", "none")
    assert (decision["outcome"], decision["reason"]) == ("manual", "human-decision")

    found = await registers.tasks(JOBCENTER, "answer-by-hand")
    (task,) = [one for one in found if one["reference"] == retrieval["id"]]
    path = f"/v1/tasks/{task['id']}"
    shown = (await registers.call(JOBCENTER, "GET", path)).json()
    given = {
        "result": "evidence",
        "content": CONTENT["ben.sgb2"] | {"total_ct": 98_000},
        "document_date": "2026-05-20",
        "as_of": "2026-11-25T09:00:00Z",
    }
    answered = await registers.call(JOBCENTER, "POST", f"{path}/answer", json=given)
    again = await registers.call(JOBCENTER, "POST", f"{path}/answer", json=given)
    evidence = await registers.call(ABH, "GET", f"/v1/retrievals/{retrieval['id']}/evidence")

    assert shown["question"]["person"]["family_name"] == "Musterrezaei"
    assert shown["question"]["fields"] == ["state", "from_month", "to_month"]
    assert shown["question"]["consumer"] == "abh"
    assert (answered.status_code, again.status_code) == (200, 409)
    assert evidence.json()["content"] == CONTENT["ben.sgb2"]
    assert evidence.json()["legal"]["rule"] == "R50"
    heard = [one["reference"] for one in registers.stand.stub.heard]
    assert retrieval["id"] not in heard


@pytest.mark.parametrize(
    ("type_", "profile"), [("inc.entgelt", "P2"), ("inc.steuer", "P0"), ("hea.erwerb", "P0")]
)
async def test_income_and_health_are_refused_and_no_consent_is_offered(
    registers: Registers, type_: str, profile: str
) -> None:
    said = about_amir("Ende der Leistung", type_=type_, profile=profile)

    retrieval = await registers.retrieval(ABH, said)

    decision = retrieval["decision"]
    assert (retrieval["state"], decision["outcome"]) == ("refused", "deny")
    assert decision["law"]
    assert "consent" not in {one["kind"] for one in decision["alternatives"]}
    assert retrieval["id"] not in [one["reference"] for one in registers.stand.stub.heard]


async def test_the_job_plan_is_no_evidence_that_anybody_could_ask_for(registers: Registers) -> None:
    told = await registers.ask(ABH, about_amir("Ende der Leistung", type_="soz.kooperationsplan"))

    assert (told.status_code, told.json()["type"].rpartition("/")[2]) == (422, "unknown-code")


async def test_a_list_of_persons_is_refused_whole(registers: Registers) -> None:
    told = await registers.ask(ABH, about_amir("Ende der Leistung", count=15))
    longer = await registers.ask(ABH, about_amir("Ende der Leistung", count=40))

    assert told.json()["retrievals"][0]["decision"]["reason"] == "bulk"
    assert longer.status_code == 422
