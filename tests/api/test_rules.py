"""The rule table over HTTP: every row of a day, each to be opened."""

from dataclasses import replace
from typing import Any

from api.calling import PORTAL, Api, kind, pointers
from builders import a_body, a_municipality
from onceonly.domain.offices import Layer
from onceonly.domain.rules import Law
from onceonly.usecases import configuration
from onceonly.usecases.world import World


async def _everything(api: Api, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        more = query | ({} if cursor is None else {"cursor": cursor})
        page = (await api.get("/v1/rules", params={"limit": "100", **more})).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


async def test_the_table_holds_every_row_in_force(api: Api, law: Law) -> None:
    rows = await _everything(api)

    assert {one["id"] for one in rows} == {row.id for row in law.rules}
    assert all(one["code"] == one["id"] and one["law"] for one in rows)
    first = next(one for one in rows if one["id"] == "R01")
    assert first == first | {
        "version": "2024-07-24",
        "mode": "choice",
        "automation": "choice",
        "law": ["§ 67f SGB X", "§ 7 (1) S. 1 Nr. 1 WoGG", "§ 8 WoGG"],
        "consumers": ["wohngeld.mietzuschuss", "wohngeld.lastenzuschuss"],
        "evidence_type": "ben.sgb2",
        "profile": "WOG",
        "providers": ["jobcenter"],
        "preconditions": [],
        "confidence": "H",
    }
    assert [one["mode"] for one in first["modes"]] == ["choice", "may"]


async def test_a_row_is_law_from_its_day_on(api: Api) -> None:
    before = {one["id"] for one in await _everything(api, at="2026-03-26")}
    from_then = {one["id"] for one in await _everything(api, at="2026-03-27")}

    assert "R06" in from_then - before
    assert kind(await api.get("/v1/rules/R06", params={"at": "2026-03-26"})) == "not-found"
    assert (await api.get("/v1/rules/R06", params={"at": "2026-03-27"})).status_code == 200


async def test_a_row_says_in_words_what_moves_and_what_decides(api: Api) -> None:
    row = (await api.get("/v1/rules/R01", by=PORTAL)).json()

    assert row["explanation"]["de"].startswith("Die Wohngeldbehörde erfährt vom Jobcenter")
    assert row["facts"] == ["wogg-7-ausschluss"]
    assert row["obligations"] == ["preview", "inform-person"]


async def test_a_day_that_is_none_is_refused_and_a_row_nobody_knows_not_found(api: Api) -> None:
    for day in ("2026-02-30", "20260327", "2026-W13-5", "Erika", ""):
        for path in ("/v1/rules", "/v1/rules/R01"):
            answer = await api.get(path, params={"at": day})
            assert pointers(answer) == ["#/at"]
            assert "Erika" not in answer.text
    for id_ in ("R0", "r01", "Erika%20Mustermann"):
        assert kind(await api.get(f"/v1/rules/{id_}")) == "not-found"


async def test_a_municipality_has_its_own_narrowing_in_force_and_in_its_table(
    api: Api, owner: World
) -> None:
    """The first row of the file names the state alone: months are what this Kreis does not use."""
    before = (await api.post("/v1/decisions", a_body())).json()["decisions"][0]["decision"]
    dropped = {"rule": before["rule"], "drop_fields": ["to_month"], "reason": "nicht gebraucht"}
    layer = Layer("narrowing", {"rules": [dropped]}, ("dpo", "leitung"))
    await configuration.apply(replace(a_municipality(), layers=(layer,)), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)

    after = (await api.post("/v1/decisions", a_body())).json()["decisions"][0]["decision"]
    row = (await api.get(f"/v1/rules/{before['rule']}")).json()
    asked = (await api.ask(a_body())).json()["retrievals"][0]

    assert set(before["fields"]) - set(after["fields"]) == {"to_month"}
    assert row["drop_fields"] == ["to_month"]
    assert asked["decision"] == after
    assert "to_month" not in asked["decision"]["fields"]
