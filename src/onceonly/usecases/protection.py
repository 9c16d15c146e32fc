"""Protecting persons: entered by an office, counted for every question in the municipality."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from onceonly.domain.calendar import german_day
from onceonly.domain.gates import manual_retention
from onceonly.domain.log import Event
from onceonly.domain.offices import Office
from onceonly.domain.persons import Person
from onceonly.domain.protection import (
    Protection,
    called,
    is_partial,
    last_day,
    left_forms,
    sought_forms,
)
from onceonly.domain.tasks import Protecting
from onceonly.security.names import search_form
from onceonly.store import protection as stored
from onceonly.usecases.log import entry
from onceonly.usecases.world import Caller, Snapshot, World

_SEEN_BY_ALL = timedelta(days=2)
"""How long a lifted protection is kept: by then every process has seen that it was lifted."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom an office protects, for which reasons (none: no longer) and until when (inclusive)."""

    person: Person
    kinds: tuple[str, ...]
    until: date | None


def spelled(name: str) -> str:
    """A name's search form; one without Latin letters is compared as it is written."""
    return search_form(name) or name.casefold()


def subject_of(person: Person, office: str, municipality: int, world: World) -> bytes:
    """What one office calls somebody in its protections; 32 bytes, another for every office."""
    return world.names.protection(municipality, office, called(person, spelled))


async def protect(wish: Wish, office: Office, caller: Caller, world: World) -> None:
    """Protect somebody, or no longer; the same is written and nothing is told either way.

    Raises:
        LogUnavailable: it is not on record, so it is not in force.
    """
    now = world.clock()
    today = german_day(now)
    municipality = caller.municipality
    subject = subject_of(wish.person, office.code, municipality, world)
    marks = _marks(left_forms(wish.person, spelled), office.code, municipality, world)
    kept = Protection(
        office=office.code,
        subject=subject,
        marks=tuple(marks) if wish.kinds else (),
        partial=is_partial(wish.person),
        until=last_day(wish.kinds, wish.until, today, world.law) if wish.kinds else today,
    )
    changed = entry(
        Event.PROTECTION_CHANGED,
        {
            "client": caller.client.client_id,
            "office": office.code,
            # Not the person: the log must not become the list that nobody may read.
            "subject": subject.hex(),
            "kinds": list(wish.kinds),
            "until": None if kept.until is None else kept.until.isoformat(),
        },
        world,
        municipality=municipality,
        at=now,
        retention=manual_retention(world.law),
    )
    async with world.database.within(municipality) as connection:
        await stored.record(connection, kept, [changed])


def protecting(
    person: Person, snapshot: Snapshot, world: World, *, today: date
) -> tuple[Protecting, ...]:
    """The offices of the municipality that protect a person; the time it takes tells nothing.

    As many forms are tested as the person and the offices have, whether they are protected or not.
    """
    offices = snapshot.protections.offices
    if not offices:
        return ()
    forms = {
        partial: sought_forms(person, spelled, partial=partial) for partial in {*offices.values()}
    }
    tested = (
        mark
        for office, partial in offices.items()
        for mark in _marks(forms[partial], office, snapshot.municipality, world)
    )
    return snapshot.protections.protecting(tested, today)


def _marks(forms: Iterable[str], office: str, municipality: int, world: World) -> list[bytes]:
    return [world.names.protection(municipality, office, one) for one in sorted(forms)]


async def forget_ended(municipality: int, world: World) -> None:
    """Forget protections that ended, and lifted ones that everybody has seen."""
    before = german_day(world.clock()) - _SEEN_BY_ALL
    async with world.database.within(municipality) as connection:
        await stored.forget(connection, before)
