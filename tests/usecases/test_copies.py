"""Copies that somebody handed in elsewhere: by consent, with their age, and nothing kept secret."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agreeing import RENT, a_town
from builders import NOW, AnOffice, delivered
from onceonly.domain.retrievals import Retrieval
from onceonly.usecases import configuration
from onceonly.usecases.consents import record
from onceonly.usecases.evidence import read
from onceonly.usecases.world import World
from usecases.agreed import FACHVERFAHREN, ONLINE, a_consent, a_draft, asked
from vouching import Vouching


@pytest.fixture
async def town(world: World, owner: World, jobcenter: AnOffice) -> World:
    await configuration.apply(a_town(Vouching()), owner, actor="test")
    await world.snapshots.renew(world.database)
    jobcenter.answer = lambda _: delivered(RENT)
    return world


def answering(office: AnOffice, **changes: Any) -> None:
    answer = replace(delivered(RENT), **changes)
    office.answer = lambda _: answer


async def evidence(retrieval: Retrieval, world: World) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(await read(retrieval.id, FACHVERFAHREN, world))
    return found


@pytest.mark.parametrize(
    ("day", "age", "stale"),
    [(date(2026, 10, 1), 55, False), (date(2025, 11, 1), 389, True), (None, 0, True)],
)
async def test_a_copy_shows_when_it_was_handed_in_and_how_old_it_is(
    town: World, jobcenter: AnOffice, day: date | None, age: int, *, stale: bool
) -> None:
    answering(jobcenter, document_date=day, as_of=NOW)
    (retrieval,) = await asked(town, await a_consent(town), key="k1")

    found = await evidence(retrieval, town)

    assert found["provenance"]["origin"] == "submitted"
    assert found["provenance"]["submitted_on"] == (None if day is None else day.isoformat())
    assert (found["validity"]["age_days"], found["validity"]["stale"]) == (age, stale)
    assert {"show-age", "inform-person"} <= set(retrieval.decision.obligations)


async def test_a_copy_says_nothing_of_the_landlord_or_of_who_else_lives_there(
    town: World, jobcenter: AnOffice
) -> None:
    third = {"landlord": {"name": "Vermieterin Beispiel"}, "tenants": ["Musterkovač"]}
    answering(jobcenter, content=RENT | third)
    (retrieval,) = await asked(town, await a_consent(town), key="k1")

    found = await evidence(retrieval, town)

    assert found["content"] == RENT
    assert "Beispiel" not in json.dumps(found)


async def test_what_a_profession_keeps_secret_needs_a_release_of_its_own(
    town: World, jobcenter: AnOffice
) -> None:
    answering(jobcenter, flags=frozenset({"professional_secrecy"}))
    released = replace(a_draft(town, case="WG-2"), release_from_secrecy=True)
    row, _ = await record(released, ONLINE, town, key="c2", body={"key": "c2"})

    (without,) = await asked(town, await a_consent(town), key="k1")
    (with_it,) = await asked(town, row.consent.id, key="k2", case="WG-2")

    assert (without.state, without.problem) == ("discarded", "no-longer-permitted")
    assert with_it.state == "released"


async def test_a_copy_is_never_chosen(town: World) -> None:
    (retrieval,) = await asked(town, key="k1")

    assert retrieval.decision.reason == "consent-missing"
    kinds = [one.kind for one in retrieval.decision.alternatives]
    assert "choice" not in kinds
    assert "consent" in kinds
