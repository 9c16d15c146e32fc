"""After stories have been played nobody stands in the clear: not in the database, not in a log."""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from conftest import Server
from onceonly.demo.clerk import Clerk
from onceonly.demo.housing import GUARDIANS, OFFICE, PORTAL, application
from onceonly.demo.named import yilmaz
from onceonly.demo.plain import client
from onceonly.security.names import search_form
from scenarios.kreis import MONTH, Kreis, a_case
from scenarios.test_s01_consents import GOEKCE, LAST_DAY, answered, asked, at_home, question

SHORTEST = 5
"""Letters; shorter names are words of the language too."""


def people() -> list[str]:
    """Names and birth dates of everybody in the story."""
    members = yilmaz(MONTH).members
    names = {one for who in members for one in (who.family_name or "", *who.given_names)}
    return [
        *(one for one in names if len(one) >= SHORTEST),
        *(who.date_of_birth for who in members),
    ]


def spellings(name: str) -> Iterator[str]:
    """How a name could stand somewhere: as it is, as it is searched, in base64, in hex."""
    forms = {name, name.casefold(), search_form(name) or name}
    for form in forms:
        raw = form.encode()
        yield form.casefold()
        yield raw.hex()
        for shift in range(3):
            # What of it stands the same whatever stands before and behind.
            packed = b64encode(b"\0" * shift + raw).decode().rstrip("=")
            begins, ends = (shift * 8 + 5) // 6, (shift + len(raw)) * 8 // 6
            yield packed[begins:ends].casefold()


NEEDLES = {spelling for name in people() for spelling in spellings(name) if len(spelling) > 4}


def found_in(text: str) -> set[str]:
    small = text.casefold()
    return {one for one in NEEDLES if one in small}


@pytest.mark.parametrize(
    "planted",
    [
        "Frau Yılmaz",
        "yilmaz",
        "KOVAČIĆ",
        "1990-03-14",
        "x" + b64encode(b"ab Kova\xc4\x8di\xc4\x87 cd").decode(),
        b64encode(b"a Davor b").decode(),
        "\\x" + "Gökçe".encode().hex(),
        b"goekce".hex(),
    ],
)
def test_the_search_finds_what_is_planted(planted: str) -> None:
    assert found_in(planted)


def test_the_search_finds_nothing_where_nobody_stands() -> None:
    assert found_in("wohngeld.mietzuschuss jobcenter p1 0199f0a1 2026-10-05") == set()


async def _everything(url: str) -> dict[str, str]:
    """Every table of every municipality, as a dump would write it."""
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        tables = await connection.fetch("select tablename from pg_tables where schemaname='public'")
        dumped: dict[str, str] = {}
        for (number,) in await connection.fetch("select id from municipality"):
            await connection.execute(f"set onceonly.municipality = '{number}'")
            for (table,) in tables:
                select = f'select row::text as row from "{table}" as row'  # noqa: S608 -- a catalogue's
                rows = await connection.fetch(select)
                dumped[f"{table} of {number}"] = "\n".join(one["row"] for one in rows)
    finally:
        await connection.close()
    return dumped


def _logs(directory: Path | None) -> dict[str, str]:
    """What the database server itself wrote, where it is ours to read."""
    found = () if directory is None else directory.rglob("*.log")
    return {one.name: one.read_text("utf-8", errors="replace") for one in found}


def _played(kreis: Kreis) -> None:
    """Both ways of a choice, a consent used, refused, withdrawn, and calls that fail."""
    portal, office = Clerk(kreis.stand, PORTAL), Clerk(kreis.stand, OFFICE)
    retrievals = portal.ask(application(MONTH, kreis.now(), a_case()))
    for one, word in zip(retrievals, ("use", "do-not-use", "use", "use"), strict=True):
        portal.look(one, GUARDIANS[one["person"]])
        portal.decide(one, word, GUARDIANS[one["person"]])
        office.read(one)
    portal.ask(application(MONTH, kreis.now(), a_case()))
    for word in ("grant", "refusal"):
        case = a_case()
        consent = asked(office, case)
        answered(kreis, consent, word)
        office.ask(question(case, consent))
        at_home(kreis, GOEKCE, "GET", f"/consents/{consent}/receipt")
        if word == "grant":
            answered(kreis, consent, "withdrawal")
    asked(office, a_case())
    broken = question(a_case()) | {"procedure": "Yılmaz", "Kovačić": LAST_DAY}
    office.post("/evidence-requests", broken, **{"idempotency-key": secrets.token_hex(8)})
    office.get("/retrievals/Yılmaz")


def test_nobody_is_named_in_database_logs_or_metrics(kreis: Kreis, server: Server) -> None:
    _played(kreis)

    told = asyncio.run(_everything(kreis.stand.environment["ONCEONLY_OWNER_URL"]))
    told |= _logs(server.directory)
    told["hub.log"] = (kreis.stand.directory / "hub.log").read_text("utf-8")
    with client(kreis.stand.hub) as http:
        told["metrics"] = http.get("/metrics").text

    assert server.directory is None or "server.log" in told
    assert {"consent of 1", "retrieval of 1", "log_entry of 1", "evidence of 1"} <= told.keys()
    assert told["consent of 1"]
    assert told["hub.log"]
    assert {where: found_in(text) for where, text in told.items() if found_in(text)} == {}
