"""`onceonly work`: the worker's loops in a process of their own."""

import asyncio
import signal

from onceonly.cli.endings import fail, saying_why
from onceonly.cli.ground import Ground, check_keys, check_schema, settings_of, standing_on
from onceonly.cli.issuer import sharing_issuer
from onceonly.cli.spans import spans_of
from onceonly.domain.errors import LogUnavailable
from onceonly.telemetry import Spans, log, set_up_logs
from onceonly.usecases.opening import open_world
from onceonly.usecases.sequencing import check_log
from onceonly.worker import work as run_loops


def work() -> None:
    """End what was lost, destroy what is due, ask again what was deferred, until told to stop."""
    settings = settings_of()
    set_up_logs()
    with (
        spans_of(settings, "onceonly-work") as spans,
        standing_on(settings) as ground,
        sharing_issuer(settings.keys, settings.base_url),
    ):
        asyncio.run(check_schema(ground.addresses.sequencer))
        asyncio.run(check_keys(ground, ground.addresses.sequencer))
        with saying_why():
            asyncio.run(_work(ground, spans))


async def _work(ground: Ground, spans: Spans) -> None:
    stop = _told_to_stop()
    try:
        async with open_world(
            ground.addresses.sequencer,
            keys=ground.keys,
            issuer=ground.settings.base_url,
            clock=ground.clock,
            sequencer=ground.addresses.sequencer,
            spans=spans,
        ) as world:
            await check_log(world)
            loops = asyncio.create_task(run_loops(world))
            log.info("working")
            await stop.wait()
            log.info("stopping")
            world.errands.stop()
            await loops
            await world.errands.finish()
            log.info("stopped")
    except LogUnavailable:
        fail("the database does not answer; start it and try again")
    except asyncio.CancelledError:
        log.warning("stopped at once")


def _told_to_stop() -> asyncio.Event:
    """Set by the first signal; the second ends the work at once."""
    stop = asyncio.Event()
    working = asyncio.current_task()

    def hear() -> None:
        if stop.is_set() and working is not None:
            working.cancel()
        stop.set()

    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, hear)
    return stop
