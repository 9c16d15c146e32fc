"""Walls between municipalities: on every table, forced, proven by running into them."""

import asyncpg
import pytest

from guards.conftest import session
from guards.filling import FEW, FILL, MUNICIPALITIES
from onceonly.embedded import Addresses

NO_WALL = {
    "alembic_version": "the number of the last migration",
    "municipality": "which municipalities there are; their codes are public",
    "log_inbox": "commitments: hashes of what is sealed, of one log for the whole installation",
    "log_leaf": "the same, with their positions",
    "log_tile": "hashes of hashes",
    "log_checkpoint": "what is published",
}
"""Tables without a municipality, and why."""

TABLES = """
    select relname as name, relrowsecurity as walled, relforcerowsecurity as forced,
        pg_get_userbyid(relowner) = current_user as of_the_owner,
        (select atttypid::regtype::text from pg_attribute
         where attrelid = pg_class.oid and attname = 'municipality') as type,
        (select attname = 'municipality' from pg_index
         join pg_attribute on attrelid = indrelid and attnum = indkey[0]
         where indrelid = pg_class.oid and indisprimary) as first_in_key,
        (select count(*) from pg_policy where polrelid = pg_class.oid) as policies
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and not relispartition
"""
OTHERS_INDEXES = """
    select indexrelid::regclass::text from pg_index
    join pg_class on pg_class.oid = indrelid and relrowsecurity
    join pg_attribute on attrelid = indrelid and attnum = indkey[0]
    where relnamespace = 'public'::regnamespace and attname <> 'municipality'
"""


async def test_every_table_stands_behind_a_wall_or_says_why_not(
    owning: asyncpg.Connection,
) -> None:
    tables = {row["name"]: row for row in await owning.fetch(TABLES)}
    walled = {name: row for name, row in tables.items() if name not in NO_WALL}

    assert NO_WALL.keys() <= tables.keys()
    for name, row in walled.items():
        told = (row["type"], row["first_in_key"], row["walled"], row["forced"], row["policies"])
        assert told == ("integer", True, True, True, 1), name
    assert all(row["of_the_owner"] for row in tables.values())
    assert walled.keys() == FILL.keys(), "give the table rows in guards/filling.py"


async def test_no_index_of_a_walled_table_begins_with_anything_else(
    owning: asyncpg.Connection,
) -> None:
    assert await owning.fetch(OTHERS_INDEXES) == []


async def test_roles_that_serve_own_nothing_and_see_through_nothing(
    owning: asyncpg.Connection,
) -> None:
    roles = await owning.fetch(
        "select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as mighty"
        " from pg_roles where rolname in"
        " ('onceonly_app', 'onceonly_sequencer', 'onceonly_auditor')"
    )

    assert {row["rolname"]: row["mighty"] for row in roles} == {
        "onceonly_app": False,
        "onceonly_sequencer": False,
        "onceonly_auditor": False,
    }


async def test_the_application_sees_one_municipality_and_never_another(
    filled: Addresses,
) -> None:
    async with session(filled.app) as connection:
        for municipality in MUNICIPALITIES:
            await connection.execute(f"set onceonly.municipality = '{municipality}'")
            for table in FILL:
                seen = await connection.fetch(
                    f"select municipality, count(*) from {table} group by municipality"  # noqa: S608 -- names of our own
                )
                assert [tuple(row) for row in seen] == [(municipality, FEW)], table


async def test_the_application_writes_into_no_other_municipality(filled: Addresses) -> None:
    async with session(filled.app) as connection:
        await connection.execute("set onceonly.municipality = '1'")
        for table in FILL:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(
                    f"""
                    insert into {table} select (jsonb_populate_record(
                        null::{table}, to_jsonb(one) || '{{"municipality": 2}}')).*
                    from {table} as one limit 1
                    """  # noqa: S608 -- names of our own
                )


@pytest.mark.parametrize("told", [None, "", "one"])
async def test_a_connection_never_told_its_municipality_errs(
    filled: Addresses, told: str | None
) -> None:
    async with session(filled.app) as connection:
        if told is not None:
            await connection.execute(f"set onceonly.municipality = '{told}'")
        for table in FILL:
            with pytest.raises(
                (asyncpg.UndefinedObjectError, asyncpg.InvalidTextRepresentationError)
            ):
                await connection.fetch(f"select * from {table}")  # noqa: S608 -- names of our own


async def test_nobody_who_serves_rewrites_the_log(filled: Addresses) -> None:
    for url in (filled.app, filled.auditor):
        async with session(url) as connection:
            await connection.execute("set onceonly.municipality = '1'")
            for statement in ("update log_entry set event = 'x'", "delete from log_entry"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
