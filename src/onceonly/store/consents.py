"""Consents: recorded by their key, moved by compare-and-set, held by questions, spent by releases.

Which move may follow which, and that nothing is released under a consent that does not permit, the
database knows by itself: see the triggers of migration 0004.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from onceonly.domain.calendar import Month, Months
from onceonly.domain.consents import Consent, Frequency, Happening, Opened, State, Terms
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import SealedEntry
from onceonly.domain.offices import Origin
from onceonly.store import log
from onceonly.store.database import Connection, Statement

COLUMNS = (
    "id, office, body_hash, state, revision, person, giver, about, terms::text as terms,"
    " special_categories, release_from_secrecy, requested_at, given_at, history::text as history,"
    " day, wrapped_key, sealed"
)
"""What `of_row` reads."""

RECORD = Statement(
    f"""
    with recorded as (
        insert into consent (id, client_id, office, idempotency_key, body_hash, state, revision,
            person, giver, about, terms, notice, notice_hash, expires_on, special_categories,
            release_from_secrecy, requested_at, given_at, history, day, wrapped_key, sealed,
            case_reference)
        select :id, :client_id, :office, :idempotency_key, :body_hash, :state, 1, :person, :giver,
            :about, cast(:terms as jsonb), :notice, :notice_hash, :expires_on,
            :special_categories, :release_from_secrecy, :requested_at, :given_at,
            cast(:history as jsonb), :day, :wrapped_key, :sealed, :case_reference
        from municipality
        where municipality.id = current_setting('onceonly.municipality')::integer
        on conflict on constraint consent_key_is_used_once do nothing
        returning id),
    {log.beside("recorded")}
    select id from recorded
    """  # noqa: S608 -- names of our own
)
RECORD_MOVE = Statement(
    f"""
    with moved as (
        update consent set state = :state, revision = :revision, giver = :giver,
            special_categories = :special_categories, history = cast(:history as jsonb),
            release_from_secrecy = :release_from_secrecy, given_at = :given_at,
            ended_on = :ended_on
        where id = :id and revision = :seen
        returning id, office, terms),
    closed as (
        insert into refusal (office, subject, procedure, case_reference, evidence_type, refused_at)
        select moved.office, one.subject, moved.terms ->> 'procedure',
            moved.terms ->> 'case_reference', one.evidence_type, :at
        from moved, unnest(cast(:refused as refusal_row[])) as one
        on conflict do nothing),
    {log.beside("moved")}
    select id from moved
    """  # noqa: S608 -- names of our own
)
RECORD_END = Statement(
    f"""
    with moved as (
        update consent set state = :state, revision = :revision, history = cast(:history as jsonb),
            ended_on = :ended_on
        where id = :id and revision = :seen
        returning id),
    {log.beside("moved")}
    select id from moved
    """  # noqa: S608 -- names of our own
)
BY_ID = Statement(f"select {COLUMNS} from consent where id = :id")  # noqa: S608 -- names of our own
BY_KEY = Statement(
    f"select {COLUMNS} from consent"  # noqa: S608 -- names of our own
    " where client_id = :client_id and idempotency_key = :idempotency_key"
)
_LIVING = (
    f"select {COLUMNS} from consent"  # noqa: S608 -- names of our own
    " where state in ('requested', 'given', 'renewed')"
)
EXPIRED = Statement(f"{_LIVING} and expires_on < :today order by expires_on limit 200")
UNREAD = Statement(
    f"{_LIVING} and expires_on >= :today"
    " and (notice || ' ' || notice_hash) <> all(cast(:notices as text[]))"
    " order by expires_on limit 200"
)


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A consent with what only the hub knows: pseudonyms, and the sealed record of persons."""

    consent: Consent
    body_hash: bytes
    person: bytes
    giver: bytes
    about: tuple[bytes, ...]
    sealed: SealedEvidence


async def record(
    connection: Connection,
    row: ConsentRow,
    entries: Sequence[SealedEntry],
    *,
    client_id: str,
    idempotency_key: str,
) -> bool:
    """Record a consent with its entry; False when the key was used before.

    Raises:
        LogUnavailable: nothing is on record, or the confirmation was lost.
    """
    one = row.consent
    recorded = await RECORD.row(
        connection,
        id=one.id,
        client_id=client_id,
        office=one.office,
        idempotency_key=idempotency_key,
        body_hash=row.body_hash,
        state=one.state.value,
        person=row.person,
        giver=row.giver,
        about=list(row.about),
        terms=_terms_document(one.terms),
        notice=one.terms.notice,
        notice_hash=one.terms.notice_hash,
        expires_on=one.terms.expires_on,
        special_categories=one.special_categories,
        release_from_secrecy=one.release_from_secrecy,
        requested_at=one.requested_at,
        given_at=one.given_at,
        history=_history_document(one),
        day=row.sealed.day,
        wrapped_key=row.sealed.wrapped_key,
        sealed=row.sealed.sealed,
        case_reference=one.terms.case_reference,
        **log.given(entries),
    )
    return recorded is not None


