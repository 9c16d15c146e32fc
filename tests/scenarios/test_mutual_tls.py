"""Providers that are reached by certificates of both sides: who shows the right one is answered, and
nobody learns of a person before both have shown theirs.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from authorities import Authority, Issued, put
from scenarios.documents import PATIENT, Document
from scenarios.stand import Hub, Stand, until
from scenarios.stub import Stub

TLS = {"certificate": "hub.pem", "key": "hub-key.pem", "ca": "ca.pem"}
NAME = "Geheimmuster"


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def folder(stand: Stand, authority: Authority) -> Path:
    """Where the hub's files for the municipality lie: a certificate, its key, the authority."""
    (stand.directory / "keys").mkdir(mode=0o700)
    folder = stand.directory / "keys/tls/musterkreis"
    authority.issue().write(folder, TLS["certificate"], TLS["key"])
    put(folder / TLS["ca"], authority.pem)
    return folder


@dataclass(frozen=True)
class Way:
    """What an office's system shows and wants, and which files the hub has for it."""

    server: ssl.SSLContext
    tls: Document


def among(document: Document, ways: dict[str, tuple[str, Document]]) -> Document:
    """The file with an office for each way, like the first Jobcenter but for how it is reached."""
    office, *_ = document["offices"]
    service, *_ = document["data_services"]
    agreement, *_ = document["retrieval_agreements"]
    for code, (url, tls) in ways.items():
        document["offices"].append(office | {"code": code})
        connector = {"kind": "rest", "base_url": url, "timeout_s": 20, "tls": tls}
        document["data_services"].append(service | {"office": code, "connector": connector})
        named = json.dumps(agreement).replace(f'"{PATIENT}"', f'"{code}"')
        document["retrieval_agreements"].append(json.loads(named))
    return document


@asynccontextmanager
async def asking(stand: Stand, ways: dict[str, Way]) -> AsyncIterator[tuple[Hub, dict[str, Stub]]]:
    """A hub that is in order, and an office's system for each way."""
    async with AsyncExitStack() as stack:
        stubs = {
            code: await stack.enter_async_context(Stub(way.server)) for code, way in ways.items()
        }
        reached = {code: (stubs[code].url, way.tls) for code, way in ways.items()}
        await stand.apply(among(deepcopy(stand.file()), reached))
        hub = await stack.enter_async_context(stand.starting("--with-worker"))
        await hub.is_ready()
        await hub.come_in()
        yield hub, stubs


async def retrieval(hub: Hub, provider: str) -> Document:
    answer = await hub.ask(NAME, provider=provider)
    assert answer.status_code == 201, answer.text
    (found,) = answer.json()["retrievals"]
    assert isinstance(found, dict)
    return found


def lines(stand: Stand) -> list[Document]:
    """What the hub's own log says of TLS."""
    text = (stand.directory / "serve.log").read_text()
    assert NAME not in text
    return [one for one in map(json.loads, text.splitlines()) if one["event"].startswith("tls")]


async def test_who_shows_the_right_certificate_is_answered(
    stand: Stand, authority: Authority, folder: Path, tmp_path: Path
) -> None:
    old, new = (
        authority.asks(tmp_path / most.name, authority.issue(), most=most)
        for most in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    )

    async with asking(stand, {"old": Way(old, TLS), "new": Way(new, TLS)}) as (hub, stubs):
        found = [await retrieval(hub, code) for code in stubs]
        collected = await hub.http.get(f"/v1/retrievals/{found[1]['id']}/evidence")

        figures = [
            f'onceonly_{name}certificate_left_seconds{{provider="musterkreis/{code}"}}'
            for name in ("", "own_")
            for code in stubs
        ]

        async def measured() -> bool:
            text = (await hub.http.get("/metrics")).text
            return all(one in text for one in figures)

        await until(measured)

    own = x509.load_pem_x509_certificate((folder / TLS["certificate"]).read_bytes())
    assert [one["state"] for one in found] == ["released", "released"]
    assert collected.json()["content"]["state"] == "granted"
    for stub in stubs.values():
        assert [one["person"]["family_name"] for one in stub.heard] == [NAME]
        assert {int(one, 16) for one in stub.shown} == {own.serial_number}
    assert lines(stand) == []


