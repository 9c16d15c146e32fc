"""Asking for evidence: what is decided, recorded, asked, delivered, and in which order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from typing_extensions import override

from builders import (
    BUT,
    ERIKA,
    GRANTED,
    SOON,
    WOHNGELD,
    AnOffice,
    a_call,
    a_caller,
    a_municipality,
    a_request,
    an_item,
    delivered,
)
from onceonly.domain.calendar import Month, Months
from onceonly.domain.errors import (
    Busy,
    IdempotencyMismatch,
    LogUnavailable,
    NotFound,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnreadable,
)
from onceonly.domain.offices import Origin
from onceonly.domain.persons import Person
from onceonly.domain.requests import Justification
from onceonly.domain.retrievals import Answer, Later, Nothing, Order, State
from onceonly.store import log
from onceonly.usecases import configuration
from onceonly.usecases.evidence import confirm_receipt, read, spoken_of
from onceonly.usecases.questions import Asked
from onceonly.usecases.requests import Standing, ask, replay, standing_of
from onceonly.usecases.world import Errands, World

Logged = Callable[[], Awaitable[list[str]]]


def states(standing: Standing) -> dict[str, str]:
    return {one.item: one.state.value for one in standing.retrievals}


async def test_a_permitted_question_is_answered_with_exactly_the_granted_fields(
    world: World, jobcenter: AnOffice, logged: Logged
) -> None:
    standing = await ask(a_request(an_item(profile="P2")), BUT, a_caller(), world, a_call())

    (retrieval,) = standing.retrievals
    assert (retrieval.state, retrieval.decision.outcome.value) == (State.RELEASED, "partial")
    assert retrieval.decision.fields == ("state", "from_month", "to_month")
    assert jobcenter.asked[0].fields == retrieval.decision.fields
    assert await logged() == ["answer:received", "evidence:released", "question:permitted"]


async def test_a_refusal_is_a_value_and_on_record(
    world: World, jobcenter: AnOffice, logged: Logged
) -> None:
    request = a_request(an_item("no", evidence_type="jug.hilfe"), an_item("yes"))

    standing = await ask(request, BUT, a_caller(), world, a_call())

    assert states(standing) == {"no": "refused", "yes": "released"}
    assert [order.evidence_type for order in jobcenter.asked] == ["ben.sgb2"]
    assert "question:refused" in await logged()


async def test_the_provider_is_asked_only_after_the_question_is_on_record(
    world: World, logged: Logged
) -> None:
    seen: list[list[str]] = []

    class Looking(AnOffice):
        @override
        async def fetch(self, order: Order) -> Answer:
            seen.append(await logged())
            return await super().fetch(order)

    await ask(a_request(), BUT, a_caller(), replace(world, connect=lambda *_: Looking()), a_call())

    assert seen == [["question:permitted"]]


async def test_whoever_owns_nothing_recorded_is_asked_nothing(
    world: World, jobcenter: AnOffice
) -> None:
    await world.database.close()

    with pytest.raises(LogUnavailable):
        await ask(a_request(), BUT, a_caller(), world, a_call())
    assert jobcenter.asked == []


@pytest.mark.parametrize(
    ("answer", "state", "problem"),
    [
        (Nothing("unknown"), "no-result", None),
        (Nothing("ambiguous"), "no-result", None),
        (Nothing("protected"), "no-result", None),
        (delivered({"state": 1}), "failed", "provider-unreadable"),
        (ProviderUnavailable(), "failed", "provider-unavailable"),
        (ProviderUnreadable(), "failed", "provider-unreadable"),
        (ProviderRefused("disputed"), "failed", "provider-refused"),
        (Later(None), "deferred", None),
    ],
)
async def test_whatever_a_provider_does_ends_one_retrieval_and_harms_no_other(
    world: World,
    jobcenter: AnOffice,
    answer: Answer | ProviderError,
    state: str,
    problem: str | None,
) -> None:
    jobcenter.answer = lambda _: answer
    request = a_request(an_item("bad"), an_item("also", evidence_type="jug.hilfe"))

    standing = await ask(request, BUT, a_caller(), world, a_call())

    assert states(standing) == {"bad": state, "also": "refused"}
    assert standing.retrievals[0].problem == problem


async def test_what_goes_beyond_the_grant_is_dropped_counted_and_logged(
    world: World,
    jobcenter: AnOffice,
    payloads: Callable[[str], Awaitable[list[dict[str, object]]]],
) -> None:
    jobcenter.answer = lambda _: delivered({**GRANTED, "total_ct": 99999, "secret": "x"})

    standing = await ask(a_request(), BUT, a_caller(), world, a_call(inline=True))

    evidence = next(iter(standing.evidence.values()))
    assert b"99999" not in evidence
    assert b"secret" not in evidence
    assert [one["count"] for one in await payloads("provider:exceeded")] == [2]


def nothing(why: str, _: Order) -> Answer:
    return Nothing(why)


async def test_no_result_leaves_the_same_trace_whatever_it_was(
    world: World, jobcenter: AnOffice
) -> None:
    sizes = set()
    for number, why in enumerate(("unknown", "ambiguous", "protected")):
        jobcenter.answer = partial(nothing, why)
        await ask(a_request(), BUT, a_caller(), world, a_call(f"k{number}"))
    async with world.database.within(1) as connection:
        for one in await log.all_entries(connection):
            if one.entry.event == "answer:none":
                sizes.add((len(one.entry.sealed), one.entry.retention))

    assert len(sizes) == 1


async def test_one_key_asks_once_however_often_it_is_sent(
    world: World, jobcenter: AnOffice
) -> None:
    first, *others = await asyncio.gather(
        *[ask(a_request(), BUT, a_caller(), world, a_call("same")) for _ in range(12)]
    )

    assert {one.request.id for one in others} == {first.request.id}
    assert sum(not one.replayed for one in (first, *others)) == 1
    assert len(jobcenter.asked) == 1


async def test_a_key_belongs_to_one_body(world: World) -> None:
    await ask(a_request(), BUT, a_caller(), world, a_call())

    with pytest.raises(IdempotencyMismatch):
        await ask(a_request(), BUT, a_caller(), world, replace(a_call(), body={"key": "other"}))


async def test_impatience_ends_the_wait_and_not_the_errand(
    world: World,
) -> None:
    gate = asyncio.Event()

    class Slow(AnOffice):
        @override
        async def fetch(self, order: Order) -> Answer:
            await gate.wait()
            return await super().fetch(order)

    slow = replace(world, connect=lambda *_: Slow())
    early = await ask(a_request(), BUT, a_caller(), slow, a_call(patience=timedelta(0)))
    gate.set()
    later = await standing_of(early.request.id, BUT, a_caller(), world, patience=SOON)

    assert (early.settled, later.settled) == (False, True)
    assert states(later) == {"i1": "released"}


async def test_too_much_under_way_records_and_asks_nothing(
    world: World, jobcenter: AnOffice, logged: Logged
) -> None:
    full = replace(world, errands=Errands(limit=0))

    with pytest.raises(Busy):
        await ask(a_request(), BUT, a_caller(), full, a_call())
    assert (await logged(), jobcenter.asked) == ([], [])


async def test_another_office_sees_nothing(world: World) -> None:
    standing = await ask(a_request(), BUT, a_caller(), world, a_call())
    (retrieval,) = standing.retrievals
    stranger = a_caller("wohngeld-fachverfahren")

    with pytest.raises(NotFound):
        await standing_of(standing.request.id, WOHNGELD, stranger, world, patience=SOON)
    with pytest.raises(NotFound):
        await read(retrieval.id, stranger, world)
    with pytest.raises(NotFound):
        await confirm_receipt(retrieval.id, stranger, world)


async def test_an_agreement_that_ended_meanwhile_discards_the_answer(
    world: World, owner: World, logged: Logged
) -> None:
    class Ending(AnOffice):
        @override
        async def fetch(self, order: Order) -> Answer:
            await configuration.apply(a_municipality(agreements=[]), owner, actor="test")
            return await super().fetch(order)

    ending = replace(world, connect=lambda *_: Ending())
    standing = await ask(a_request(), BUT, a_caller(), ending, a_call())

    assert states(standing) == {"i1": "discarded"}
    assert standing.retrievals[0].problem == "no-longer-permitted"
    assert await logged() == ["evidence:discarded", "question:permitted"]


async def test_a_law_that_moved_before_recording_is_decided_anew(
    world: World, owner: World, jobcenter: AnOffice
) -> None:
    await configuration.apply(a_municipality(agreements=[]), owner, actor="test")

    standing = await ask(a_request(), BUT, a_caller(), world, a_call())

    assert states(standing) == {"i1": "manual"}
    assert standing.retrievals[0].decision.reason == "no-agreement"
    assert jobcenter.asked == []


HELD_COPY = {
    "evidence_type": "hou.unterkunft",
    "profile": "P2",
    "fact": "wogg-11-miete",
    "origin": Origin.SUBMITTED,
}
ASKED_ONCE = Justification(
    "sgbx-67a-2-3-1",
    "asked-and-incomplete",
    "Der Mietvertrag kam ohne Seite zwei zurück.",
    date(2026, 11, 2),
)


@pytest.mark.parametrize(("earlier", "reason"), [(False, "no-provider"), (True, "choice-refused")])
async def test_who_will_hand_it_in_themself_is_not_passed_over_in_the_same_case(
    world: World, *, earlier: bool, reason: str
) -> None:
    case: dict[str, Any] = {"procedure": "wohngeld.mietzuschuss", "case_reference": "WG-1"}
    caller = a_caller("wohngeld-fachverfahren")
    other_case = case | {"case_reference": "WG-2"}
    refusal = a_request(
        an_item(**HELD_COPY, choice_refused=True), **(case if earlier else other_case)
    )
    await ask(refusal, WOHNGELD, caller, world, a_call("refused"))

    later = a_request(an_item(**HELD_COPY, justification=ASKED_ONCE), **case)
    standing = await ask(later, WOHNGELD, caller, world, a_call("later"))

    assert standing.retrievals[0].decision.reason == reason


async def test_a_replay_that_wants_the_evidence_gets_it_as_the_first_call_did(
    world: World,
) -> None:
    first = await ask(a_request(), BUT, a_caller(), world, a_call(inline=True))

    again = await ask(a_request(), BUT, a_caller(), world, a_call(inline=True))

    assert again.replayed
    assert again.evidence == first.evidence
    assert len(first.evidence) == 1


async def test_what_was_recorded_is_found_by_its_key_whatever_a_new_call_would_be_told(
    world: World,
) -> None:
    first = await ask(a_request(), BUT, a_caller(), world, a_call())

    found = await replay(a_caller(), world, a_call())

    assert found is not None
    assert found.request.id == first.request.id
    assert await replay(a_caller(), world, a_call("unknown")) is None


async def test_the_question_on_record_says_everything_it_was_decided_by(
    world: World, payloads: Callable[[str], Awaitable[list[dict[str, Any]]]]
) -> None:
    moved_here = replace(ERIKA, birth_name="Musterfrau", nationalities=("DE",))
    item = an_item(
        profile="P2", justification=ASKED_ONCE, months=Months(Month(2026, 10), Month(2026, 11))
    )

    await ask(a_request(item, persons=(moved_here,)), BUT, a_caller(), world, a_call())

    (entry,) = await payloads("question:permitted")
    assert entry["person"]["birth_name"] == "Musterfrau"
    assert entry["item"]["justification"]["norm"] == "sgbx-67a-2-3-1"
    assert entry["item"]["months"]["first"]["number"] == 10
    assert entry["fields"] == ["state", "from_month", "to_month"]


async def test_nobody_is_named_whom_row_and_fact_do_not_speak_of(
    world: World, jobcenter: AnOffice
) -> None:
    stranger = Person("p2", "other-parent", "Fremdmuster", ("Otto",), "1960-01-01")
    asked = replace(stranger, ref="p3", role="partner", given_names=("Paula",))
    await ask(a_request(persons=(ERIKA, stranger, asked)), BUT, a_caller(), world, a_call())
    (order,) = jobcenter.asked
    retrieval = replace(
        (await ask(a_request(), BUT, a_caller(), world, a_call("k2"))).retrievals[0], person="p1"
    )
    question = Asked(
        1, "but", a_request(persons=(ERIKA, stranger, asked)), an_item(), order.consumer
    )

    named = [one.ref for one in spoken_of(retrieval, question, world.law)]

    assert named == ["p1", "p3"]
