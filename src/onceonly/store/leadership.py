"""Who leads a loop: one process at a time, by a lock that ends with its session."""

from onceonly.store.database import Connection, Database, Statement

SPACE = 1_869_505_381
"""First half of every loop's lock: the bytes of `once`."""

LEAD = Statement(
    "select pg_try_advisory_lock(cast(:space as integer), hashtext(cast(:loop as text))) as leads"
)
STEP_DOWN = Statement("select pg_advisory_unlock_all()")


class Leadership:
    """The loops one process leads, over a session of its own.

    The lock is the session's: a process that dies, or is told to stop, loses it with the session,
    and one that hangs when the server ends its session for being idle. It spares the others their
    rounds and guards nothing: what a round does must stand up to a second one, because a session
    can be lost in the middle of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, loop: str) -> bool:
        """Whether this process leads the loop, from now on or still; asked before every round.

        Raises:
            LogUnavailable: the database did not answer; nobody leads by that.
        """
        async with self._database.outside() as connection:
            return await leads(connection, loop)

    async def step_down(self) -> None:
        """Let others lead, who may fare better; it may lead again when nobody else does.

        Raises:
            LogUnavailable: the database did not answer; the session is lost, or will be.
        """
        async with self._database.outside() as connection:
            await STEP_DOWN.row(connection)

    async def resign(self) -> None:
        """Lead nothing any more."""
        await self._database.close()


async def leads(connection: Connection, loop: str) -> bool:
    """Whether this session leads the loop; a lock that it has is had once more, which costs nothing."""
    row = await LEAD.row(connection, space=SPACE, loop=loop)
    return row is not None and bool(row["leads"])
