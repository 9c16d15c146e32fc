"""What becomes of a row that somebody changed: it is not believed, and tells nothing."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from builders import BUT, NOW, AnOffice, a_call, a_caller, a_request, delivered
from onceonly.app import bare_application
from onceonly.domain.retrievals import Later
from onceonly.embedded import Addresses
from onceonly.usecases.later import ask_deferred
from onceonly.usecases.log import read_log
from onceonly.usecases.requests import ask
from onceonly.usecases.world import World

NAMES = ("Mustermann", "Erika", "1964")


@pytest.fixture
def change(addresses: Addresses) -> "Change":
    return Change(addresses.owner.replace("postgresql+asyncpg", "postgresql"))


class Change:
    """Somebody with the owner's password."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __call__(self, table: str, where: str) -> None:
        """Flip the bits of one byte in one row's seal."""
        flip = "set_byte(sealed, 20, 255 - get_byte(sealed, 20))"
        statement = f"update {table} set sealed = {flip} where {where}"  # noqa: S608 -- our own
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute("set onceonly.municipality = 1")
            status = await connection.execute(statement)
        finally:
            await connection.close()
        assert status == "UPDATE 1"


async def test_evidence_that_was_changed_is_a_failure_without_a_word(
    world: World, change: Change
) -> None:
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    retrieval = standing.retrievals[0].id
    await change("evidence", "true")
    app = bare_application()
    app.state.world, app.state.issuer = world, world.issuer
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = a_caller().client
    token = world.tokens.issue(client_id=client.client_id, scopes=client.scopes, now=NOW)

    with capture_logs() as lines:
        async with httpx.AsyncClient(transport=transport, base_url=world.issuer) as caller:
            answer = await caller.get(
                f"/v1/retrievals/{retrieval}/evidence",
                headers={"authorization": f"Bearer {token}"},
            )

    assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert answer.json()["type"] == "about:blank"
    assert answer.json().keys() == {"type", "title", "status", "instance"}
    assert [(one["event"], one["error"]) for one in lines] == [("bug", "Broken")]
    assert not any(name in answer.text + repr(lines) for name in NAMES)


async def test_an_entry_that_was_changed_hides_none_after_it(world: World, change: Change) -> None:
    await ask(a_request(), BUT, a_caller(), world, a_call())
    await change("log_entry", "event = 'question:permitted'")

    shown = [one async for one in read_log(world, municipality=1, retrieval=None, reader="test")]

    broken = {one["event"] for one in shown if one.get("broken")}
    assert broken == {"question:permitted"}
    assert all(one["payload"] is None for one in shown if "broken" in one)
    assert {one["event"] for one in shown if one["payload"]} >= {"answer:received", "log:read"}


async def test_a_question_that_was_changed_is_not_asked_and_the_others_are(
    world: World, jobcenter: AnOffice, change: Change
) -> None:
    jobcenter.answer = lambda _: Later(NOW + timedelta(minutes=5))
    standings = [await ask(a_request(), BUT, a_caller(), world, a_call(key)) for key in "ab"]
    jobcenter.answer = lambda _: delivered()
    first, second = (one.retrievals[0].id for one in standings)
    await change("question", f"retrieval = '{first}'")
    jobcenter.asked.clear()

    with capture_logs() as lines:
        await ask_deferred(1, replace(world, clock=lambda: NOW + timedelta(minutes=6)))
        await world.errands.finish()

    assert [order.reference for order in jobcenter.asked] == [second]
    assert [one for one in lines if one["event"] == "seal broken"] == [
        {"event": "seal broken", "log_level": "error", "retrieval": str(first), "municipality": 1}
    ]
