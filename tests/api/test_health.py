"""What operators see: alive, ready, well, and why not."""

from dataclasses import replace
from datetime import timedelta

import asyncpg

from api.calling import Api
from builders import NOW, AnOffice, a_municipality
from onceonly.domain.offices import Layer
from onceonly.embedded import Addresses
from onceonly.store.database import Database
from onceonly.usecases import configuration
from onceonly.usecases.health import BEHIND, look_at_providers
from onceonly.usecases.sequencing import take_in
from onceonly.usecases.world import Errands, World


async def test_a_process_that_runs_is_alive_and_ready(api: Api) -> None:
    alive = await api.get("/livez", by=None)
    ready = await api.get("/readyz", by=None)

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "failing": []})


async def test_without_its_database_it_is_alive_and_not_ready(api: Api) -> None:
    await api.world.database.close()

    ready = await api.get("/readyz", by=None)
    health = (await api.get("/health", by=None)).json()

    assert (await api.get("/livez", by=None)).status_code == 200
    assert (ready.status_code, ready.json()["failing"]) == (503, ["database"])
    assert health["status"] == "down"
    assert {one["name"]: bool(one["remedy"]) for one in health["checks"]}["database"]


async def test_a_database_that_cannot_be_written_or_refuses_us_unreadies_and_says_why(
    api: Api, addresses: Addresses
) -> None:
    name = addresses.owner.rpartition("/")[2]
    owner = await asyncpg.connect(addresses.owner)

    async def told() -> tuple[list[str], str | None]:
        ready = (await api.get("/readyz", by=None)).json()["failing"]
        checks = (await api.get("/health", by=None)).json()["checks"]
        return ready, {one["name"]: one["remedy"] for one in checks}["database"]

    await owner.execute(f'alter database "{name}" set default_transaction_read_only = on')
    database = await Database.open(addresses.app)
    api.app.state.world = replace(api.world, database=database)
    read_only = await told()
    await owner.execute(f'alter database "{name}" reset default_transaction_read_only')
    again = await told()
    await owner.execute("revoke select on alembic_version from onceonly_app")
    refused = await told()
    await owner.close()
    await database.close()

    assert read_only == (["database"], "nothing can be written in it; run `onceonly doctor`")
    assert again == ([], None)
    assert refused == (["database"], "it refuses its user; run `onceonly doctor`")


async def test_a_process_told_to_stop_is_not_ready(api: Api) -> None:
    errands = Errands()
    errands.stop()
    api.app.state.world = replace(api.world, errands=errands)

    assert (await api.get("/readyz", by=None)).json()["failing"] == ["process"]


async def test_a_provider_that_is_away_degrades_and_never_unreadies(api: Api) -> None:
    api.world.down.add("musterkreis/jobcenter")

    health = (await api.get("/health", by=None)).json()

    assert health["status"] == "degraded"
    assert (await api.get("/readyz", by=None)).status_code == 200
    checks = {one["name"]: one for one in health["checks"]}
    assert checks["provider:musterkreis/jobcenter"]["status"] == "failing"
    assert "http" not in str(checks)


async def test_the_heartbeat_says_when_each_dependency_last_worked(api: Api) -> None:
    health = (await api.get("/health", by=None)).json()

    assert health.keys() == {"status", "version", "checks"}
    assert all(
        one.keys() == {"name", "status", "last_success_at", "remedy"} for one in health["checks"]
    )
    seen = {one["name"]: one["last_success_at"] for one in health["checks"]}
    assert seen["database"] == seen["keys"] == "2026-11-25T10:00:00.000Z"


async def test_figures_are_in_prometheus_text_format(api: Api) -> None:
    answer = await api.get("/metrics", by=None)

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE onceonly_http_request_duration_seconds histogram" in answer.text


async def test_an_office_that_counts_as_dead_is_told_of_and_unreadies_nobody(
    api: Api, jobcenter: AnOffice
) -> None:
    jobcenter.cut_off = True

    health = (await api.get("/health", by=None)).json()
    figures = (await api.get("/metrics", by=None)).text

    checks = {one["name"]: one for one in health["checks"]}
    assert health["status"] == "degraded"
    assert checks["provider:musterkreis/jobcenter"]["status"] == "failing"
    assert checks["provider:musterkreis/jobcenter"]["remedy"]
    assert 'onceonly_provider_cut_off_state{provider="musterkreis/jobcenter"} 1.0' in figures
    assert 'onceonly_provider_well_state{provider="musterkreis/jobcenter"} 1.0' in figures
    assert (await api.get("/readyz", by=None)).status_code == 200


