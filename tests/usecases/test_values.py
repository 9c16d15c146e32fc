"""A row that may ask for some records alone: others are never delivered (`when.values`)."""

import json
from dataclasses import replace
from datetime import date

import pytest

from builders import MONTH, NOW, AnOffice, a_call, a_municipality, a_request, an_agreement, an_item
from onceonly.domain.offices import Approval, Client, ConnectorSettings, DataService, Office, Role
from onceonly.domain.requests import Justification
from onceonly.domain.retrievals import Delivered
from onceonly.usecases import configuration
from onceonly.usecases.evidence import read
from onceonly.usecases.requests import ask
from onceonly.usecases.world import Caller, World

PARENTS = Office("elterngeld", "Elterngeldstelle", "elterngeld", ("elterngeld.antrag",))
FUND = Office("kasse", "Krankenkasse", "krankenkasse")
CLIENT = Client("elterngeld-fach", "elterngeld", (Role.CONSUMER,), ())
MAY = Justification("sgbx-67a-2-3-1", "person-unable", "liegt im Krankenhaus, nicht da", None)
ITEM = an_item(
    evidence_type="inc.sv", profile="P1", fact="beeg-3-mutterschaftsgeld", justification=MAY
)


@pytest.fixture
async def caller(world: World, owner: World) -> Caller:
    """The Elterngeldstelle, which has an agreement with a health insurance fund."""
    town = a_municipality()
    service = DataService(
        "kasse", "inc.sv", ("P0", "P1"), ConnectorSettings("rest", "http://127.0.0.1:9")
    )
    agreed = an_agreement(
        consumer="elterngeld",
        provider="kasse",
        evidence_types=("inc.sv",),
        procedures=("elterngeld.antrag",),
        approvals=tuple(
            Approval(office, "Aufsicht", "1", date(2026, 1, 15))
            for office in ("elterngeld", "kasse")
        ),
    )
    whole = replace(
        town,
        offices={**town.offices, PARENTS.code: PARENTS, FUND.code: FUND},
        clients={**town.clients, CLIENT.client_id: CLIENT},
        data_services=(*town.data_services, service),
        retrieval_agreements=(*town.retrieval_agreements, agreed),
    )
    await configuration.apply(whole, owner, actor="test")
    await world.snapshots.renew(world.database)
    return Caller(1, CLIENT, PARENTS, frozenset(CLIENT.scopes))


@pytest.mark.parametrize(("kind", "told"), [("mutterschaftsgeld", True), ("krankengeld", False)])
async def test_of_payments_near_to_health_only_the_kind_the_row_names_is_told(
    world: World, jobcenter: AnOffice, caller: Caller, *, kind: str, told: bool
) -> None:
    paid = {"kind": kind, "from_month": MONTH, "gross_ct": 130_000, "net_ct": 130_000}
    jobcenter.answer = lambda _: Delivered(paid, date(2026, 5, 20), NOW)

    request = a_request(ITEM, procedure="elterngeld.antrag")
    (retrieval,) = (await ask(request, PARENTS, caller, world, a_call())).retrievals

    assert (retrieval.decision.rule, retrieval.decision.mode) == ("R88", "may")
    content: object = {}
    if retrieval.state == "released":
        content = json.loads(await read(retrieval.id, caller, world))["content"]
    assert (content == paid) is told
    assert told or str(130_000) not in json.dumps(content)
