"""Every row of docs/sandbox.md, asked at the stand: what the page promises is what comes."""

import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from onceonly.demo.bodies import Body, choice, family, item, request
from onceonly.demo.clerk import Clerk
from onceonly.demo.named import brandt, family_of_ayse
from onceonly.demo.people import POSTAL_CODE, TOWN
from scenarios.kreis import MONTH, Kreis, a_case, problem

PAGE = (Path(__file__).parents[2] / "docs/sandbox.md").read_text("utf-8")
BUT, UVG_ONLINE, KITA = "but-fachverfahren", "uvg-online", "kita-fachverfahren"
CHILDS = "uhvorschg-1-1a"

OWN = {"id", "request", "asked_at", "log"}
"""What every retrieval has for itself."""

Row = Mapping[str, str]
Asked = tuple[str, Body]
"""By which client, and what."""

Outcome = tuple[str, str]
"""How it ends, and with what: the two columns of the page."""


def table(heading: str) -> dict[str, Row]:
    """The rows of the table under a heading, by their names."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    head, _, *rows = lines
    return {row[0].strip("`"): dict(zip(head, row, strict=True)) for row in rows}


PERSONS, FAMILIES = table("One person each"), table("Families")


def told_too(text: str) -> dict[str, Any]:
    """What the column *Told too* says of the person."""
    name, _, value = text.partition(": ")
    if name == "address":
        street, number = value.rsplit(" ", 1)
        town = {"postal_code": POSTAL_CODE, "town": TOWN}
        return {name: {"street": street, "house_number": number, **town}}
    if name == "aliases":
        family_name, given = value.split()
        return {name: [{"family_name": family_name, "given_names": [given]}]}
    return {name: value} if name else {}


def about(row: Row) -> Body:
    who = {
        "ref": "p1",
        "role": "applicant",
        "family_name": row["Family name"] or None,
        "given_names": row["Given names"].split(", "),
        "date_of_birth": row["Born"],
        **told_too(row["Told too"]),
    }
    asked = item(1, "p1", "ben.sgb2", "P0", "sgb2-28-grundleistung")
    return request("but.sgb2", a_case(), MONTH, persons=[who], items=[asked])


def ending(clerk: Clerk, body: Body) -> Outcome:
    """What becomes of the only retrieval; a deferred one is read until it has an answer."""
    answer = clerk.send(body)
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        told = answer.json()
        where = [one["pointer"] for one in told.get("errors") or ()]
        return "422", " ".join(where) or problem(answer)
    (retrieval,) = answer.json()["retrievals"]
    for _ in range(200):
        if retrieval["state"] not in {"fetching", "deferred"}:
            break
        time.sleep(0.1)
        asked = clerk.get(f"/evidence-requests/{retrieval['request']}").json()
        (retrieval,) = asked["retrievals"]
    if retrieval["state"] == "released":
        return "released", f"state: {clerk.read(retrieval).json()['content']['state']}"
    said = (retrieval.get("problem"), retrieval.get("problem_reason"))
    found = " ".join(one for one in said if one) or retrieval["decision"]["reason"] or ""
    return retrieval["state"], found


@pytest.fixture(scope="module")
def persons(kreis: Kreis) -> dict[str, Outcome]:
    """All rows, asked beside one another: one of them takes five seconds."""
    clerk = kreis.clerk(BUT)
    with ThreadPoolExecutor(9) as beside:
        ends = beside.map(lambda row: ending(clerk, about(row)), PERSONS.values())
        return dict(zip(PERSONS, ends, strict=True))


@pytest.mark.parametrize("row", PERSONS)
def test_a_person_of_the_page_ends_as_it_says(row: str, persons: dict[str, Outcome]) -> None:
    said = PERSONS[row]

    assert persons[row] == (said["Ends"].strip("`"), said["With"].strip("`"))


def test_what_is_said_of_nobody_is_said_of_the_protected_and_of_two(kreis: Kreis) -> None:
    clerk = kreis.clerk(BUT)
    same = [clerk.ask(about(PERSONS[row]))[0] for row in ("nobody", "protected", "namesakes")]

    told = [{name: one[name] for name in one if name not in OWN} for one in same]
    assert told[0] == told[1] == told[2]


def minor(_: Kreis) -> Asked:
    people, ties = family(family_of_ayse(MONTH))
    asked = item(1, "p2", "ben.sgb2", "P0", "sgb2-28-grundleistung")
    return (
        BUT,
        request("but.sgb2", a_case(), MONTH, persons=people, relationships=ties, items=[asked]),
    )


def minor_without_choice(_: Kreis) -> Asked:
    people, ties = family(family_of_ayse(MONTH))
    asked = item(1, "p2", "ben.sgb2", "KITA", "sgb8-90-4-erlass")
    return (
        KITA,
        request(
            "kita.beitragserlass",
            a_case(),
            MONTH,
            persons=people,
            relationships=ties,
            items=[asked],
        ),
    )


def jonas(kreis: Kreis, chosen_by: str | None, *, custody: str) -> Asked:
    """Jonas, fourteen, lives with his mother `p1`; his father `p3` lives elsewhere."""
    household = brandt(MONTH)
    people, ties = family(household)
    (father,) = household.elsewhere
    people.append({"ref": "p3", "role": "other-parent", **father.attributes()})
    ties[0]["custody"] = custody
    of_father = "joint" if custody == "joint" else "none"
    ties.append({"kind": "parent", "person": "p3", "to": "p2", "custody": of_father})
    brought = choice(chosen_by, kreis.now()) if chosen_by else {}
    asked = item(1, "p2", "ben.sgb2", "UVG", CHILDS, **brought)
    return (
        UVG_ONLINE,
        request(
            "uvg.ueberpruefung",
            a_case(),
            MONTH,
            persons=people,
            relationships=ties,
            items=[asked],
            online=True,
        ),
    )


ASKED: Mapping[str, Callable[[Kreis], Asked]] = {
    "minor": minor,
    "minor-without-choice": minor_without_choice,
    "apart-mother-chooses": lambda kreis: jonas(kreis, "p1", custody="sole"),
    "apart-father-chooses": lambda kreis: jonas(kreis, "p3", custody="sole"),
    "apart-joint-mother-chooses": lambda kreis: jonas(kreis, "p1", custody="joint"),
    "apart-joint-father-chooses": lambda kreis: jonas(kreis, "p3", custody="joint"),
    "apart-child-chooses": lambda kreis: jonas(kreis, "p2", custody="sole"),
}


@pytest.mark.parametrize("row", FAMILIES)
def test_a_family_of_the_page_ends_as_it_says(row: str, kreis: Kreis) -> None:
    client_id, body = ASKED[row](kreis)

    said = FAMILIES[row]["Ends"].strip("`"), FAMILIES[row]["With"].strip("`")
    assert ending(kreis.clerk(client_id), body) == said


def test_every_family_is_on_the_page() -> None:
    assert ASKED.keys() == FAMILIES.keys()
    assert all(re.fullmatch(r"[a-z-]+", row) for row in (*PERSONS, *FAMILIES))
