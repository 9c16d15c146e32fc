"""Every statement of the store, explained on filled tables as the role that runs it."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from guards.conftest import session
from guards.filling import FILL, MANY, fill
from onceonly import store
from onceonly.embedded import Addresses
from onceonly.store.database import Statement

READS_ALL = {
    "log.ALL": "an auditor reads the whole log of a municipality, and that is on record",
    "protection.CHANGED": "a process that starts reads all, and from then on what changed",
    "log.ALL_HELD": "holds are few, each with a reason of its own",
    "condition.DAYS_OF_EVIDENCE": "doctor alone: evidence is held for days and then gone",
    "condition.DAYS_OF_ENTRIES": "doctor alone: the newest five hundred, from the key's end",
    "configuration.CURRENT": "the newest version of a municipality: its key's last row, one step",
}
"""Statements that need no key, and why."""

OF_THE_OWNER = {"configuration.NAME", "configuration.RECORD_CHANGE"}
"""Statements of `apply`, which the application must not be able to run."""

KEY = UUID("00000000-0000-7000-8000-000000000064")
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
OF_TYPE: dict[str, Any] = {
    "uuid": KEY,
    "text": "office-1",
    "int4": 1,
    "int8": 1,
    "int2": 1,
    "bool": True,
    "bytea": b"\0",
    "jsonb": "{}",
    "date": date(2026, 11, 25),
    "timestamptz": NOW,
    "entry_row": (KEY, "refused", NOW.date(), "answer:none", NOW, KEY, b"\0", bytes(32)),
    "sealed_row": (KEY, NOW.date(), b"\0", b"\0", NOW),
    "task_row": (KEY, "office-1", "clarify-identity", KEY, "ben.sgb2", NOW, b"\0"),
    "refusal_row": (b"\0", "ben.sgb2"),
    "answer_row": (
        *(KEY, "fetching", "released", None, None, None, None),
        *(KEY, KEY, b"\0", None, None),
    ),
    "closed_row": (KEY, b"\0", "ben.sgb2"),
    "request_row": (
        *(KEY, "client-1", "office-1", "key-1", b"\0", "but.sgb2", "case-1", "office"),
        *("2026-11", "[]", NOW),
    ),
    "question_row": (
        *(KEY, KEY, 0, "i1", "p1", b"\0", "ben.sgb2", "P0", "jobcenter", "issued", "refused", "{}"),
        *(None, None, KEY),
    ),
}
"""A value of each type; ids are of rows that are there."""

OF_NAME: dict[str, Any] = {
    "client_id": "client-1",
    "idempotency_key": "key-1",
    "case_reference": "case-1",
    "begin": "(0,0)",
    "state": "released",
    "role": "onceonly_app",
    "roles": "onceonly_app",
    "names": "retrieval",
    "kinds": "select",
}


@dataclass(frozen=True)
class Explained:
    """Who ran it, and the scans of walled tables it makes: table, kind, condition."""

    role: str
    scans: list[tuple[str, str, str]]


def statements() -> dict[str, Statement]:
    found: dict[str, Statement] = {}
    for one in pkgutil.iter_modules(store.__path__):
        module = importlib.import_module(f"onceonly.store.{one.name}")
        found |= {
            f"{one.name}.{name}": value
            for name, value in vars(module).items()
            if isinstance(value, Statement)
        }
    return found


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    table = plan.get("Relation Name") or plan.get("Index Name", "")
    table = "log_entry" if table.startswith("log_entry_") else table  # a partition of it
    if plan["Node Type"].endswith("Scan") and (table in FILL or "Index Cond" in plan):
        condition = plan.get("Index Cond", "")
        if plan["Node Type"] != "Bitmap Heap Scan":
            yield table, plan["Node Type"], condition
    for below in plan.get("Plans", ()):
        yield from scans(below)


async def explain(connection: asyncpg.Connection, statement: Statement) -> Any:
    prepared = await connection.prepare(statement.sql)
    given = [
        OF_NAME[name]
        if name in OF_NAME and one.name == "text"
        else OF_TYPE[one.name.removesuffix("[]")]
        for name, one in zip(statement.order, prepared.get_parameters(), strict=True)
    ]
    arrays = [one.kind == "array" for one in prepared.get_parameters()]
    values = [[value] if many else value for value, many in zip(given, arrays, strict=True)]
    explained = await connection.fetchval(f"explain (format json) {statement.sql}", *values)
    return json.loads(explained)[0]["Plan"]


async def explained(addresses: Addresses) -> dict[str, Explained]:
    """Each statement as the first role that may run it."""
    done: dict[str, Explained] = {}
    for role in ("app", "sequencer", "auditor", "owner"):
        async with session(getattr(addresses, role)) as connection:
            await connection.execute("set onceonly.municipality = '1'")
            for name, statement in statements().items():
                if name not in done:
                    try:
                        plan = await explain(connection, statement)
                    except asyncpg.InsufficientPrivilegeError:
                        continue
                    done[name] = Explained(role, list(scans(plan)))
    return done


async def test_every_statement_is_run_by_its_role_and_reads_by_a_key(
    addresses: Addresses, owning: asyncpg.Connection
) -> None:
    await fill(owning, MANY)

    found = await explained(addresses)

    assert found.keys() == statements().keys()
    assert READS_ALL.keys() | OF_THE_OWNER <= found.keys()
    assert {name for name, one in found.items() if one.role == "owner"} == OF_THE_OWNER
    without_key = {
        name: scan
        for name, one in found.items()
        for scan in one.scans
        if not has_key(scan[2]) and name not in READS_ALL
    }
    assert without_key == {}


def has_key(condition: str) -> bool:
    """Whether an index condition says more than whose rows they are."""
    parts = [part for part in condition.split(" AND ") if "municipality = " not in part]
    return any(part.strip("() ") for part in parts)


def test_the_guard_tells_a_key_from_a_wall() -> None:
    assert not has_key("")
    assert not has_key("(municipality = $0)")
    assert not has_key("(municipality = (InitPlan 1).col1)")
    assert has_key("((municipality = $0) AND (id = 'x'::uuid))")
