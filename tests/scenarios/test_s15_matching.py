"""S15: two fit, so nobody is delivered; the office that has the double is asked to mend it."""

import pytest

from scenarios.documents import Document
from scenarios.registers import JOBCENTER, TWO, WOHNGELD, Registers, justified, person, question

pytestmark = pytest.mark.asyncio(loop_scope="session")


def about(family_name: str, given: str, born: str) -> Document:
    return question(
        "sgb2.veraenderung",
        [person("p1", "applicant", family_name, given, date_of_birth=born)],
        {
            "evidence_type": "ben.wohngeld",
            "profile": "P0",
            "necessity": {"fact": "sgb2-12a-vorrang"},
            "justification": justified("sgbx-67a-2-3-1"),
        },
    )


async def test_two_candidates_are_no_result_and_a_task_to_clarify_without_a_name(
    registers: Registers,
) -> None:
    retrieval = await registers.retrieval(JOBCENTER, about(TWO, "Ömer Faruk", "1988-00-00"))
    await registers.worked()

    assert retrieval["state"] == "no-result"
    found = await registers.tasks(WOHNGELD, "clarify-identity")
    (task,) = [one for one in found if one["reference"] == retrieval["id"]]
    assert task == {
        "id": task["id"],
        "kind": "clarify-identity",
        "reference": retrieval["id"],
        "evidence_type": "ben.wohngeld",
        "since": task["since"],
        "consumer": "jobcenter",
        "procedure": "sgb2.veraenderung",
    }
    shown = await registers.call(WOHNGELD, "GET", f"/v1/tasks/{task['id']}")
    assert shown.json() == task


async def test_the_task_is_done_once_and_the_asking_office_has_none(registers: Registers) -> None:
    retrieval = await registers.retrieval(JOBCENTER, about(TWO, "Ömer", "1988-01-01"))
    await registers.worked()
    found = await registers.tasks(WOHNGELD, "clarify-identity")
    (task,) = [one for one in found if one["reference"] == retrieval["id"]]

    path = f"/v1/tasks/{task['id']}/answer"
    statuses = [
        (await registers.call(client_id, "POST", path, json={"result": "done"})).status_code
        for client_id in (JOBCENTER, WOHNGELD, WOHNGELD)
    ]

    assert statuses == [404, 200, 409]
