"""For operators: alive, ready, well, and the figures. No person is ever in them."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

import onceonly
from onceonly.api.access import CurrentWorld
from onceonly.domain.calendar import instant
from onceonly.telemetry import metrics
from onceonly.usecases.health import essentials, layers, positions, providers, take_stock

router = APIRouter(tags=["operations"])


class AliveView(BaseModel):
    """The process runs."""

    status: str


class ReadyView(BaseModel):
    """May it have traffic; `failing` names what is in the way."""

    status: str
    failing: list[str]


class CheckView(BaseModel):
    """One dependency; the name is a code, never a URL."""

    name: str
    status: str
    last_success_at: str | None
    remedy: str | None


class HealthView(BaseModel):
    """The heartbeat: `ok`, `degraded` (a provider is away, the log stands still, layers fit no more) or `down`."""

    status: str
    version: str
    checks: list[CheckView]


@router.get("/livez", operation_id="getAlive", summary="Is the process alive")
async def get_alive() -> AliveView:
    """200 as long as the process answers at all."""
    return AliveView(status="ok")


@router.get(
    "/readyz",
    operation_id="getReady",
    summary="May it have traffic",
    response_model=ReadyView,
    responses={503: {"model": ReadyView}},
)
async def get_ready(world: CurrentWorld) -> Response:
    """A provider that is away never unreadies the hub."""
    failing = [one.name for one in await essentials(world) if not one.ok]
    status = HTTPStatus.SERVICE_UNAVAILABLE if failing else HTTPStatus.OK
    body = {"status": "failing" if failing else "ok", "failing": failing}
    return JSONResponse(body, status, {"cache-control": "no-store"})


@router.get("/health", operation_id="getHealth", summary="How is everything it depends on")
async def get_health(world: CurrentWorld) -> HealthView:
    """Every dependency, when it last worked, and what to do."""
    checks = [*await essentials(world), await positions(world), *providers(world), *layers(world)]
    down = any(not one.ok and one.essential for one in checks)
    degraded = any(not one.ok for one in checks)
    return HealthView(
        status="down" if down else "degraded" if degraded else "ok",
        version=onceonly.__version__,
        checks=[
            CheckView(
                name=one.name,
                status="ok" if one.ok else "failing",
                last_success_at=None
                if one.last_success_at is None
                else instant(one.last_success_at),
                remedy=one.remedy,
            )
            for one in checks
        ],
    )


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def get_metrics(world: CurrentWorld) -> Response:
    """Labels are route templates, codes and closed lists."""
    await take_stock(world)
    return Response(metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")