async def test_who_does_not_fit_is_not_asked_and_the_fault_is_named(
    stand: Stand, authority: Authority, folder: Path, tmp_path: Path
) -> None:
    other = Authority("Other-CA")
    other.issue().write(folder, "foreign.pem", "foreign-key.pem")
    authority.issue(days=-1).write(folder, "ended.pem", "ended-key.pem")
    authority.issue().write(folder, "open.pem", "open-key.pem", mode=0o644)
    authority.issue().write(folder, "torn.pem", "torn-key.pem")
    put(folder / "torn-key.pem", authority.issue().key())

    def office(name: str, shown: Issued) -> ssl.SSLContext:
        return authority.asks(tmp_path / name, shown)

    def files(name: str) -> Document:
        return {"certificate": f"{name}.pem", "key": f"{name}-key.pem", "ca": "ca.pem"}

    good = office("good", authority.issue())
    ways = {
        # The hub shows what is not enough ...
        "nothing": (Way(good, {"ca": "ca.pem"}), "the handshake"),
        "foreign": (Way(good, files("foreign")), "the handshake"),
        # ... or has nothing to show,
        "ended": (Way(good, files("ended")), "ended.pem ended on"),
        "open": (Way(good, files("open")), "open-key.pem is open to others; chmod 0600"),
        "torn": (Way(good, files("torn")), "torn-key.pem is not the key of"),
        "missing": (Way(good, files("missing")), "missing.pem is not there"),
        # or is shown what it does not believe.
        "stranger": (Way(office("stranger", other.issue()), TLS), "is not believed"),
        "elsewhere": (
            Way(office("elsewhere", authority.issue(host="elsewhere.example")), TLS),
            "IP address mismatch",
        ),
        "outdated": (Way(office("outdated", authority.issue(days=-1)), TLS), "has expired"),
        "public": (Way(good, {key: TLS[key] for key in ("certificate", "key")}), "is not believed"),
    }

    async with asking(stand, {code: way for code, (way, _) in ways.items()}) as (hub, stubs):
        found = {code: await retrieval(hub, code) for code in ways}
        entries = await stand.entries()
        said = lines(stand)

    assert {code: (one["state"], one["problem"]) for code, one in found.items()} == dict.fromkeys(
        ways, ("failed", "provider-unavailable")
    )
    assert [one for one in stubs.values() if one.heard] == []
    for code, (_, fault) in ways.items():
        told = {one["error"] for one in said if one["provider"] == f"musterkreis/{code}"}
        assert [one for one in told if fault in one], (code, told)
        events = [one for one in entries if one["retrieval"] == found[code]["id"]]
        assert {one["event"] for one in events} == {"question:permitted", "answer:failed"}
        asked = next(one["payload"] for one in events if one["event"] == "answer:failed").get(
            "asked", True
        )
        assert asked == (code not in ("ended", "open", "torn", "missing"))


async def test_a_certificate_is_exchanged_without_a_failed_request(
    stand: Stand, authority: Authority, folder: Path, tmp_path: Path
) -> None:
    server = authority.asks(tmp_path / "office", authority.issue())
    following = authority.issue()
    number = x509.load_pem_x509_certificate(following.certificate).serial_number
    states: list[str] = []

    async with asking(stand, {"sure": Way(server, TLS)}) as (hub, stubs):
        office, stop = stubs["sure"], asyncio.Event()

        async def load() -> None:
            while not stop.is_set():
                states.append((await retrieval(hub, "sure"))["state"])

        async def asked_more() -> None:
            goal = len(states) + 5
            await until(lambda: _true(len(states) >= goal))

        loads = [asyncio.create_task(load()) for _ in range(2)]
        await asked_more()
        # Key and certificate come one after the other, as people copy files.
        put(folder / TLS["key"], following.key())
        await until(
            lambda: _true(any("is not the key of" in one.get("error", "") for one in lines(stand)))
        )
        await asked_more()
        put(folder / TLS["certificate"], following.certificate)
        await until(lambda: _true(int(office.shown[-1], 16) == number))
        await asked_more()
        stop.set()
        await asyncio.gather(*loads)
        said = lines(stand)

    assert set(states) == {"released"}
    assert [one["event"] for one in said] == ["tls fails", "tls is well"]


async def _true(held: bool) -> bool:  # noqa: FBT001 -- what `until` waits for
    return held
