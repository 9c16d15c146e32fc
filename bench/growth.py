"""`growth`: exchanges beside a million past ones, against the same beside ten thousand.

The past is two years long, a partition a month; its rows are those of an exchange that this hub
made, with ids, keys and times of their own. `GROWTH=full` is ten millions, any number is itself.
Nothing of a past exchange but request, retrieval and entries is left, as it would be.
"""

import asyncio
import os
import time
from pathlib import Path

from bench.exchange import asking, municipality
from bench.figures import ROUNDS, SECONDS, Figure, ratio
from bench.ground import Ground, ground
from bench.load import rate
from onceonly.store.database import Database

FEW = 10_000
_GROWTH = os.environ.get("GROWTH", "1000000")
MANY = 10_000_000 if _GROWTH == "full" else int(_GROWTH)
GOAL = 0.85
_PIECE = 20_000
_PATIENCE_S = 600

# Ids as the hub makes them: the instant, then noise.
_ID = (
    "(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(noise, 1, 3)"
    " || '8' || substr(noise, 4, 15))::uuid"
)
_PAST_ID = _ID.replace("at)", "past.at)").replace("noise", "past.noise")
_MONTHS = (
    "select log_entry_month((date_trunc('month', now()) - make_interval(months => n))::date)"
    " from generate_series(1, 25) as n"
)
_MODEL = (
    "create temporary table model_retrieval as"
    " select * from retrieval where state = 'released' limit 1",
    "create temporary table model_request as"
    " select * from evidence_request where id = (select request from model_retrieval)",
    "create temporary table model_entry as"
    " select * from log_entry where retrieval = (select id from model_retrieval)",
)
_PAST = """
create temporary table past as
select n, at, {id} as request, md5(n || 'retrieval') as noise from (
    select n, now() - interval '1 hour' - random() * interval '2 years' as at,
        md5(n || 'request') as noise
    from generate_series({first}, {last}) as n) as drawn
"""
_FILL = (
    """
insert into evidence_request
select made.* from past, model_request as one,
    jsonb_populate_record(one, jsonb_build_object('id', past.request, 'asked_at', at,
    'idempotency_key', 'past-' || n, 'case_reference', 'BUT-' || n)) as made
""",
    """
insert into retrieval
select made.* from past, model_retrieval as one,
    jsonb_populate_record(one, jsonb_build_object('id', {id}, 'request', past.request,
    'asked_at', at, 'available_at', at, 'collected_at', at, 'due_at', null,
    'subject', '\\x' || md5(n || 'subject') || md5(n || 'person'), 'replaces', null)) as made
""",
    """
insert into log_entry (id, class, day, event, at, retrieval, sealed)
select {id}, class, at::date, event, at, retrieval, sealed from (
    select past.at, {past} as retrieval, class, event, sealed, md5(n || event) as noise
    from past, model_entry) as made
""",
)


def measured(directory: Path) -> list[Figure]:
    """Interleaved rounds beside a long past and a short one."""
    with (
        ground(directory / "young", municipality) as young,
        ground(directory / "old", municipality) as old,
    ):
        return [asyncio.run(_growth(young, old))]


async def _growth(young: Ground, old: Ground) -> Figure:
    for stand, past in ((young, FEW), (old, MANY)):
        await rate(asking(stand), seconds=1, wanted=201)
        began = time.perf_counter()
        size = await _fill(stand, past)
        took = time.perf_counter() - began
        print(f"growth: {past:,} past retrievals, {size / 1e9:.1f} GB, made in {took:.0f} s")
    sides = [asking(old), asking(young)]
    rounds: list[tuple[float, float]] = []
    for side in sides:
        await rate(side, seconds=SECONDS, wanted=201)
    for _ in range(ROUNDS):
        ours, theirs = [await rate(side, seconds=SECONDS, wanted=201) for side in sides]
        rounds.append((ours, theirs))
    made = ratio("growth", rounds, of=f"same beside {FEW:,}", goal=GOAL)
    return made | {"past": MANY}


async def _fill(stand: Ground, count: int) -> int:
    """Write a past of so many retrievals; the size of the database afterwards."""
    database = await Database.open(stand.environment["ONCEONLY_OWNER_URL"], role=None, size=1)
    async with database.within(1) as connection:
        await connection.execute(_MONTHS, timeout=_PATIENCE_S)
        for one in _MODEL:
            await connection.execute(one)
        for first in range(1, count + 1, _PIECE):
            last = min(first + _PIECE - 1, count)
            await connection.execute(_PAST.format(id=_ID, first=first, last=last))
            for one in _FILL:
                await connection.execute(
                    one.replace("{id}", _ID).replace("{past}", _PAST_ID), timeout=_PATIENCE_S
                )
            await connection.execute("drop table past")
        for table in ("evidence_request", "retrieval", "log_entry"):
            await connection.execute(f"analyze {table}", timeout=_PATIENCE_S)
        size = int(await connection.fetchval("select pg_database_size(current_database())"))
    await database.close()
    return size
