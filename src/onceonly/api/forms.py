"""The forms of single members: read strictly, nothing is guessed, nothing coerced."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from onceonly.domain.calendar import Month, is_partial_date

_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
# Signs of DIN 91379 data type A that are no Latin letters; the rest is told by its name.
_SIGNS = frozenset(" '’,-.`~\u00b4\u00a8\u00b7\u02b9\u02ba\u02bc\u02be\u02bf\u02c8\u02cc\u2021")
_MARKS = frozenset(
    chr(mark)
    for mark in (
        0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x30A, 0x30B, 0x30C, 0x30D, 0x30E,
        0x310, 0x311, 0x312, 0x315, 0x31A, 0x31B, 0x323, 0x324, 0x325, 0x326, 0x327, 0x328, 0x329,
        0x32D, 0x32E, 0x331, 0x332, 0x35F, 0x360, 0x361,
    )
)  # fmt: skip


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


def _letters(value: str) -> str:
    for sign in value:
        latin = unicodedata.name(sign, "").startswith("LATIN ")
        if not (latin or sign in _SIGNS or sign in _MARKS):
            raise _fault("letters")
    if value != value.strip() or unicodedata.normalize("NFC", value) != value:
        raise _fault("letters")
    return value


def _alias_letters(value: str) -> str:
    """As names; letters of Greek and Cyrillic too."""
    plain = "".join(
        "a" if unicodedata.name(sign, "").startswith(("GREEK ", "CYRILLIC ")) else sign
        for sign in value
    )
    _letters(plain)
    if unicodedata.normalize("NFC", value) != value:
        raise _fault("letters")
    return value


MonthText = Annotated[
    Month,
    BeforeValidator(
        _reading(re.compile(r"\d{4}-\d{2}", re.ASCII), "month", Month.parse),
        json_schema_input_type=Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")],
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
    str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", max_length=10), AfterValidator(_partial)
]
Ref = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
CaseReference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{0,63}$")]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_letters)]
AliasName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_alias_letters)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Session = Annotated[str, Field(min_length=16, max_length=128, pattern=r"^[\x21-\x7e]+$")]
