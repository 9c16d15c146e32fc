"""A vendor's provider, and the demo's office, as programs of their own: held to the protocol, asked
by a hub.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typing_extensions import override

from authorities import Authority, put
from onceonly.demo import jobcenter
from onceonly.demo.months import shift
from onceonly.demo.papers import cases
from onceonly.demo.people import AYSE, JOERG, OKSANA, SURYA, Person
from onceonly.demo.registry import households
from scenarios.documents import BUT, PATIENT, Document, a_question
from scenarios.stand import Said, Stand, free_port, run, until

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/provider"
CONSUMER = ROOT / "examples/consumer/consumer.py"
PROVIDER = str(EXAMPLE / "provider.py")


@asynccontextmanager
async def a_program(url: str, *words: str) -> AsyncIterator[None]:
    """Somebody else's program, well at this base URL."""
    process = await asyncio.create_subprocess_exec(sys.executable, *words)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:

            async def well() -> bool:
                assert process.returncode is None, "it ended before it was ready"
                try:
                    return (await client.get(f"{url}/v1/health")).is_success
                except httpx.TransportError:
                    return False

            await until(well)
        yield
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def base_url() -> str:
    return f"http://127.0.0.1:{free_port()}"


def port_of(url: str) -> str:
    return url.rpartition(":")[2]


async def held(url: str, issuer: str, *words: str) -> Said:
    """The suite, said as a command."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("ONCEONLY_")}
    return await run("conformance", url, "--issuer", issuer, "--json", *words, environment=others)


async def test_the_example_passes_with_nothing_but_its_readmes_words(base_url: str) -> None:
    issuer = f"http://127.0.0.1:{free_port()}"
    words = ("--hub", issuer, "--url", base_url, "--port", port_of(base_url))

    async with a_program(base_url, PROVIDER, *words):
        said = await held(base_url, issuer)

    assert said.status == 0, said.out
    assert json.loads(said.out)["verdict"] == "passed"


async def test_the_example_passes_by_mutual_tls(tmp_path: Path) -> None:
    authority = Authority()
    authority.issue().write(tmp_path, "hub.pem", "hub-key.pem")
    authority.issue().write(tmp_path, "office.pem", "office-key.pem")
    put(tmp_path / "ca.pem", authority.pem)
    port = free_port()
    url, issuer = f"https://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
    at = {
        name: str(tmp_path / f"{name}.pem")
        for name in ("hub", "hub-key", "office", "office-key", "ca")
    }
    tls = ("--tls", at["office"], at["office-key"], "--hubs", at["ca"])
    shown = ("--certificate", at["hub"], "--certificate-key", at["hub-key"], "--ca", at["ca"])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        PROVIDER,
        "--hub",
        issuer,
        "--url",
        url,
        "--port",
        str(port),
        *tls,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:

        async def listens() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            return True

        await until(listens)
        said = await held(url, issuer, *shown)
    finally:
        process.terminate()
        await process.wait()

    report = json.loads(said.out)
    assert said.status == 0, said.out
    assert report["authenticated_by"] == ["certificate", "bearer"]


async def test_the_demos_jobcenter_passes_too(base_url: str, tmp_path: Path) -> None:
    month = f"{datetime.now(UTC):%Y-%m}"
    filed = cases(jobcenter.SYSTEM.specialties, households(month), elsewhere=True)
    nothing = next(one.person for one in filed if not one.papers)
    about = tmp_path / "about.yaml"
    about.write_text(json.dumps(of_the_demo(month, nothing)))
    issuer = f"http://127.0.0.1:{free_port()}"
    words = ("--port", port_of(base_url), "--state", str(tmp_path / "office"), "--hub", issuer)

    async with a_program(base_url, "-m", "onceonly.demo.jobcenter", *words):
        said = await held(base_url, issuer, "--about", str(about))

    assert said.status == 0, said.out


def of_the_demo(month: str, nothing: Person) -> Document:
    """What the demo's Jobcenter answers, and whom it knows."""
    return {
        "office_kind": "jobcenter",
        "match_on": ["address", "place_of_birth"],
        "evidence": [
            {
                "evidence_type": "ben.sgb2",
                "profiles": ["P0", "P1", "P2"],
                "months": {"from": shift(month, -2), "to": month},
                "immediate": True,
            }
        ],
        "people": {
            "known": AYSE.attributes(),
            "without": nothing.attributes(),
            "ambiguous": JOERG.names(),
            "half_dated": OKSANA.names(),
            "one_name": SURYA.names(),
        },
    }


