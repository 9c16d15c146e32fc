"""The log, as anyone may check it, and its entries, for those who may read them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from onceonly.api.access import CurrentWorld, LogReader, Prover
from onceonly.api.documentation import NO_STORE, not_sequenced, problems
from onceonly.api.forms import IdText
from onceonly.api.reading import StrictRoute
from onceonly.api.retrievals import answer
from onceonly.domain.errors import NotFound
from onceonly.merkle.tiles import tile_of
from onceonly.usecases import proofs
from onceonly.usecases.log import read_entry

router = APIRouter(prefix="/v1/log", tags=["log"], route_class=StrictRoute)

EntryId = Annotated[IdText, Path(alias="id", description="The entry's id, a UUIDv7")]
TilePath = Annotated[
    str,
    Path(alias="path", description="`<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`, N as `x001/234`"),
]
Generation = Annotated[
    int | None,
    Query(ge=1, le=2**31 - 1, description="An earlier generation of the log; else the current one"),
]
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
_FOR_A_MOMENT = {"cache-control": "public, max-age=1"}


class EntryView(BaseModel):
    """One entry in clear; `position` is null until it is sequenced, `payload` once destroyed."""

    entry: str
    position: int | None
    at: str
    event: str
    retrieval: str | None
    payload: dict[str, Any] | None


def _text(summary: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"description": summary, "content": {"text/plain": {"schema": {"type": "string"}}}}
    }


@router.get(
    "/checkpoint",
    operation_id="getLogCheckpoint",
    summary="The log's signed head",
    response_class=PlainTextResponse,
    responses=_text("A C2SP checkpoint, signed with Ed25519") | problems(404, 422, 503),
)
async def get_checkpoint(world: CurrentWorld, generation: Generation = None) -> Response:
    """404 until the first entry is sequenced. Source: c2sp.org/tlog-checkpoint."""
    head = await proofs.published(world, generation=generation)
    return PlainTextResponse(head.note, headers=_FOR_A_MOMENT)


@router.get(
    "/key",
    operation_id="getLogKey",
    summary="The key that heads are verified with",
    response_class=PlainTextResponse,
    responses=_text("One C2SP verifier key; its name is the log's origin")
    | problems(404, 422, 503),
)
async def get_key(world: CurrentWorld, generation: Generation = None) -> Response:
    """One line. Proofs of an earlier generation need its key. Source: c2sp.org/signed-note."""
    key = await proofs.verifier_key(world, generation=generation)
    return PlainTextResponse(key, headers=_FOR_A_MOMENT)


@router.get(
    "/tile/{path:path}",
    operation_id="getLogTile",
    summary="A tile of the log: hashes, or commitments",
    response_class=Response,
    responses={
        200: {
            "description": "256 hashes, fewer in a partial tile",
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        },
        **problems(404, 422, 503),
    },
)
async def get_tile(path: TilePath, world: CurrentWorld, generation: Generation = None) -> Response:
    """It never changes. Tiles of entries hold commitments alone. Source: c2sp.org/tlog-tiles."""
    wanted = tile_of(path)
    if wanted is None:
        raise NotFound
    tile, entries = wanted
    content = await proofs.tile(world, tile, entries=entries, generation=generation)
    return Response(content, media_type="application/octet-stream", headers=_FOR_EVER)


@router.get(
    "/entries/{id}",
    operation_id="getLogEntry",
    summary="One entry in clear",
    response_model=EntryView,
    responses=problems(401, 403, 404, 503) | NO_STORE,
)
async def get_entry(entry: EntryId, caller: LogReader, world: CurrentWorld) -> Response:
    """That it was read is on record before it is given."""
    found = await read_entry(
        world,
        municipality=caller.municipality,
        wanted=entry,
        reader=caller.client.client_id,
    )
    return answer(EntryView.model_validate({n: v for n, v in found.items() if n != "broken"}))


@router.get(
    "/entries/{id}/proof",
    operation_id="getLogProof",
    summary="The proof that an entry is in the log",
    response_class=PlainTextResponse,
    responses={
        200: {
            "description": "A C2SP tlog-proof, verified with the entry's leaf and the log's key",
            "content": {"text/plain": {"schema": {"type": "string"}}},
            "headers": NO_STORE[200]["headers"],
        },
        **problems(401, 403, 404, 503),
        **not_sequenced(),
    },
)
async def get_proof(entry: EntryId, caller: Prover, world: CurrentWorld) -> Response:
    """For auditors, and for the office whose retrieval the entry tells of; 409 until sequenced."""
    text = await proofs.prove_to(caller, entry, world)
    return PlainTextResponse(text, headers={"cache-control": "no-store"})
