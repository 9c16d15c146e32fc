"""Migrations: numbered without gap, repeatable, and of one mind with the domain."""

import asyncio
import re
import secrets
import sys
from pathlib import Path

import asyncpg

from conftest import Server
from guards.conftest import session
from onceonly.cli.schema import head
from onceonly.domain.retrievals import MOVES, State

ROOT = Path(__file__).parents[2]
VERSIONS = sorted((ROOT / "migrations/versions").glob("*.py"))
UPGRADE = "import sys; from onceonly.cli.schema import upgrade; upgrade(sys.argv[1])"

MOVE_ALL = """
create function pg_temp.moves() returns table (before text, after text) language plpgsql as $$
declare
    states text[] := array[{states}];
begin
    foreach before in array states loop
        foreach after in array states loop
            begin
                insert into retrieval (id, request, place, item, person, subject, evidence_type,
                    profile, provider, origin, state, problem, decision, asked_at, fetching_until,
                    question_entry)
                select gen_random_uuid(), id, 0, 'i', 'p', '', 't', 'P0', 'o', 'issued', before,
                    'problem', '{{}}', now(), case when before = 'fetching' then now() end, id
                from evidence_request limit 1;
                update retrieval set state = after,
                    fetching_until = case when after = 'fetching' then now() end;
                if before <> after then
                    return next;
                end if;
                delete from retrieval;
            exception when sqlstate 'OO001' then null;
            end;
        end loop;
    end loop;
end $$
"""


def test_numbers_are_without_gap_and_the_head_names_the_last() -> None:
    numbers = [one.name[:4] for one in VERSIONS]

    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
    assert head() == numbers[-1]
    for one in VERSIONS:
        assert re.fullmatch(r"\d{4}_[a-z_]+\.py", one.name)
        assert f'revision = "{one.name[:4]}"' in one.read_text()


def test_a_migration_says_which_step_it_is_and_imports_nothing_of_ours() -> None:
    for one in VERSIONS:
        text = one.read_text()
        assert re.search(r"Step: (expand|migrate|contract)", text), one.name
        assert "onceonly import" not in text
        assert "import onceonly" not in text


async def test_the_database_knows_the_same_moves_as_the_domain(
    owning: asyncpg.Connection,
) -> None:
    await owning.execute("set onceonly.municipality = '1'")
    await owning.execute(
        "insert into evidence_request (id, client_id, office, idempotency_key, body_hash,"
        " procedure, case_reference, channel, reference_month, persons, asked_at)"
        " values (gen_random_uuid(), 'c', 'o', 'k', '', 'p', 'r', 'office', '2026-11', '[]', now())"
    )
    states = ", ".join(f"'{one.value}'" for one in State)
    await owning.execute(MOVE_ALL.format(states=states))

    moved = {tuple(row) for row in await owning.fetch("select * from pg_temp.moves()")}

    drawn = {(before.value, after.value) for before, all_ in MOVES.items() for after in all_}
    assert moved == drawn


async def test_the_database_knows_the_same_states_as_the_domain(
    owning: asyncpg.Connection,
) -> None:
    check = await owning.fetchval(
        "select pg_get_constraintdef(oid) from pg_constraint"
        " where conname = 'retrieval_state_is_known_check'"
    )

    assert set(re.findall(r"'([a-z-]+)'", check)) == {one.value for one in State}


async def test_four_at_once_migrate_an_empty_database_and_again_changes_nothing(
    server: Server, owning: asyncpg.Connection
) -> None:
    name = f"onceonly_test_{secrets.token_hex(6)}"
    await owning.execute(f"create database {name}")
    url = server.addresses.owner.rpartition("/")[0] + "/" + name

    async def migrate() -> tuple[int | None, bytes]:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", UPGRADE, url, stderr=asyncio.subprocess.PIPE
        )
        _, told = await child.communicate()
        return child.returncode, told

    ended = [*await asyncio.gather(*[migrate() for _ in range(4)]), await migrate()]

    assert [status for status, _ in ended] == [0] * 5, ended
    async with session(url) as connection:
        assert await connection.fetchval("select version_num from alembic_version") == head()
    await owning.execute(f"drop database {name}")
