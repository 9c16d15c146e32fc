"""Protected persons: written, never read."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field, JsonValue
from starlette.responses import Response

from onceonly.api.access import CurrentWorld, ProvidingCaller, office_of
from onceonly.api.documentation import problems
from onceonly.api.forms import DayText, Form, Name, PartialDate, Ref, Wording
from onceonly.api.persons import AddressBody, AliasBody, Country, IdentityBody, PersonRole
from onceonly.api.reading import StrictRoute
from onceonly.domain.errors import Fault, Invalid
from onceonly.domain.persons import Person
from onceonly.usecases.protection import Wish, protect

router = APIRouter(prefix="/v1/protected-persons", tags=["protection"], route_class=StrictRoute)

ProtectionKind = Literal["bmg-51", "bmg-52", "bgb-1758", "sbgg-13", "pstg-64"]


class ProtectedPersonBody(Form):
    """A person as a request would name them; names and birth date count, all else is let go."""

    family_name: Name | None = None
    given_names: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)] | None = None
    birth_name: Name | None = None
    date_of_birth: PartialDate
    aliases: Annotated[tuple[AliasBody, ...], Field(max_length=5)] | None = None
    ref: Ref | None = None
    role: PersonRole | None = None
    place_of_birth: Wording | None = None
    address: AddressBody | None = None
    nationalities: Annotated[tuple[Country, ...], Field(max_length=10)] | None = None
    identity: IdentityBody | None = None
    idnr: Annotated[str, Field(pattern=r"^[0-9]{11}$")] | None = None

    def read(self) -> Person:
        """What of the person protection is known by.

        Raises:
            Invalid: it has no name.
        """
        if not (self.family_name or self.given_names):
            raise Invalid([Fault("#/person", "one-name")])
        return Person(
            ref="",
            role="",
            family_name=self.family_name,
            given_names=self.given_names or (),
            date_of_birth=self.date_of_birth,
            birth_name=self.birth_name,
            aliases=tuple(one.read() for one in self.aliases or ()),
        )


_EXAMPLE: dict[str, JsonValue] = {
    "person": {
        "family_name": "Probeärmann",
        "given_names": ["Bärbel"],
        "date_of_birth": "1958-07-09",
    },
    "kinds": ["bmg-51"],
    "until": "2028-10-01",
}


class ProtectionBody(Form):
    """Whom to protect, why (empty: no longer), and until when at most; the day is included."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    person: ProtectedPersonBody
    kinds: Annotated[tuple[ProtectionKind, ...], Field(max_length=5)]
    until: DayText | None = None

    def read(self) -> Wish:
        """The wish."""
        return Wish(self.person.read(), tuple(dict.fromkeys(self.kinds)), self.until)


@router.put(
    "",
    operation_id="putProtectedPerson",
    summary="Protect a person, or no longer",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=problems(400, 401, 403, 413, 415, 422, 503),
)
async def put_protected_person(
    body: ProtectionBody, caller: ProvidingCaller, world: CurrentWorld
) -> Response:
    """204 whoever it is and whatever was known before. An `until` beyond the law's term is cut to it."""
    await protect(body.read(), office_of(caller), caller, world)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"cache-control": "no-store"})
