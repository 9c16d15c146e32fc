"""What `POST /v1/decisions` is held against: the same token check and models, and the body back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from onceonly.api.access import AskingCaller, CurrentWorld, office_of
from onceonly.api.items import EvidenceRequestBody
from onceonly.api.problems import add_problems
from onceonly.api.reading import StrictRoute
from onceonly.security.keys import KeyFiles
from onceonly.settings import clock_of, read_settings
from onceonly.usecases.opening import open_world

router = APIRouter(route_class=StrictRoute)


@router.post("/echo")
async def echo(body: EvidenceRequestBody, caller: AskingCaller, world: CurrentWorld) -> Response:
    """The body, read and written by the hub's own models; nothing is decided."""
    body.read(caller, world)
    office_of(caller)
    return Response(body.model_dump_json(exclude_unset=True), media_type="application/json")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings = read_settings(words={})
    async with open_world(
        settings.database_url or "",
        keys=KeyFiles(settings.keys, create=True),
        issuer=settings.base_url,
        clock=clock_of(settings),
    ) as world:
        app.state.world, app.state.issuer = world, world.issuer
        yield


app = FastAPI(lifespan=_lifespan)
app.router.routes.extend(router.routes)
add_problems(app)
