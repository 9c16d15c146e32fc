"""What a run of the tests leaves behind, looked through for whoever was played in it.

Every database is looked through before it is dropped, every log of a process and of a server before
its directory goes or when the session ends, and what the metrics say. A finding fails the run.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from onceonly.demo.named import named
from onceonly.security.names import search_form
from onceonly.telemetry import metrics

SHORTEST = 5
"""Letters; shorter names are words of the language too."""
PACKED = 6
"""Bytes; what is shorter turns up in the hex of random numbers now and then."""
ADULTS = "2001"
"""Births before: the days of children are days of other things as well."""
PLAYED = frozenset(
    {"Erika", "Mustermann", "1964-08-12", "Musteryılmaz", "Musterkovač", "1988-01-02"}
)
"""People of single tests; those of the demo's households come beside them."""
WORDS = frozenset({"Probe", "Muster", "Beispiel"})
"""Names that say nothing of anybody."""

TABLES = (
    "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
)


def _people() -> Iterator[str]:
    """Names and birth dates of everybody who is played."""
    yield from PLAYED
    for household in named("2026-10"):
        for who in (*household.members, *household.elsewhere):
            yield from (who.family_name or "", *who.given_names)
            if who.date_of_birth < ADULTS:
                yield who.date_of_birth


NAMES = frozenset(_people()) - WORDS


def _as_it_is(name: str) -> Iterator[str]:
    """How a name can stand in small letters: as it is, as it is searched, in hex."""
    for form in _forms(name):
        yield form.casefold()
        if len(form.encode()) >= PACKED:
            yield form.encode().hex()


def _packed(name: str) -> Iterator[str]:
    """What of a name stands the same in base64, whatever stands before and behind."""
    for raw in {form.encode() for form in _forms(name)}:
        if len(raw) < PACKED:
            continue
        for shift in range(3):
            packed = b64encode(b"\0" * shift + raw).decode().rstrip("=")
            cut = packed[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]
            yield from {cut, cut.replace("+", "-").replace("/", "_")}


def _forms(name: str) -> set[str]:
    return {name, name.casefold(), search_form(name) or name}


SMALL = {one for name in NAMES if len(name) >= SHORTEST for one in _as_it_is(name)}
EXACT = {one for name in NAMES if len(name) >= SHORTEST for one in _packed(name)}


def found_in(text: str) -> set[str]:
    """Who of the played people stands in a text, and how."""
    small = text.casefold()
    return {one for one in SMALL if one in small} | {one for one in EXACT if one in text}


def check(told: Mapping[str, str]) -> None:
    """Nobody is named in any of these texts.

    Raises:
        AssertionError: somebody is; it says where, and by which spelling.
    """
    named_in = {where: sorted(found) for where, text in told.items() if (found := found_in(text))}
    if named_in:
        raise AssertionError(f"somebody is named in what the tests left: {named_in}")


def logs_below(*directories: Path) -> dict[str, str]:
    """Every log below these directories."""
    found: Iterable[Path] = (one for below in directories for one in sorted(below.rglob("*.log")))
    return {str(one): one.read_text("utf-8", errors="replace") for one in found if one.is_file()}


async def dump(url: str) -> dict[str, str]:
    """Every table of every municipality, as a dump would write it."""
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        tables = [
            row["relname"] for row in await connection.fetch(f"{TABLES} and not relispartition")
        ]
        tables += [row["relname"] for row in await connection.fetch(TABLES.replace("'r'", "'p'"))]
        if "municipality" not in tables:
            return {}
        dumped: dict[str, str] = {}
        for (number,) in await connection.fetch("select id from municipality"):
            await connection.execute(f"set onceonly.municipality = '{number}'")
            for table in tables:
                select = f"select string_agg(one::text, chr(10)) from {table} as one"  # noqa: S608 -- a catalogue's
                dumped[f"{table} of {number}"] = await connection.fetchval(select) or ""
        return dumped
    finally:
        await connection.close()


async def check_database(owner: str, name: str) -> None:
    """Nobody is named in a database that is about to go."""
    check(await dump(f"{owner.rpartition('/')[0]}/{name}"))


@pytest.fixture(scope="session", autouse=True)
def nobody_is_named_in_what_is_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The last look, when everything else of the session has gone: logs and metrics."""
    yield
    check(logs_below(tmp_path_factory.getbasetemp()) | {"metrics": metrics().decode()})
