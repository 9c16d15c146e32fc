"""The one pool, and connections that remember whose rows they may see."""

import sys
from asyncio import timeout as asyncio_timeout
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, Self, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from onceonly.domain.errors import LogUnavailable

_ENTER = "select set_config('onceonly.municipality', $1, false)"
_WHO = "select rolsuper or rolbypassrls from pg_roles where rolname = session_user"
# The third: the server has ended the session, and the driver has not yet heard the connection close.
_DRIVER = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
# Connection, transaction, resource and shutdown troubles: nothing happened, come back.
_NOT_NOW = ("08", "25", "40", "53", "55", "57", "58")
_Given = ParamSpec("_Given")
_OVERTAKEN = "OO002"
_LETTING_GO_S = 1
_RENEWED_AFTER = 50_000
# A plan made while a table was small reads it whole for as long as it is kept, however large the
# table grows; every statement here has its index. Where one has none, a plan looks dear enough to be
# compiled, which takes a hundred times as long as carrying it out.
_SESSION = {
    "application_name": "onceonly",
    "enable_seqscan": "off",
    "jit": "off",
    # Whoever hangs in the middle of a fact holds up others: the sequencers, who share one lock.
    "idle_in_transaction_session_timeout": "10s",
}
# The dialect is not typed upstream.
_DIALECT = asyncpg_dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class Rejected(Exception):
    """The database refused a statement of ours: a bug. `state` is its SQLSTATE, no value with it."""

    def __init__(self, state: str, constraint: str | None) -> None:
        super().__init__(f"{state} {constraint or ''}".strip())
        self.state = state
        self.constraint = constraint


class Overtaken(Exception):
    """What a statement hung on changed meanwhile: nothing happened; read anew and decide again."""


def unless_overtaken(
    fact: Callable[_Given, Awaitable[bool | None]],
) -> Callable[_Given, Coroutine[None, None, bool | None]]:
    """The same fact, which answers None where something it hangs on changed meanwhile."""

    @wraps(fact)
    async def recorded(*given: _Given.args, **named: _Given.kwargs) -> bool | None:
        try:
            return await fact(*given, **named)
        except Overtaken:
            return None

    return recorded


