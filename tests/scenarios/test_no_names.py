"""After stories have been played nobody stands in the clear: not in the database, not in a log."""

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import asyncpg
import pytest

from conftest import Server
from databases import drop
from leavings import check, dump, found_in, logs_below
from onceonly.demo.clerk import Clerk
from onceonly.demo.housing import GUARDIANS, OFFICE, PORTAL, application
from onceonly.demo.plain import client
from scenarios.conftest import a_database
from scenarios.kreis import MONTH, Kreis, a_case
from scenarios.test_s01_consents import GOEKCE, LAST_DAY, answered, asked, at_home, question


@pytest.mark.parametrize(
    "planted",
    [
        "Frau Yılmaz",
        "yilmaz",
        "KOVAČIĆ",
        "1990-03-14",
        "x" + b64encode(b"ab Kova\xc4\x8di\xc4\x87 cd").decode(),
        b64encode(b"a Musteryilmaz b").decode(),
        "\\x" + "Gökçe".encode().hex(),
        b"goekce".hex(),
    ],
)
def test_the_search_finds_what_is_planted(planted: str) -> None:
    assert found_in(planted)


def test_the_search_finds_nothing_where_nobody_stands() -> None:
    assert found_in("wohngeld.mietzuschuss jobcenter p1 0199f0a1 2026-10-05") == set()


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

    told = asyncio.run(dump(kreis.stand.environment["ONCEONLY_OWNER_URL"]))
    if server.directory is not None:
        told |= logs_below(server.directory)
    told["hub.log"] = (kreis.stand.directory / "hub.log").read_text("utf-8")
    with client(kreis.stand.hub) as http:
        told["metrics"] = http.get("/metrics").text

    assert server.directory is None or any(one.endswith("server.log") for one in told)
    assert {"consent of 1", "retrieval of 1", "log_entry of 1", "evidence of 1"} <= told.keys()
    assert told["consent of 1"]
    assert told["log_entry of 1"]
    assert told["hub.log"]
    check(told)


@pytest.mark.parametrize("name", ["Gökçe Yılmaz", b"Kova\xc4\x8di\xc4\x87".hex()])
async def test_a_database_that_names_somebody_is_found_before_it_is_dropped(
    server: Server, name: str
) -> None:
    planted, addresses = await a_database(server)
    connection = await asyncpg.connect(addresses.owner)
    await connection.execute("insert into municipality (id, code, version) values (2, 'two', 1)")
    await connection.execute("set onceonly.municipality = '2'")
    await connection.execute("insert into assertion values (2, $1, 'jti', now())", name)
    await connection.close()

    with pytest.raises(AssertionError, match="assertion of 2"):
        await drop(server.addresses.owner, planted)

    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(addresses.owner)


RUN = """
from leavings import nobody_is_named_in_what_is_left
__all__ = ["nobody_is_named_in_what_is_left"]
"""
LEAVES = """
def test_one_leaves_a_log(tmp_path):
    (tmp_path / "hub.log").write_text("asked for {name}")
def test_another_leaves_none():
    assert "hub.log"
"""


@pytest.mark.parametrize(("name", "ends"), [("Musteryılmaz", 1), ("nobody", 0)])
def test_a_run_that_leaves_a_name_in_a_log_fails(tmp_path: Path, name: str, ends: int) -> None:
    (tmp_path / "conftest.py").write_text(RUN)
    (tmp_path / "test_leaving.py").write_text(LEAVES.format(name=name))

    words = f"-m pytest -q -c {os.devnull} --rootdir . -n 2 -p no:randomly --basetemp run"
    ran = subprocess.run(
        [sys.executable, *words.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, "2 passed" in ran.stdout) == (ends, True), ran.stdout
    assert ("somebody is named" in ran.stdout) == (ends == 1)
    # This run's own last look must not find what was planted.
    shutil.rmtree(tmp_path / "run")
