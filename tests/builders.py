"""Small real things tests are made of: a municipality, a request, an office that answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from onceonly.connectors.contract import Connector
from onceonly.domain.calendar import Month
from onceonly.domain.errors import ProviderError
from onceonly.domain.offices import (
    Approval,
    Client,
    Configuration,
    ConnectorSettings,
    DataService,
    Office,
    RetrievalAgreement,
    Role,
)
from onceonly.domain.persons import Person
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.domain.retrievals import Answer, Delivered, Order
from onceonly.usecases.requests import Call
from onceonly.usecases.world import Caller

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MONTH = "2026-11"
SOON = timedelta(seconds=20)

BUT = Office("but", "Bildung und Teilhabe", "but", ("but.sgb2",))
JOBCENTER = Office("jobcenter", "Jobcenter", "jobcenter", ("sgb2.weiterbewilligung",))
WOHNGELD = Office("wohngeld", "Wohngeldbehörde", "wohngeld", ("wohngeld.mietzuschuss",))

GRANTED = {"state": "granted", "from_month": "2026-06", "to_month": "2027-05"}
"""What the Jobcenter says of somebody who gets the benefit, to the weakest profile."""

ERIKA = Person("p1", "applicant", "Mustermann", ("Erika",), "1964-08-12")


def an_agreement(**changes: Any) -> RetrievalAgreement:
    """§ 79 SGB X between BuT and Jobcenter, in force."""
    whole: dict[str, Any] = {
        "consumer": "but",
        "provider": "jobcenter",
        "evidence_types": ("ben.sgb2",),
        "procedures": ("but.sgb2",),
        "occasion": "Antrag",
        "purpose": "Grundleistung feststellen",
        "why_appropriate": "viele Anträge",
        "measures": "TOM 1",
        "approvals": (
            Approval("but", "Aufsicht", "1", date(2026, 1, 15)),
            Approval("jobcenter", "Aufsicht", "2", date(2026, 1, 15)),
        ),
        "data_protection_authority_informed_on": date(2026, 1, 20),
        "valid_from": date(2026, 2, 1),
    }
    return RetrievalAgreement(**(whole | changes))


def a_municipality(
    *,
    code: str = "musterkreis",
    base_url: str = "http://127.0.0.1:9",
    timeout_s: int = 5,
    agreements: Sequence[RetrievalAgreement] | None = None,
    keys: Mapping[str, Mapping[str, object]] | None = None,
    prefix: str = "",
) -> Configuration:
    """Three offices; the Jobcenter answers, by agreement with BuT."""
    clients = [
        Client(f"{prefix}{office}-fachverfahren", office, (Role.CONSUMER, Role.PROVIDER), ())
        for office in ("but", "jobcenter", "wohngeld")
    ]
    clients.append(Client(f"{prefix}wohngeld-online", "wohngeld", (Role.PORTAL,), ()))
    clients.append(Client(f"{prefix}datenschutz", None, (Role.AUDITOR,), ()))
    if keys:
        clients = [
            Client(one.client_id, one.office, one.roles, (keys[one.client_id],))
            for one in clients
            if one.client_id in keys
        ]
    return Configuration(
        code=code,
        name="Landkreis Musterkreis",
        ars="099990000000",
        offices={one.code: one for one in (BUT, JOBCENTER, WOHNGELD)},
        clients={one.client_id: one for one in clients},
        data_services=(
            DataService(
                "jobcenter",
                "ben.sgb2",
                ("P0", "P1", "P2", "WOG"),
                ConnectorSettings("rest", base_url, timeout_s),
                match_on=("address", "place_of_birth"),
                immediate=True,
            ),
        ),
        retrieval_agreements=tuple([an_agreement()] if agreements is None else agreements),
    )


def an_item(ref: str = "i1", **changes: Any) -> Item:
    """One evidence: does she get the basic benefit."""
    whole: dict[str, Any] = {
        "ref": ref,
        "person": "p1",
        "evidence_type": "ben.sgb2",
        "profile": "P0",
        "fact": "sgb2-28-grundleistung",
    }
    return Item(**(whole | changes))


def a_request(*items: Item, **changes: Any) -> EvidenceRequest:
    """What a caseworker of BuT asks."""
    whole: dict[str, Any] = {
        "procedure": "but.sgb2",
        "case_reference": "BUT-1",
        "channel": "office",
        "reference_month": Month.parse(MONTH),
        "caseworker": "sb-1",
        "persons": (ERIKA,),
        "relationships": (),
        "representations": (),
        "items": items or (an_item(),),
    }
    return EvidenceRequest(**(whole | changes))


def a_call(key: str = "k1", *, inline: bool = False, patience: timedelta = SOON) -> Call:
    """A call with a key; the body is told apart by it alone."""
    return Call(key=key, body={"key": "same"}, patience=patience, inline=inline)


def a_caller(client_id: str = "but-fachverfahren", municipality: int = 1) -> Caller:
    """The BuT office's Fachverfahren."""
    client = a_municipality().clients[client_id]
    office = {"but": BUT, "jobcenter": JOBCENTER, "wohngeld": WOHNGELD}[client.office or ""]
    return Caller(municipality, client, office, frozenset(client.scopes))


def delivered(content: Mapping[str, object] | None = None) -> Delivered:
    """An answer in good order."""
    return Delivered(GRANTED if content is None else content, date(2026, 5, 20), NOW)


@dataclass
class AnOffice:
    """An office system that answers what it is told to, and remembers what it was asked."""

    answer: Callable[[Order], Answer | ProviderError] = lambda _: delivered()
    asked: list[Order] = field(default_factory=list)
    cut_off: bool = False
    takes: bool = True
    well: bool = True

    async def fetch(self, order: Order) -> Answer:
        """Remember, answer."""
        self.asked.append(order)
        answer = self.answer(order)
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    async def alive(self) -> bool:
        """Whether it is."""
        return self.well


def connected(office: Connector) -> Callable[[str, DataService], Connector]:
    """Whoever is asked, this office answers."""
    return lambda _municipality, _service: office


def a_body(**changes: Any) -> dict[str, Any]:
    """An evidence request as JSON."""
    return {
        "procedure": "but.sgb2",
        "case_reference": "BUT-1",
        "channel": "office",
        "reference_month": MONTH,
        "caseworker": {"id": "sb-1"},
        "persons": [
            {
                "ref": "p1",
                "role": "applicant",
                "family_name": "Mustermann",
                "given_names": ["Erika"],
                "date_of_birth": "1964-08-12",
            }
        ],
        "items": [
            {
                "ref": "i1",
                "person": "p1",
                "evidence_type": "ben.sgb2",
                "profile": "P0",
                "necessity": {"fact": "sgb2-28-grundleistung"},
            }
        ],
    } | changes
