"""Everything a use case may touch: handed down by the composition root, never looked up."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from onceonly.connectors.contract import Connector
from onceonly.domain.citizens import Citizen
from onceonly.domain.errors import Busy, Stopping
from onceonly.domain.log import Head
from onceonly.domain.offices import Client, Configuration, DataService, IdentityProvider, Office
from onceonly.domain.protection import NOBODY, Protections
from onceonly.domain.retrievals import Retrieval
from onceonly.domain.rules import Law
from onceonly.merkle.tiles import Frontier
from onceonly.readers.layers import law_with
from onceonly.readers.municipality import configuration_of
from onceonly.security.checkpoints import KeptHead
from onceonly.security.keys import KeyFiles
from onceonly.security.names import Names
from onceonly.security.tokens import AccessTokens
from onceonly.store import configuration as stored
from onceonly.store import protection
from onceonly.store.configuration import MunicipalityRow
from onceonly.store.database import Database
from onceonly.store.leadership import Leadership
from onceonly.telemetry import NO_SPANS, UNDER_WAY, Spans, log
from onceonly.usecases.cursors import Cursors
from onceonly.usecases.recording import AnswerRecorder, As, QuestionRecorder

Clock = Callable[[], datetime]
"""The hub's own time, UTC."""

HOLD_FOR = timedelta(hours=72)
"""How long released evidence waits to be collected."""

ANSWERED_WITHIN = timedelta(days=30)
"""How long a question waits to be answered by hand."""

REPEAT_FOR = timedelta(minutes=15)
"""How long after its first reading evidence may be read again."""

LOST_AFTER = timedelta(seconds=30)
"""How long past its `fetching_until` a retrieval counts as lost."""

REMEMBERED_FOR = timedelta(hours=24)
"""How long an idempotency key is remembered at least, however short its request is kept."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated client: of which municipality, for which office, with which scopes."""

    municipality: int
    client: Client
    office: Office | None
    scopes: frozenset[str]

    @property
    def door(self) -> dict[str, object]:
        """Through whose door, as entries say it."""
        return {"client": self.client.client_id}


@dataclass(frozen=True, slots=True)
class Visitor:
    """A citizen who calls with their own token, and the municipality whose provider vouches."""

    municipality: int
    citizen: Citizen

    @property
    def door(self) -> dict[str, object]:
        """Through whose door, as entries say it: no client's, but a login's of some level."""
        login = self.citizen.person.identity
        return {
            "client": None,
            "level": self.citizen.level,
            "login": None if login is None else [login.issuer, login.subject],
        }


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One municipality as it was when last looked at; `version` says whether it still is."""

    municipality: int
    version: int
    configuration: Configuration
    protections: Protections = NOBODY

    @property
    def judging(self) -> As:
        """By what an answer is judged that is recorded now."""
        return As(self.municipality, self.version, self.protections.version)


class Snapshots:
    """The municipalities as this process knows them, renewed when their version moves."""

    def __init__(self) -> None:
        self._by_number: dict[int, Snapshot] = {}
        self._clients: dict[str, tuple[int, Client]] = {}
        self._vouching: dict[tuple[str, str], tuple[int, IdentityProvider]] = {}

    def of(self, municipality: int) -> Snapshot:
        """One municipality's snapshot."""
        return self._by_number[municipality]

    def all(self) -> tuple[Snapshot, ...]:
        """Every municipality, by its number."""
        return tuple(self._by_number.values())

    def caller(self, client_id: str, scopes: frozenset[str]) -> Caller | None:
        """Who calls with this client id here and now; None when no file names it."""
        known = self._clients.get(client_id)
        if known is None:
            return None
        municipality, client = known
        offices = self._by_number[municipality].configuration.offices
        office = None if client.office is None else offices.get(client.office)
        return Caller(municipality, client, office, scopes & frozenset(client.scopes))

    def vouching(self, issuer: str, audience: str) -> tuple[int, IdentityProvider] | None:
        """The identity provider of that name and audience, and whose it is; None when nobody's."""
        return self._vouching.get((issuer, audience))

    async def renew(self, database: Database) -> None:
        """Read what moved since the last look.

        Raises:
            LogUnavailable: the database did not answer; what is known stays.
        """
        async with database.outside() as connection:
            seen = await stored.municipalities(connection)
        for one in seen:
            known = self._by_number.get(one.number)
            if one.version and (known is None or known.version != one.version):
                async with database.within(one.number) as connection:
                    current = await stored.current(connection)
                if current is not None:
                    known = self._by_number.get(one.number)
                    self._by_number[one.number] = Snapshot(
                        one.number,
                        current[0],
                        configuration_of(current[1]),
                        NOBODY if known is None else known.protections,
                    )
            await self._follow_protections(one, database)
        self._clients = {
            client.client_id: (one.municipality, client)
            for one in self._by_number.values()
            for client in one.configuration.clients.values()
        }
        self._vouching = {
            (provider.issuer, provider.audience): (one.municipality, provider)
            for one in self._by_number.values()
            for provider in one.configuration.identity_providers
        }

    async def _follow_protections(self, row: MunicipalityRow, database: Database) -> None:
        known = self._by_number.get(row.number)
        if known is None or known.protections.version == row.protections:
            return
        before = known.protections
        if before.version > row.protections:  # the database is an earlier one
            before = NOBODY
        async with database.within(row.number) as connection:
            changes = await protection.changed_after(connection, before.version)
        # Meanwhile another look may have been quicker: what it knows stays.
        latest = self._by_number[row.number]
        if latest.protections is known.protections:
            protections = before.changed(row.protections, changes)
            self._by_number[row.number] = replace(latest, protections=protections)


