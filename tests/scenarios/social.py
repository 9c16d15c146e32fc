"""Social offices around a hub, with the two registers they ask: what S05, S06, S10 and secrets are told in."""

import asyncio
from typing import Any

from connectors.wire import answer
from scenarios.documents import Document
from scenarios.registers import Registers
from scenarios.stand import Stand, public_half
from scenarios.stub import AS_OF, Asked

FAMILIENKASSE, FAMILIENKASSE_ONLINE = "familienkasse-fach", "familienkasse-online"
BUT, BUT_ONLINE, HOUSE = "but-fach", "but-online", "house-fach"
JOBCENTER, JOBCENTER_ONLINE = "jobcenter-fach", "jobcenter-online"
WOHNGELD, WOHNGELD_ONLINE = "wohngeld-fach", "wohngeld-online"
_OFFICES = {
    "familienkasse": (
        "familienkasse",
        ["kinderzuschlag.antrag", "kinderzuschlag.erweitert", "kindergeld.bkgg"],
    ),
    "but": ("but", ["but.bkgg", "but.asylblg"]),
    "house": ("but", ["but.bkgg"]),
    "jobcenter": ("jobcenter", ["sgb2.erstantrag"]),
    "wohngeld": ("wohngeld", ["wohngeld.mietzuschuss"]),
    "sozialamt": ("sozialamt", []),
    "azr": ("azr", []),
    "melde": ("meldebehoerde", []),
    "versorgung": ("versorgungsamt", []),
    "pflege": ("pflegekasse", []),
}
CLIENTS = {
    FAMILIENKASSE: ["consumer"],
    FAMILIENKASSE_ONLINE: ["portal"],
    BUT: ["consumer"],
    BUT_ONLINE: ["portal"],
    HOUSE: ["consumer"],
    JOBCENTER: ["consumer"],
    JOBCENTER_ONLINE: ["portal"],
    WOHNGELD: ["consumer"],
    WOHNGELD_ONLINE: ["portal"],
}
_SERVICES = {
    ("wohngeld", "ben.wohngeld", "issued"): ["P0", "P1"],
    ("wohngeld", "inc.entgelt", "submitted"): ["P0", "P1"],
    ("jobcenter", "ben.sgb2", "issued"): ["P0", "P1", "KIZ1A"],
    ("sozialamt", "ben.sgb12", "issued"): ["P0", "P1", "KIZ1A"],
    ("familienkasse", "ben.kindergeld", "issued"): ["P0", "P1", "P2", "BUT"],
    ("azr", "alien.status", "issued"): ["P0", "P1", "P2"],
    ("melde", "reg.meldung", "issued"): ["P0", "P1", "P2"],
    ("versorgung", "hea.behinderung", "issued"): ["P0"],
    ("pflege", "pfl.grad", "issued"): ["P1"],
}
SECRET = ("hea.behinderung", "pfl.grad")
"""What a doctor said, who must keep it secret."""
MONTH = "2026-10"
CHOSEN_AT = "2026-11-25T09:30:00Z"


def person(ref: str, role: str, family_name: str, given: str, born: str, **more: Any) -> Document:
    """Somebody of a request."""
    named = {"ref": ref, "role": role, "family_name": family_name, "given_names": [given]}
    return {**named, "date_of_birth": born, **more}


def item(ref: str, who: str, type_: str, profile: str, fact: str, **more: Any) -> Document:
    """One evidence about one person."""
    asked = {"ref": ref, "person": who, "evidence_type": type_, "profile": profile}
    return {**asked, "necessity": {"fact": fact}, **more}


def chosen(by: str) -> Document:
    """By whom retrieval was chosen, this morning."""
    made = {"made_by": by, "made_at": CHOSEN_AT, "notice": "wahl-67f-v1"}
    return {"choice": {**made, "session": f"session-of-{by}-0001"}}