async def test_a_provider_that_left_the_file_leaves_the_figures(api: Api, owner: World) -> None:
    await api.get("/metrics", by=None)
    await configuration.apply(replace(a_municipality(), data_services=()), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)

    assert "musterkreis/jobcenter" not in (await api.get("/metrics", by=None)).text.replace(
        "onceonly_retrievals", ""
    )


async def test_a_heartbeat_is_seen_by_the_next_look(api: Api, jobcenter: AnOffice) -> None:
    name = "provider:musterkreis/jobcenter"

    async def seen() -> tuple[str, str | None]:
        await look_at_providers(api.world)
        checks = (await api.get("/health", by=None)).json()["checks"]
        (one,) = [one for one in checks if one["name"] == name]
        return one["status"], one["last_success_at"]

    jobcenter.well = False
    assert await seen() == ("failing", None)
    jobcenter.well = True
    assert await seen() == ("ok", "2026-11-25T10:00:00.000Z")
    jobcenter.well = False
    assert await seen() == ("failing", "2026-11-25T10:00:00.000Z")
    await api.ask()
    checks = (await api.get("/health", by=None)).json()["checks"]
    assert [one["status"] for one in checks if one["name"] == name] == ["ok"]


async def test_positions_that_stand_still_degrade_and_are_told_of(api: Api, worker: World) -> None:
    async def seen() -> tuple[str, dict[str, str | None], str]:
        health = (await api.get("/health", by=None)).json()
        (one,) = [one for one in health["checks"] if one["name"] == "log"]
        figures = (await api.get("/metrics", by=None)).text.splitlines()
        (waiting,) = [one for one in figures if one.startswith("onceonly_log_waiting_seconds ")]
        return health["status"], one, waiting.split()[1]

    now = NOW + BEHIND
    api.app.state.world = replace(api.world, clock=lambda: now)
    assert await seen() == (
        "ok",
        {"name": "log", "status": "ok", "last_success_at": None, "remedy": None},
        "10.0",
    )

    now = NOW + timedelta(seconds=11)
    status, check, waiting = await seen()
    assert (status, check["status"], check["last_success_at"]) == ("degraded", "failing", None)
    assert "entries have waited 11 s" in str(check["remedy"])
    assert waiting == "11.0"
    assert (await api.get("/readyz", by=None)).status_code == 200

    await take_in(worker)
    status, check, waiting = await seen()
    assert (status, check["status"], waiting) == ("ok", "ok", "0.0")
    assert check["last_success_at"] == "2026-11-25T10:00:00.000Z"


async def test_without_its_database_nobody_knows_how_the_log_is(api: Api) -> None:
    await api.world.database.close()

    checks = (await api.get("/health", by=None)).json()["checks"]
    figures = (await api.get("/metrics", by=None)).text

    assert {one["name"]: one["status"] for one in checks}["log"] == "failing"
    assert "onceonly_log_waiting_seconds NaN" in figures


async def test_layers_that_fit_no_more_are_told_of_and_what_they_may_mean_is_closed(
    api: Api, owner: World
) -> None:
    old = Layer(
        "narrowing", {"rules": [{"rule": "R999", "drop_modes": ["may"], "reason": "x"}]}, ()
    )
    await configuration.apply(replace(a_municipality(), layers=(old,)), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)

    health = (await api.get("/health", by=None)).json()
    figures = (await api.get("/metrics", by=None)).text
    asked = await api.ask(key="k1")

    (check,) = [one for one in health["checks"] if one["name"] == "layers:musterkreis"]
    assert (health["status"], check["status"]) == ("degraded", "failing")
    assert check["remedy"] == "1 of their parts fit the law no more; `onceonly doctor` names them"
    assert 'onceonly_layer_misfits_count{municipality="musterkreis"} 1.0' in figures
    (one,) = asked.json()["retrievals"]
    assert (one["state"], one["decision"]["reason"]) == ("refused", "no-rule")
    assert (await api.get("/readyz", by=None)).status_code == 200

    await configuration.apply(a_municipality(), owner, actor="test")
    await api.world.snapshots.renew(api.world.database)
    assert (await api.get("/health", by=None)).json()["status"] == "ok"
