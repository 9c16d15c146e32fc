"""Lists over HTTP: pages behind opaque cursors, each row once, nobody else's."""

import asyncio
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from api.calling import BUT, PORTAL, Api, kind, pointers
from builders import AnOffice, a_body
from onceonly.domain.errors import ProviderUnavailable

LIST = "/v1/evidence-requests"


async def walk(api: Api, path: str, *, limit: int, by: str = BUT, **given: Any) -> list[str]:
    """Ids of every page to the end."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = given | {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = (await api.get(path, params=query, by=by)).json()
        assert len(page["items"]) <= limit
        found += [one.get("id") or one.get("code") for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found


async def asked(api: Api, count: int, **changes: Any) -> list[str]:
    return [(await api.ask(a_body(**changes))).json()["id"] for _ in range(count)]


@pytest.mark.parametrize("limit", [1, 4, 100])
async def test_a_walk_sees_each_once_while_others_write(api: Api, limit: int) -> None:
    there = await asked(api, 7)
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            await api.ask()

    writers = [asyncio.create_task(write()) for _ in range(8)]
    found = await walk(api, LIST, limit=limit)
    done.set()
    await asyncio.gather(*writers)

    assert len(found) == len(set(found))
    assert [one for one in found if one in there] == there[::-1]


async def test_a_state_leaves_requests_with_a_retrieval_in_it(
    api: Api, jobcenter: AnOffice
) -> None:
    released = await asked(api, 3)
    jobcenter.answer = lambda _: ProviderUnavailable()
    failed = await asked(api, 2)

    assert await walk(api, LIST, limit=1, state="failed") == failed[::-1]
    assert await walk(api, LIST, limit=2, state="released") == released[::-1]
    assert await walk(api, LIST, limit=2, state="withheld") == []


async def test_a_case_is_found_by_exactly_its_reference(api: Api) -> None:
    first = await asked(api, 2, case_reference="BUT-1")
    await asked(api, 1, case_reference="BUT-11")

    answer = await api.post(f"{LIST}/search", {"case_reference": "BUT-1"})
    page = await api.post(f"{LIST}/search?limit=1", {"case_reference": "BUT-1"})
    other = await api.post(
        f"{LIST}/search", {"case_reference": "BUT-1"}, by="jobcenter-fachverfahren"
    )

    assert [one["id"] for one in answer.json()["items"]] == first[::-1]
    assert answer.headers["cache-control"] == "no-store"
    rest = await api.post(
        f"{LIST}/search?cursor={page.json()['next']}", {"case_reference": "BUT-1"}
    )
    assert [one["id"] for one in rest.json()["items"]] == first[:1]
    assert other.json() == {"items": [], "next": None}


async def test_a_search_names_a_case_and_nothing_else(api: Api) -> None:
    answer = await api.post(f"{LIST}/search", {"family_name": "Mustermann"})

    assert pointers(answer) == ["#", "#/case_reference"]
    assert "Mustermann" not in answer.text


async def test_a_cursor_that_is_not_of_this_list_is_refused(api: Api) -> None:
    await asked(api, 2)
    cursor = (await api.get(LIST, params={"limit": 1})).json()["next"]
    forged = urlsafe_b64encode(bytes(30)).decode()
    bad = [cursor[:-1], cursor[1:], cursor + "=", cursor[:5] + "!" + cursor[5:], forged, "",
           "x" * 500, "ü", "\0", cursor.swapcase()]  # fmt: skip

    for one in bad:
        answer = await api.get(LIST, params={"cursor": one})
        assert (kind(answer), pointers(answer)) == ("invalid", ["#/cursor"]), one
    for path in ("/v1/offices", "/v1/procedures", "/v1/evidence-types", "/v1/data-services"):
        assert pointers(await api.get(path, params={"cursor": cursor})) == ["#/cursor"]


async def test_another_offices_cursor_leads_nowhere(api: Api) -> None:
    await asked(api, 2)
    cursor = (await api.get(LIST, params={"limit": 1})).json()["next"]

    for by in ("jobcenter-fachverfahren", PORTAL):
        assert pointers(await api.get(LIST, params={"cursor": cursor}, by=by)) == ["#/cursor"]


async def test_limits_and_states_out_of_range_are_all_named(api: Api) -> None:
    for query in ({"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"limit": "1.0"}):
        assert pointers(await api.get(LIST, params=query)) == ["#/limit"]
    query = {"limit": "Erika", "state": "Mustermann"}
    answer = await api.get(LIST, params=query)

    assert pointers(answer) == ["#/limit", "#/state"]
    assert "Erika" not in answer.text
    assert "Mustermann" not in answer.text


async def test_a_catalogue_is_walked_in_pages_too(api: Api) -> None:
    for path in ["/v1/procedures", "/v1/evidence-types", "/v1/offices"]:
        whole = await walk(api, path, limit=100)

        assert whole == sorted(set(whole))
        assert await walk(api, path, limit=2) == whole
