"""Notices: what a person reads before they choose or consent, word for word and with its hash."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from onceonly.api.access import AnyReader, CurrentWorld
from onceonly.api.catalogue import TitleView, page, title
from onceonly.api.documentation import problems
from onceonly.api.forms import Cursor, Limit
from onceonly.domain.errors import NotFound
from onceonly.domain.notices import Notice

router = APIRouter(prefix="/v1/notices", tags=["catalogue"])


class NoticeView(BaseModel):
    """One text; German binds, English stands beside it."""

    id: str
    kind: Annotated[str, Field(description="What it is read before: `choice` or `consent`")]
    valid_from: str
    valid_to: str | None
    texts: TitleView
    hash: Annotated[
        str,
        Field(
            description="SHA-256 of the RFC 8785 form of `id`, `kind` and `texts`; 64 hex digits"
        ),
    ]


class NoticeList(BaseModel):
    """A page of notices."""

    items: list[NoticeView]
    next: str | None


@router.get(
    "",
    operation_id="listNotices",
    summary="Texts of choice and consent, lapsed ones too",
    response_model=NoticeList,
    responses=problems(401, 403, 422),
)
async def list_notices(
    caller: AnyReader,  # noqa: ARG001 -- anyone with a token
    world: CurrentWorld,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> dict[str, Any]:
    """By their id. Whoever shows one names it in the choice or the consent."""
    return page(world.law.notices, cursor, limit, _notice)


@router.get(
    "/{id}",
    operation_id="getNotice",
    summary="One text",
    response_model=NoticeView,
    responses=problems(401, 403, 404),
)
async def get_notice(
    code: Annotated[str, Path(alias="id", description="The notice's id")],
    caller: AnyReader,  # noqa: ARG001 -- anyone with a token
    world: CurrentWorld,
) -> dict[str, Any]:
    """A text once published never changes, so neither does its hash."""
    notice = world.law.notices.get(code)
    if notice is None:
        raise NotFound
    return _notice(notice)


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "valid_from": notice.valid_from.isoformat(),
        "valid_to": None if notice.valid_to is None else notice.valid_to.isoformat(),
        "texts": title(notice.texts),
        "hash": notice.hash,
    }
