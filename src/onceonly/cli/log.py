"""`onceonly log …`: entries in clear, for an auditor; the look is an entry itself."""

import asyncio
import getpass
import json
from typing import Annotated
from uuid import UUID

import typer

from onceonly.cli.endings import fail
from onceonly.cli.ground import Ground, check_schema, settings_of, standing_on
from onceonly.domain.errors import LogUnavailable
from onceonly.usecases.log import read_log
from onceonly.usecases.opening import open_world

program = typer.Typer(help="The log of every exchange.", no_args_is_help=True)


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


async def _show(ground: Ground, retrieval: UUID | None, *, as_json: bool) -> None:
    broken: list[str] = []
    try:
        async with open_world(
            ground.addresses.auditor,
            keys=ground.keys,
            issuer=ground.settings.base_url,
            clock=ground.clock,
            role="onceonly_auditor",
        ) as world:
            for snapshot in world.snapshots.all():
                async for one in read_log(
                    world,
                    municipality=snapshot.municipality,
                    retrieval=retrieval,
                    reader=getpass.getuser(),
                ):
                    typer.echo(json.dumps(one, ensure_ascii=False) if as_json else _line(one))
                    if "broken" in one:
                        broken.append(str(one["entry"]))
    except LogUnavailable:
        fail("the reading cannot be put on record, so nothing is shown; start the database")
    if broken:
        fail(f"changed since they were written: {', '.join(broken)}; restore them from a backup")


def _line(one: dict[str, object]) -> str:
    payload = json.dumps(one["payload"], ensure_ascii=False, indent=2)
    return f"{one['at']}  {one['event']}  {one['retrieval'] or ''}\n{payload}"