class Connection(asyncpg.Connection):
    """A connection that remembers whose rows it may see."""

    _municipality: int | None = None

    async def enter(self, municipality: int) -> None:
        """Stand inside one municipality; costs a round trip only when it changes.

        Raises:
            LogUnavailable: the database did not answer.
        """
        if self._municipality != municipality:
            self._municipality = None  # a failure in between leaves nobody inside
            try:
                await self.execute(_ENTER, str(municipality))
            except _DRIVER as error:
                raise _plain(error) from None
            self._municipality = municipality

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Several statements as one fact: all of them, or none when the block is left by an error.

        Raises:
            LogUnavailable: the database did not carry it out, or its confirmation was lost.
        """
        fact = self.transaction()
        try:
            await fact.start()
        except _DRIVER as error:
            raise _plain(error) from None
        try:
            yield
        except BaseException:
            with suppress(*_DRIVER):
                await fact.rollback()
            raise
        try:
            await fact.commit()
        except _DRIVER as error:
            raise _plain(error) from None


class Statement:
    """One SQL statement with `:named` parameters, prepared once: `await S.row(connection, id=…)`."""

    def __init__(self, sql: str) -> None:
        compiled = text(sql).compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self.order = tuple(compiled.positiontup or ())
        self._names = frozenset(self.order)

    async def rows(self, connection: Connection, **values: object) -> list[asyncpg.Record]:
        """Every row.

        Raises:
            LogUnavailable: the database did not carry it out.
            Overtaken: a consent it hangs on does not permit any more.
            Rejected: it refused; a bug of ours.
        """
        if values.keys() != self._names:
            raise TypeError(f"wanted {sorted(self._names)}, got {sorted(values)}")
        given = [values[name] for name in self.order]
        try:
            try:
                return await connection.fetch(self.sql, *given)
            except asyncpg.DeadlockDetectedError:
                # With a migration, which goes on now; this statement was undone whole.
                if connection.is_in_transaction():
                    raise
                return await connection.fetch(self.sql, *given)
        except (asyncpg.InternalClientError, asyncpg.ReadOnlySQLTransactionError) as error:
            # Nothing more can be said or written on it, and a session goes on as it began: it must
            # not go back to the pool as if it could.
            connection.terminate()
            raise _plain(error) from None
        except _DRIVER as error:
            raise _plain(error) from None

    async def row(self, connection: Connection, **values: object) -> asyncpg.Record | None:
        """The first row, if any; raises like `rows`."""
        found = await self.rows(connection, **values)
        return found[0] if found else None


SCHEMA_IS_THERE = Statement(
    "select 1 from pg_tables where schemaname = 'public' and tablename = 'alembic_version'"
)
SCHEMA = Statement("select version_num from alembic_version")
WRITABLE = Statement("select not current_setting('transaction_read_only')::boolean as writable")
RIGHTS = Statement(
    "select rolsuper or rolbypassrls as mighty, exists (select from pg_tables"
    " where schemaname = 'public' and tableowner = session_user) as owner"
    " from pg_roles where rolname = session_user"
)


class Database:
    """The pool. There is no other door: ask whose rows first."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._lent = _Count()

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        role: str | None = "onceonly_app",
        size: int = 8,
        idle_s: int | None = None,
    ) -> Self:
        """Open the pool; a session that sees through walls steps down to `role`, if there is one.

        With `idle_s` a session begins when it is first wanted, is kept as long as it lives, and the
        server ends it after so many seconds without a word.

        Raises:
            LogUnavailable: the database did not answer.
        """

        async def stand_down(connection: asyncpg.Connection) -> None:
            if role is not None and await connection.fetchval(_WHO):
                await connection.execute(f"set role {role}")

        try:
            pool = await asyncpg.create_pool(
                url.replace("postgresql+asyncpg://", "postgresql://", 1),
                min_size=1 if idle_s is None else 0,
                max_size=size,
                max_queries=_RENEWED_AFTER if idle_s is None else sys.maxsize,
                init=stand_down,
                connection_class=Connection,
                command_timeout=5,
                timeout=5,
                # The pool's own reset is a round trip and would forget the municipality.
                reset=_keep,
                server_settings=_SESSION
                if idle_s is None
                else _SESSION | {"idle_session_timeout": f"{idle_s}s"},
            )
        except _DRIVER as error:
            raise _plain(error) from None
        return cls(pool)

    @property
    def lent(self) -> tuple[int, int]:
        """How many connections are out or waited for, and how many there are at most."""
        return self._lent.out, self._pool.get_max_size()

    async def close(self) -> None:
        """Give every connection back, within two seconds."""
        try:
            async with asyncio_timeout(2):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def schema(self) -> str | None:
        """The number of the last migration; None before the first.

        Raises:
            LogUnavailable: the database did not answer.
        """
        async with self.outside() as connection:
            if not await SCHEMA_IS_THERE.rows(connection):
                return None
            row = await SCHEMA.row(connection)
        return None if row is None else str(row["version_num"])

    async def writable(self) -> bool:
        """Whether something can be written. A session goes on as it began, so a new one is asked too.

        Raises:
            LogUnavailable: the database did not answer.
        """
        for _ in range(2):
            async with self.outside() as connection:
                row = await WRITABLE.row(connection)
            if row is not None and row["writable"]:
                return True
            await self._pool.expire_connections()
        return False

    async def may_too_much(self) -> bool:
        """Whether its user sees through walls, or could take them down.

        Raises:
            LogUnavailable: the database did not answer.
        """
        async with self.outside() as connection:
            row = await RIGHTS.row(connection)
        return row is not None and bool(row["mighty"] or row["owner"])

    def within(self, municipality: int) -> "_Lent":
        """A connection that sees one municipality's rows: `async with …within(7) as connection`.

        Raises:
            LogUnavailable: none could be had.
        """
        return _Lent(self._pool, self._lent, municipality)

    def outside(self) -> "_Lent":
        """A connection for what belongs to no municipality; its walls show nothing.

        Raises:
            LogUnavailable: none could be had.
        """
        return _Lent(self._pool, self._lent, None)


@dataclass(slots=True)
class _Count:
    """How many connections are out, or waited for."""

    out: int = 0


class _Lent:
    """A connection of the pool, lent for a while; a class, because a generator costs twice."""

    __slots__ = ("_count", "_municipality", "_pool", "_proxy")

    def __init__(self, pool: asyncpg.Pool, count: _Count, municipality: int | None) -> None:
        self._pool = pool
        self._count = count
        self._municipality = municipality
        self._proxy: PoolConnectionProxy | None = None

    async def __aenter__(self) -> Connection:
        # A timeout costs a timer; where one is left there is nothing to wait for.
        patience = None if self._count.out < self._pool.get_max_size() else 5
        self._count.out += 1
        try:
            self._proxy = await self._pool.acquire(timeout=patience)
        except BaseException as error:
            self._count.out -= 1
            if isinstance(error, _DRIVER):
                raise _plain(error) from None
            raise
        connection = cast("Connection", self._proxy)
        if self._municipality is not None:
            try:
                await connection.enter(self._municipality)
            except BaseException:
                await self._let_go(self._proxy)
                raise
        return connection

    async def __aexit__(self, *_: object) -> None:
        if self._proxy is not None:
            await self._let_go(self._proxy)

    async def _let_go(self, proxy: PoolConnectionProxy) -> None:
        """Give it back, without a failure of its own: the statement's is told.

        After a statement that was given up asyncpg waits for the server to say so; a frozen server
        never does, and the pool then ends the connection.
        """
        try:
            with suppress(*_DRIVER):
                await self._pool.release(proxy, timeout=_LETTING_GO_S)
        finally:
            self._count.out -= 1


async def _keep(connection: asyncpg.Connection) -> None:
    """Leave the session as it is."""


def _plain(error: BaseException) -> Exception:
    """The failure without the driver's words: they quote values."""
    state = getattr(error, "sqlstate", None)
    if state == _OVERTAKEN:
        return Overtaken()
    if isinstance(error, asyncpg.PostgresError) and not (state or "").startswith(_NOT_NOW):
        return Rejected(state or "", getattr(error, "constraint_name", None))
    return LogUnavailable(type(error).__name__)
