"""Consents in an exchange: what an office holds of a request's persons, and what a question holds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from onceonly.domain.agreed import HeldConsent
from onceonly.domain.calendar import german_day, midnight
from onceonly.domain.consents import Frequency
from onceonly.domain.decision import Facts
from onceonly.domain.judge import Judged, judge
from onceonly.domain.offices import Office, Origin
from onceonly.domain.persons import Person
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.domain.retrievals import Retrieval
from onceonly.domain.rules import Law, Mode
from onceonly.store import uses
from onceonly.store.consents import ConsentRow
from onceonly.store.uses import NewUse, Use
from onceonly.usecases.world import World

RECORDS = "consent"
"""Purpose of the keys the persons of a consent are sealed under; the day is its last."""

_EVER = datetime(1, 1, 1, tzinfo=UTC)


def party(municipality: int, office: str, person: Person, world: World) -> bytes:
    """What an office calls somebody in its consents: by name and birth date alone.

    Inside one case that tells persons apart; a place of birth may be stated here and not there.
    """
    return world.names.subject(municipality, office, replace(person, place_of_birth=None))


async def consents_of(
    request: EvidenceRequest,
    office: Office,
    municipality: int,
    world: World,
    *,
    today: date,
    apart: UUID | None,
) -> Mapping[UUID, HeldConsent]:
    """Every consent the items name that the office holds, in the request's words.

    `apart`: the retrieval that is decided again; what it holds itself is not used up by it.

    Raises:
        LogUnavailable: they could not be read.
    """
    named = {code for item in request.items for code in item.consents}
    async with world.database.within(municipality) as connection:
        found = await uses.held(connection, sorted(named), office=office.code, apart=apart)
    refs = _refs(request, municipality, office.code, world)
    return {row.consent.id: _held(row, used, refs, today, world) for row, used in found}


def _refs(
    request: EvidenceRequest, municipality: int, office: str, world: World
) -> Mapping[bytes, str]:
    """Persons of the request by their pseudonym; two who share one are nobody."""
    by_name: dict[bytes, list[str]] = defaultdict(list)
    for one in request.persons:
        by_name[party(municipality, office, one, world)].append(one.ref)
    return {name: refs[0] for name, refs in by_name.items() if len(refs) == 1}


def _held(
    row: ConsentRow, used: Sequence[Use], refs: Mapping[bytes, str], today: date, world: World
) -> HeldConsent:
    one, terms = row.consent, row.consent.terms
    notice = world.law.notices.get(terms.notice)
    state = one.as_of(today).value
    if notice is None or notice.hash != terms.notice_hash:
        state = "invalidated"
    return HeldConsent(
        state=state,
        by=refs.get(row.giver),
        about=frozenset(refs[name] for name in row.about if name in refs),
        consumer=one.office,
        provider=terms.provider,
        procedure=terms.procedure,
        case_reference=terms.case_reference,
        opens=terms.opens,
        months=terms.months,
        given_on=german_day(one.given_at or one.requested_at),
        expires_on=terms.expires_on,
        own_act=True,
        special_categories=one.special_categories,
        release_from_secrecy=one.release_from_secrecy,
        used=_used_up(terms.frequency, used, refs, today),
        notice=terms.notice,
        revision=one.revision,
        frequency=terms.frequency,
    )


def _used_up(
    often: Frequency | None, used: Sequence[Use], refs: Mapping[bytes, str], today: date
) -> frozenset[tuple[str, str, Origin]]:
    counted: dict[tuple[str, str, Origin], int] = defaultdict(int)
    for one in used:
        if one.subject in refs and one.at >= _since(often, today):
            counted[refs[one.subject], one.evidence_type, one.origin] += 1
    return frozenset(key for key, count in counted.items() if count >= _most(often))


def _since(often: Frequency | None, today: date) -> datetime:
    return _EVER if often is None else midnight(often.begins(today))


def _most(often: Frequency | None) -> int:
    return 1 if often is None else often.times


def each_once(
    judged: Sequence[Judged], office: Office, request: EvidenceRequest, facts: Facts, law: Law
) -> tuple[Judged, ...]:
    """The same, but that of one request only the first item uses a consent for the same thing."""
    taken: dict[UUID, set[tuple[str, str, Origin]]] = defaultdict(set)
    found: list[Judged] = []
    for one in judged:
        key = _key(one.item)
        if any(key in taken[code] for code in one.decision.consents):
            without = replace(facts, consents=_without(facts, taken))
            (again,) = judge(office, replace(request, items=(one.item,)), without, law)
        else:
            again = one
        for code in again.decision.consents:
            taken[code].add(key)
        found.append(again)
    return tuple(found)


def _key(item: Item) -> tuple[str, str, Origin]:
    return item.person, item.evidence_type, item.origin


def _without(
    facts: Facts, taken: Mapping[UUID, set[tuple[str, str, Origin]]]
) -> Mapping[UUID, object]:
    return {
        code: replace(one, used=one.used | taken.get(code, set()))
        if isinstance(one, HeldConsent)
        else one
        for code, one in facts.consents.items()
    }


def new_uses(
    judged: Sequence[Judged],
    retrievals: Sequence[Retrieval],
    facts: Facts,
    municipality: int,
    world: World,
) -> tuple[NewUse, ...]:
    """What the questions of a request hold; nothing where no decision rests on a consent."""
    found: list[NewUse] = []
    for one, retrieval in zip(judged, retrievals, strict=True):
        for code in one.decision.consents:
            held = facts.consents[code]
            if not isinstance(held, HeldConsent):
                continue
            person = one.question.request.by_ref[one.item.person]
            found.append(
                NewUse(
                    consent=code,
                    revision=held.revision,
                    retrieval=retrieval.id,
                    subject=party(municipality, one.question.office.code, person, world),
                    evidence_type=one.item.evidence_type,
                    origin=one.item.origin,
                    since=_since(held.frequency, facts.today),
                    most=_most(held.frequency),
                )
            )
    return tuple(found)


def lifted(
    judged: Sequence[Judged], facts: Facts, municipality: int, world: World
) -> tuple[tuple[bytes, str], ...]:
    """Whose earlier refusal of which type a choice takes back, by every name it may stand under."""
    return tuple(
        (name, one.item.evidence_type)
        for one in judged
        if one.decision.mode is Mode.CHOICE
        and one.decision.permits
        and (one.item.person, one.item.evidence_type) in facts.refused
        for name in names_of(
            municipality,
            one.question.office.code,
            one.question.request.by_ref[one.item.person],
            world,
        )
    )


def names_of(municipality: int, office: str, person: Person, world: World) -> tuple[bytes, bytes]:
    """What an office calls somebody: with the place of birth they state, and without."""
    stated = world.names.subject(municipality, office, person)
    return stated, party(municipality, office, person, world)
