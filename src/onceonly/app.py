"""The serving process: one world, its HTTP face, and what runs beside it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

import onceonly
from onceonly.api import (
    access,
    catalogue,
    consents,
    decisions,
    discoveries,
    evidence,
    health,
    notices,
    offices,
    pages,
    previews,
    protection,
    reference,
    requests,
    retrievals,
    rules,
    tasks,
)
from onceonly.api import log as log_api
from onceonly.api.access import doors_of
from onceonly.api.documentation import CONTACT, SERVER, TAGS, described
from onceonly.api.problems import add_problems
from onceonly.api.wrappers import Outermost
from onceonly.domain.errors import LogUnavailable
from onceonly.telemetry import NO_SPANS, Spans, log
from onceonly.usecases.health import look_at_providers
from onceonly.usecases.limits import look_at_certificates, measure
from onceonly.usecases.world import Clock, World

RENEW_EVERY_S = 1.0
"""How often configurations are looked at: changes are followed within two seconds."""

LOOK_EVERY_S = 2.5
"""Between two looks at the providers: a look takes two seconds at most, so five tell the truth."""

MEASURE_EVERY_S = 5.0
"""How often limits that are coming near are looked at."""

LOOK_AT_CERTIFICATES_EVERY_S = 3600.0

ROUTERS = (
    requests.router,
    retrievals.router,
    evidence.router,
    previews.router,
    consents.router,
    decisions.router,
    discoveries.router,
    tasks.router,
    protection.router,
    access.router,
    catalogue.router,
    notices.router,
    rules.router,
    offices.router,
    log_api.router,
    health.router,
    pages.router,
    reference.router,
)
"""Everything that is served, in the order in which paths are matched."""

UNTRACED = frozenset({"/livez", "/readyz", "/health", "/metrics"})
"""Paths that are looked at every few seconds; their spans would say nothing."""

Opening = Callable[[], AbstractAsyncContextManager[World]]
Beside = Callable[[World], Coroutine[None, None, None]]


def bare_application(*, spans: Spans = NO_SPANS) -> FastAPI:
    """Routes, problems and document, without a world: what the OpenAPI document is made of."""
    app = FastAPI(
        title="onceonly",
        version=onceonly.__version__,
        summary="A municipal once-only hub",
        description=(
            "Offices ask for evidence that a person has already given to another office. Every "
            "exchange is decided by law, cut to the field and on record before it happens."
        ),
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        contact=CONTACT,
        openapi_tags=[{"name": name, "description": said} for name, said in TAGS.items()],
        servers=[SERVER],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": spans.provider is not None,
            "tracer_provider": spans.provider,
            "exclude": lambda scope: scope.get("path") in UNTRACED,
            "logs": False,
            "metrics": False,
            "operation_spans": False,
            # Else an environment variable would tell more, past what spans may say.
            "auto_configure": False,
        },
    )
    for router in ROUTERS:
        # Not included but joined: an included router is matched again at every call.
        app.router.routes.extend(router.routes)
    # What may stand in a path that is told back; the rest could name a person.
    app.state.words = frozenset(
        word
        for router in ROUTERS
        for route in router.routes
        for word in getattr(route, "path", "").split("/")
    )
    add_problems(app)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = described(FastAPI.openapi(app), doors_of(app.routes))
    return app.openapi_schema


def application(
    opening: Opening, clock: Clock, *, beside: tuple[Beside, ...] = (), spans: Spans = NO_SPANS
) -> ASGIApp:
    """The whole application; `beside` runs as long as it does."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opening() as world:
            app.state.world = world
            app.state.issuer = world.issuer
            tasks = [
                asyncio.create_task(job(world))
                for job in (
                    _follow_configurations,
                    _follow_providers,
                    _follow_limits,
                    _follow_certificates,
                    *beside,
                )
            ]
            gc.collect()
            gc.freeze()
            gc.set_threshold(50_000, 20, 100)
            try:
                yield
            finally:
                world.errands.stop()
                await world.errands.finish()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    app = bare_application(spans=spans)
    app.router.lifespan_context = lifespan
    return Outermost(app, clock)


async def _follow_configurations(world: World) -> None:
    failing = False
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        try:
            await world.snapshots.renew(world.database)
            failing = False
        except LogUnavailable:
            # Said once: a database that is away for a day must not fill the disk with it.
            if not failing:
                log.warning("configuration not renewed")
            failing = True
        except Exception as error:  # noqa: BLE001 -- whatever it is, the next look must come
            log.error("bug", error=type(error).__name__, loop="configurations")


async def _follow_providers(world: World) -> None:
    while True:
        try:
            await look_at_providers(world)
        except Exception as error:  # noqa: BLE001 -- as above
            log.error("bug", error=type(error).__name__, loop="providers")
        await asyncio.sleep(LOOK_EVERY_S)


async def _follow_limits(world: World) -> None:
    while True:
        try:
            await measure(world, {"keys": world.keys.directory})
        except Exception as error:  # noqa: BLE001 -- as above
            log.error("bug", error=type(error).__name__, loop="limits")
        await asyncio.sleep(MEASURE_EVERY_S)


async def _follow_certificates(world: World) -> None:
    while True:
        try:
            await look_at_certificates(world)
        except Exception as error:  # noqa: BLE001 -- as above
            log.error("bug", error=type(error).__name__, loop="certificates")
        await asyncio.sleep(LOOK_AT_CERTIFICATES_EVERY_S)
