"""An operation takes a token with the scope that the document names for it, and no other."""

from collections.abc import Iterator

import pytest

from api.calling import AUDITOR, BUT, PORTAL, Api, kind
from onceonly.app import bare_application, document

DOCUMENT = document(bare_application())
UNKNOWN = "01990000-0000-7000-8000-000000000999"
HOLDERS = {
    "evidence.request": BUT,
    "evidence.collect": BUT,
    "evidence.preview": PORTAL,
    "consent.record": BUT,
    "evidence.provide": BUT,
    "log.read": AUDITOR,
    "catalogue.read": BUT,
}
"""Scope -> a client that has it."""


def operations() -> Iterator[tuple[str, str, frozenset[str]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            scopes = {scope for way in operation["security"] for scope in way.get("hub", ())}
            if scopes:
                yield method.upper(), path, frozenset(scopes)


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    list(operations()),
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_a_token_of_one_scope_opens_what_the_document_says(
    api: Api, method: str, path: str, scopes: frozenset[str]
) -> None:
    opened, named = set(), set()
    for scope, client in HOLDERS.items():
        token = api.world.tokens.issue(client_id=client, scopes=[scope], now=api.world.clock())
        answer = await api.call(
            method,
            path.replace("{id}", UNKNOWN).replace("{code}", "nothing"),
            by=None,
            headers={"authorization": f"Bearer {token}"},
            **({} if method == "GET" else {"json": {}}),
        )
        if answer.is_success or kind(answer) != "insufficient-scope":
            assert answer.status_code != 401
            opened.add(scope)
        elif len(scopes) == 1:
            named.add(answer.headers["www-authenticate"])

    assert opened == scopes
    assert named <= {f'Bearer error="insufficient_scope", scope="{one}"' for one in scopes}
