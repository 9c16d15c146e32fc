"""The rule table: what may move, by which right, as of a day of transmission."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from onceonly.api.access import AnyCaller, CurrentWorld
from onceonly.api.catalogue import TitleView, page, title
from onceonly.api.documentation import problems
from onceonly.api.forms import Cursor, Limit
from onceonly.domain.calendar import german_day
from onceonly.domain.errors import Fault, Invalid, NotFound
from onceonly.domain.rules import Rule, RuleMode
from onceonly.usecases.world import World

router = APIRouter(prefix="/v1/rules", tags=["catalogue"])

DayQuery = Annotated[
    str | None,
    Query(
        max_length=10,
        json_schema_extra={"format": "date"},
        description="Day of transmission, `YYYY-MM-DD`, in Germany; the present one if absent",
    ),
]


class ModeView(BaseModel):
    """One way in which a row may carry, in the order tried. The first `law` carries."""

    mode: str
    automation: str
    law: list[str]
    needs: list[str]


class GivenView(BaseModel):
    """The strongest profile a row gives of a type."""

    evidence_type: str
    profile: str | None


class RuleLine(BaseModel):
    """One row of the table.

    `mode`, `automation`, `law` are those of the way tried first (`modes` has all), `evidence_type`
    and `profile` those of the evidence named first (`evidence` has all); null where there is none.
    """

    code: str
    title: TitleView
    id: str
    version: str
    via_hub: bool
    mode: str | None
    automation: str | None
    law: list[str]
    modes: list[ModeView]
    consumers: list[str]
    evidence_type: str | None
    profile: str | None
    evidence: list[GivenView]
    providers: list[str]
    preconditions: list[str]
    confidence: str


class RuleList(BaseModel):
    """A page of rules."""

    items: list[RuleLine]
    next: str | None


class RuleView(RuleLine):
    """A row as a person reads it: what moves, who may ask, what it needs, what it obliges to."""

    explanation: TitleView | None
    reason: str | None
    actors: list[str]
    consumer_kinds: list[str]
    origin: str | None
    facts: list[str]
    fields: list[str] | None
    drop_fields: list[str]
    about: list[str]
    months: str | None
    obligations: list[str]
    retention: str
    in_force_to: str | None
    conditions: list[str]
    note: str


@router.get(
    "",
    operation_id="listRules",
    summary="The rule table",
    response_model=RuleList,
    responses=problems(401, 403, 422),
)
async def list_rules(
    caller: AnyCaller,
    world: CurrentWorld,
    at: DayQuery = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> dict[str, Any]:
    """Every row in force on that day, the denials too."""
    day = _day(at, world)
    rows = {row.id: row for row in world.law_of(caller.municipality).rules if row.in_force_on(day)}
    return page(rows, cursor, limit, _line)


@router.get(
    "/{id}",
    operation_id="getRule",
    summary="One rule",
    response_model=RuleView,
    responses=problems(401, 403, 404, 422),
)
async def get_rule(
    rule: Annotated[str, Path(alias="id", description="The row's id, like `R10a`")],
    caller: AnyCaller,
    world: CurrentWorld,
    at: DayQuery = None,
) -> dict[str, Any]:
    """The row as of that day, with everything that decides in it."""
    row = world.law_of(caller.municipality).rule(rule)
    if row is None or not row.in_force_on(_day(at, world)):
        raise NotFound
    return {
        **_line(row),
        "explanation": None if row.explanation is None else title(row.explanation),
        "reason": row.reason,
        "actors": list(row.actors),
        "consumer_kinds": list(row.consumer_kinds),
        "origin": row.origin,
        "facts": list(row.facts),
        "fields": None if row.fields is None else list(row.fields),
        "drop_fields": list(row.drop_fields),
        "about": list(row.about),
        "months": row.when.months,
        "obligations": list(row.obligations),
        "retention": row.retention,
        "in_force_to": None if row.in_force_to is None else row.in_force_to.isoformat(),
        "conditions": list(row.conditions),
        "note": row.note,
    }


def _day(at: str | None, world: World) -> date:
    if at is None:
        return german_day(world.clock())
    try:
        found = date.fromisoformat(at)
    except ValueError:
        found = None
    # Python reads other forms of a day too; one is enough.
    if found is None or found.isoformat() != at:
        raise Invalid([Fault("#/at", "day")])
    return found


def _line(row: Rule) -> dict[str, Any]:
    first = row.modes[0] if row.modes else None
    given = row.evidence[0] if row.evidence else None
    return {
        "code": row.id,
        "title": title(row.title),
        "id": row.id,
        "version": row.version,
        "via_hub": row.via_hub,
        "mode": None if first is None else first.mode.value,
        "automation": None if first is None else first.automation.value,
        "law": list(row.law if first is None else first.law),
        "modes": [_mode(mode) for mode in row.modes],
        "consumers": list(row.consumers),
        "evidence_type": None if given is None else given.evidence_type,
        "profile": None if given is None else given.profile,
        "evidence": [
            {"evidence_type": one.evidence_type, "profile": one.profile} for one in row.evidence
        ],
        "providers": list(row.providers),
        "preconditions": list(row.preconditions),
        "confidence": row.confidence,
    }


def _mode(mode: RuleMode) -> dict[str, Any]:
    return {
        "mode": mode.mode.value,
        "automation": mode.automation.value,
        "law": list(mode.law),
        "needs": list(mode.needs),
    }
