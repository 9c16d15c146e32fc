"""What operators see: alive, ready, well, and why not."""

from dataclasses import replace

from api.calling import Api
from onceonly.usecases.world import Errands


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
