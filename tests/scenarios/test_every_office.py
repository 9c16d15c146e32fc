"""Every office system answers a hub's question about the same families, each from its own files."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from onceonly.demo.bodies import Body, asked_once, choice, family, item, request
from onceonly.demo.clerk import Retrieval
from onceonly.demo.households import Household
from onceonly.demo.registry import households
from onceonly.demo.stand import office, wait_for_office
from scenarios.kreis import MONTH, Kreis, a_case


def running(*kinds: str) -> Household:
    """The first family for which all of this runs in the month."""
    return next(
        house
        for house in households(MONTH)
        if all(any(award.runs(MONTH) for award in house.of(kind)) for kind in kinds)
    )


def named_official(_: datetime) -> Body:
    return {"assertions": [{"code": "named-official", "detail": "ABR-2026-17"}]}


def asked(
    kreis: Kreis,
    client_id: str,
    house: Household,
    procedure: str,
    what: Callable[[list[Body]], Body],
) -> tuple[Retrieval, dict[str, Any]]:
    """One question about the family; what the person sees online, or the office collects."""
    persons, relationships = family(house)
    online = client_id.endswith("-online")
    body = request(
        procedure,
        a_case(),
        MONTH,
        persons=persons,
        relationships=relationships,
        items=[what(persons)],
        online=online,
    )
    clerk = kreis.clerk(client_id)
    (retrieval,) = clerk.ask(body)
    answer = clerk.look(retrieval, "p1") if online else clerk.read(retrieval)
    assert answer.is_success, (retrieval["state"], retrieval["decision"], answer.text)
    content: dict[str, Any] = answer.json()["content"]
    return retrieval, content


def about_the_child(persons: list[Body]) -> str:
    """The youngest child's ref."""
    return str(persons[-1]["ref"])


def test_the_familienkasse_names_child_and_entitled_person_and_no_amount(kreis: Kreis) -> None:
    house = running("ben.kindergeld")

    def what(persons: list[Body]) -> Body:
        child, official = about_the_child(persons), named_official(kreis.now())
        return item(1, child, "ben.kindergeld", "BUT", "bkgg-6b-kindergeld", **official)

    retrieval, content = asked(kreis, "but-fachverfahren", house, "but.bkgg", what)

    assert retrieval["decision"]["mode"] == "regulation"
    assert content["entitled"] == [{"ref": "p1"}]
    assert content["child"] == {"ref": retrieval["person"]}
    assert set(content) == {"entitled", "child", "from_month", "to_month"}


def test_the_wohngeldbehoerde_says_whom_it_counts(kreis: Kreis) -> None:
    house = running("ben.wohngeld", "ben.kiz")

    def what(_: list[Body]) -> Body:
        because = asked_once(kreis.now())
        named = {"provider": "wohngeld"}
        return item(1, "p1", "ben.wohngeld", "P0", "bkgg-6b-grundleistung", **because, **named)

    retrieval, content = asked(kreis, "but-fachverfahren", house, "but.bkgg", what)

    counted = {one["ref"] for one in content["persons_considered"]}
    assert retrieval["decision"]["rule"] == "R11"
    assert counted == {f"p{place}" for place in range(1, len(house.members) + 1)}
    assert content["state"] == "granted"


@pytest.mark.parametrize("kind", ["ben.kiz", "ben.wohngeld"])
def test_two_offices_waive_the_fee_for_the_same_family(kreis: Kreis, kind: str) -> None:
    house = running("ben.kiz", "ben.wohngeld")
    notice = next(iter(house.of(kind)))

    def what(_: list[Body]) -> Body:
        return item(1, "p1", kind, "KITA", "sgb8-90-4-erlass", **choice("p1", kreis.now()))

    _, content = asked(kreis, "kita-online", house, "kita.beitragserlass", what)

    assert content == {
        "qualifying_benefit": True,
        "from_month": notice.from_month,
        "to_month": notice.to_month,
    }


def test_the_advance_is_told_with_its_step_and_amount(kreis: Kreis) -> None:
    house = running("ben.uvg")
    advance = list(house.of("ben.uvg"))[-1]

    def what(persons: list[Body]) -> Body:
        child, chosen = about_the_child(persons), choice("p1", kreis.now())
        return item(1, child, "ben.uvg", "P1", "wogg-14-unterhaltsvorschuss", **chosen)

    _, content = asked(kreis, "wohngeld-online", house, "wohngeld.mietzuschuss", what)

    assert content["amount_ct"] == advance.terms["amount_ct"]
    assert content["step"] == advance.terms["step"]
    assert content["state"] == "granted"


