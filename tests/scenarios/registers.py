"""A Kreis with registers and an Ausländerbehörde: who asks there, who answers, what stands on record."""

import asyncio
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from connectors.wire import answer
from scenarios.documents import Document
from scenarios.stand import Hub, Stand, public_half, until
from scenarios.stub import AS_OF, Asked

WOHNGELD, JOBCENTER, ABH = "wohngeld-fach", "jobcenter-fach", "abh-fach"
MELDE, BUT, BUT_ONLINE = "melde-fach", "but-fach", "but-online"
_OFFICES = {
    "wohngeld": ("wohngeld", ["wohngeld.mietzuschuss"]),
    "jobcenter": ("jobcenter", ["sgb2.veraenderung"]),
    "abh": ("auslaenderbehoerde", ["aufenthalt.titel"]),
    "melde": ("meldebehoerde", []),
    "but": ("but", ["but.sgb2"]),
}
CLIENTS = {
    WOHNGELD: ["consumer", "provider"],
    JOBCENTER: ["consumer", "provider"],
    ABH: ["consumer", "provider"],
    MELDE: ["provider"],
    BUT: ["consumer"],
    BUT_ONLINE: ["portal"],
}
_SERVICES = {
    ("jobcenter", "ben.sgb2"): ["P0", "P1"],
    ("wohngeld", "ben.wohngeld"): ["P0", "P1"],
    ("melde", "reg.meldung"): ["P0", "P1"],
}

KNOWN, UNKNOWN, TWO, PROTECTED, FLAGGED = (
    *("Musterkanne", "Musterniema", "Musterzwill"),
    *("Musterkelle", "Musterflagg"),
)
"""Family names, of one length: how the office systems know them."""

CONTENT: dict[str, Document] = {
    "ben.sgb2": {"state": "granted", "from_month": "2026-06", "to_month": "2027-05"},
    "ben.wohngeld": {"state": "granted", "from_month": "2026-06", "to_month": "2027-05"},
    "reg.meldung": {"registered": True, "move_in_date": "2024-02-01"},
}

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


async def systems(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Every office's system: who is unknown, who is two, who is flagged, and all others."""
    match asked["person"]["family_name"]:
        case "Musterniema":
            writer.write(answer(status="404 Not Found"))
        case "Musterzwill":
            writer.write(answer(status="409 Conflict"))
        case name:
            flags = {"address_protected": name == FLAGGED}
            content = CONTENT[asked["evidence_type"]]
            told = {"content": content, "document_date": "2026-05-20", "as_of": AS_OF}
            writer.write(answer(told | {"flags": flags}))


def municipality(stand: Stand) -> Document:
    """Its file: the Jobcenter may ask the Wohngeldbehörde by agreement, nobody else anybody."""
    return {
        "municipality": {"code": "musterkreis", "name": "Musterkreis", "ars": "099990000000"},
        "offices": [
            {"code": code, "name": code, "kind": kind, "procedures": procedures}
            for code, (kind, procedures) in _OFFICES.items()
        ],
        "clients": [
            {
                "client_id": client_id,
                "office": client_id.partition("-")[0],
                "roles": roles,
                "jwks": {"keys": [public_half(stand.keys[client_id])]},
            }
            for client_id, roles in CLIENTS.items()
        ],
        "data_services": [
            {
                "office": office,
                "evidence_type": type_,
                "profiles": profiles,
                "connector": {"kind": "rest", "base_url": stand.stub.url, "timeout_s": 30},
                "immediate": True,
            }
            for (office, type_), profiles in _SERVICES.items()
        ],
        "retrieval_agreements": [
            {
                "consumer": "jobcenter",
                "provider": "wohngeld",
                "evidence_types": ["ben.wohngeld"],
                "procedures": ["sgb2.veraenderung"],
                "occasion": "Veränderung",
                "purpose": "Vorrangige Leistungen feststellen",
                "why_appropriate": "viele Fälle",
                "measures": "TOM 1",
                "approvals": [
                    {"office": one, "authority": "Aufsicht", "reference": "1", "date": "2026-01-15"}
                    for one in ("jobcenter", "wohngeld")
                ],
                "data_protection_authority_informed_on": "2026-01-20",
                "valid_from": "2026-02-01",
            }
        ],
    }


@dataclass
class Registers:
    """The hub with its worker, called by any of the clients."""

    stand: Stand
    hub: Hub
    tokens: dict[str, str] = field(default_factory=dict)

    async def call(self, client_id: str, method: str, path: str, **given: Any) -> httpx.Response:
        """One call as this client."""
        if client_id not in self.tokens:
            said = await self.hub.exchange(self.stand.assertion(client_id))
            self.tokens[client_id] = said.json()["access_token"]
        headers = given.pop("headers", {}) | {"authorization": f"Bearer {self.tokens[client_id]}"}
        return await self.hub.http.request(method, path, headers=headers, **given)

    async def ask(self, client_id: str, body: Document) -> httpx.Response:
        """Ask for evidence and wait for it."""
        headers = {"idempotency-key": secrets.token_hex(8), "prefer": "wait=30"}
        return await self.call(
            client_id, "POST", "/v1/evidence-requests", json=body, headers=headers
        )

    async def retrieval(self, client_id: str, body: Document) -> Document:
        """Its only retrieval."""
        told = await self.ask(client_id, body)
        assert told.status_code == httpx.codes.CREATED, told.text
        (one,) = told.json()["retrievals"]
        return dict(one)

    async def tasks(self, client_id: str, kind: str) -> list[Document]:
        """Its office's open tasks of a kind, newest first."""
        told = await self.call(client_id, "GET", "/v1/tasks", params={"limit": 100})
        return [one for one in told.json()["items"] if one["kind"] == kind]

    async def worked(self) -> None:
        """Wait until the worker has opened whatever there is to open."""

        async def all_settled() -> bool:
            return not await self.stand.rows("select 1 from upshot")

        await until(all_settled)


def alike(told: httpx.Response) -> tuple[bytes, dict[str, str]]:
    """An answer without what differs for everybody: ids, instants, the key of the call."""
    headers = {name: _alike(value) for name, value in told.headers.items() if name != "date"}
    return _alike(told.text).encode(), headers


def _alike(text: str) -> str:
    return _INSTANT.sub("<instant>", _ID.sub("<id>", text))


def person(ref: str, role: str, family_name: str, given: str = "Jana", **more: Any) -> Document:
    """Somebody, born in 1990 unless it is said otherwise."""
    named = {"ref": ref, "role": role, "family_name": family_name, "given_names": [given]}
    return {**named, "date_of_birth": "1990-03-14", **more}


def question(procedure: str, persons: list[Document], item: Document, **changes: Any) -> Document:
    """One question of a caseworker."""
    return {
        "procedure": procedure,
        "case_reference": "S-2026-1",
        "channel": "office",
        "reference_month": "2026-11",
        "caseworker": {"id": "sb-1"},
        "persons": persons,
        "items": [{"ref": "i1", "person": persons[-1]["ref"], **item}],
    } | changes


def justified(norm: str) -> Document:
    """Why the person is not asked."""
    return {
        "norm": norm,
        "reason": "asked-and-incomplete",
        "text": "Angaben wurden erbeten und blieben unvollständig.",
        "asked_once_on": "2026-11-02",
    }