async def record_move(
    connection: Connection,
    moved: Consent,
    giver: bytes,
    entries: Sequence[SealedEntry],
    *,
    at: datetime,
    refused: Sequence[tuple[bytes, str]] = (),
) -> bool:
    """Record a person's act; `refused`: whose evidence of which type it closes. False: it moved.

    Raises:
        LogUnavailable: it is not on record, or the confirmation was lost.
    """
    row = await RECORD_MOVE.row(
        connection,
        id=moved.id,
        seen=moved.revision - 1,
        state=moved.state.value,
        revision=moved.revision,
        giver=giver,
        special_categories=moved.special_categories,
        release_from_secrecy=moved.release_from_secrecy,
        given_at=moved.given_at,
        history=_history_document(moved),
        ended_on=moved.ended_on,
        at=at,
        refused=list(refused),
        **log.given(entries),
    )
    return row is not None


async def record_end(
    connection: Connection, ended: Consent, entries: Sequence[SealedEntry]
) -> bool:
    """Record that a consent ran out or never counted; False when it moved."""
    row = await RECORD_END.row(
        connection,
        id=ended.id,
        seen=ended.revision - 1,
        state=ended.state.value,
        revision=ended.revision,
        history=_history_document(ended),
        ended_on=ended.ended_on,
        **log.given(entries),
    )
    return row is not None


async def by_id(connection: Connection, consent: UUID) -> ConsentRow | None:
    """One consent, whosever it is."""
    row = await BY_ID.row(connection, id=consent)
    return None if row is None else of_row(row)


async def by_key(
    connection: Connection, *, client_id: str, idempotency_key: str
) -> ConsentRow | None:
    """The consent a client's key belongs to."""
    row = await BY_KEY.row(connection, client_id=client_id, idempotency_key=idempotency_key)
    return None if row is None else of_row(row)


async def expired(connection: Connection, today: date) -> list[ConsentRow]:
    """Living consents whose last day is over."""
    return [of_row(row) for row in await EXPIRED.rows(connection, today=today)]


async def unread(
    connection: Connection, *, today: date, notices: Mapping[str, str]
) -> list[ConsentRow]:
    """Living consents whose text is none of these (id and hash): nobody can have read it."""
    known = [f"{id_} {hash_}" for id_, hash_ in notices.items()]
    return [of_row(row) for row in await UNREAD.rows(connection, today=today, notices=known)]


def of_row(row: asyncpg.Record) -> ConsentRow:
    """A row's consent."""
    sealed = SealedEvidence(
        row["id"], row["day"], row["wrapped_key"], row["sealed"], row["requested_at"]
    )
    history = tuple(
        Happening(State(state), datetime.fromisoformat(at), by, UUID(entry))
        for state, at, by, entry in json.loads(row["history"])
    )
    return ConsentRow(
        Consent(
            id=row["id"],
            office=row["office"],
            terms=_terms(row["terms"]),
            state=State(row["state"]),
            revision=row["revision"],
            requested_at=row["requested_at"],
            given_at=row["given_at"],
            special_categories=row["special_categories"],
            release_from_secrecy=row["release_from_secrecy"],
            history=history,
        ),
        row["body_hash"],
        row["person"],
        row["giver"],
        tuple(row["about"]),
        sealed,
    )


def _history_document(consent: Consent) -> str:
    return log.as_json(
        [[one.state, one.at.isoformat(), one.by, str(one.entry)] for one in consent.history]
    )


def _terms_document(terms: Terms) -> str:
    months, often = terms.months, terms.frequency
    return log.as_json(
        {
            "provider": terms.provider,
            "procedure": terms.procedure,
            "case_reference": terms.case_reference,
            "opens": [[one.evidence_type, one.profile, one.origin] for one in terms.opens],
            "frequency": None if often is None else [often.times, often.per],
            "months": months
            and [months.first and str(months.first), months.last and str(months.last)],
            "expires_on": terms.expires_on.isoformat(),
            "notice": terms.notice,
            "notice_hash": terms.notice_hash,
            "language": terms.language,
            "form": terms.form,
            "capacity": terms.capacity,
        }
    )


def _terms(document: str) -> Terms:
    stored = json.loads(document)
    months, often = stored.pop("months"), stored.pop("frequency")
    opens, expires_on = stored.pop("opens"), stored.pop("expires_on")
    return Terms(
        **stored,
        opens=tuple(Opened(type_, profile, Origin(origin)) for type_, profile, origin in opens),
        frequency=often and Frequency(*often),
        months=months and Months(*(one and Month.parse(one) for one in months)),
        expires_on=date.fromisoformat(expires_on),
    )
