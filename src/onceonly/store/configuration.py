"""Municipality files as they were applied: one document a version, never changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from onceonly.domain.log import SealedEntry
from onceonly.store import log
from onceonly.store.database import Connection, Statement

MUNICIPALITIES = Statement("select id, code, version, protections from municipality order by id")
CURRENT = Statement(
    # Whoever applies files may be a superuser, whom no wall stops: the municipality is named here.
    "select version, document::text as document from configuration"
    " where municipality = current_setting('onceonly.municipality')::integer"
    " order by version desc limit 1"
)
NAME = Statement(
    "insert into municipality (id, code, version)"
    " select coalesce(max(id), 0) + 1, cast(:code as text), 0 from municipality returning id"
)
RECORD_CHANGE = Statement(
    f"""
    with moved as (
        update municipality set version = version + 1
        where id = current_setting('onceonly.municipality')::integer and version = :seen
        returning version),
    kept as (
        insert into configuration (version, document, applied_at)
        select version, cast(:document as jsonb), :at from moved),
    {log.beside("moved")}
    select version from moved
    """  # noqa: S608 -- no input
)


@dataclass(frozen=True, slots=True)
class MunicipalityRow:
    """A municipality: its number, its code, and where configuration and protections stand."""

    number: int
    code: str
    version: int
    protections: int


async def municipalities(connection: Connection) -> list[MunicipalityRow]:
    """Every municipality of this installation."""
    return [
        MunicipalityRow(row["id"], row["code"], row["version"], row["protections"])
        for row in await MUNICIPALITIES.rows(connection)
    ]


async def current(connection: Connection) -> tuple[int, Mapping[str, object]] | None:
    """Version and document in force of the municipality the connection stands in."""
    row = await CURRENT.row(connection)
    return None if row is None else (row["version"], json.loads(row["document"]))


async def name(connection: Connection, code: str) -> int:
    """Give a new municipality its number."""
    row = await NAME.row(connection, code=code)
    return int(row["id"]) if row is not None else 0


async def record_change(
    connection: Connection,
    document: Mapping[str, object],
    *,
    seen: int,
    at: datetime,
    entries: Sequence[SealedEntry],
) -> bool:
    """Put a new version in force, with its entries; False when another was quicker."""
    row = await RECORD_CHANGE.row(
        connection, document=log.as_json(document), seen=seen, at=at, **log.given(entries)
    )
    return row is not None
