"""The API reference as one page for people, made of the OpenAPI document; it loads nothing.

No script, no font, no picture, nothing from anywhere: what a browser shows is what came. It is as
useful printed, read aloud or with styles switched off.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from onceonly.api.pages import line, problem_kinds
from onceonly.api.reference_schemas import body_example, form, members

router = APIRouter(tags=["operations"])

Document = Mapping[str, Any]

_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem }
code, pre { font: .9em/1.4 ui-monospace, monospace }
pre { overflow-x: auto; padding: .75rem; border: 1px solid GrayText; border-radius: .25rem }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: bold; padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0 }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent) }
section { margin-top: 2.5rem }
nav ul { columns: 18rem; padding-left: 1.25rem }
.skip { position: absolute; left: -99rem }
.skip:focus { position: static }
@media print {
  body { max-width: none; font-size: 10pt }
  nav, .skip { display: none }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
  h2, h3, caption { break-after: avoid }
  tr, pre { break-inside: avoid }
}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@router.get(
    "/reference",
    operation_id="getReference",
    summary="This reference, as a page for people",
    response_class=HTMLResponse,
    responses={
        200: {
            "content": {
                "text/html": {"schema": {"type": "string"}, "example": "<!doctype html><title>…"}
            }
        }
    },
)
async def get_reference(request: Request) -> Response:
    """Every operation with what goes in, what comes out and what goes wrong; it loads nothing."""
    app = request.app
    if not hasattr(app.state, "reference"):
        # Made once, and beside the loop: an exchange must not wait for a page.
        app.state.reference = await asyncio.to_thread(lambda: page(app.openapi()).encode())
    return Response(app.state.reference, media_type="text/html", headers=_HEADERS)


def page(document: Document) -> str:
    """The whole page."""
    info = document["info"]
    title = f"{info['title']} {info['version']}: API reference"
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            '<a class="skip" href="#operations">To the operations</a>',
            f"<header><h1>{escape(title)}</h1><p>{line(info['description'])}</p>",
            '<p>The same for machines: <a href="/openapi.json">/openapi.json</a>. ',
            "Generate a client from it.</p></header>",
            *_contents(document),
            '<main id="operations">',
            *_groups(document),
            *_doors(document),
            *_problems(),
            *_schemas(document),
            "</main></body></html>",
        )
    )


def _operations(document: Document, tag: str) -> Iterator[tuple[str, str, Document]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation["tags"][0] == tag:
                yield method.upper(), path, operation


def _contents(document: Document) -> Iterator[str]:
    yield '<nav aria-label="Contents"><ul>'
    for tag in document["tags"]:
        yield f'<li><a href="#{_anchor(tag["name"])}">{escape(tag["name"])}</a><ul>'
        for method, path, operation in _operations(document, tag["name"]):
            name = operation["operationId"]
            yield f'<li><a href="#{name}">{escape(operation["summary"])}</a> '
            yield f"<small>{method} {escape(path)}</small></li>"
        yield "</ul></li>"
    for anchor, said in (("access", "Tokens"), ("problems", "Problems"), ("schemas", "Schemas")):
        yield f'<li><a href="#about-{anchor}">{said}</a></li>'
    yield "</ul></nav>"


def _anchor(tag: str) -> str:
    return f"tag-{tag.replace(' ', '-')}"


def _groups(document: Document) -> Iterator[str]:
    for tag in document["tags"]:
        anchor = _anchor(tag["name"])
        yield f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">'
        yield f"{escape(tag['name'].capitalize())}</h2><p>{line(tag['description'])}</p>"
        for method, path, operation in _operations(document, tag["name"]):
            yield from _operation(document, method, path, operation)
        yield "</section>"


def _operation(document: Document, method: str, path: str, operation: Document) -> Iterator[str]:
    name = operation["operationId"]
    yield f'<article aria-labelledby="{name}"><h3 id="{name}">{escape(operation["summary"])}</h3>'
    yield f"<p><code>{method} {escape(path)}</code> · {_who(document, operation)} · "
    yield f"<code>{name}</code></p><p>{line(operation['description'])}</p>"
    if operation.get("parameters"):
        yield "<table><caption>Parameters</caption>"
        yield _head("Name", "Where", "Form", "What it is")
        for one in operation["parameters"]:
            yield _row(
                f"<code>{escape(one['name'])}</code>{_needed(there=one.get('required', False))}",
                one["in"],
                form(one["schema"]),
                line(one.get("description", "")),
            )
        yield "</table>"
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body, <code>{media}</code>: {form(content['schema'])}</p>"
        yield _pre(body_example(document, content), f"Example of a body of {name}")
    yield from _answers(name, operation["responses"])
    yield "</article>"


def _who(document: Document, operation: Document) -> str:
    doors = [way for one in operation.get("security", document["security"]) for way in one.items()]
    return " or ".join(_way(door, scopes) for door, scopes in doors) or "no token"


def _way(door: str, scopes: list[str]) -> str:
    needed = "".join(f" <code>{escape(one)}</code>" for one in scopes)
    return f'<a href="#door-{door}">{door}</a>{needed}'


def _answers(name: str, answers: Mapping[str, Document]) -> Iterator[str]:
    yield "<table><caption>Answers</caption>"
    yield _head("Status", "Means", "Body", "Headers")
    for status, answer in answers.items():
        bodies = (
            f"<code>{media}</code> {form(content.get('schema', {}))}"
            for media, content in answer.get("content", {}).items()
        )
        headers = (f"<code>{escape(one)}</code>" for one in answer.get("headers", ()))
        yield _row(
            f"{status} {HTTPStatus(int(status)).phrase}",
            line(answer["description"]),
            "<br>".join(bodies),
            "<br>".join(headers),
        )
    yield "</table>"
    for status, answer in answers.items():
        for content in answer.get("content", {}).values():
            if status.startswith("2"):
                yield _pre(content.get("example"), f"Example of an answer {status} of {name}")


def _doors(document: Document) -> Iterator[str]:
    yield '<section aria-labelledby="about-access"><h2 id="about-access">Tokens</h2><dl>'
    for name, door in document["components"]["securitySchemes"].items():
        yield f'<dt id="door-{name}">{name}</dt><dd>{line(door["description"])}'
        for flow in door.get("flows", {}).values():
            yield f" Token at <code>{escape(flow['tokenUrl'])}</code>. Scopes, one of which each "
            yield "operation names: "
            yield "; ".join(
                f"<code>{escape(scope)}</code>: {escape(means)}"
                for scope, means in flow["scopes"].items()
            )
        yield "</dd>"
    yield "</dl></section>"


def _problems() -> Iterator[str]:
    yield '<section aria-labelledby="about-problems"><h2 id="about-problems">Problems</h2>'
    yield "<p>Every failure is <code>application/problem+json</code>, "
    yield f"{form({'$ref': '#/components/schemas/Problem'})}. "
    yield "Its <code>type</code> leads to a page that says what happened and what to do; refusals "
    yield "by law, which are answers and no failures, have theirs among them.</p><ul>"
    for kind in problem_kinds():
        yield f'<li><a href="/problems/{kind}">{kind}</a></li>'
    yield "</ul></section>"


def _schemas(document: Document) -> Iterator[str]:
    yield '<section aria-labelledby="about-schemas"><h2 id="about-schemas">Schemas</h2>'
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f'<h3 id="schema-{name}">{name}</h3><p>{line(schema.get("description", ""))}</p>'
        if "properties" not in schema:
            yield f"<p>{form(schema)}</p>"
            continue
        yield f"<table><caption>Members of {name}</caption>{_head('Name', 'Form', 'What it is')}"
        for member, required, one in members(schema):
            yield _row(
                f"<code>{escape(member)}</code>{_needed(there=required)}",
                form(one),
                line(one.get("description", "")),
            )
        yield "</table>"
    yield "</section>"


def _needed(*, there: bool) -> str:
    return " (required)" if there else ""


def _head(*names: str) -> str:
    cells = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f"<tr>{cells}</tr>"


def _row(first: str, *others: str) -> str:
    cells = "".join(f"<td>{one}</td>" for one in others)
    return f'<tr><th scope="row">{first}</th>{cells}</tr>'


def _pre(example: object, label: str) -> str:
    """A block that a keyboard can scroll; nothing where there is no example."""
    if example is None:
        return ""
    told = (
        example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
    )
    return (
        f'<pre tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<code>{escape(told)}</code></pre>"
    )
