"""Rows for every table behind the wall, of two municipalities, as the law of the schema allows."""

import asyncpg

MUNICIPALITIES = (1, 2)
FEW = 20
MANY = 2_000
"""Rows of a table and municipality; so many that reading all of them never looks cheap."""

_ID = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"

_IN_MONTH = (
    "(substr(log_entry_first_id('2026-11-01')::text, 1, 13) || '-7000-8000-'"
    " || lpad(to_hex(n), 12, '0'))::uuid"
)
"""An id of November 2026: every other entry lies in that month's partition."""

_HOURLY = "timestamptz '2026-11-24 12:00+00' + n * interval '1 hour'"
"""Instants of which few are past by the statements' own clock."""

FILL = {
    "configuration": "select n, '{}'::jsonb, now()",
    "assertion": "select 'client-' || n % 20, 'jti-' || n, now() + n * interval '1 second'",
    "evidence_request": f"""
        select {_ID}, 'client-' || n % 20, 'office-' || n % 10, 'key-' || n, '\\x00'::bytea,
            'procedure', 'case-' || n / 2, 'office', '2026-11', '[["p1", "applicant"]]'::jsonb,
            now() - n * interval '1 minute'""",
    "retrieval": f"""
        select {_ID}, {_ID}, 0, 'i1', 'p1', decode(md5((n % 500)::text), 'hex'), 'type', 'P0',
            'office-1', 'issued', (array['released', 'fetching', 'deferred', 'manual'])[1 + n % 4],
            null, null, '{{}}'::jsonb, now(),
            case when n % 4 = 1 then now() + n * interval '1 second' end, null,
            case when n % 4 = 2 then now() + n * interval '1 second' end, 0, null, null,
            {_ID}, null, null, null, n % 2 = 0, null""",
    "consent": f"""
        select {_ID}, 'client-' || n % 20, 'office-' || n % 10, 'key-' || n, '\\x00'::bytea,
            (array['given', 'requested', 'withdrawn', 'expired'])[1 + n % 4], 1,
            decode(md5((n % 500)::text), 'hex'), decode(md5((n % 500)::text), 'hex'),
            array[decode(md5((n % 500)::text), 'hex')], '{{}}'::jsonb, 'notice-' || n % 3, 'hash',
            current_date + n, false, false, now(), now(), '[]'::jsonb, current_date,
            '\\x00'::bytea, '\\x00'::bytea, case when n % 4 > 1 then date '2026-11-20' + n end,
            'case-' || n / 2""",
    "consent_use": f"""
        select {_ID}, {_ID}, decode(md5((n % 500)::text), 'hex'), 'type', 'issued',
            {_HOURLY}, false""",
    "evidence": f"""
        select {_ID}, current_date, '\\x00'::bytea, '\\x00'::bytea, null::timestamptz,
            now() + n * interval '1 second'""",
    "question": f"select {_ID}, current_date, '\\x00'::bytea, '\\x00'::bytea",
    "task": f"""
        select {_ID}, 'office-' || n % 10, 'clarify-identity', {_ID}, 'type',
            now() - n * interval '1 minute', decode(md5(n::text), 'hex'),
            case when n % 2 = 0 then {_HOURLY} end""",
    "upshot": f"select {_ID}, current_date, '\\x00'::bytea, '\\x00'::bytea",
    "protection": """
        select 'office-' || n % 10, decode(md5(n::text), 'hex'), array[decode(md5(n::text), 'hex')],
            false, current_date + n, n""",
    "refusal": f"""
        select 'office-' || n % 10, decode(md5((n % 500)::text), 'hex'), 'procedure',
            'case-' || n, 'type', {_HOURLY}""",
    "log_hold": f"""
        select {_ID}, 'reason', 'actor', current_date + n, 'question:permitted', now(), {_ID},
            '\\x00'::bytea""",
    "log_entry": f"""
        select case when n % 2 = 0 then {_ID} else {_IN_MONTH} end, 'class', current_date, 'question:permitted', now() - n * interval '1 second',
            {_ID}, '\\x00'::bytea""",
}
"""By table, in the order of their references; the municipality is what the session was told."""


async def fill(connection: asyncpg.Connection, rows: int) -> None:
    """Fill every table for each municipality; the connection must be the owner's."""
    await connection.execute(
        "insert into municipality (id, code, version) select n, 'code-' || n, 1"
        " from unnest($1::integer[]) as n".replace("$1", f"array{list(MUNICIPALITIES)}")
    )
    for municipality in MUNICIPALITIES:
        await connection.execute(f"set onceonly.municipality = '{municipality}'")
        for table, select in FILL.items():
            columns = await connection.fetchval(
                "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute"
                " where attrelid = $1::regclass and attnum > 1 and not attisdropped",
                table,
            )
            await connection.execute(
                f"insert into {table} ({columns}) {select} from generate_series(1, {rows}) as n"
            )
    await connection.execute("analyze")
