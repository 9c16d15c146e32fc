"""The catalogue: procedures with what they must know, evidence types with their schemas."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from onceonly.api.access import AnyCaller, CurrentWorld
from onceonly.api.documentation import problems
from onceonly.api.forms import Cursor, Limit
from onceonly.domain.calendar import Month, german_day
from onceonly.domain.catalogue import EvidenceType, FormerName, Procedure, Proof, Title
from onceonly.domain.errors import Fault, Invalid, NotFound
from onceonly.readers.schemas import schema_of
from onceonly.usecases.world import World

T = TypeVar("T")

router = APIRouter(prefix="/v1", tags=["catalogue"])

MonthQuery = Annotated[
    str | None,
    Query(
        pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$",
        description="Benefit month, `YYYY-MM`; the running one if absent",
    ),
]


class TitleView(BaseModel):
    """A title, German first."""

    de: str
    en: str


class FormerNameView(BaseModel):
    """An old name, and until when it is accepted."""

    de: str
    until: str


class ListedView(BaseModel):
    """One line of a catalogue list."""

    code: str
    title: TitleView
    also_called: list[FormerNameView]


class CatalogueList(BaseModel):
    """A page of a catalogue."""

    items: list[ListedView]
    next: str | None


class ProofView(BaseModel):
    """An evidence type and how much of it."""

    evidence_type: str
    profile: str


class FactView(BaseModel):
    """What must be known, why, and what proves it."""

    fact: str
    title: TitleView
    law: str
    evidence: list[ProofView]


class RequirementView(BaseModel):
    """A group of facts; outer list alternatives, inner list together."""

    code: str
    title: TitleView
    satisfied_by: list[list[ProofView]]
    facts: list[str]


class ProcedureView(BaseModel):
    """A procedure as of a benefit month."""

    code: str
    title: TitleView
    also_called: list[FormerNameView]
    law: list[str]
    facts: list[FactView]
    requirements: list[RequirementView]


class EvidenceTypeView(BaseModel):
    """An evidence type as of a benefit month, with the JSON Schema of each profile."""

    code: str
    title: TitleView
    also_called: list[FormerNameView]
    sensitivity: Annotated[
        str, Field(alias="class", description="The strictest class of protection in general")
    ]
    profiles: dict[str, Any]


@router.get(
    "/procedures",
    operation_id="listProcedures",
    summary="Procedures offices may ask in",
    response_model=CatalogueList,
    responses=problems(401, 403, 422),
)
async def list_procedures(
    caller: AnyCaller,  # noqa: ARG001 -- anyone with a token
    world: CurrentWorld,
    month: MonthQuery = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> dict[str, Any]:
    """Each with its title in that benefit month."""
    at = _month(month, world)
    return page(world.law.catalogue.procedures, cursor, limit, lambda one: _procedure_line(one, at))


@router.get(
    "/procedures/{code}",
    operation_id="getProcedure",
    summary="One procedure: what it must know and what proves it",
    response_model=ProcedureView,
    responses=problems(401, 403, 404, 422),
)
async def get_procedure(
    code: str,
    caller: AnyCaller,  # noqa: ARG001 -- anyone with a token
    world: CurrentWorld,
    month: MonthQuery = None,
) -> dict[str, Any]:
    """Facts, requirements and their evidence, as of that benefit month."""
    procedure = world.law.catalogue.procedures.get(code)
    if procedure is None:
        raise NotFound
    at = _month(month, world)
    return {
        **_procedure_line(procedure, at),
        "law": [procedure.law],
        "facts": [
            {
                "fact": fact.code,
                "title": title(fact.title),
                "law": fact.law,
                "evidence": [_proof(one) for one in fact.proofs if one.evidence_type],
            }
            for fact in procedure.facts.values()
        ],
        "requirements": [
            {
                "code": one.code,
                "title": title(one.title),
                "satisfied_by": satisfied_by(procedure, one.code),
                "facts": [
                    fact.code for fact in procedure.facts.values() if fact.requirement == one.code
                ],
            }
            for one in procedure.requirements
        ],
    }


@router.get(
    "/evidence-types",
    operation_id="listEvidenceTypes",
    summary="Evidence types that can be asked",
    response_model=CatalogueList,
    responses=problems(401, 403, 422),
)
async def list_evidence_types(
    caller: AnyCaller,  # noqa: ARG001 -- anyone with a token
    world: CurrentWorld,
    month: MonthQuery = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> dict[str, Any]:
    """Each with its title in that benefit month."""
    at = _month(month, world)
    return page(world.law.catalogue.evidence_types, cursor, limit, lambda one: _type_line(one, at))


@router.get(
    "/evidence-types/{code}",
    operation_id="getEvidenceType",
    summary="One evidence type with the JSON Schema of each profile",
    response_model=EvidenceTypeView,
    responses=problems(401, 403, 404, 422),
)
async def get_evidence_type(
    code: str,
    caller: AnyCaller,  # noqa: ARG001 -- anyone with a token
    world: CurrentWorld,
    month: MonthQuery = None,
) -> dict[str, Any]:
    """Fields and schemas, as of that benefit month."""
    found = world.law.catalogue.evidence_types.get(code)
    if found is None:
        raise NotFound
    at = _month(month, world)
    version = world.law.catalogue.version_of(at)
    return {
        **_type_line(found, at),
        "class": found.sensitivity,
        "profiles": {
            name: {
                "fields": list(profile.leaves),
                "schema": schema_of(found, profile, version=version),
            }
            for name, profile in found.profiles.items()
        },
    }


def page(
    things: Mapping[str, T], cursor: str | None, limit: int, line: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """A page of a catalogue, in the order of codes.

    Raises:
        Invalid: the cursor is none of this list.
    """
    codes = sorted(things)
    cursors = {urlsafe_b64encode(code.encode()).decode(): code for code in codes}
    if cursor is not None and cursor not in cursors:
        raise Invalid([Fault("#/cursor", "cursor")])
    begins = 0 if cursor is None else codes.index(cursors[cursor]) + 1
    shown = codes[begins : begins + limit]
    further = begins + limit < len(codes)
    return {
        "items": [line(things[code]) for code in shown],
        "next": urlsafe_b64encode(shown[-1].encode()).decode() if further else None,
    }


def title(given: Title) -> dict[str, str]:
    """A title as it is written."""
    return {"de": given.de, "en": given.en}


def satisfied_by(procedure: Procedure, requirement: str) -> list[list[dict[str, Any]]]:
    """What satisfies a requirement: alternatives of proofs that belong together."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for fact in procedure.facts.values():
        if fact.requirement == requirement:
            for proof in fact.proofs:
                if proof.evidence_type is not None:
                    found.setdefault((fact.code, proof.alternative), []).append(_proof(proof))
    return list(found.values())


def _month(month: str | None, world: World) -> Month:
    return Month.of(german_day(world.clock())) if month is None else Month.parse(month)


def _proof(proof: Proof) -> dict[str, Any]:
    return {"evidence_type": proof.evidence_type, "profile": proof.profile}


def _former(names: tuple[FormerName, ...], at: Month) -> list[dict[str, str]]:
    return [{"de": one.de, "until": str(one.until)} for one in names if at <= one.until]


def _procedure_line(procedure: Procedure, at: Month) -> dict[str, Any]:
    naming = procedure.named(at)
    return {
        "code": procedure.code,
        "title": title(naming.title),
        "also_called": _former(naming.also_called, at),
    }


def _type_line(found: EvidenceType, at: Month) -> dict[str, Any]:
    return {
        "code": found.code,
        "title": title(found.title),
        "also_called": _former(found.also_called, at),
    }
