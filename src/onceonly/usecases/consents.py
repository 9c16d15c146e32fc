"""Consents: asked for or recorded by offices, and found again by whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from pydantic import TypeAdapter

from onceonly.domain.consents import (
    Consent,
    Happening,
    Parties,
    State,
    Terms,
)
from onceonly.domain.errors import (
    Fault,
    IdempotencyMismatch,
    Invalid,
    LogUnavailable,
    NotFound,
)
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import CONSENTS, SealedEntry
from onceonly.domain.persons import Person
from onceonly.security.citizens import found_among
from onceonly.security.seals import Broken, canonical, open_evidence, seal_evidence
from onceonly.store import consents, requests
from onceonly.store.consents import ConsentRow
from onceonly.usecases.log import entry
from onceonly.usecases.uses import RECORDS, names_of, party
from onceonly.usecases.world import Caller, Visitor, World

RETENTION = "consent-record"
PERSON, OFFICE, HUB = "person", "office", "hub"
"""By whom a consent moved."""

_PARTIES = TypeAdapter(Parties)
_PERSONS = TypeAdapter(Person)


@dataclass(frozen=True, slots=True)
class Draft:
    """A consent as a client states it. `given_at` None: the person has not answered yet.

    `act`: how they answered, sealed and never sent on: a session, or the signed paper's reference.
    """

    terms: Terms
    parties: Parties
    given_at: datetime | None
    special_categories: bool
    release_from_secrecy: bool
    act: Mapping[str, object]


async def record(
    draft: Draft, caller: Caller, world: World, *, key: str, body: Mapping[str, object]
) -> tuple[ConsentRow, bool]:
    """Put a consent on record, as asked for or as given; the second says whether it was before.

    Raises:
        Invalid: the person refused this before, in this case.
        IdempotencyMismatch: the key belongs to another body.
        LogUnavailable: it is not on record.
    """
    earlier = await replay(caller, world, key=key, body=body)
    if earlier is not None:
        return earlier, True
    office = "" if caller.office is None else caller.office.code
    await _check_refusals(draft, office, caller.municipality, world)
    row, made = _recorded(draft, office, caller, world, _hash(body, world))
    async with world.database.within(caller.municipality) as connection:
        fresh = await consents.record(
            connection, row, [made], client_id=caller.client.client_id, idempotency_key=key
        )
    if fresh:
        return row, False
    earlier = await replay(caller, world, key=key, body=body)
    if earlier is None:
        raise LogUnavailable
    return earlier, True


async def replay(
    caller: Caller, world: World, *, key: str, body: Mapping[str, object]
) -> ConsentRow | None:
    """The consent an earlier call with this key made, as it now stands; None when there is none.

    Raises:
        IdempotencyMismatch: the key belongs to another body.
    """
    async with world.database.within(caller.municipality) as connection:
        first = await consents.by_key(
            connection, client_id=caller.client.client_id, idempotency_key=key
        )
    if first is not None and first.body_hash != _hash(body, world):
        raise IdempotencyMismatch
    return first


async def standing(consent: UUID, who: Caller | Visitor, world: World) -> ConsentRow:
    """One consent of the client's office, or of the citizen.

    Raises:
        NotFound: there is none.
    """
    row, _ = await found(consent, who, world)
    return row


def _recorded(
    draft: Draft, office: str, caller: Caller, world: World, body_hash: bytes
) -> tuple[ConsentRow, SealedEntry]:
    now, parties = world.clock(), draft.parties
    named = partial(party, caller.municipality, office, world=world)
    given = draft.given_at is not None
    made, state = world.new_id(), State.GIVEN if given else State.REQUESTED
    one = Consent(
        id=world.new_id(),
        office=office,
        terms=draft.terms,
        state=state,
        revision=1,
        requested_at=now,
        given_at=draft.given_at,
        special_categories=draft.special_categories,
        release_from_secrecy=draft.release_from_secrecy,
        history=(Happening(state, draft.given_at or now, PERSON if given else OFFICE, made),),
    )
    row = ConsentRow(
        one,
        body_hash,
        named(parties.person),
        named(parties.giver),
        tuple(dict.fromkeys(named(each) for each in parties.about)),
        _sealed(one, parties, caller.municipality, world),
    )
    told = {**caller.door, **draft.act, **_named(parties)}
    return row, consent_entry(made, one, told, caller.municipality, world)


def _sealed(one: Consent, parties: Parties, municipality: int, world: World) -> SealedEvidence:
    return seal_evidence(
        _PARTIES.dump_json(parties),
        retrieval=one.id,
        municipality=municipality,
        purpose=RECORDS,
        day=one.terms.expires_on,
        until=one.requested_at,
        keys=world.keys,
    )


def parties_of(row: ConsentRow, municipality: int, world: World) -> Parties | None:
    """Whose consent it is and whom it is about; None when its key is destroyed, or it was changed."""
    try:
        plain = open_evidence(
            row.sealed, municipality=municipality, purpose=RECORDS, keys=world.keys
        )
    except Broken:
        return None
    return None if plain is None else _PARTIES.validate_json(plain)


async def _check_refusals(draft: Draft, office: str, municipality: int, world: World) -> None:
    terms, about = draft.terms, draft.parties.about
    subjects = [name for one in about for name in names_of(municipality, office, one, world)]
    async with world.database.within(municipality) as connection:
        refused = await requests.refused(
            connection,
            office=office,
            subjects=subjects,
            procedure=terms.procedure,
            case_reference=terms.case_reference,
        )
    closed = {type_ for _, type_ in refused}
    faults = [
        Fault(f"#/evidence/{place}", "refused")
        for place, one in enumerate(terms.opens)
        if one.evidence_type in closed
    ]
    if faults:
        raise Invalid(faults)


async def found(
    consent: UUID, who: Caller | Visitor, world: World
) -> tuple[ConsentRow, Person | None]:
    """The consent, and which of its persons the citizen is; None for a client.

    Raises:
        NotFound: it is not of the client's office, or the citizen is none of its persons.
    """
    async with world.database.within(who.municipality) as connection:
        row = await consents.by_id(connection, consent)
    if row is None:
        raise NotFound
    if isinstance(who, Caller):
        if who.office is None or who.office.code != row.consent.office:
            raise NotFound
        return row, None
    parties = parties_of(row, who.municipality, world)
    everybody = [] if parties is None else [parties.person, parties.giver, *parties.about]
    apart = list(dict.fromkeys(everybody))
    numbered = [replace(one, ref=str(place)) for place, one in enumerate(apart)]
    ref = found_among(numbered, who.citizen)
    if ref is None:
        raise NotFound
    return row, apart[int(ref)]


def consent_entry(
    id_: UUID, one: Consent, told: Mapping[str, object], municipality: int, world: World
) -> SealedEntry:
    """What the entry of a consent's newest move says, beside what is `told` of the act."""
    terms = one.terms
    return entry(
        CONSENTS[one.state],
        {
            "consent": str(one.id),
            "consumer": one.office,
            "provider": terms.provider,
            "procedure": terms.procedure,
            "case_reference": terms.case_reference,
            "evidence": [[each.evidence_type, each.profile, each.origin] for each in terms.opens],
            "expires_on": terms.expires_on.isoformat(),
            "notice": {terms.notice: terms.notice_hash},
            "language": terms.language,
            "form": terms.form,
            "capacity": terms.capacity,
            "special_categories": one.special_categories,
            "release_from_secrecy": one.release_from_secrecy,
            "by": one.history[-1].by,
            **told,
        },
        world,
        municipality=municipality,
        at=world.clock(),
        retention=RETENTION,
        id_=id_,
    )


def _named(parties: Parties) -> dict[str, object]:
    return {"parties": _PARTIES.dump_python(parties, mode="json", exclude_none=True)}


def _hash(body: Mapping[str, object], world: World) -> bytes:
    return world.names.keyed_hash("idempotency", canonical(body))
