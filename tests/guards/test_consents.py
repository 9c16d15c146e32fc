"""The database knows a consent's moves as the domain does, and lets nothing pass under a dead one."""

from itertools import product

import asyncpg
import pytest

from onceonly.domain.consents import MOVES, State

CONSENT = """
insert into consent (id, client_id, office, idempotency_key, body_hash, state, revision, person,
    giver, about, terms, notice, notice_hash, expires_on, special_categories,
    release_from_secrecy, requested_at, given_at, history, day, wrapped_key, sealed)
values (gen_random_uuid(), 'c', 'o', gen_random_uuid()::text, '', $1, 1, '', '', '{}', '{}', 'n',
    'h', current_date, false, false, now(), now(), '[]', current_date, '', '')
returning id
"""
RETRIEVAL = """
with asked as (
    insert into evidence_request (id, client_id, office, idempotency_key, body_hash, procedure,
        case_reference, channel, reference_month, persons, asked_at)
    values (gen_random_uuid(), 'c', 'o', gen_random_uuid()::text, '', 'p', 'r', 'office',
        '2026-11', '[]', now()) returning id)
insert into retrieval (id, request, place, item, person, subject, evidence_type, profile, provider,
    origin, state, decision, asked_at, fetching_until, question_entry, consented)
select gen_random_uuid(), id, 0, 'i', 'p', '', 't', 'P0', 'o', 'issued', $1, '{}', now(),
    case when $1 = 'fetching' then now() end, id, true from asked
returning id
"""
USE = """
insert into consent_use (consent, retrieval, subject, evidence_type, origin, used_at)
values ($1, $2, '', 't', 'issued', now())
"""
MOVE = """
update retrieval set state = $2, problem = 'problem',
    fetching_until = case when $2 = 'fetching' then now() end where id = $1
"""
ONWARD = ("previewing", "released", "deferred")
ENDED = ("no-result", "failed", "discarded")


@pytest.fixture
async def inside(owning: asyncpg.Connection) -> asyncpg.Connection:
    await owning.execute("set onceonly.municipality = '1'")
    return owning


async def test_the_database_knows_the_same_moves_as_the_domain(
    inside: asyncpg.Connection,
) -> None:
    moved = set()
    for before, after in product(State, State):
        id_ = await inside.fetchval(CONSENT, before.value)
        try:
            await inside.execute(
                "update consent set state = $2, revision = 2 where id = $1", id_, after.value
            )
            moved.add((before, after))
        except asyncpg.PostgresError as refused:
            assert refused.sqlstate == "OO001"  # noqa: PT017 -- one of two outcomes

    assert moved == {(before, after) for before, all_ in MOVES.items() for after in all_}


async def test_a_move_without_its_revision_is_none(inside: asyncpg.Connection) -> None:
    id_ = await inside.fetchval(CONSENT, "given")

    with pytest.raises(asyncpg.PostgresError) as refused:
        await inside.execute("update consent set state = 'withdrawn' where id = $1", id_)
    assert refused.value.sqlstate == "OO001"


@pytest.mark.parametrize("becomes", ONWARD)
async def test_nothing_goes_on_under_a_consent_that_does_not_permit(
    inside: asyncpg.Connection, becomes: str
) -> None:
    for state in State:
        consent = await inside.fetchval(CONSENT, state.value)
        retrieval = await inside.fetchval(RETRIEVAL, "fetching")
        await inside.execute(USE, consent, retrieval)
        try:
            await inside.execute(MOVE, retrieval, becomes)
            passed = True
        except asyncpg.PostgresError as refused:
            assert refused.sqlstate == "OO002"  # noqa: PT017 -- one of two outcomes
            passed = False
        assert passed is state.permits, state


async def test_one_dead_consent_of_two_is_enough(inside: asyncpg.Connection) -> None:
    retrieval = await inside.fetchval(RETRIEVAL, "fetching")
    for state in ("given", "withdrawn"):
        await inside.execute(USE, await inside.fetchval(CONSENT, state), retrieval)

    with pytest.raises(asyncpg.PostgresError) as refused:
        await inside.execute(MOVE, retrieval, "released")
    assert refused.value.sqlstate == "OO002"


async def test_a_release_spends_and_an_end_without_one_frees(inside: asyncpg.Connection) -> None:
    left = {}
    for becomes in (*ONWARD, *ENDED):
        retrieval = await inside.fetchval(RETRIEVAL, "fetching")
        await inside.execute(USE, await inside.fetchval(CONSENT, "given"), retrieval)
        await inside.execute(MOVE, retrieval, becomes)
        left[becomes] = await inside.fetchval(
            "select spent from consent_use where retrieval = $1", retrieval
        )

    held = {"previewing": False, "released": True, "deferred": False}
    assert left == held | dict.fromkeys(ENDED)


async def test_what_was_spent_stays_spent(inside: asyncpg.Connection) -> None:
    retrieval = await inside.fetchval(RETRIEVAL, "fetching")
    await inside.execute(USE, await inside.fetchval(CONSENT, "given"), retrieval)
    await inside.execute(MOVE, retrieval, "released")

    await inside.execute(MOVE, retrieval, "expired")

    assert await inside.fetchval("select count(*) from consent_use") == 1
