"""Requests that arrive together are recorded together, and none keeps another out."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from typing_extensions import override

from builders import BUT, WOHNGELD, AnOffice, a_call, a_caller, a_municipality, a_request, an_item
from onceonly.domain.errors import IdempotencyMismatch, LogUnavailable
from onceonly.domain.log import SealedEntry
from onceonly.domain.offices import Origin
from onceonly.store.database import Rejected
from onceonly.store.questions import Asking
from onceonly.usecases import configuration
from onceonly.usecases.recording import As, QuestionRecorder
from onceonly.usecases.requests import Standing, ask
from onceonly.usecases.world import World

COUNT = 9


class Counting(QuestionRecorder):
    """Remembers how many requests went into each statement; one of many may be refused."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database)
        self.batches: list[int] = []
        self.seen: list[Asking] = []
        self.fails: Exception | None = None

    @override
    async def _write(self, facts: Sequence[Asking], judged: As) -> list[bool | None]:
        self.batches.append(len(facts))
        self.seen += facts
        if self.fails is not None and len(facts) > 1:
            raise self.fails
        return await super()._write(facts, judged)


@pytest.fixture
def counting(world: World) -> Counting:
    return Counting(world)


@pytest.fixture
def asking(world: World, counting: Counting) -> World:
    return replace(world, questions=counting)


async def ask_at_once(world: World, keys: Sequence[str]) -> list[Standing]:
    """One request for each key, all at once."""
    return await asyncio.gather(
        *[
            ask(a_request(case_reference=f"BUT-{place}"), BUT, a_caller(), world, a_call(key))
            for place, key in enumerate(keys)
        ]
    )


async def on_record(world: World) -> dict[UUID, list[str]]:
    """What the log says of every retrieval on record."""
    async with world.database.within(1) as connection:
        rows = await connection.fetch(
            "select id, array(select event from log_entry where log_entry.retrieval = one.id"
            " order by event) as events from retrieval as one"
        )
    return {row["id"]: row["events"] for row in rows}


async def test_requests_that_come_while_one_is_written_share_the_next_statement(
    asking: World, counting: Counting, jobcenter: AnOffice
) -> None:
    standings = await ask_at_once(asking, [f"k{place}" for place in range(COUNT)])

    assert counting.batches == [1, COUNT - 1]
    assert len(jobcenter.asked) == COUNT
    assert [one.request.case_reference for one in standings] == [f"BUT-{n}" for n in range(COUNT)]
    assert await on_record(asking) == {
        one.retrievals[0].id: ["answer:received", "evidence:released", "question:permitted"]
        for one in standings
    }


async def test_a_used_key_keeps_out_its_own_request_and_no_other(
    asking: World, jobcenter: AnOffice
) -> None:
    keys = ["first", "used", "k1", "used", "k2", "used"]

    standings = await ask_at_once(asking, keys)

    used = [one for one, key in zip(standings, keys, strict=True) if key == "used"]
    assert len({one.request.id for one in used}) == 1
    assert sorted(one.replayed for one in used) == [False, True, True]
    assert len({one.request.id for one in standings}) == len(jobcenter.asked) == 4


async def test_another_body_under_a_key_of_the_same_statement_is_told_so(asking: World) -> None:
    other = replace(a_call("k"), body={"another": "body"})
    asked = [a_call("first"), a_call("k"), other, a_call("k2")]

    told = await asyncio.gather(
        *[ask(a_request(), BUT, a_caller(), asking, one) for one in asked], return_exceptions=True
    )

    assert [type(one) for one in told] == [Standing, Standing, IdempotencyMismatch, Standing]


async def test_a_statement_that_is_refused_is_tried_for_each_alone(
    asking: World, counting: Counting
) -> None:
    counting.fails = Rejected("23505", "somebody_elses")

    standings = await ask_at_once(asking, [f"k{place}" for place in range(COUNT)])

    assert counting.batches == [1, COUNT - 1, *[1] * (COUNT - 1)]
    assert len(await on_record(asking)) == len(standings) == COUNT


async def test_without_a_database_nobody_is_asked(
    asking: World, counting: Counting, jobcenter: AnOffice
) -> None:
    counting.fails = LogUnavailable("OSError")

    told = await asyncio.gather(
        *[ask(a_request(), BUT, a_caller(), asking, a_call(f"k{n}")) for n in range(COUNT)],
        return_exceptions=True,
    )

    assert [type(one) for one in told] == [Standing, *[LogUnavailable] * (COUNT - 1)]
    assert len(jobcenter.asked) == len(await on_record(asking)) == 1


async def test_all_of_a_statement_are_decided_anew_when_the_law_moved(
    asking: World, owner: World, jobcenter: AnOffice
) -> None:
    await configuration.apply(a_municipality(agreements=[]), owner, actor="test")

    standings = await ask_at_once(asking, [f"k{place}" for place in range(COUNT)])

    assert {one.retrievals[0].decision.reason for one in standings} == {"no-agreement"}
    assert jobcenter.asked == []


async def test_what_a_person_will_hand_in_closes_the_way_in_their_own_case_alone(
    asking: World,
) -> None:
    copy = an_item(
        evidence_type="hou.unterkunft",
        profile="P2",
        fact="wogg-11-miete",
        origin=Origin.SUBMITTED,
        choice_refused=True,
    )
    caller = a_caller("wohngeld-fachverfahren")

    async def refuse(case: str) -> Standing:
        asked = a_request(copy, procedure="wohngeld.mietzuschuss", case_reference=case)
        return await ask(asked, WOHNGELD, caller, asking, a_call(case))

    await asyncio.gather(*[refuse(f"WG-{place}") for place in range(COUNT)])

    async with asking.database.within(1) as connection:
        rows = await connection.fetch("select case_reference from refusal order by 1")
    assert [row["case_reference"] for row in rows] == [f"WG-{place}" for place in range(COUNT)]


async def test_a_request_is_not_recorded_with_what_tells_of_another(
    asking: World, counting: Counting
) -> None:
    await ask_at_once(asking, ["k"])
    (one,) = counting.seen
    stray = SealedEntry(
        *(UUID(int=1), "question:permitted", one.row.asked_at, one.row.asked_at.date(), "refused"),
        *(UUID(int=2), b"", b""),
    )

    with pytest.raises(ValueError, match="belongs"):
        replace(one, entries=(*one.entries, stray))
