"""`onceonly serve`: the hub."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import FrameType
from typing import Annotated

import typer
import uvicorn
import uvloop
from typing_extensions import override

from onceonly.api.connections import CallerConnection
from onceonly.app import Beside, application
from onceonly.cli.endings import fail, saying_why
from onceonly.cli.ground import (
    Ground,
    check_keys,
    check_rights,
    check_schema,
    settings_of,
    standing_on,
)
from onceonly.cli.issuer import sharing_issuer
from onceonly.cli.spans import spans_of
from onceonly.domain.errors import LogUnavailable
from onceonly.embedded import EmbeddedPostgres, EmbeddedUnavailable
from onceonly.security.keys import KeyTrouble
from onceonly.telemetry import Spans, log, set_up_logs
from onceonly.usecases.opening import open_world
from onceonly.usecases.sequencing import LogShorter, check_log
from onceonly.usecases.world import World
from onceonly.worker import work

REVIVE_EVERY_S = 1.0
LAST_CALLS_S = 5
_TICKS_A_SECOND = 10


class _Server(uvicorn.Server):
    """Stops in two steps: first nothing new is asked, then, when all is answered, it ends.

    Told a second time it ends at once. uvicorn's own way would end by the signal itself, and what
    stands around the server (an embedded database) would not be left in order.
    """

    stopping = False

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.stopping:
            self.should_exit = self.force_exit = True
        self.stopping = True

    @override
    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SECOND == 0:
            for one in list(self.server_state.connections):
                if isinstance(one, CallerConnection):
                    one.end_if_late()
        return await super().on_tick(counter)

    async def finish(self, world: World, *, with_worker: bool) -> None:
        """Once told to stop: answer what was begun, then end. Until then, work."""
        loops = asyncio.create_task(work(world)) if with_worker else None
        while not self.stopping:  # noqa: ASYNC110 -- a signal handler cannot set an event
            await asyncio.sleep(0.05)
        log.info("stopping")
        world.errands.stop()
        if loops is not None:
            await loops
        await world.errands.finish()
        self.should_exit = True


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Run the worker's loops in this process.")
    ] = False,
) -> None:
    """Serve the hub until told to stop; what was begun is finished first."""
    settings = settings_of(host=host, port=port)
    set_up_logs()
    _take_all_files()
    with (
        spans_of(settings, "onceonly-serve") as spans,
        standing_on(settings) as ground,
        sharing_issuer(settings.keys, settings.base_url),
        _listening(settings.host, settings.port) as listener,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(check_schema(ground.addresses.app))
        runner.run(check_keys(ground, ground.addresses.app))
        runner.run(check_rights(ground))
        runner.run(_serve(ground, listener, spans, with_worker=with_worker))


def _take_all_files() -> None:
    """Each caller's connection is an open file; a shell often allows 1,024 where the system has more."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != most:
        # Where the most is no number some systems take none; what was allowed will have to do.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError:
        fail(f"port {port} of {host} is taken; choose another with --port or ONCEONLY_PORT")


async def _serve(
    ground: Ground, listener: socket.socket, spans: Spans, *, with_worker: bool
) -> None:
    settings = ground.settings
    troubles: list[Exception] = []

    @asynccontextmanager
    async def opening() -> AsyncIterator[World]:
        try:
            async with open_world(
                ground.addresses.app,
                keys=ground.keys,
                issuer=settings.base_url,
                clock=ground.clock,
                sequencer=ground.addresses.sequencer if with_worker else None,
                spans=spans,
            ) as world:
                await check_log(world)
                yield world
        except (KeyTrouble, LogShorter, LogUnavailable) as trouble:
            troubles.append(trouble)
            raise

    jobs: list[Beside] = [lambda world: server.finish(world, with_worker=with_worker)]
    if ground.server is not None:
        jobs.append(_reviving(ground.server))
    app = application(opening, ground.clock, beside=tuple(jobs), spans=spans)
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="on",
            http=CallerConnection,
            log_config=None,
            access_log=False,
            date_header=False,
            # Nothing is believed of who forwards; and nothing here speaks WebSocket.
            proxy_headers=False,
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=LAST_CALLS_S,
            timeout_keep_alive=75,
        )
    )
    log.info("serving", port=settings.port, where=settings.base_url)
    try:
        await server.serve(sockets=[listener])
    except SystemExit:
        # The server ends without a word when the world cannot be opened.
        with saying_why():
            if troubles:
                raise troubles[0] from None
        raise
    log.info("stopped")


def _reviving(server: EmbeddedPostgres) -> Beside:
    """Starts the embedded server again when it was killed."""

    async def revive(_: World) -> None:
        failing = False
        while True:
            try:
                await asyncio.to_thread(server.revive)
                failing = False
            except EmbeddedUnavailable:
                if not failing:
                    log.error("embedded database not revived")
                failing = True
            await asyncio.sleep(REVIVE_EVERY_S)

    return revive
