"""A household asks online in one go: what is there is shown, what is away harms nobody, people decide."""

import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from onceonly.connectors.guard import MISSES
from onceonly.embedded import Addresses
from onceonly.security.jose import generate_client_key
from scenarios.documents import Document
from scenarios.household import (
    CONSUMER,
    ITEMS,
    KNOWN,
    PORTAL,
    SESSION,
    Case,
    Kreis,
    a_bundle,
    a_burst,
    a_file,
    a_provider,
)
from scenarios.stand import Hub, Stand, public_half, until
from scenarios.stub import Stub


@pytest.fixture
async def kreis(tmp_path: Path) -> AsyncIterator[Kreis]:
    """Four offices, each a process."""
    async with AsyncExitStack() as stack:
        yield Kreis(
            {
                code: await stack.enter_async_context(a_provider(tmp_path / code, people))
                for code, people in KNOWN.items()
            }
        )


@pytest.fixture
async def stand(tmp_path: Path, addresses: Addresses) -> Stand:
    """An installation whose clients are Wohngeld's two."""
    keys: dict[str, Path] = {}
    for client_id in (CONSUMER, PORTAL):
        keys[client_id] = tmp_path / f"{client_id}.json"
        keys[client_id].write_text(json.dumps(generate_client_key()[0]))
    return Stand(tmp_path, addresses, keys, Stub())


@asynccontextmanager
async def running(stand: Stand, kreis: Kreis) -> AsyncIterator[Hub]:
    """The hub, the file in force, the portal let in."""
    async with stand.starting("--with-worker") as hub:
        await hub.is_ready()
        public = {name: public_half(path) for name, path in stand.keys.items()}
        await stand.apply(a_file(kreis.urls, public))
        await hub.come_in(PORTAL)
        yield hub


async def calling_as(hub: Hub, client_id: str) -> dict[str, str]:
    token = (await hub.token(client_id)).json()["access_token"]
    return {"authorization": f"Bearer {token}"}


async def ask(
    hub: Hub, portal: Mapping[str, str], *, wait: int, body: Document | None = None
) -> httpx.Response:
    key = secrets.token_hex(8)
    headers = {**portal, "idempotency-key": key, "prefer": f"wait={wait}"}
    return await hub.http.post("/v1/evidence-requests", json=body or a_bundle(), headers=headers)


def ends(request: Document) -> list[tuple[str, str | None]]:
    return [(one["state"], one.get("problem")) for one in request["retrievals"]]


def reasons(request: Document) -> list[str | None]:
    return [one["decision"]["reason"] for one in request["retrievals"]]


async def status_of(hub: Hub, office: str) -> str:
    checks = (await hub.http.get("/health")).json()["checks"]
    (status,) = [one["status"] for one in checks if one["name"].endswith(f"/{office}")]
    return str(status)


PARTIAL = [
    ("previewing", None),
    ("previewing", None),
    ("no-result", None),
    ("fetching", None),
    ("previewing", None),
    ("no-result", None),
    ("failed", "provider-unavailable"),
    ("refused", None),
    ("refused", None),
]
"""In the items' order: the Sozialamt still searches, the Elterngeldstelle was killed."""


