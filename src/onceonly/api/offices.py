"""Offices of the caller's municipality, and what their systems can answer."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from onceonly.api.access import AnyCaller, CurrentWorld
from onceonly.api.catalogue import TitleView, page
from onceonly.api.documentation import problems
from onceonly.api.forms import Cursor, Limit
from onceonly.domain.offices import DataService, Office

router = APIRouter(prefix="/v1", tags=["offices"])


class OfficeView(BaseModel):
    """An office and its kind."""

    code: str
    title: TitleView
    kind: str


class OfficeList(BaseModel):
    """A page of offices."""

    items: list[OfficeView]
    next: str | None


class DataServiceView(BaseModel):
    """What one office answers of one evidence type."""

    office: str
    evidence_type: str
    profiles: list[str]
    origin: str
    immediate: bool


class DataServiceList(BaseModel):
    """A page of data services."""

    items: list[DataServiceView]
    next: str | None


@router.get(
    "/offices",
    operation_id="listOffices",
    summary="Offices of this municipality",
    response_model=OfficeList,
    responses=problems(401, 403, 422),
)
async def list_offices(
    caller: AnyCaller, world: CurrentWorld, cursor: Cursor = None, limit: Limit = 20
) -> dict[str, Any]:
    """Each is a controller of its own."""
    configuration = world.snapshots.of(caller.municipality).configuration
    return page(configuration.offices, cursor, limit, _office)


@router.get(
    "/data-services",
    operation_id="listDataServices",
    summary="What offices' systems can answer",
    response_model=DataServiceList,
    responses=problems(401, 403, 422),
)
async def list_data_services(
    caller: AnyCaller, world: CurrentWorld, cursor: Cursor = None, limit: Limit = 20
) -> dict[str, Any]:
    """One per office, evidence type and origin."""
    configuration = world.snapshots.of(caller.municipality).configuration
    services = {
        f"{one.office}/{one.evidence_type}/{one.origin.value}": one
        for one in configuration.data_services
    }
    return page(services, cursor, limit, _service)


def _office(office: Office) -> dict[str, Any]:
    return {
        "code": office.code,
        "title": {"de": office.name, "en": office.name},
        "kind": office.kind,
    }


def _service(service: DataService) -> dict[str, Any]:
    return {
        "office": service.office,
        "evidence_type": service.evidence_type,
        "profiles": list(service.profiles),
        "origin": service.origin.value,
        "immediate": service.immediate,
    }
