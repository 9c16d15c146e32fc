"""The forms of single members: read strictly, nothing is guessed, nothing coerced."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from onceonly.api.letters import is_alias, is_name, is_wording
from onceonly.domain.calendar import Month, is_partial_date

_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PARTIAL_PATTERN = (
    "^([1-9][0-9]{3}|0[0-9]{2}[1-9]|0[0-9][1-9][0-9]|0[1-9][0-9]{2})-"
    "(00-00|(0[1-9]|1[0-2])-(0[0-9]|[12][0-9]|3[01]))$"
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Form(BaseModel):
    """A body or a part of one: unknown members are refused, `null` equals absent."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _fault(kind: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "wrong form")


def _reading(
    pattern: re.Pattern[str], kind: str, read: Callable[[str], object]
) -> Callable[[object], object]:
    """Reads a text of exactly this form; everything else is a fault of that kind."""

    def from_text(value: object) -> object:
        if isinstance(value, str) and pattern.fullmatch(value):
            try:
                return read(value)
            except (ValueError, OverflowError):
                pass
        raise _fault(kind)

    return from_text


def _partial(value: str) -> str:
    if not is_partial_date(value):
        raise _fault("partial-date")
    return value


def _in_letters(written: Callable[[str], bool]) -> AfterValidator:
    def check(value: str) -> str:
        if not written(value):
            raise _fault("letters")
        return value

    return AfterValidator(check)


MonthText = Annotated[
    Month,
    BeforeValidator(
        _reading(re.compile(r"\d{4}-\d{2}", re.ASCII), "month", Month.parse),
        json_schema_input_type=Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")],
    ),
]
DayText = Annotated[
    date,
    BeforeValidator(_reading(_DAY, "day", date.fromisoformat), json_schema_input_type=date),
]
InstantText = Annotated[
    datetime,
    BeforeValidator(
        _reading(_INSTANT, "instant", lambda text: datetime.fromisoformat(text).astimezone(UTC)),
        json_schema_input_type=datetime,
    ),
]
IdText = Annotated[UUID, BeforeValidator(_reading(_UUID, "id", UUID), json_schema_input_type=UUID)]
PartialDate = Annotated[
    str,
    # For the document: as much as a pattern can say of what `_partial` judges.
    Field(json_schema_extra={"pattern": _PARTIAL_PATTERN}),
    AfterValidator(_partial),
]
Ref = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
CaseReference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{0,63}$")]
Name = Annotated[str, Field(min_length=1, max_length=200), _in_letters(is_name)]
AliasName = Annotated[str, Field(min_length=1, max_length=200), _in_letters(is_alias)]
Wording = Annotated[str, Field(min_length=1, max_length=200), _in_letters(is_wording)]
"""A place or a street."""
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Session = Annotated[str, Field(min_length=16, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Limit = Annotated[
    int,
    BeforeValidator(
        _reading(re.compile(r"[1-9][0-9]?|100"), "limit", int),
        json_schema_input_type=Annotated[int, Field(ge=1, le=100)],
    ),
    Query(description="Entries of a page, 1 to 100"),
]
Cursor = Annotated[
    str | None, Query(max_length=200, description="`next` of the page before; opaque")
]
PreferHeader = Annotated[
    list[str] | None,
    Header(alias="prefer", description="`wait=N` (seconds, at most 30), `return=representation`"),
    # Several fields are one with commas (RFC 9110, 5.3); generators know no list in a header.
    WithJsonSchema({"type": "string"}),
]
