"""The Bruno collection is the document's, call by call, and so is the example's request."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from onceonly.api.collection import collection
from onceonly.app import bare_application, document

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = document(bare_application())
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
FILES = {
    path.relative_to(ROOT / "examples/bruno").as_posix(): path.read_text("utf-8")
    for path in (ROOT / "examples/bruno").rglob("*")
    if path.is_file()
}
CALLS = {
    Path(name).stem: text
    for name, text in FILES.items()
    if "/" in name and Path(name).stem not in {"folder", "local"}
}


def blocks(text: str) -> dict[str, str]:
    """The blocks of a file of the Bru language, by name."""
    found = re.findall(r"^([\w:-]+) \{\n(.*?)^\}$", text, re.MULTILINE | re.DOTALL)
    return dict(found)


def json_media(operation: dict[str, Any]) -> dict[str, Any]:
    media: dict[str, Any] = (
        operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    )
    return media


def test_the_files_are_those_of_the_document() -> None:
    assert collection(DOCUMENT) == FILES, "run `make openapi`"


def test_every_operation_is_there_once_and_nothing_else() -> None:
    assert sorted(CALLS) == sorted(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_call_has_the_operations_method_path_and_right(name: str) -> None:
    method, path, operation = OPERATIONS[name]
    call = blocks(CALLS[name])
    url = re.search(r"url: \{\{hub\}\}(\S+)", call[method])

    assert url is not None
    assert re.sub(r"\{\{\w+\}\}", "{}", url[1]) == re.sub(r"\{\w+\}", "{}", path)
    assert ("auth: none" in call[method]) == (operation.get("security") == [])


@pytest.mark.parametrize("name", [one for one in OPERATIONS if json_media(OPERATIONS[one][2])])
def test_a_body_is_shown_and_fits_its_schema(name: str) -> None:
    body = json.loads(blocks(CALLS[name])["body:json"])
    schema = {"components": DOCUMENT["components"], **json_media(OPERATIONS[name][2])["schema"]}

    jsonschema_rs.validate(schema, body)


def test_every_variable_of_a_call_is_in_the_environment_or_remembered() -> None:
    used = set(re.findall(r"\{\{(\w+)\}\}", "".join(FILES.values())))
    environment = FILES["environments/local.bru"]

    assert {
        one for one in used if not re.search(rf"^  {one}\b", environment, re.MULTILINE)
    } == set()


def test_the_consumers_request_fits_the_document() -> None:
    request = json.loads((ROOT / "examples/consumer/request.json").read_text("utf-8"))
    reference = {"$ref": "#/components/schemas/EvidenceRequestBody"}

    jsonschema_rs.validate({"components": DOCUMENT["components"], **reference}, request)


@pytest.mark.parametrize("file", ["docs/integrate.md", "examples/consumer/README.md"])
def test_every_link_of_the_page_leads_somewhere(file: str) -> None:
    page = ROOT / file
    links = [one for one in re.findall(r"\]\(([^)]+)\)", page.read_text()) if "://" not in one]

    assert links
    assert [one for one in links if not (page.parent / one).resolve().exists()] == []
