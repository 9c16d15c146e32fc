"""More callers stay connected than a shell allows a program open files."""

import asyncio
import resource
from contextlib import AsyncExitStack

from scenarios.stand import Stand
from scenarios.test_stopping import idle_connections

ALLOWED = 200
"""Open files that the process may begin with; callers are more."""


async def test_a_hub_takes_as_many_callers_as_the_system_lets_it(stand: Stand) -> None:
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with AsyncExitStack() as stack:
        # A program begins with what its parent has; we take it back once it runs.
        resource.setrlimit(resource.RLIMIT_NOFILE, (ALLOWED, most))
        try:
            hub = await stack.enter_async_context(stand.starting())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
        await hub.is_ready()

        async with asyncio.timeout(60):
            idle = await idle_connections(hub, 2 * ALLOWED)
            ready = await hub.http.get("/readyz")

        for one in idle:
            one.close()
        assert ready.is_success
