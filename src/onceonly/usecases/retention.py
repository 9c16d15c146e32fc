"""Forgetting on schedule: rows and keys of what is due, and holds for what must not go yet."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from onceonly.domain.calendar import german_day
from onceonly.domain.errors import NotFound
from onceonly.domain.log import Event, SealedEntry, hold_of
from onceonly.domain.retention import due_before, ended_before
from onceonly.domain.rules import Mode
from onceonly.security.seals import hold_entry
from onceonly.store import log, retention
from onceonly.store.database import Connection
from onceonly.usecases.log import ADMINISTRATION, entry
from onceonly.usecases.sequencing import sequencer_of
from onceonly.usecases.world import REMEMBERED_FOR, World

_DAY = timedelta(days=1)
# Ids are of the clock and days are German: a day's entries lie this near to it.
_NEAR = timedelta(days=2)
_FIRST = UUID(int=0)
_CONSENTS, _REFUSALS, _TASKS = "consent-record", "refusal-of-choice", "task"
_REFUSED = "refused"
"""Class of the entries that say no: no case whose entries all went has a younger refusal."""

Forgetting = Callable[[Connection, date, Sequence[SealedEntry]], Awaitable[int]]
"""Deletes what is from before a German day, with an entry if anything is; how many rows."""


class HeldAlready(Exception):
    """The entry is held already; a hold is neither changed nor shortened."""


class NothingToHold(Exception):
    """What the entry says is destroyed already, or the hold would end before it begins."""


async def destroy_due_entries(world: World) -> int:
    """Delete what is due in every municipality, then the keys that sealed it; how many entries.

    Once for every German day: the rows go first, so that whoever is cut off finds the keys again.

    Raises:
        LogUnavailable: the destruction is not on record, so it did not happen.
        KeyTrouble: a key cannot be destroyed.
    """
    today = german_day(world.clock())
    befores = due_before(world.law.retention, today)
    count = 0
    for snapshot in world.snapshots.all():
        number = snapshot.municipality
        count += await _end_holds(number, today, world)
        if world.swept.get(number) != today:
            count += await _sweep(number, befores, world)
            await _forget_what_ended(number, befores, today, world)
            await _forget_what_was_asked(number, befores, world)
            world.swept[number] = today
    for code, before in befores.items():
        world.keys.destroy_days(code, before)
    return count


async def _sweep(municipality: int, befores: dict[str, date], world: World) -> int:
    """Look through the ids, a day at a time, as far as anything can be due."""
    last = id_of(max(befores.values()) + _NEAR)
    count = 0
    async with sequencer_of(world).within(municipality) as connection:
        at = await retention.next_id(connection, _FIRST)
        while at is not None and at < last:
            end = id_of(_day_of(at) + _DAY)
            for one in await retention.due(connection, befores, first=at, end=end):
                count += await _destroy(one, connection, municipality, world)
            at = await retention.next_id(connection, end)
    return count


async def _forget_what_ended(
    municipality: int, befores: dict[str, date], today: date, world: World
) -> None:
    """Delete the rows that ended facts left behind: uses, consents, refusals, closed tasks.

    Refusals come behind the consents: they go when nothing else of their case is on record.
    """
    ended = ended_before(world.law.retention[_CONSENTS], today)
    uses = world.law.retention_by_mode[Mode.CONSENT.value]
    async with sequencer_of(world).within(municipality) as connection:

        async def forget(kept: str, rows: str, before: date, forgetting: Forgetting) -> None:
            told = _told(kept, before - _DAY, world) | {"rows": rows}
            await forgetting(connection, before, [_destroyed(told, municipality, world)])

        await forget(uses, "uses", befores[uses], retention.forget_uses)
        if ended is not None:
            await forget(_CONSENTS, "consents", ended, retention.forget_consents)
        await forget(_REFUSALS, "refusals", befores[_REFUSED], retention.forget_refusals)
        await forget(_TASKS, "tasks", befores[_TASKS], retention.forget_tasks)


async def _forget_what_was_asked(municipality: int, befores: dict[str, date], world: World) -> None:
    """Delete retrievals of which nothing is on record any more, and requests with the last.

    Through the ids of requests, a day at a time, as far as a key need not be remembered.
    """
    before = world.clock() - REMEMBERED_FOR
    last = id_of(before.date() + _DAY)
    async with sequencer_of(world).within(municipality) as connection:
        at = await retention.next_request(connection, _FIRST)
        while at is not None and at < last:
            day = _day_of(at)
            among = retention.Window(at, id_of(day + _DAY), before, befores)
            # Nobody sees a request without its retrievals.
            async with connection.together():
                for kept in await retention.over(connection, among):
                    told = _told(kept, befores[kept] - _DAY, world)
                    gone = _destroyed(told | {"rows": "retrievals"}, municipality, world)
                    await retention.forget_retrievals(connection, kept, among, [gone])
                left = _destroyed(_requests(day), municipality, world)
                await retention.forget_requests(connection, among, [left])
            at = await retention.next_request(connection, among.end)


async def _destroy(
    one: retention.DueDay, connection: Connection, municipality: int, world: World
) -> int:
    told = _destroyed(_told(one.retention, one.day, world), municipality, world)
    return await retention.record_destruction(
        connection, one, [told], first=id_of(one.day - _NEAR), end=id_of(one.day + _NEAR)
    )


def _told(code: str, day: date, world: World) -> dict[str, object]:
    """What is said of a class that goes: which, up to which day, after how long, by which law."""
    kept = world.law.retention[code]
    return {"class": code, "day": day.isoformat(), "after": kept.setting, "law": list(kept.norm)}


def _requests(day: date) -> dict[str, object]:
    """What is said of requests that go: they have no class of their own."""
    return {"class": None, "day": day.isoformat(), "after": None, "law": [], "rows": "requests"}


def _destroyed(payload: dict[str, object], municipality: int, world: World) -> SealedEntry:
    return entry(
        Event.PAYLOAD_DESTROYED,
        payload,
        world,
        municipality=municipality,
        at=world.clock(),
        retention=ADMINISTRATION,
    )


async def hold(wanted: UUID, *, until: date, reason: str, actor: str, world: World) -> None:
    """Keep what an entry says until a day, beyond its own, under a key of its own.

    Raises:
        NotFound: no municipality has such an entry.
        HeldAlready: it is held.
        NothingToHold: it is destroyed, or the day is past.
        LogUnavailable: the hold is not on record, so nothing is held.
    """
    if until < german_day(world.clock()):
        raise NothingToHold
    for snapshot in world.snapshots.all():
        async with world.database.within(snapshot.municipality) as connection:
            found = await log.by_id(connection, wanted)
            if found is not None:
                if found.held or await log.is_held(connection, wanted):
                    raise HeldAlready
                await _hold(
                    found.entry,
                    connection,
                    snapshot.municipality,
                    world,
                    until=until,
                    reason=reason,
                    actor=actor,
                )
                return
    raise NotFound


async def _hold(
    sealed: SealedEntry,
    connection: Connection,
    municipality: int,
    world: World,
    *,
    until: date,
    reason: str,
    actor: str,
) -> None:
    copy = hold_entry(sealed, until=until, municipality=municipality, keys=world.keys)
    if copy is None:
        raise NothingToHold
    told = entry(
        Event.ENTRY_HELD,
        {
            "actor": actor,
            "reason": reason,
            "until": until.isoformat(),
            "held": str(sealed.id),
        },
        world,
        municipality=municipality,
        at=world.clock(),
        retention=ADMINISTRATION,
        retrieval=sealed.retrieval,
    )
    if not await retention.record_hold(connection, copy, [told], reason=reason, actor=actor):
        raise HeldAlready


async def _end_holds(municipality: int, today: date, world: World) -> int:
    """End the holds whose last day is past: the copy goes, then its key."""
    async with sequencer_of(world).within(municipality) as connection:
        ended = await retention.ended_before(connection, today)
        for held, until in ended:
            told = _destroyed(
                {
                    "class": "hold",
                    "day": until.isoformat(),
                    "after": None,
                    "law": [],
                    "held": str(held),
                },
                municipality,
                world,
            )
            await retention.record_holds_end(connection, held, until, [told])
            world.keys.destroy_days(hold_of(held), until + _DAY)
    return len(ended)


def id_of(day: date) -> UUID:
    """The first id of a day, by the clock that ids are made of. Source: RFC 9562, 5.7."""
    instant = datetime.combine(day, time(), UTC)
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def _day_of(id_: UUID) -> date:
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC).date()
