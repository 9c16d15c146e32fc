"""Acts of persons: whether the right ones chose or consented, and who must still act.

Choice (§ 67f SGB X) and consent (§ 67b SGB X) are two things; who may act is the same for both.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from onceonly.domain.calendar import german_day
from onceonly.domain.case import Case
from onceonly.domain.codes import Match
from onceonly.domain.matches import Lack
from onceonly.domain.representation import Acts, beyond_mandate
from onceonly.domain.requests import Choice
from onceonly.domain.rules import RuleMode

AHEAD = timedelta(seconds=60)
"""How far a clock may be ahead when an act is dated. Source: contract annex, 5."""

CHOICE_HOLDS = timedelta(days=30)
"""How old a choice may be. Source: contract annex, 5."""

_BEHIND = -AHEAD

BEYOND_MANDATE = "beyond-mandate"
_ONLINE = "online"
_APPLICANT = "applicant"
_NOBODY: frozenset[str] = frozenset()
_ITEMS_PERSON = frozenset({"subject", "employee", "entrusting-person"})


class Standing(NamedTuple):
    """Who acted for whom, and for whom nobody did: persons with the ways in which somebody may.

    `alone`: nobody may act for another, whatever mandate they have.
    """

    made: Mapping[str, frozenset[str]]
    open: tuple[tuple[str, Acts], ...]
    day: date
    alone: bool = False


def choice_lack(case: Case, match: Match, mode: RuleMode) -> tuple[Lack, ...]:
    """What a choice lacks, in one: a provider that can answer it, or somebody's act."""
    if not (case.ground.issuer and case.issued):
        return (Lack("impossible", "not-issuer"),)
    service = case.question.service
    if service is not None and not service.immediate:
        return (Lack("impossible", "not-immediate"),)
    standing = chosen(case, match, notice=mode.notice)
    if not standing.open:
        return ()
    return (Lack("choice", reason_for("choice", case, standing), waiting(standing)),)


def chosen(case: Case, match: Match, *, notice: str | None) -> Standing:
    """How the choices of an item stand, towards everybody of whom the granted fields speak."""
    made = [
        (one.made_by, german_day(one.made_at))
        for one in case.item.choices
        if _counts(case, one, notice)
    ]
    if not made:
        return nobody_acted(case, match)
    day = max([on for _, on in made])
    makers = dict.fromkeys(whose_act(case, match), _NOBODY)
    for by, on in made:
        for person in makers:
            if on == day or not _early(case, person, by, on, day):
                makers[person] |= {by}
    return standing_of(case, match, makers, day)


def nobody_acted(case: Case, match: Match) -> Standing:
    """How it stands where nobody chose or consented at all."""
    made = dict.fromkeys(whose_act(case, match), _NOBODY)
    return standing_of(case, match, made, case.facts.today)


def holds(choice: Choice, now: datetime) -> bool:
    """Whether a choice was made by then, and not long ago."""
    return _BEHIND <= now - choice.made_at <= CHOICE_HOLDS


def _early(case: Case, person: str, maker: str, on: date, day: date) -> bool:
    """Whether whoever chose may act by that day and could not on the day they did."""
    then, by_then = (any(maker in way for way in case.acts(person, one)) for one in (on, day))
    return by_then and not then


def standing_of(
    case: Case, match: Match, made: Mapping[str, frozenset[str]], day: date
) -> Standing:
    """For whom of those who must act (`made`: by whom it was done for each) nobody did."""
    alone = _alone(match)
    still = []
    for ref, makers in made.items():
        acts = (frozenset({ref}),) if alone else case.acts(ref, day)
        for together in acts:
            if together <= makers:
                break
        else:
            still.append((ref, acts))
    return Standing(made, tuple(still), day, alone)


def whose_act(case: Case, match: Match) -> tuple[str, ...]:
    """Everybody whose act is needed: the item's person, and of whom else the fields speak."""
    named = match.row.when.consent_of
    if named is not None and named in _ITEMS_PERSON:
        return (case.person.ref,)
    if named is None and not match.grant.others:
        return (case.person.ref,)
    applicants = tuple(one.ref for one in case.request.applicants)
    if named == _APPLICANT:
        return applicants
    roles = {role for role in match.grant.about if role in match.row.about}
    # Where row and fact name no role but the person's own, the others are the applicant alone.
    if roles == {case.role}:
        return tuple(dict.fromkeys((case.person.ref, *applicants)))
    others = (one.ref for one in case.request.persons if one.role in roles)
    return tuple(dict.fromkeys((case.person.ref, *others)))


def waiting(standing: Standing) -> tuple[str, ...]:
    """Who must still act: for each person the first way in which somebody may."""
    by: dict[str, None] = {}
    for person, acts in standing.open:
        if acts:
            by |= dict.fromkeys(sorted(acts[0] - standing.made[person]))
    return tuple(by)


def _alone(match: Match) -> bool:
    """Whether only the person's own act carries."""
    person = match.row.when.person
    return person is not None and person.self_only


def _counts(case: Case, choice: Choice, notice: str | None) -> bool:
    """Online, under the text the row names, and not made long ago or in the future."""
    return (
        case.request.channel == _ONLINE
        and not case.item.choice_refused
        and (notice is None or notice == choice.notice)
        and holds(choice, case.facts.now)
    )


def reason_for(act: str, case: Case, standing: Standing) -> str:
    """The reason of the closed list."""
    why = _why_open(case, standing)
    return f"{act}-{why}" if why in ("missing", "not-theirs") else why


def _why_open(case: Case, standing: Standing) -> str:
    """Why nobody's act carries: nobody may, it went beyond a mandate, was another's, or is none."""
    for _, acts in standing.open:
        if not acts:
            return "nobody-may-act"
    if not any(standing.made.values()):
        return "missing"
    strangers = [
        (maker, ref)
        for ref, acts in standing.open
        for maker in sorted(standing.made[ref])
        if not any(maker in together for together in acts)
    ]
    if not standing.alone and any(
        beyond_mandate(case.request, one, ref, standing.day) for one, ref in strangers
    ):
        return BEYOND_MANDATE
    needed = {ref for ref, _ in standing.open}
    if case.person.ref in needed and strangers:
        return "not-theirs"
    return "missing"