def test_the_jobcenter_learns_what_bildung_und_teilhabe_has_granted(kreis: Kreis) -> None:
    house = running("ben.sgb2", "but.anspruch")
    ref = f"p{1 + house.members.index(next(iter(house.of('but.anspruch'))).members[0])}"

    def what(_: list[Body]) -> Body:
        return item(1, ref, "but.anspruch", "P1", "sgb2-28-bewilligung")

    retrieval, content = asked(
        kreis, "jobcenter-fachverfahren", house, "sgb2.weiterbewilligung", what
    )

    assert retrieval["decision"]["mode"] == "duty"
    assert (content["child"], content["state"]) == ({"ref": ref}, "granted")


def test_a_copy_of_the_lease_shows_its_age_and_never_the_landlord(kreis: Kreis) -> None:
    house = running("ben.sgb2")

    def what(_: list[Body]) -> Body:
        because = asked_once(kreis.now())
        return item(1, "p1", "hou.unterkunft", "P2", "wogg-11-miete", origin="submitted", **because)

    retrieval, content = asked(
        kreis, "wohngeld-fachverfahren", house, "wohngeld.mietzuschuss", what
    )

    assert {"show-age", "recheck"} <= set(retrieval["decision"]["obligations"])
    assert content["cold_ct"] == house.home.cold_ct
    assert "landlord" not in content
    (heard,) = kreis.heard(retrieval)
    assert not [path for path in heard["sent"] if "landlord" in path or "iban" in path]


@pytest.fixture
def without_the_familienkasse(kreis: Kreis) -> Iterator[None]:
    """Its process is killed; afterwards another takes its place."""
    gone = "familienkasse-fachverfahren"
    kreis.systems[gone].kill()
    kreis.systems[gone].wait()
    yield
    fresh = kreis.again.enter_context(office(kreis.stand, gone))
    kreis.systems[gone] = fresh
    wait_for_office(kreis.stand, gone, fresh)


@pytest.mark.usefixtures("without_the_familienkasse")
def test_a_dead_office_costs_the_others_nothing_and_the_story_is_told(kreis: Kreis) -> None:
    persons, relationships = family(running("ben.kiz", "ben.wohngeld"))
    chosen = choice("p1", kreis.now())
    body = request(
        "kita.beitragserlass",
        a_case(),
        MONTH,
        persons=persons,
        relationships=relationships,
        items=[
            item(1, "p1", "ben.wohngeld", "KITA", "sgb8-90-4-erlass", **chosen),
            item(2, "p1", "ben.kiz", "KITA", "sgb8-90-4-erlass", **chosen),
        ],
        online=True,
    )

    housing, supplement = kreis.clerk("kita-online").ask(body)

    assert housing["state"] == "previewing"
    assert (supplement["state"], supplement["problem"]) == ("failed", "provider-unavailable")
    assert kreis.events(supplement)[0] == "question:permitted"


def test_discovery_names_a_provider_for_what_the_four_offices_need(kreis: Kreis) -> None:
    persons, relationships = family(running("ben.kiz", "ben.wohngeld"))

    for client_id, procedure, wanted in (
        ("wohngeld-online", "wohngeld.mietzuschuss", {"ben.sgb2", "ben.uvg"}),
        ("familienkasse-fachverfahren", "kinderzuschlag.antrag", {"ben.wohngeld", "ben.uvg"}),
        ("uvg-online", "uvg.antrag", {"ben.kindergeld", "ben.sgb2"}),
        ("kita-online", "kita.beitragserlass", {"ben.sgb2", "ben.kiz", "ben.wohngeld"}),
        ("jobcenter-fachverfahren", "sgb2.weiterbewilligung", {"ben.kindergeld", "ben.wohngeld"}),
    ):
        body = request(
            procedure,
            a_case(),
            MONTH,
            persons=persons,
            relationships=relationships,
            items=(),
            online=client_id.endswith("-online"),
        )
        del body["items"]
        answer = kreis.clerk(client_id).post("/discoveries", body)
        assert answer.is_success, answer.text
        offered = {
            one["evidence_type"]
            for requirement in answer.json()["requirements"]
            for together in requirement["satisfied_by"]
            for one in together
            if one["offers"]
        }
        assert wanted <= offered, procedure
