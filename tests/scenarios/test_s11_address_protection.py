"""S11: Jana hides; whoever asks about her, Tim's Jobcenter too, hears what of a stranger they hear."""

from collections import Counter

import httpx
import pytest

from scenarios.documents import Document
from scenarios.registers import (
    FLAGGED,
    JOBCENTER,
    KNOWN,
    MELDE,
    PROTECTED,
    TWO,
    UNKNOWN,
    WOHNGELD,
    Registers,
    alike,
    justified,
    person,
    question,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

OF_RETRIEVAL = {
    "retrieval": "id",
    "log_entry": "retrieval",
    "evidence": "retrieval",
    "question": "retrieval",
}


def registered(name: str) -> Document:
    """The Wohngeldbehörde asks the register about its applicant."""
    return question(
        "wohngeld.mietzuschuss",
        [person("p1", "applicant", name)],
        {
            "evidence_type": "reg.meldung",
            "profile": "P1",
            "necessity": {"fact": "wogg-5-haushalt"},
            "justification": justified("sgbx-67a-2-3-2"),
        },
    )


def in_tims_case(name: str, given: str = "Jana") -> Document:
    """Tim's Jobcenter asks the Wohngeldbehörde about the partner in his file."""
    return question(
        "sgb2.veraenderung",
        [person("p1", "applicant", "Mustertim", "Tim"), person("p2", "partner", name, given)],
        {
            "evidence_type": "ben.wohngeld",
            "profile": "P0",
            "necessity": {"fact": "sgb2-12a-vorrang"},
            "justification": justified("sgbx-67a-2-3-1"),
        },
        relationships=[{"kind": "partner", "person": "p2", "to": "p1"}],
    )


async def protect(registers: Registers, kinds: list[str], given: str = "Jana") -> httpx.Response:
    """Her own office protects her, or no longer."""
    hers = {"family_name": PROTECTED, "given_names": [given], "date_of_birth": "1990-03-14"}
    body = {"person": hers, "kinds": kinds, "until": "2030-01-01"}
    return await registers.call(WOHNGELD, "PUT", "/v1/protected-persons", json=body)


async def sizes(registers: Registers, retrieval: str) -> Counter[tuple[str, int]]:
    """The rows about a retrieval: of which table, and how long what is sealed in them."""
    found: Counter[tuple[str, int]] = Counter()
    for table, column in OF_RETRIEVAL.items():
        rows = await registers.stand.rows(
            f"select coalesce(length(to_jsonb(one) ->> 'sealed'), 0) as size from {table} as one"  # noqa: S608 -- names of our own
            f" where {column} = '{retrieval}'"
        )
        found.update((table, row["size"]) for row in rows)
    return found


async def test_a_flag_of_the_register_ends_as_nothing_and_is_its_own_task(
    registers: Registers,
) -> None:
    anybody = await registers.retrieval(WOHNGELD, registered(KNOWN))
    flagged = await registers.retrieval(WOHNGELD, registered(FLAGGED))
    await registers.worked()

    assert (anybody["state"], flagged["state"]) == ("released", "no-result")
    assert flagged["decision"] == anybody["decision"]
    assert flagged["provider"] == "melde"
    (task,) = await registers.tasks(MELDE, "check-protection")
    assert task.keys() == {"id", "kind", "reference", "evidence_type", "since"}
    assert (task["reference"], task["evidence_type"]) == (None, None)


async def test_unknown_ambiguous_flagged_and_protected_are_equal_in_bytes_headers_and_rows(
    registers: Registers,
) -> None:
    assert (await protect(registers, ["bmg-51", "bmg-52"])).status_code == 204
    told, read, left = {}, {}, {}

    for name in (UNKNOWN, TWO, FLAGGED, PROTECTED):
        answer = await registers.ask(JOBCENTER, in_tims_case(name))
        (retrieval,) = answer.json()["retrievals"]
        told[name] = alike(answer)
        read[name] = alike(await registers.call(JOBCENTER, "GET", answer.headers["location"]))
        left[name] = await sizes(registers, retrieval["id"])
        assert retrieval["state"] == "no-result"

    for each in (told, read, left):
        assert {name for name, one in each.items() if one != each[UNKNOWN]} == set()
    assert sum(left[UNKNOWN].values()) == 3
    heard = [one["person"]["family_name"] for one in registers.stand.stub.heard]
    assert {UNKNOWN, TWO, FLAGGED, PROTECTED} <= set(heard)


async def test_janas_office_is_told_that_somebody_asked_and_neither_who_nor_where(
    registers: Registers,
) -> None:
    await registers.worked()
    before = await registers.tasks(WOHNGELD, "check-protection")
    await protect(registers, ["bmg-51"], "Janina")
    asked = await registers.retrieval(JOBCENTER, in_tims_case(PROTECTED, "Janina"))
    await registers.retrieval(JOBCENTER, in_tims_case(PROTECTED, "Janina"))
    await registers.worked()

    after = await registers.tasks(WOHNGELD, "check-protection")
    (task,) = [one for one in after if one not in before]
    shown = await registers.call(WOHNGELD, "GET", f"/v1/tasks/{task['id']}")

    assert shown.json() == task
    for word in ("jobcenter", "Tim", "sgb2", asked["id"], asked["request"], PROTECTED):
        assert word not in shown.text
    path = f"/v1/tasks/{task['id']}/answer"
    assert (await registers.call(WOHNGELD, "POST", path, json={"result": "done"})).is_success
    assert task not in await registers.tasks(WOHNGELD, "check-protection")


async def test_lifted_she_is_known_again_and_the_decision_was_the_same_all_along(
    registers: Registers,
) -> None:
    free = await registers.retrieval(JOBCENTER, in_tims_case(PROTECTED, "Johanna"))
    await protect(registers, ["bmg-51"], "Johanna")
    hidden = await registers.retrieval(JOBCENTER, in_tims_case(PROTECTED, "Johanna"))
    dry = await registers.call(
        JOBCENTER, "POST", "/v1/decisions", json=in_tims_case(PROTECTED, "Johanna")
    )
    await protect(registers, [], "Johanna")

    assert (free["state"], hidden["state"]) == ("released", "no-result")
    assert free["decision"] == hidden["decision"]
    assert dry.json()["decisions"][0]["decision"] == free["decision"]
