"""`onceonly log …`: entries in clear, exports and proofs; every look is an entry itself."""

import asyncio
import getpass
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, TextIO
from uuid import UUID

import typer

from onceonly.cli.endings import WRONG_USE, fail
from onceonly.cli.ground import Ground, check_schema, settings_of, standing_on
from onceonly.cli.verify import verify
from onceonly.domain.errors import LogUnavailable, NotFound
from onceonly.security.keys import KeyTrouble
from onceonly.usecases import proofs, retention, sequencing
from onceonly.usecases.exports import export as write_out
from onceonly.usecases.log import read_log
from onceonly.usecases.opening import open_world
from onceonly.usecases.world import World

TOLD_EVERY = 64
"""Tiles between two words of progress."""

program = typer.Typer(help="The log of every exchange.", no_args_is_help=True)
program.command()(verify)


@program.callback()
def words() -> None:
    """The log of every exchange."""


@program.command()
def show(
    *,
    retrieval: Annotated[UUID | None, typer.Option(help="Only this retrieval's entries.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines, oldest first.")] = False,
) -> None:
    """Show what is on record."""
    with standing_on(settings_of()) as ground:
        asyncio.run(check_schema(ground.addresses.auditor))
        asyncio.run(_show(ground, retrieval, as_json=as_json))


@program.command()
def export(
    *,
    file: Annotated[
        Path | None, typer.Argument(help="Where to; standard output if it is left out.")
    ] = None,
    municipality: Annotated[
        str | None, typer.Option(help="In clear only what is this municipality's.")
    ] = None,
    generation: Annotated[int | None, typer.Option(help="An earlier generation.")] = None,
) -> None:
    """Write the log out, for `onceonly log verify` and for whoever audits without the hub."""
    with standing_on(settings_of()) as ground:
        asyncio.run(check_schema(ground.addresses.auditor))
        asyncio.run(_export(ground, file, municipality, generation))


@program.command()
def prove(*, entry: Annotated[UUID, typer.Argument(help="The entry's id.")]) -> None:
    """Print the proof that an entry is in the log, also when what it said is destroyed."""
    with standing_on(settings_of()) as ground:
        asyncio.run(check_schema(ground.addresses.auditor))
        asyncio.run(_prove(ground, entry))


@program.command()
def hold(
    *,
    entry: Annotated[UUID, typer.Argument(help="The entry's id.")],
    until: Annotated[str, typer.Option(help="Its last day, YYYY-MM-DD.")],
    reason: Annotated[str, typer.Option(help="Why it must not be destroyed yet.")],
) -> None:
    """Keep what an entry says beyond its day, with a reason and an end."""
    try:
        last = date.fromisoformat(until)
    except ValueError:
        fail("--until: must be a day YYYY-MM-DD", status=WRONG_USE)
    with standing_on(settings_of()) as ground:
        asyncio.run(check_schema(ground.addresses.auditor))
        asyncio.run(_hold(ground, entry, last, reason))


@program.command()
def recover() -> None:
    """After a restore: begin the next generation, which commits to what was published last."""
    with standing_on(settings_of()) as ground:
        asyncio.run(check_schema(ground.addresses.sequencer))
        asyncio.run(_recover(ground))


@asynccontextmanager
async def _auditing(ground: Ground) -> AsyncIterator[World]:
    async with open_world(
        ground.addresses.auditor,
        keys=ground.keys,
        issuer=ground.settings.base_url,
        clock=ground.clock,
        role="onceonly_auditor",
    ) as world:
        yield world


async def _show(ground: Ground, retrieval: UUID | None, *, as_json: bool) -> None:
    broken: list[str] = []
    try:
        async with _auditing(ground) as world:
            for snapshot in world.snapshots.all():
                async for one in read_log(
                    world,
                    municipality=snapshot.municipality,
                    retrieval=retrieval,
                    reader=getpass.getuser(),
                ):
                    if "broken" in one:
                        broken.append(str(one["entry"]))
                    typer.echo(json.dumps(one, ensure_ascii=False) if as_json else _line(one))
    except LogUnavailable:
        fail("the reading cannot be put on record, so nothing is shown; start the database")
    if broken:
        fail(f"changed since they were written: {', '.join(broken)}; restore them from a backup")


def _line(one: dict[str, object]) -> str:
    payload = json.dumps(one["payload"], ensure_ascii=False, indent=2)
    return f"{one['at']}  {one['event']}  {one['retrieval'] or ''}\n{payload}"


async def _export(
    ground: Ground, file: Path | None, municipality: str | None, generation: int | None
) -> None:
    broken: list[int] = []
    try:
        async with _auditing(ground) as world:
            pieces = write_out(
                world, code=municipality, generation=generation, reader=getpass.getuser()
            )
            with _writing(file) as out:
                tiles = 0
                async for piece in pieces:
                    out.writelines(piece.lines)
                    broken += piece.broken
                    tiles += 1
                    if tiles % TOLD_EVERY == 0:
                        typer.echo(f"{piece.done} of {piece.of} entries", err=True)
    except LogUnavailable:
        fail("the reading cannot be put on record, so nothing is exported; start the database")
    except NotFound:
        fail("there is nothing to export: no such municipality or generation, or no worker ran yet")
    except OSError:
        fail(f"{file} cannot be written; name another file")
    if broken:
        named = ", ".join(f"position {one}" for one in broken)
        fail(f"changed since they were written: {named}; restore them from a backup")


@contextmanager
def _writing(file: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that only its owner reads: payloads stand in it in clear."""
    if file is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    file.touch(mode=0o600)
    with file.open("w", encoding="utf-8", newline="") as out:
        yield out


async def _prove(ground: Ground, entry: UUID) -> None:
    try:
        async with _auditing(ground) as world:
            typer.echo(await proofs.prove(entry, world), nl=False)
    except NotFound:
        fail("the log has no such entry, or it has no position yet; see that a worker runs")
    except LogUnavailable:
        fail("the database does not answer; start it and try again")


async def _hold(ground: Ground, entry: UUID, until: date, reason: str) -> None:
    try:
        async with _auditing(ground) as world:
            await retention.hold(
                entry, until=until, reason=reason, actor=getpass.getuser(), world=world
            )
    except NotFound:
        fail("no municipality has such an entry; see `onceonly log show`")
    except retention.HeldAlready:
        fail("the entry is held already; a hold ends on its day and not before")
    except retention.NothingToHold:
        fail("there is nothing to hold: the day is past, or what the entry said is destroyed")
    except LogUnavailable:
        fail("the hold cannot be put on record, so nothing is held; start the database")
    typer.echo(f"held until {until.isoformat()}")


async def _recover(ground: Ground) -> None:
    try:
        async with open_world(
            ground.addresses.sequencer,
            keys=ground.keys,
            issuer=ground.settings.base_url,
            clock=ground.clock,
            sequencer=ground.addresses.sequencer,
        ) as world:
            begun = await sequencing.recover(world, actor=getpass.getuser())
    except (KeyTrouble, sequencing.LogShorter) as trouble:
        fail(str(trouble))
    except LogUnavailable:
        fail("nothing was changed: the database does not answer, or a worker still runs")
    if begun is None:
        typer.echo("the log is not behind what was published; there is nothing to recover")
    else:
        typer.echo(f"generation {begun.generation} has begun; give its key to the auditors")
