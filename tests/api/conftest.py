"""The application around a world of the test's own, called over ASGI."""

from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest

from api.calling import Api
from onceonly.api.wrappers import Outermost
from onceonly.app import bare_application
from onceonly.usecases.world import World


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    """The hub as callers meet it; a bug of ours is a 500, as it would be for them."""
    app = bare_application()
    app.state.world = world
    app.state.issuer = world.issuer

    def clock() -> datetime:
        now = app.state.world.clock()
        assert isinstance(now, datetime)
        return now

    transport = httpx.ASGITransport(Outermost(app, clock), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=world.issuer) as client:
        yield Api(app, client)