async def test_a_bundle_has_partial_results_one_deadline_and_each_person_decides(
    stand: Stand, kreis: Kreis
) -> None:
    offices = kreis.offices
    dead, slow = offices["elterngeld"], offices["sozialamt"]
    dead.shut()
    slow.shut()

    async def both_heard() -> bool:
        return bool(dead.heard and slow.heard)

    async def known_to_be_dead() -> bool:
        return await status_of(hub, "elterngeld") == "failing"

    async with running(stand, kreis) as hub:
        portal, consumer = await calling_as(hub, PORTAL), await calling_as(hub, CONSUMER)
        asked = await ask(hub, portal, wait=0)
        where = asked.headers["location"]
        await until(both_heard)
        await dead.dies()
        partial = await hub.http.get(where, headers={**portal, "prefer": "wait=1"})
        await until(known_to_be_dead)
        ready, well = await hub.http.get("/readyz"), await status_of(hub, "jobcenter")
        slow.open()
        whole = (await hub.http.get(where, headers={**portal, "prefer": "wait=30"})).json()

        ids = {one["item"]: one["id"] for one in whole["retrievals"]}
        case = Case(hub.http, portal, consumer, ids)
        hers, his, childs = [
            (await case.look(item, by)).json()["content"]
            for item, by in (("i1", "p1"), ("i2", "p2"), ("i5", "p1"))
        ]
        strangers = [
            await case.look("i1", "p2"),
            await case.look("i2", "p1"),
            await case.say("i2", "p1", "use"),
            await case.say("i5", "p2", "do-not-use"),
        ]
        said = [
            (await case.say(item, by, word)).json()["state"]
            for item, by, word in (
                ("i1", "p1", "use"),
                ("i5", "p1", "use"),
                ("i2", "p2", "do-not-use"),
            )
        ]
        collected = {item: await case.collect(item) for item in ("i1", "i2", "i4", "i5")}
    entries = await stand.entries()

    assert asked.status_code == 202
    assert ends(partial.json()) == PARTIAL
    assert "retry-after" in partial.headers
    assert reasons(whole)[-2:] == ["no-provider", "blocked-type"]
    assert [one["evidence_type"] for one in whole["retrievals"]] == [one[1] for one in ITEMS]
    assert ends(whole) == [
        ("previewing", None) if one == ("fetching", None) else one for one in PARTIAL
    ]
    assert (ready.status_code, well) == (200, "ok")
    assert (hers["role"], his, childs["amount_ct"]) == ("recipient", {"state": "none"}, 30000)
    assert {one.status_code for one in strangers} == {403}
    assert said == ["released", "released", "withheld"]
    assert [one.status_code for one in collected.values()] == [200, 409, 409, 200]
    assert [len(one.heard) for one in offices.values()] == [3, 1, 2, 1]
    assert SESSION not in json.dumps([one.heard for one in offices.values()])
    assert explained(entries, ids["i7"]) == {"question:permitted": 1, "answer:failed": 1}
    told = Counter(one["event"] for one in entries)
    assert (told["preview:shown"], told["use:decided"], told["evidence:released"]) == (3, 3, 2)
    assert told["question:refused"] == 2


async def test_a_dead_office_is_let_alone_and_the_record_says_who_was_not_asked(
    stand: Stand, kreis: Kreis
) -> None:
    dead, alive = kreis.offices["elterngeld"], kreis.offices["jobcenter"]

    async def known_to_be_dead() -> bool:
        return await status_of(hub, "elterngeld") == "failing"

    async with running(stand, kreis) as hub:
        portal = await calling_as(hub, PORTAL)
        await dead.dies()
        await until(known_to_be_dead)
        first = await ask(hub, portal, wait=30, body=a_burst(MISSES))
        figures = (await hub.http.get("/metrics")).text
        later = await ask(hub, portal, wait=30, body=a_burst(3))
    entries = await stand.entries()

    for one, count in ((first, MISSES), (later, 3)):
        assert one.status_code == 201
        states = [("previewing", None), *[("failed", "provider-unavailable")] * count]
        assert ends(one.json()) == states
    assert 'onceonly_provider_cut_off_state{provider="musterkreis/elterngeld"} 1.0' in figures
    assert 'onceonly_provider_cut_off_state{provider="musterkreis/jobcenter"} 0.0' in figures
    assert len(alive.heard) == 2
    not_asked = {one["retrieval"] for one in entries if one["payload"].get("asked") is False}
    assert not_asked <= {one["id"] for one in later.json()["retrievals"][1:]}
    assert len(not_asked) >= 2


def explained(entries: list[Document], retrieval: str) -> Counter[str]:
    """What is on record of one retrieval."""
    return Counter(one["event"] for one in entries if one["retrieval"] == retrieval)
