"""`onceonly apply`: faults with their line, differences, and a file in force."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs

from authorities import Authority
from cli.conftest import Say
from scenarios.documents import Document

Write = Callable[[Document | str], str]


def test_every_fault_is_told_with_file_line_path_and_remedy(say: Say, write: Write) -> None:
    file = write(
        "municipality: {code: musterkreis, name: Musterkreis, ars: 099990000000}\n"
        "offices:\n"
        "  - {code: jobcenter, name: Jobcenter, kind: jobzentrum, procedures: [but.sgb2]}\n"
        "offices: []\n"
        "farbe: blau\n"
    )

    said = say("apply", file)

    lines = said.err.splitlines()
    assert (said.status, said.out) == (1, "")
    assert all(re.match(r"kreis\.yaml:\d+: \S+: .+, .+", line) for line in lines), said.err
    assert {int(line.split(":")[1]) for line in lines} >= {1, 4}


def test_a_file_with_a_fault_changes_nothing(say: Say, write: Write, document: Document) -> None:
    broken = document | {"offices": [*document["offices"], document["offices"][0]]}

    assert say("apply", write(broken)).status == 1
    said = say("apply", "--dry-run", write(document))

    assert all(line.startswith("+ ") for line in said.out.splitlines())


def test_a_file_that_is_not_there_is_named(say: Say) -> None:
    said = say("apply", "fehlt.yaml")

    assert (said.status, said.err.split(":")[:2]) == (1, ["fehlt.yaml", "1"])


def test_a_dry_run_shows_each_difference_and_applies_none(
    say: Say, write: Write, document: Document
) -> None:
    new = say("apply", "--dry-run", write(document))
    applied = say("apply", write(document))
    renamed = document | {"retrieval_agreements": document["retrieval_agreements"][1:]}
    renamed["offices"] = [office | {"name": "Anders"} for office in document["offices"]]
    renamed["clients"] = [*document["clients"], document["clients"][0] | {"client_id": "neu"}]
    differing = say("apply", "--dry-run", write(renamed))
    again = say("apply", "--dry-run", write(document))

    assert (new.status, applied.status, differing.status) == (0, 0, 0)
    assert new.out.splitlines() == applied.out.splitlines()[:-1]
    assert {line[:2] for line in differing.out.splitlines()} == {"+ ", "- ", "~ "}
    assert again.out == ""


def test_applying_twice_is_one_change_on_record(say: Say, write: Write, document: Document) -> None:
    file = write(document)

    statuses = [say("apply", file).status, say("apply", file).status]
    shown = say("log", "show", "--json")

    events = [json.loads(line)["event"] for line in shown.out.splitlines()]
    assert statuses == [0, 0]
    assert events.count("configuration:changed") == 1


def test_a_client_belongs_to_one_municipality(say: Say, write: Write, document: Document) -> None:
    say("apply", write(document))
    other = document | {"municipality": document["municipality"] | {"code": "nachbarkreis"}}

    said = say("apply", write(other))

    assert said.status == 1
    assert "but-fachverfahren" in said.err
    assert "musterkreis" in said.err


def test_the_schema_is_one_and_accepts_a_file_that_applies(say: Say, document: Document) -> None:
    said = say("apply", "--schema")

    schema = json.loads(said.out)
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.validator_for(schema)
    assert said.status == 0
    assert validator.is_valid(document)
    assert not validator.is_valid(document | {"farbe": "blau"})


def test_apply_without_a_file_is_wrong_use(say: Say) -> None:
    assert say("apply").status == 2


def test_files_for_tls_that_are_of_no_use_yet_are_named_and_the_file_is_in_force(
    say: Say, write: Write, document: Document, settings: dict[str, str]
) -> None:
    for service in document["data_services"]:
        tls = {"certificate": "hub.pem", "key": "hub-key.pem"}
        service["connector"] |= {"base_url": "https://127.0.0.1:9101", "tls": tls}
    folder = Path(settings["KEYS_DIR"]) / "tls/musterkreis"

    before = say("apply", write(document))
    Authority().issue().write(folder, "hub.pem", "hub-key.pem")
    after = say("apply", write(document))

    assert (before.status, after.status, after.err) == (0, 0, "")
    assert before.err.startswith("kreis.yaml: not reached by TLS yet: musterkreis/jobcenter: ")
    assert f"{folder}/hub.pem is not there; put it there" in before.err
    assert before.err.count("musterkreis/jobcenter:") == 1
