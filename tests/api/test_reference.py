"""The reference page: all of the document, readable by itself, and nothing from anywhere else."""

import base64
import hashlib
import re
from collections import Counter
from copy import deepcopy
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from typing_extensions import override

from api.calling import Api
from onceonly.api.reference import page
from onceonly.app import bare_application, document

DOCUMENT: dict[str, Any] = document(bare_application())
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
VOID = {"meta", "br"}


class Read(HTMLParser):
    """What a browser would find: tags with attributes, ids, links, the style, and open tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.tags if attribute in attrs]


TEXT = page(DOCUMENT)
READ = Read(TEXT)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_there_with_what_it_takes_and_answers(name: str) -> None:
    method, path, operation = OPERATIONS[name]
    article = TEXT.split(f'<article aria-labelledby="{name}">')[1].split("</article>")[0]
    read = Read(article)

    assert read.all("id") == [name]
    for said in (operation["summary"], f"{method} {path}", *operation["responses"]):
        assert said in read.text
    for one in operation.get("parameters", ()):
        assert one["name"] in read.text


def test_nothing_is_loaded_and_nothing_runs() -> None:
    tags = {tag for tag, _ in READ.tags}
    attributes = {name for _, attrs in READ.tags for name in attrs}

    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "form", "base"})
    assert attributes.isdisjoint({"src", "srcset", "style", "action", "background", "poster"})
    assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import", TEXT)
    assert [link for link in READ.all("href") if not re.match(r"#|/(?!/)", link)] == []


def test_every_link_within_the_page_leads_to_one_place() -> None:
    places = Counter(READ.all("id"))
    leading = {link[1:] for link in READ.all("href") if link.startswith("#")}

    assert set(places.values()) == {1}
    assert leading <= places.keys()


def test_every_tag_is_closed_and_headings_skip_no_level() -> None:
    levels = [int(tag[1]) for tag, _ in READ.tags if re.fullmatch(r"h[1-6]", tag)]

    assert READ.open == []
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_what_the_document_says_is_text_and_no_markup() -> None:
    spoilt = deepcopy(DOCUMENT)
    told = '<script>alert(1)</script><img src=x onerror="x">'
    spoilt["info"]["description"] = told
    for operations in spoilt["paths"].values():
        for operation in operations.values():
            operation["summary"] = operation["description"] = told

    assert {tag for tag, _ in Read(page(spoilt)).tags} == {tag for tag, _ in READ.tags}


async def test_it_is_served_to_anybody_under_a_policy_that_lets_nothing_in(
    api: Api,
) -> None:
    answer = await api.get("/reference", by=None)

    policy = dict(
        one.strip().partition(" ")[::2]
        for one in answer.headers["content-security-policy"].split(";")
    )
    style = answer.text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.status_code == 200
    assert answer.text == TEXT
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert policy.keys() <= {
        *("default-src", "style-src", "base-uri", "form-action", "frame-ancestors")
    }
