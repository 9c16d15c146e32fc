"""A household at the Wohngeldbehörde: its file, four offices that are processes, one bundle."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from builders import MONTH
from scenarios.documents import Document
from scenarios.stub import Asked

CONSUMER, PORTAL = "wohngeld-fachverfahren", "wohngeld-online"
SESSION = "sitzung-0123456789"
PROCEDURE = "wohngeld.mietzuschuss"
TESTS = Path(__file__).parents[1]

OFFERS = {
    "jobcenter": ("ben.sgb2", "WOG"),
    "sozialamt": ("ben.sgb12", "WOG"),
    "uvg": ("ben.uvg", "P1"),
    "elterngeld": ("ben.elterngeld", "P1"),
}
"""The four offices: what each offers, and how much of it."""

EXCLUDED = {"role": "recipient", "state": "granted", "from_month": "2026-05", "to_month": "2026-11"}
NOT_EXCLUDED = {"state": "none"}
ADVANCE = {"state": "granted", "from_month": "2026-05", "step": 2, "amount_ct": 30000}
KNOWN: Mapping[str, Mapping[str, Document]] = {
    "jobcenter": {"Gökçe": EXCLUDED, "Davor": NOT_EXCLUDED},
    "sozialamt": {"Gökçe": NOT_EXCLUDED},
    "uvg": {"Can": ADVANCE},
    "elterngeld": {"Davor": {"state": "none"}},
}

PERSONS = {
    "p1": ("applicant", "Gökçe", "1990-03-14"),
    "p2": ("partner", "Davor", "1988-01-02"),
    "p3": ("child", "Can", "2015-02-03"),
    "p4": ("child", "Ela", "2018-04-05"),
    "p5": ("household-member", "Oksana", "1961-07-08"),
}
ITEMS = (
    ("p1", "ben.sgb2", "WOG", "wogg-7-ausschluss"),
    ("p2", "ben.sgb2", "WOG", "wogg-7-ausschluss"),
    ("p5", "ben.sgb2", "WOG", "wogg-7-ausschluss"),
    ("p1", "ben.sgb12", "WOG", "wogg-7-ausschluss"),
    ("p3", "ben.uvg", "P1", "wogg-14-unterhaltsvorschuss"),
    ("p4", "ben.uvg", "P1", "wogg-14-unterhaltsvorschuss"),
    ("p2", "ben.elterngeld", "P1", "wogg-14-lohnersatz"),
    ("p1", "ben.bafoeg", "P0", "wogg-20-ausbildung"),
    ("p5", "jug.hilfe", "P0", "wogg-7-ausschluss"),
)
"""Whose evidence of which type, how much of it, for which fact."""


def a_bundle() -> Document:
    """Five persons, six types, four offices; each adult chose, and Gökçe for the children."""
    return {
        "procedure": PROCEDURE,
        "case_reference": "WG-2026-0815",
        "channel": "online",
        "reference_month": MONTH,
        "persons": [
            {
                "ref": ref,
                "role": role,
                "family_name": "Musteryılmaz",
                "given_names": [name],
                "date_of_birth": born,
            }
            for ref, (role, name, born) in PERSONS.items()
        ],
        "relationships": [
            {"kind": "partner", "person": "p1", "to": "p2"},
            {"kind": "parent", "person": "p1", "to": "p3", "custody": "sole"},
            {"kind": "parent", "person": "p1", "to": "p4", "custody": "sole"},
            {"kind": "lives-with", "person": "p5", "to": "p1"},
        ],
        "items": [
            {
                "ref": f"i{place}",
                "person": person,
                "evidence_type": type_,
                "profile": profile,
                "necessity": {"fact": fact},
                "choice": {
                    "made_by": "p1" if PERSONS[person][0] == "child" else person,
                    "made_at": "2026-11-25T09:59:00Z",
                    "notice": "wahl-67f-v1",
                    "session": SESSION,
                },
            }
            for place, (person, type_, profile, fact) in enumerate(ITEMS, 1)
        ],
    }


def a_file(urls: Mapping[str, str], keys: Mapping[str, Document]) -> Document:
    """The municipality file: four offices that answer at once, and Wohngeld with its portal."""
    return {
        "municipality": {"code": "musterkreis", "name": "Musterkreis", "ars": "099990000000"},
        "offices": [
            *[{"code": code, "name": code, "kind": code, "procedures": []} for code in OFFERS],
            {"code": "wohngeld", "name": "Wohngeld", "kind": "wohngeld", "procedures": [PROCEDURE]},
        ],
        "clients": [
            {
                "client_id": client_id,
                "office": "wohngeld",
                "roles": [role],
                "jwks": {"keys": [keys[client_id]]},
            }
            for client_id, role in ((CONSUMER, "consumer"), (PORTAL, "portal"))
        ],
        "data_services": [
            {
                "office": code,
                "evidence_type": type_,
                "profiles": [profile],
                "connector": {"kind": "rest", "base_url": urls[code], "timeout_s": 30},
                "immediate": True,
            }
            for code, (type_, profile) in OFFERS.items()
        ],
    }


def a_burst(count: int) -> Document:
    """The bundle with so many items for the Elterngeldstelle, and one for the Jobcenter."""
    whole = a_bundle()
    items = {one["evidence_type"]: one for one in whole["items"]}
    dead = [items["ben.elterngeld"] | {"ref": f"e{place}"} for place in range(count)]
    return whole | {"items": [whole["items"][0], *dead]}


@dataclass
class Provider:
    """One office's process and its folder."""

    folder: Path
    process: asyncio.subprocess.Process
    url: str

    def shut(self) -> None:
        """Hear, and answer nothing."""
        (self.folder / "shut").touch()

    def open(self) -> None:
        """Answer what was heard."""
        (self.folder / "shut").unlink()

    @property
    def heard(self) -> list[Asked]:
        """What it was asked."""
        path = self.folder / "heard.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(one) for one in lines]

    async def dies(self) -> None:
        """By SIGKILL, with whatever it was about to say."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def a_provider(folder: Path, people: Mapping[str, Any]) -> AsyncIterator[Provider]:
    """One office, running."""
    _furnish(folder, people)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scenarios.provider",
        str(folder),
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().strip()
        yield Provider(folder, process, url)
    finally:
        if process.returncode is None:
            await Provider(folder, process, "").dies()


def _furnish(folder: Path, people: Mapping[str, Any]) -> None:
    folder.mkdir()
    (folder / "people.json").write_text(json.dumps(people))


@dataclass
class Kreis:
    """The four offices, by their code."""

    offices: dict[str, Provider] = field(default_factory=dict)

    @property
    def urls(self) -> dict[str, str]:
        """Where each listens."""
        return {code: one.url for code, one in self.offices.items()}


@dataclass(frozen=True)
class Case:
    """One bundle as portal and Fachverfahren see it; items by their `ref`."""

    http: httpx.AsyncClient
    portal: Mapping[str, str]
    consumer: Mapping[str, str]
    ids: Mapping[str, str]

    async def look(self, item: str, by: str) -> httpx.Response:
        """The preview, shown to somebody."""
        path = f"/v1/retrievals/{self.ids[item]}/preview"
        return await self.http.get(path, headers=self.portal, params={"by": by})

    async def say(self, item: str, by: str, word: str) -> httpx.Response:
        """Use, or do not use."""
        said = {
            "decision": word,
            "made_by": by,
            "made_at": "2026-11-25T10:00:00Z",
            "session": SESSION,
        }
        path = f"/v1/retrievals/{self.ids[item]}/use-decision"
        return await self.http.post(path, json=said, headers=self.portal)

    async def collect(self, item: str) -> httpx.Response:
        """The evidence."""
        path = f"/v1/retrievals/{self.ids[item]}/evidence"
        return await self.http.get(path, headers=self.consumer)
