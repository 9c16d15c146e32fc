"""Citizens at the hub's face: their own previews by their own token, and nobody else's."""

from dataclasses import replace

import pytest

from api.calling import PORTAL, Api, kind
from api.test_notices import Payloads, chosen
from builders import AnOffice, a_body, a_municipality, delivered
from onceonly.usecases import configuration
from onceonly.usecases.world import World
from vouching import GOKCE, Vouching

DAVOR = {
    "sub": "davor",
    "given_name": "Davor",
    "family_name": "Musterkovač",
    "birthdate": "1988-01-02",
    "place_of_birth": "Split",
}


def stated(ref: str, role: str, claims: dict[str, str]) -> dict[str, object]:
    return {
        "ref": ref,
        "role": role,
        "family_name": claims["family_name"],
        "given_names": [claims["given_name"]],
        "date_of_birth": claims["birthdate"],
        "place_of_birth": claims["place_of_birth"],
    }


@pytest.fixture
async def provider(owner: World, api: Api) -> Vouching:
    """Musterkreis names it in its file."""
    vouching = Vouching()
    await configuration.apply(vouching.in_file(a_municipality()), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)
    return vouching


@pytest.fixture
async def where(api: Api, provider: Vouching, jobcenter: AnOffice) -> str:
    """Her preview, in a case with Davor."""
    assert provider.configured.issuer
    jobcenter.answer = lambda _: delivered({"role": "recipient", "state": "ended"})
    persons = [stated("p1", "applicant", GOKCE), stated("p2", "partner", DAVOR)]
    asked = await api.ask(chosen() | {"persons": persons}, by=PORTAL)
    retrieval = asked.json()["retrievals"][0]
    assert retrieval["state"] == "previewing"
    return f"/v1/retrievals/{retrieval['id']}"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_she_looks_and_uses_by_her_own_token(
    api: Api, provider: Vouching, where: str, payloads: Payloads
) -> None:
    hers = bearer(provider.vouches(acr="medium"))

    shown = await api.get(f"{where}/preview", by=None, headers=hers)
    used = await api.post(f"{where}/use-decision", {"decision": "use"}, by=None, headers=hers)
    again = await api.post(f"{where}/use-decision", {"decision": "use"}, by=None, headers=hers)

    assert shown.json()["content"] == {"role": "recipient", "state": "ended"}
    assert shown.headers["cache-control"] == "no-store"
    assert [used.json()["state"], again.json()["state"]] == ["released", "released"]
    (look_,), (decided,) = await payloads("preview:shown"), await payloads("use:decided")
    for one in (look_, decided):
        assert (one["by"], one["client"], one["level"]) == ("p1", None, "substantiell")
        assert one["login"] == ["https://id.example.org", "gokce"]


async def test_who_is_of_the_case_but_not_asked_is_told_so_and_strangers_find_nothing(
    api: Api, provider: Vouching, where: str
) -> None:
    namesake = {**GOKCE, "place_of_birth": "Ankara", "sub": "namesake"}
    body = {"decision": "use"}

    for claims, told in ((DAVOR, "not-yours-to-give"), (namesake, "not-found")):
        token = bearer(provider.vouches(claims))
        shown = await api.get(f"{where}/preview", by=None, headers=token)
        used = await api.post(f"{where}/use-decision", body, by=None, headers=token)
        assert (kind(shown), kind(used)) == (told, told)


async def test_nobody_acts_for_another_by_naming_them(
    api: Api, provider: Vouching, where: str
) -> None:
    his = bearer(provider.vouches(DAVOR))

    answer = await api.get(f"{where}/preview", by=None, headers=his, params={"by": "p1"})

    assert kind(answer) == "not-yours-to-give"


async def test_what_ended_is_told_to_nobody_but_the_person(
    api: Api, provider: Vouching, where: str
) -> None:
    hers, his = bearer(provider.vouches()), bearer(provider.vouches(DAVOR))
    path = f"{where}/use-decision"
    await api.post(path, {"decision": "do-not-use"}, by=None, headers=hers)

    assert kind(await api.post(path, {"decision": "use"}, by=None, headers=hers)) == "out-of-turn"
    assert kind(await api.post(path, {"decision": "use"}, by=None, headers=his)) == "not-found"
    assert kind(await api.get(f"{where}/preview", by=None, headers=hers)) == "not-found"


CHILD = {
    "given_name": "Can",
    "family_name": "Musteryılmaz",
    "birthdate": "2019-05-06",
    "place_of_birth": "Bonn",
}


