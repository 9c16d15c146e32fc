"""Use decisions that were made: the same word again is as good as once, the other comes too late."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from onceonly.domain.errors import NotFound, OutOfTurn
from onceonly.domain.retrievals import Retrieval, State
from onceonly.store import previews
from onceonly.store.previews import Standing
from onceonly.usecases.world import Caller, Visitor, World

_WORDS = {State.RELEASED: "use", State.WITHHELD: "do-not-use"}


@dataclass(frozen=True, slots=True)
class UseDecision:
    """What the person decided: `use` or `do-not-use`. `session` is sealed and never sent on.

    A citizen's own token says who and when: `made_by` and `session` are then None.
    """

    word: str
    made_by: str | None
    made_at: datetime
    session: str | None


async def standing(retrieval: UUID, caller: Caller | Visitor, world: World) -> Standing:
    """The retrieval, the office that asked for it and whom it is about.

    Raises:
        NotFound: there is none, or it is another office's.
    """
    async with world.database.within(caller.municipality) as connection:
        found = await previews.standing(connection, retrieval)
    if found is None:
        raise NotFound
    if isinstance(caller, Caller) and (caller.office is None or caller.office.code != found.office):
        raise NotFound
    return found


async def ended_before(
    retrieval: UUID, word: str, caller: Caller | Visitor, world: World
) -> Retrieval | None:
    """The retrieval when its preview ended with this word already; None while it is looked at.

    What was previewed is gone then, and with it who else might have decided: of citizens only the
    one who ended it and the one whom it was about are told.

    Raises:
        NotFound: there is none, or it is none of this office or citizen.
        OutOfTurn: it ended with the other word, or otherwise.
    """
    found = await standing(retrieval, caller, world)
    one = found.retrieval
    if one.state is State.PREVIEWING:
        return None
    theirs = _word_of(found, caller, world)
    if theirs is None and isinstance(caller, Visitor):
        own = world.names.subject(caller.municipality, found.office, caller.citizen.person)
        if not compare_digest(own, found.subject):
            raise NotFound
    if word == theirs or ("preview" in one.decision.obligations and _WORDS.get(one.state) == word):
        return one
    raise OutOfTurn(one.state)


def said(word: str, office: str, caller: Caller | Visitor, world: World) -> bytes:
    """What stays of a use decision: through whose door it came, and its word, as a keyed hash."""
    if isinstance(caller, Caller):
        who = ("client", caller.client.client_id)
    else:
        login = caller.citizen.person.identity
        who = ("login", "") if login is None else (login.issuer, login.subject)
    whole = "\0".join((str(caller.municipality), office, *who, word))
    return world.names.keyed_hash("use-decision", whole.encode())


def _word_of(found: Standing, caller: Caller | Visitor, world: World) -> str | None:
    """The word by which this caller ended the preview; None when it was not they."""
    for word in _WORDS.values():
        if found.ended_by == said(word, found.office, caller, world):
            return word
    return None
