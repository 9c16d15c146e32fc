"""A run with Erika Mustermann leaves her in no log line, metric, header or problem."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from api.calling import Api
from api.conftest import api
from builders import AnOffice, a_body, delivered
from onceonly.domain.errors import ProviderError, ProviderUnavailable, ProviderUnreadable
from onceonly.domain.retrievals import Answer, Order
from onceonly.telemetry import LOGGED, metrics, set_up_logs

HER = ("erika", "mustermann", "1964-08-12", "12345678901")

__all__ = ["api"]


def always(answer: Answer | ProviderError) -> Callable[[Order], Answer | ProviderError]:
    return lambda _: answer


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Whatever the process writes, libraries included."""
    written = io.StringIO()
    kept = structlog.get_config()
    set_up_logs(to=lambda: written)
    structlog.configure(cache_logger_on_first_use=False)
    logging.disable(logging.NOTSET)
    libraries = logging.StreamHandler(written)
    # The caller is played in this process too, and its own log is no concern of the hub.
    libraries.addFilter(lambda record: not record.name.startswith("httpx"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(libraries)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(libraries)
    root.setLevel(level)
    structlog.configure(**kept)


async def test_nothing_but_the_sealed_log_knows_her_name(
    api: Api, jobcenter: AnOffice, lines: io.StringIO
) -> None:
    told: list[str] = []
    hers = a_body()["persons"][0]
    bad = [
        a_body(persons=[hers | {"date_of_birth": "Erika"}]),
        a_body(persons=[hers | {"Erika Mustermann": 1}]),
        a_body(persons=[hers | {"idnr": "12345678901"}]),
        a_body(procedure="mustermann"),
        a_body(mustermann="\0"),
        a_body(case_reference="Erika\0"),
    ]

    answers = [await api.ask(body) for body in bad]
    answers += [
        await api.ask(key="Erika Mustermann"),
        await api.send(b'{"erika": "mustermann"'),
        await api.get("/erika/mustermann"),
        await api.get("/v1/retrievals/mustermann"),
        await api.get("/v1/evidence-requests?state=erika&cursor=mustermann"),
    ]
    for given in (
        delivered({"state": "Erika Mustermann"}),
        delivered({"state": "granted", "mustermann": "Erika"}),
        ProviderUnreadable("Erika"),
        ProviderUnavailable("Mustermann"),
    ):
        jobcenter.answer = always(given)
        answers.append(await api.ask())
    await api.world.database.close()
    answers.append(await api.ask())

    told += [one.text + str(one.headers) for one in answers]
    told += [metrics().decode(), lines.getvalue()]
    assert [text for text in told for one in HER if one in text.lower()] == []


async def test_a_bug_that_quotes_her_is_told_by_file_and_line_alone(
    api: Api, jobcenter: AnOffice, lines: io.StringIO
) -> None:
    def clumsy(order: Order) -> Answer:
        raise RuntimeError(order.person.family_name)

    jobcenter.answer = clumsy
    await api.ask()
    await api.world.errands.finish()

    (line,) = [json.loads(one) for one in lines.getvalue().splitlines() if '"bug"' in one]
    assert line["error"] == "RuntimeError"
    assert "erika" not in lines.getvalue().lower()


def test_a_line_has_the_listed_keys_and_no_other(lines: io.StringIO) -> None:
    structlog.get_logger().info("said", state="released", family_name="Mustermann")

    line = json.loads(lines.getvalue())
    assert line.keys() == {"event", "level", "timestamp", "state"}
    assert line.keys() <= LOGGED
