"""The keys' directory goes away or fills up while the hub serves: nothing is asked, and it is told."""

from collections.abc import Awaitable, Callable

import pytest

from api.calling import Api, kind
from builders import AnOffice
from onceonly.domain.errors import ProviderError
from onceonly.domain.retrievals import Answer, Order


def closed(api: Api) -> None:
    """No key of a day can be made any more: where they lie there is no directory."""
    days = api.world.keys.directory / "days"
    days.rename(days.with_name("kept"))
    days.touch(mode=0o600)


def opened(api: Api) -> None:
    days = api.world.keys.directory / "days"
    days.unlink()
    days.with_name("kept").rename(days)


async def test_what_cannot_be_sealed_is_not_asked_and_is_again_when_it_can(
    api: Api, jobcenter: AnOffice, logged: Callable[[], Awaitable[list[str]]]
) -> None:
    await api.ask(key="before")
    before = await logged()
    closed(api)

    refused = await api.ask(key="meanwhile")
    on_record = len(jobcenter.asked)
    opened(api)
    told = await api.ask(key="meanwhile")

    assert (refused.status_code, kind(refused)) == (503, "log-unavailable")
    assert refused.headers["retry-after"].isdigit()
    assert "keys" not in refused.text
    assert on_record == 1
    assert told.json()["retrievals"][0]["state"] == "released"
    assert len(await logged()) == 2 * len(before)


async def test_an_answer_that_cannot_be_sealed_is_dropped_and_no_bug(
    api: Api, jobcenter: AnOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = jobcenter.answer

    def while_closing(order: Order) -> Answer | ProviderError:
        closed(api)
        return whole(order)

    jobcenter.answer = while_closing
    told = await api.ask()
    opened(api)

    assert told.status_code == 202
    assert told.json()["retrievals"][0]["state"] == "fetching"
    assert "bug" not in capsys.readouterr().err
