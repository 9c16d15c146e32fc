"""S13 (a): Nele is 16 and chooses for herself, unless her guardian restricted it in writing."""

from typing import Any

import pytest

from scenarios.documents import Document
from scenarios.registers import BUT, BUT_ONLINE, CONTENT, JOBCENTER, Registers, person, question

pytestmark = pytest.mark.asyncio(loop_scope="session")


def her_own_request(registers: Registers, **parent: Any) -> Document:
    """Online, by her own choice; `parent`: what is said of her mother's custody."""
    now = registers.stand.now().isoformat(timespec="seconds").replace("+00:00", "Z")
    chosen = {
        "made_by": "p2",
        "made_at": now,
        "notice": "wahl-67f-v1",
        "session": "session-0123456789",
    }
    return question(
        "but.sgb2",
        [
            person("p1", "guardian", "Mustervogt", "Petra"),
            person("p2", "applicant", "Mustervogt", "Nele", date_of_birth="2010-05-01"),
        ],
        {
            "evidence_type": "ben.sgb2",
            "profile": "P0",
            "necessity": {"fact": "sgb2-28-grundleistung"},
            "choice": chosen,
        },
        channel="online",
        caseworker=None,
        relationships=[{"kind": "parent", "person": "p1", "to": "p2", "custody": "sole", **parent}],
    )


async def test_her_own_choice_carries(registers: Registers) -> None:
    retrieval = await registers.retrieval(BUT_ONLINE, her_own_request(registers))

    assert (retrieval["state"], retrieval["decision"]["mode"]) == ("previewing", "choice")


async def test_restricted_in_writing_a_person_at_the_jobcenter_answers(
    registers: Registers,
) -> None:
    retrieval = await registers.retrieval(BUT_ONLINE, her_own_request(registers, restricts=True))
    decision = retrieval["decision"]
    assert (retrieval["state"], decision["reason"]) == ("manual", "no-agreement")

    path = f"/v1/tasks/{retrieval['id']}/answer"
    given = {"result": "evidence", "content": CONTENT["ben.sgb2"]}
    answered = await registers.call(JOBCENTER, "POST", path, json=given)
    evidence = await registers.call(BUT, "GET", f"/v1/retrievals/{retrieval['id']}/evidence")

    assert answered.is_success
    assert evidence.json()["content"] == CONTENT["ben.sgb2"]