class Errands:
    """Questions under way: bounded, outliving their callers, finished before the process ends."""

    def __init__(self, limit: int = 1_000) -> None:
        self._limit = limit
        self._promised = 0
        self._tasks: set[asyncio.Task[Retrieval]] = set()
        self._stopping = False

    @contextmanager
    def promise(self, count: int) -> Iterator[None]:
        """Keep room for that many questions while they are put on record.

        Raises:
            Busy: there is no room; nothing was recorded.
            Stopping: this process is about to end.
        """
        if self._stopping:
            raise Stopping
        if count and len(self._tasks) + self._promised + count > self._limit:
            raise Busy
        self._promised += count
        try:
            yield
        finally:
            self._promised -= count

    def start(self, errand: Coroutine[None, None, Retrieval]) -> asyncio.Task[Retrieval]:
        """Begin a question that nobody's hanging up can end."""
        task = asyncio.create_task(errand)
        self._tasks.add(task)
        UNDER_WAY.inc()
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Retrieval]) -> None:
        self._tasks.discard(task)
        UNDER_WAY.dec()
        if not task.cancelled() and (bug := task.exception()) is not None:
            log.error("bug", error=type(bug).__name__, where="errand")

    @property
    def limit(self) -> int:
        """How many are under way at most."""
        return self._limit

    @property
    def stopping(self) -> bool:
        """Whether nothing is promised any more."""
        return self._stopping

    @property
    def over(self) -> bool:
        """Whether nothing is under way and nothing will be."""
        return self._stopping and not self._tasks and not self._promised

    def stop(self) -> None:
        """Promise nothing any more."""
        self._stopping = True

    async def finish(self) -> None:
        """Wait for what was begun."""
        while self._tasks:
            await asyncio.wait(self._tasks)


@dataclass
class Edge:
    """The log's right edge as this process left it, for the head it belongs to."""

    head: Head | None = None
    begin: str = "(0,0)"
    """Where in the inbox the next look begins: not at its beginning only within a backlog."""
    frontier: Frontier = field(default_factory=lambda: Frontier(0, []))


@dataclass(frozen=True)
class World:
    """What use cases work with. `connect` gives the way to ask an office's data service."""

    database: Database
    law: Law
    snapshots: Snapshots
    connect: Callable[[str, DataService], Connector]
    errands: Errands
    keys: KeyFiles
    names: Names
    cursors: Cursors
    tokens: AccessTokens
    issuer: str
    clock: Clock
    new_id: Callable[[], UUID]
    leadership: Leadership
    questions: QuestionRecorder
    answers: AnswerRecorder
    kept_head: KeptHead
    edge: Edge = field(default_factory=Edge)
    swept: dict[int, date] = field(default_factory=dict)
    """For which day what is due was destroyed, by municipality."""
    sequencer: Database | None = None
    """The database as the role that sequences and destroys; only where the worker's loops run."""
    last_success: dict[str, datetime] = field(default_factory=dict)
    """When each dependency last answered in good order; providers by `municipality/office`."""
    down: set[str] = field(default_factory=set)
    """Providers that did not answer when last looked at."""
    tried: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """The minute of the last dry run on record, by client and kind."""
    spans: Spans = NO_SPANS

    def law_of(self, municipality: int) -> Law:
        """The law as a municipality has it, with the layers of its file."""
        return law_with(self.law, self.snapshots.of(municipality).configuration.layers)
