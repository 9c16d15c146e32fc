"""`onceonly doctor`: look at everything the hub stands on; each fault with its remedy."""

import asyncio
import socket

import typer

from onceonly.cli.ground import Ground, settings_of, standing_on
from onceonly.cli.schema import head
from onceonly.domain.errors import LogUnavailable
from onceonly.store.database import Database


def doctor() -> None:
    """Look at database, schema, keys and port; exit 1 when something is wrong."""
    settings = settings_of()
    with standing_on(settings, migrate=False) as ground:
        faults = [
            *asyncio.run(_database(ground)),
            *(f"keys: {fault}" for fault in ground.keys.faults()),
            *_port(settings.host, settings.port),
        ]
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise typer.Exit(1)
    typer.echo("database, schema, keys and port are well")


async def _database(ground: Ground) -> list[str]:
    try:
        database = await Database.open(ground.addresses.app)
    except LogUnavailable:
        return ["database: it does not answer; start it, or see ONCEONLY_DATABASE_URL"]
    try:
        found = await database.schema()
    except LogUnavailable:
        return ["database: it does not answer; start it, or see ONCEONLY_DATABASE_URL"]
    finally:
        await database.close()
    if found != head():
        return [f"schema: at {found or 'nothing'}, not {head()}; run `onceonly migrate`"]
    return []


def _port(host: str, port: int) -> list[str]:
    try:
        with socket.create_server((host, port)):
            return []
    except OSError:
        return [f"port: {port} of {host} is taken; stop what listens there, or set ONCEONLY_PORT"]
