"""Answers: what became of retrievals, and all that hangs on it, recorded in one statement.

Answers that arrive together are recorded together: each moves its own retrieval by compare-and-set,
and what is written beside it hangs on that one alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import SealedEntry
from onceonly.domain.retrievals import Retrieval, State
from onceonly.store import log
from onceonly.store.database import Connection, Statement
from onceonly.store.retrievals import sealed_row

_ANSWERS = f"""
    with lawful as (
        select 1 from municipality
        where id = current_setting('onceonly.municipality')::integer and version = :version
            and protections = :protections),
    moved as (
        update retrieval set state = given.becomes, problem = given.problem,
            problem_reason = given.problem_reason, fetching_until = null,
            available_at = given.available_at,
            due_at = case when given.available_at is null or given.available_at < given.due_at
                then given.due_at
                    + least(299, power(2, least(asks, 9))::integer - 1) * interval '1 second'
                else given.due_at end,
            answer_entry = given.answer_entry, release_entry = given.release_entry,
            release_leaf = given.release_leaf, collected_at = given.collected_at
        from lawful, unnest(cast(:answers as answer_row[])) as given
        where retrieval.id = any(cast(:ids as uuid[])) and retrieval.id = given.id
            and retrieval.state = given.seen
        returning retrieval.id, given.becomes, given.first_read_at),
    held as (
        insert into evidence (retrieval, day, wrapped_key, sealed, first_read_at, until)
        select moved.id, one.day, one.wrapped_key, one.sealed, moved.first_read_at, one.until
        from moved join unnest(cast(:held as sealed_row[])) as one on one.retrieval = moved.id),
    kept as (
        insert into question (retrieval, day, wrapped_key, sealed)
        select moved.id, one.day, one.wrapped_key, one.sealed
        from moved join unnest(cast(:kept as sealed_row[])) as one on one.retrieval = moved.id
        on conflict do nothing),
    forgotten as (
        delete from question using moved
        where question.retrieval = any(cast(:ids as uuid[])) and question.retrieval = moved.id
            and moved.becomes not in ('deferred', 'previewing')),
    {{upshots}}{log.beside_each("moved")}
    select exists(select 1 from lawful) as lawful, array(select id from moved) as ids
    """  # noqa: S608 -- names of our own

RECORD = Statement(_ANSWERS.format(upshots=""))
RECORD_WITH_UPSHOTS = Statement(
    _ANSWERS.format(
        upshots="""told as (
        insert into upshot (id, day, wrapped_key, sealed)
        select one.id, one.day, one.wrapped_key, one.sealed
        from moved join unnest(cast(:upshots as sealed_row[]), cast(:upshots_of as uuid[]))
            as one (id, day, wrapped_key, sealed, until, retrieval) on one.retrieval = moved.id),
    """
    )
)
"""The same, and the worker is told: what was found, what went beyond, what was dropped."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a retrieval that was in state `seen`; every entry tells of that retrieval.

    Upshots have ids of their own: the worker is told without a retrieval in the clear.

    Raises:
        ValueError: an entry, or what is kept, tells of another.
    """

    moved: Retrieval
    seen: State
    entries: Sequence[SealedEntry]
    held: SealedEvidence | None = None
    kept: SealedEvidence | None = None
    first_read_at: datetime | None = None
    due_at: datetime | None = None
    release_leaf: bytes | None = None
    upshots: Sequence[SealedEvidence] = ()

    def __post_init__(self) -> None:
        # What tells of another would be written beside nothing: lost without a word.
        told = [one.retrieval for one in self.entries]
        told += [one.retrieval for one in (self.held, self.kept) if one is not None]
        if any(one != self.moved.id for one in told):
            raise ValueError("an answer is recorded with what belongs to it")

    @property
    def size(self) -> int:
        """Bytes of what is held."""
        return 0 if self.held is None else len(self.held.sealed)


async def record(
    connection: Connection, arrivals: Sequence[Arrival], *, version: int, protections: int
) -> frozenset[UUID] | None:
    """Record what became of retrievals, if both versions still hold.

    Those that moved by it; the others had moved before. None: configuration or protections
    moved on, and nothing is recorded.

    Raises:
        LogUnavailable: nothing is on record, or the confirmation was lost.
        Overtaken: a consent that one of them rests on moved; nothing is recorded.
    """
    upshots = [(one.moved.id, upshot) for one in arrivals for upshot in one.upshots]
    told: dict[str, object] = {}
    if upshots:
        told["upshots"] = [sealed_row(upshot) for _, upshot in upshots]
        told["upshots_of"] = [retrieval for retrieval, _ in upshots]
    row = await (RECORD_WITH_UPSHOTS if upshots else RECORD).row(
        connection,
        version=version,
        protections=protections,
        ids=[one.moved.id for one in arrivals],
        answers=[_row(one) for one in arrivals],
        held=[sealed_row(one.held) for one in arrivals if one.held],
        kept=[sealed_row(one.kept) for one in arrivals if one.kept],
        **told,
        **log.given([entry for one in arrivals for entry in one.entries]),
    )
    if row is None or not row["lawful"]:
        return None
    return frozenset(row["ids"])


def _row(one: Arrival) -> tuple[object, ...]:
    moved = one.moved
    return (
        moved.id,
        one.seen.value,
        moved.state.value,
        moved.problem,
        moved.problem_reason,
        moved.available_at,
        one.due_at,
        moved.answer_entry,
        moved.release_entry,
        one.release_leaf,
        moved.collected_at,
        one.first_read_at,
    )