def question(
    procedure: str,
    persons: list[Document],
    *items: Document,
    ties: list[Document] | None = None,
    online: bool = False,
) -> Document:
    """An evidence request."""
    who = {"channel": "online"} if online else {"channel": "office", "caseworker": {"id": "sb-1"}}
    return {
        "procedure": procedure,
        "case_reference": "S-2026-7",
        "reference_month": MONTH,
        **who,
        "persons": persons,
        "relationships": ties or [],
        "items": list(items),
    }


def _told(asked: Asked) -> Document:
    """What each office has on file, as far as it is asked."""
    name = {one: asked["person"][one] for one in ("family_name", "given_names", "date_of_birth")}
    match asked["evidence_type"]:
        case "ben.wohngeld":
            on_file: Document = {
                "state": "granted",
                "from_month": "2026-07",
                "to_month": "2027-06",
                "month": asked["reference_month"],
                "amount_ct": 41_200,
                "persons_considered": [name, _ANDREI],
                "persons_excluded": [],
            }
        case "ben.sgb2" | "ben.sgb12":
            on_file = {"applied": False, "receives": False}
        case "ben.kindergeld":
            on_file = {"entitled": [_IOANA], "child": name, "from_month": "2026-01"}
        case "alien.status":
            on_file = {
                "title_type": "Fiktion",
                "valid_from": "2026-03-01",
                "valid_to": "2027-03-04",
                "legal_basis": "§ 81 (5) AufenthG",
                "work_permitted": "ja",
                "wohnsitzauflage": "09999001",
                "identified_by_police_record": True,
            }
        case "hea.behinderung" | "pfl.grad":
            on_file = {"threshold_met": True, "valid_to": "2029-12-31"}
        case _:
            on_file = {"registered": True, "move_in_date": "2022-01-15"}
    wanted = {path.partition("[")[0].partition(".")[0] for path in asked["fields"]}
    return {member: value for member, value in on_file.items() if member in wanted}


_IOANA = {"family_name": "Popescu", "given_names": ["Ioana"], "date_of_birth": "1989-05-02"}
_ANDREI = {"family_name": "Țărnă", "given_names": ["Andrei"], "date_of_birth": "2015-01-20"}


async def systems(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Every office's system, in good order."""
    told: Document = {"content": _told(asked), "document_date": "2026-07-01", "as_of": AS_OF}
    if asked["evidence_type"] in SECRET:
        told["flags"] = {"professional_secrecy": True}
    writer.write(answer(told))


def municipality(stand: Stand) -> Document:
    """Its file: no agreement; one house runs Bildung und Teilhabe and Wohngeld together."""
    return {
        "municipality": {"code": "musterkreis", "name": "Musterkreis", "ars": "099990000000"},
        "offices": [
            {"code": code, "name": code, "kind": kind, "procedures": procedures}
            for code, (kind, procedures) in _OFFICES.items()
        ],
        "shared_controllers": [
            {
                "offices": ["house", "wohngeld"],
                "decision": "Org.-Verf. 2026/7",
                "decided_on": "2026-05-01",
                "entered_by": "a.berg",
                "approved_by": "m.kern",
            }
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
                "origin": origin,
                "connector": {"kind": "rest", "base_url": stand.stub.url, "timeout_s": 30},
                "immediate": True,
            }
            for (office, type_, origin), profiles in _SERVICES.items()
        ],
    }


class Social(Registers):
    """The hub among these offices."""

    async def used(self, portal: str, office: str, retrieval: Document, by: str) -> Document:
        """The person looks and says `use`; what the office then collects."""
        path = f"/v1/retrievals/{retrieval['id']}"
        shown = await self.call(portal, "GET", f"{path}/preview", params={"by": by})
        said = {"decision": "use", "made_by": by, "made_at": CHOSEN_AT}
        said["session"] = f"session-of-{by}-0001"
        decided = await self.call(portal, "POST", f"{path}/use-decision", json=said)
        assert decided.status_code == 200, decided.text
        evidence = (await self.call(office, "GET", f"{path}/evidence")).json()
        assert shown.json()["content"] == evidence["content"]
        return dict(evidence)

    def heard(self, retrieval: Document) -> list[Asked]:
        """What was asked about it, of whomever."""
        return [one for one in self.stand.stub.heard if one["reference"] == retrieval["id"]]
