"""The document's operations as a Bruno collection: a file each, ready to be sent.

Source: the Bru language (blocks of lines in braces; what a block of text holds is indented).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]

_TOKEN = "token"  # noqa: S105 -- a variable's name
_HUB = "http://127.0.0.1:8080"
_KNOWN_EXAMPLE: Mapping[str, str] = {
    "procedures_code": "but.sgb2",
    "evidence_types_code": "ben.sgb2",
    "notices_id": "wahl-67f-v1",
    "rules_id": "R10a",
    "problems_kind": "not-found",
}
"""Variables of a path for which any hub has something."""

_REMEMBERED: Mapping[str, tuple[str, ...]] = {
    "requestEvidence": (
        "evidence_requests_id: res.body.id",
        "retrievals_id: res.body.retrievals[0].id",
    ),
    "getToken": (f"{_TOKEN}: res.body.access_token",),
}
"""Operation -> what its answer sets for the next one."""

_SENT: Mapping[str, str] = {
    "idempotency-key": "{{$guid}}",
    "prefer": "wait=5, return=representation",
    "accept": "application/json",
}


def collection(document: Document) -> dict[str, str]:
    """File name -> what stands in it."""
    files = {
        "bruno.json": json.dumps(
            {"version": "1", "name": document["info"]["title"], "type": "collection"}, indent=2
        )
        + "\n",
        "collection.bru": _bru(
            ("auth", ["mode: bearer"]),
            ("auth:bearer", [f"token: {{{{{_TOKEN}}}}}"]),
            ("docs", _lines(document["info"]["description"])),
        ),
    }
    folders: dict[str, int] = {}
    variables: dict[str, str] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            folder = operation["tags"][0].replace(" ", "-")
            place = folders[folder] = folders.get(folder, 0) + 1
            files[f"{folder}/{operation['operationId']}.bru"] = _request(
                document, method, path, operation, place
            )
            variables |= {name: _KNOWN_EXAMPLE.get(name, "") for name in _variables(path)}
    for folder in folders:
        files[f"{folder}/folder.bru"] = _bru(("meta", [f"name: {folder.replace('-', ' ')}"]))
    files["environments/local.bru"] = _bru(
        ("vars", [f"hub: {_HUB}", *(f"{name}: {value}" for name, value in variables.items())]),
    ) + _secret(_TOKEN)
    return files


def _request(
    document: Document, method: str, path: str, operation: Mapping[str, Any], place: int
) -> str:
    media, body = _body(document, operation)
    kind = {"application/json": "json", "application/x-www-form-urlencoded": "formUrlEncoded"}
    public = operation.get("security") == []
    name = operation["operationId"]
    given = operation.get("parameters", [])
    blocks = [
        ("meta", [f"name: {operation['summary']}", "type: http", f"seq: {place}"]),
        (
            method,
            [
                f"url: {{{{hub}}}}{_spelled(path)}",
                f"body: {kind.get(media, 'none')}",
                f"auth: {'none' if public else 'inherit'}",
            ],
        ),
        ("params:query", [f"~{one['name']}: " for one in given if one["in"] == "query"]),
        ("headers", [_header(one) for one in given if one["in"] == "header"]),
        ("body:json", _lines(json.dumps(body, ensure_ascii=False, indent=2)))
        if media == "application/json"
        else ("body:form-urlencoded", [f"{member}: {value}" for member, value in body.items()]),
        ("vars:post-response", list(_REMEMBERED.get(name, ()))),
        ("assert", ["res.status: lt 300"]),
        ("docs", _lines(operation["description"])),
    ]
    return _bru(*[(block, lines) for block, lines in blocks if lines])


def _header(one: Mapping[str, Any]) -> str:
    """Sent where it is required, else there to be switched on."""
    return f"{'' if one.get('required') else '~'}{one['name']}: {_SENT.get(one['name'], '')}"


def _body(document: Document, operation: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Media type and example of a body; none of either without one."""
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return media, next(iter(schema.get("examples", ())), {})
    return "", {}


def _spelled(path: str) -> str:
    """The path with a variable for each parameter, named after what it is of."""
    names = iter(_variables(path))
    return re.sub(r"\{\w+\}", lambda _: f"{{{{{next(names)}}}}}", path)


def _variables(path: str) -> Iterator[str]:
    for of, name in re.findall(r"([\w-]+)/\{(\w+)\}", path):
        yield f"{of}_{name}".replace("-", "_")


def _lines(text: str) -> list[str]:
    return text.splitlines()


def _bru(*blocks: tuple[str, list[str]]) -> str:
    return "\n".join(
        "\n".join([f"{name} {{", *(f"  {line}".rstrip() for line in lines), "}", ""])
        for name, lines in blocks
    )


def _secret(name: str) -> str:
    return f"\nvars:secret [\n  {name}\n]\n"
