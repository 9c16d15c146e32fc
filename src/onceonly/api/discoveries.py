"""Discoveries: what proves what for a household, who has it, and what the law says to each."""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, JsonValue
from starlette.responses import Response

from onceonly.api.access import AskingCaller, CurrentWorld, office_of
from onceonly.api.cases import CaseBody
from onceonly.api.catalogue import TitleView
from onceonly.api.documentation import NO_STORE, problems
from onceonly.api.items import EXAMPLE
from onceonly.api.problems import german
from onceonly.api.reading import StrictRoute
from onceonly.api.retrievals import DecisionView, View, answer
from onceonly.domain.errors import Invalid, UnknownCode
from onceonly.domain.requests import EvidenceRequest
from onceonly.domain.rules import Law, Unit
from onceonly.domain.units import standings, units_of
from onceonly.usecases.discoveries import Candidate, Offer, discover
from onceonly.usecases.world import Caller, World

router = APIRouter(prefix="/v1/discoveries", tags=["decisions"], route_class=StrictRoute)

_EXAMPLE: dict[str, JsonValue] = {name: value for name, value in EXAMPLE.items() if name != "items"}


class DiscoveryBody(CaseBody):
    """An evidence request without its items: the household and the procedure."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    def read(self, caller: Caller, world: World) -> EvidenceRequest:
        """The case, every reference and code in it resolved.

        Raises:
            InsufficientScope: the channel is not this client's.
            UnknownCode: the procedure is in no catalogue.
            Invalid: a member breaks a rule; all of them are named.
        """
        self.check_channel(caller)
        configuration = world.snapshots.of(caller.municipality).configuration
        faults = [*self.faults(configuration, world.clock())]
        unknown = [*self.unknown(world.law.catalogue)]
        if faults:
            raise Invalid([*faults, *unknown])
        if unknown:
            raise UnknownCode(unknown)
        return self.as_request(())


class OfferView(BaseModel):
    """An office that offers it, and what the law says to its being asked now."""

    provider: str
    origin: str
    immediate: bool
    decision: DecisionView

    @staticmethod
    def of(offer: Offer, law: Law, *, german_: bool) -> View:
        """The offer, explained in the caller's language."""
        return {
            "provider": offer.service.office,
            "origin": offer.service.origin.value,
            "immediate": offer.service.immediate,
            "decision": DecisionView.of(offer.decision, law, german_=german_),
        }


class CandidateView(BaseModel):
    """One evidence about one person that would prove `fact`.

    `acts`: the ways in which it may be chosen or consented to today, each the persons who must act
    together; none: nobody of the request may.
    """

    fact: str
    evidence_type: str
    profile: str
    person: str
    acts: list[list[str]]
    offers: list[OfferView]

    @staticmethod
    def of(candidate: Candidate, law: Law, *, german_: bool) -> View:
        """The candidate with everybody who offers it."""
        item = candidate.item
        return {
            "fact": item.fact,
            "evidence_type": item.evidence_type,
            "profile": item.profile,
            "person": item.person,
            "acts": [sorted(way) for way in candidate.acts],
            "offers": [OfferView.of(one, law, german_=german_) for one in candidate.offers],
        }


class DiscoveredView(BaseModel):
    """A requirement; outer list alternatives, inner list together.

    Empty: only the person can show it.
    """

    code: str
    title: TitleView
    satisfied_by: list[list[CandidateView]]


class StandingView(BaseModel):
    """How somebody of the request stands to the applicant's unit.

    `shared`: belongs to another unit as well. `open`: what would tell is not stated. `doubt`: what
    may make it otherwise.
    """

    person: str
    belongs: Literal["member", "shared", "open", "outside"]
    doubt: Literal["tie-not-stated", "home-not-stated", "age-unknown", "age-reached"] | None


class UnitView(BaseModel):
    """Who is looked at together in the procedure, in the reference month, by what is stated.

    A fact for the file, no verdict on a claim; nothing of it is kept.
    """

    code: str
    title: TitleView
    law: list[str]
    persons: list[StandingView]

    @staticmethod
    def of(unit: Unit, request: EvidenceRequest) -> View:
        """The unit, with everybody of the request in its order."""
        return {
            "code": unit.code,
            "title": {"de": unit.title.de, "en": unit.title.en},
            "law": list(unit.law),
            "persons": [
                {"person": ref, "belongs": one.belongs, "doubt": one.doubt}
                for ref, one in standings(unit, request).items()
            ],
        }


class DiscoveryView(BaseModel):
    """Every requirement of the procedure, and the units it looks at."""

    requirements: list[DiscoveredView]
    units: list[UnitView]


@router.post(
    "",
    operation_id="discover",
    summary="What proves what for a household, and what the law says",
    response_model=DiscoveryView,
    responses=problems(400, 401, 403, 413, 415, 422, 503) | NO_STORE,
)
async def discover_evidence(
    body: DiscoveryBody, caller: AskingCaller, world: CurrentWorld, request: Request
) -> Response:
    """Every alternative, whatever the law says to it; nobody is asked and nothing is kept."""
    asked = body.read(caller, world)
    found = await discover(asked, office_of(caller), caller, world)
    in_german, law = german(request), world.law_of(caller.municipality)
    views = [
        {
            "code": one.requirement.code,
            "title": {"de": one.requirement.title.de, "en": one.requirement.title.en},
            "satisfied_by": [
                [CandidateView.of(each, law, german_=in_german) for each in way]
                for way in one.satisfied_by
            ],
        }
        for one in found
    ]
    units = [UnitView.of(one, asked) for one in units_of(law, asked.procedure)]
    return answer({"requirements": views, "units": units})
