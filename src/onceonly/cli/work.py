"""`onceonly work`: the worker's loops in a process of their own."""

import asyncio
import signal

from onceonly.cli.endings import fail
from onceonly.cli.ground import Ground, check_schema, settings_of, standing_on
from onceonly.domain.errors import LogUnavailable
from onceonly.telemetry import log, set_up_logs
from onceonly.usecases.opening import open_world
from onceonly.worker import work as run_loops


def work() -> None:
    """End what was lost, destroy what is due, ask again what was deferred, until told to stop."""
    settings = settings_of()
    set_up_logs()
    with standing_on(settings) as ground:
        asyncio.run(check_schema(ground))
        asyncio.run(_work(ground))


async def _work(ground: Ground) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    try:
        async with open_world(
            ground.addresses.sequencer,
            keys=ground.keys,
            issuer=ground.settings.base_url,
            clock=ground.clock,
        ) as world:
            loops = asyncio.create_task(run_loops(world))
            log.info("working")
            await stop.wait()
            loops.cancel()
            await asyncio.gather(loops, return_exceptions=True)
            world.errands.stop()
            await world.errands.finish()
            log.info("stopped")
    except LogUnavailable:
        fail("the database does not answer; start it and try again")
