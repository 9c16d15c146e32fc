"""Consents answered: the person says yes, again yes, or no."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from onceonly.domain.calendar import german_day
from onceonly.domain.consents import (
    Consent,
    Opened,
    State,
    check_answering,
    give,
    move,
    says_the_same,
)
from onceonly.domain.errors import Fault, InsufficientScope, Invalid, OutOfTurn
from onceonly.domain.notices import CONSENT, fault_of
from onceonly.domain.offices import Role
from onceonly.domain.persons import Person
from onceonly.store import consents
from onceonly.store.consents import ConsentRow
from onceonly.usecases.consents import PERSON, consent_entry, found, parties_of
from onceonly.usecases.uses import party
from onceonly.usecases.world import Caller, Visitor, World

_PERSONS = TypeAdapter(Person)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person says to a consent: its ticks, and the portal's session where there is one."""

    special_categories: bool = False
    release_from_secrecy: bool = False
    session: str | None = None


async def grant(consent: UUID, answered: Answered, who: Caller | Visitor, world: World) -> Consent:
    """The person says yes; again on a later day, or with other ticks, renews it.

    Raises:
        NotFound: there is no such consent of this office or citizen.
        NotYoursToGive: the citizen may not act here.
        InsufficientScope: the client is no portal.
        Invalid: the portal names no session.
        OutOfTurn: it was refused, has ended, or its text may not be shown any more.
        LogUnavailable: it is not on record, so it did not happen.
    """
    now = world.clock()
    ticks = {
        "special_categories": answered.special_categories,
        "release_from_secrecy": answered.release_from_secrecy,
    }
    while True:
        row, person = await _answering(consent, answered, who, world, now)
        one = row.consent
        if says_the_same(one, day=german_day(now), **ticks):
            return one
        _check_notice(one, now, world)
        made = world.new_id()
        moved = give(one, at=now, by=PERSON, entry=made, **ticks)
        if await record_act(row, moved, person, answered, who, world, entry_id=made):
            return moved


async def refuse(consent: UUID, answered: Answered, who: Caller | Visitor, world: World) -> Consent:
    """The person says no; it closes the discretionary ways to the same evidence in the case.

    Raises as `grant` does.
    """
    now = world.clock()
    while True:
        row, person = await _answering(consent, answered, who, world, now)
        if row.consent.state is State.REFUSED:
            return row.consent
        made = world.new_id()
        moved = move(row.consent, State.REFUSED, at=now, by=PERSON, entry=made)
        if await record_act(row, moved, person, answered, who, world, entry_id=made):
            return moved


async def record_act(  # noqa: PLR0917 -- one act, whole
    row: ConsentRow,
    moved: Consent,
    person: Person | None,
    answered: Answered,
    who: Caller | Visitor,
    world: World,
    *,
    entry_id: UUID,
) -> bool:
    """Record what a person, or an office for them, did to a consent; False when it moved before.

    Raises:
        LogUnavailable: it is not on record.
    """
    giver = row.giver if person is None else party(who.municipality, moved.office, person, world)
    if not moved.state.permits:
        giver = row.giver
    told: dict[str, object] = {**who.door}
    if answered.session is not None:
        told["session"] = answered.session
    if person is not None:
        told["acted"] = _PERSONS.dump_python(person, mode="json", exclude_none=True)
    closed = (
        [(name, type_) for name in row.about for type_ in _types(moved.terms.opens)]
        if moved.state is State.REFUSED
        else []
    )
    one = consent_entry(entry_id, moved, told, who.municipality, world)
    async with world.database.within(who.municipality) as connection:
        return await consents.record_move(
            connection, moved, giver, [one], at=moved.history[-1].at, refused=closed
        )


async def _answering(
    consent: UUID, answered: Answered, who: Caller | Visitor, world: World, now: datetime
) -> tuple[ConsentRow, Person | None]:
    """The consent, and the citizen who may answer it; a portal answers for whom it says.

    Raises:
        NotFound, NotYoursToGive, InsufficientScope, Invalid: as `grant` says.
    """
    row, person = await found(consent, who, world)
    if isinstance(who, Caller):
        if Role.PORTAL not in who.client.roles:
            raise InsufficientScope
        if answered.session is None:
            raise Invalid([Fault("#/session", "missing")])
    parties = parties_of(row, who.municipality, world)
    if person is not None and parties is not None:
        check_answering(parties, row.consent.terms.capacity, person, german_day(now))
    return row, person


def _check_notice(one: Consent, now: datetime, world: World) -> None:
    """What is answered must still be what may be shown."""
    terms = one.terms
    lapsed = fault_of(world.law.notices, terms.notice, kind=CONSENT, day=german_day(now))
    if lapsed or world.law.notices[terms.notice].hash != terms.notice_hash:
        raise OutOfTurn(State.INVALIDATED)


def _types(opens: tuple[Opened, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.evidence_type for one in opens))