class Today(Stand):
    """An installation whose day is today: vendors' programs have no other."""

    @override
    def environment(self, **settings: str | None) -> dict[str, str]:
        return super().environment(**{"NOW": None} | settings)

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def today(stand: Stand) -> Today:
    return Today(stand.directory, stand.addresses, stand.keys, stand.stub)


def asked_about(*people: tuple[str | None, str, str]) -> Document:
    """One question about each of them: family name, given name, birth date."""
    body = a_question(*[str(number) for number, _ in enumerate(people)])
    for person, (family_name, given_name, born) in zip(body["persons"], people, strict=True):
        person |= {"given_names": given_name.split(), "date_of_birth": born}
        person["family_name"] = family_name
    return body


async def test_an_office_asks_by_the_examples_of_both_sides(today: Today, base_url: str) -> None:
    document = today.file()
    for one in document["data_services"]:
        one["connector"]["base_url"] = base_url
    provided = ("--hub", today.issuer, "--url", base_url, "--port", port_of(base_url))

    async with a_program(base_url, PROVIDER, *provided), today.starting("--with-worker") as hub:
        await today.apply(document)
        await hub.is_ready()
        await hub.come_in()
        # The stand has two Jobcenters, so the request must name one.
        asked = json.loads((CONSUMER.parent / "request.json").read_text("utf-8"))
        asked["items"][0]["provider"] = PATIENT
        asked["items"].append(asked["items"][0] | {"ref": "i2", "evidence_type": "jug.hilfe"})
        file = today.directory / "request.json"
        file.write_text(json.dumps(asked))
        key = str(today.keys[BUT])
        words = ("--hub", today.issuer, "--client-id", BUT, "--key", key, str(file))
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(CONSUMER), *words, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()

        released, refused = [json.loads(line) for line in out.decode().splitlines()]
        collected = await today.rows("select 1 from retrieval where collected_at is not null")

    assert process.returncode == 0
    assert (released["state"], refused["state"]) == ("released", "refused")
    assert released["content"]["state"] == "granted"
    assert refused["alternatives"]
    assert len(collected) == 1


async def test_a_hub_asks_the_example_and_gets_what_it_may_and_no_more(
    today: Today, base_url: str
) -> None:
    document = today.file()
    for one in document["data_services"]:
        one["connector"]["base_url"] = base_url
    words = ("--hub", today.issuer, "--url", base_url, "--port", port_of(base_url))

    async with a_program(base_url, PROVIDER, *words), today.starting("--with-worker") as hub:
        await today.apply(document)
        await hub.is_ready()
        await hub.come_in()
        answer = await hub.http.post(
            "/v1/evidence-requests",
            headers={"idempotency-key": "vendor-1", "prefer": "wait=30, return=representation"},
            json=asked_about(
                ("Mustergül", "Ayşe", "1988-04-17"),
                ("Niemandsdóttir", "Åse", "1990-02-28"),
                ("Mustermüller", "Jörg", "1985-04-06"),
                ("Fiktivłowski", "Łucja", "1972-12-01"),
                ("Scheinoğlu", "İpek", "1969-02-28"),
                ("Probeärmann", "Bärbel", "1958-07-09"),
            ),
        )

    retrievals: list[Mapping[str, Any]] = answer.json()["retrievals"]
    known, *others = retrievals
    assert known["evidence"]["content"] == {
        "state": "granted",
        "from_month": "2026-01",
        "to_month": "2026-12",
    }
    assert [one["state"] for one in others] == [
        "no-result",
        "no-result",
        "deferred",
        "failed",
        "no-result",
    ]
    assert (others[3]["problem"], others[3]["problem_reason"]) == ("provider-refused", "disputed")