@pytest.fixture
async def childs(api: Api, provider: Vouching, jobcenter: AnOffice) -> str:
    """A preview about her child, for whom she chose; nobody was told where she was born."""
    jobcenter.answer = lambda _: delivered({"role": "recipient", "state": "ended"})
    hers = stated("p1", "applicant", GOKCE)
    del hers["place_of_birth"]
    login = {"identity": {"issuer": provider.issuer, "subject": "gokce"}}
    body = chosen()
    asked = await api.ask(
        body
        | {
            "persons": [hers | login, stated("p3", "child", CHILD)],
            "relationships": [{"kind": "parent", "person": "p1", "to": "p3", "custody": "sole"}],
            "items": [body["items"][0] | {"person": "p3"}],
        },
        by=PORTAL,
    )
    retrieval = asked.json()["retrievals"][0]
    assert retrieval["state"] == "previewing"
    return f"/v1/retrievals/{retrieval['id']}/use-decision"


@pytest.mark.parametrize(("word", "state"), [("use", "released"), ("do-not-use", "withheld")])
async def test_who_decided_for_another_hears_the_same_again_and_nobody_else_does(
    api: Api, provider: Vouching, childs: str, word: str, state: str
) -> None:
    (other,) = {"use", "do-not-use"} - {word}
    hers = bearer(provider.vouches(acr="medium"))
    again = bearer(provider.vouches(acr="high"))
    first = await api.post(childs, {"decision": word}, by=None, headers=hers)

    same = await api.post(childs, {"decision": word}, by=None, headers=again)
    late = await api.post(childs, {"decision": other}, by=None, headers=again)

    assert first.json() == same.json()
    assert (first.json()["state"], same.status_code) == (state, 200)
    assert (kind(late), late.json()["state"]) == ("out-of-turn", state)
    for claims in (DAVOR, {**GOKCE, "sub": "namesake"}):
        stranger = bearer(provider.vouches(claims))
        told = await api.post(childs, {"decision": word}, by=None, headers=stranger)
        assert kind(told) == "not-found"


async def test_what_her_use_led_to_is_told_again_though_the_law_let_nothing_go(
    api: Api, provider: Vouching, childs: str, owner: World
) -> None:
    hers = bearer(provider.vouches())
    town = provider.in_file(a_municipality())
    closed = {
        code: replace(one, procedures=()) if code == "wohngeld" else one
        for code, one in town.offices.items()
    }
    await configuration.apply(replace(town, offices=closed), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)

    told = [
        (await api.post(childs, {"decision": "use"}, by=None, headers=hers)).json()
        for _ in range(2)
    ]

    assert [one["state"] for one in told] == ["discarded", "discarded"]
    assert told[0] == told[1]


async def test_a_login_that_is_not_sure_enough_is_told_to_log_in_better(
    api: Api, provider: Vouching, where: str
) -> None:
    weak = bearer(provider.vouches(acr="low"))

    shown = await api.get(f"{where}/preview", by=None, headers=weak)

    assert (shown.status_code, kind(shown)) == (403, "insufficient-trust-level")
    assert (await api.get("/v1/notices", by=None, headers=weak)).status_code == 200


async def test_a_citizen_asks_nothing_and_reads_no_catalogue_of_offices(
    api: Api, provider: Vouching
) -> None:
    hers = bearer(provider.vouches())

    asked = await api.ask(a_body(), by=None, headers=hers)
    offices = await api.get("/v1/offices", by=None, headers=hers)

    assert (kind(asked), kind(offices)) == ("unauthenticated", "unauthenticated")


async def test_a_provider_that_left_the_file_vouches_for_nobody(
    api: Api, provider: Vouching, where: str, owner: World
) -> None:
    hers = bearer(provider.vouches())
    await configuration.apply(a_municipality(), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)

    assert kind(await api.get(f"{where}/preview", by=None, headers=hers)) == "unauthenticated"


async def test_a_portal_still_says_who_when_and_in_which_session(api: Api, where: str) -> None:
    shown = await api.get(f"{where}/preview", by=PORTAL)
    used = await api.post(f"{where}/use-decision", {"decision": "use"}, by=PORTAL)

    assert [one["pointer"] for one in shown.json()["errors"]] == ["#/by"]
    assert [one["pointer"] for one in used.json()["errors"]] == [
        "#/made_by",
        "#/made_at",
        "#/session",
    ]
