"""`onceonly apply`: put a municipality file in force."""

import asyncio
import getpass
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from onceonly.cli.endings import fail
from onceonly.cli.ground import Ground, check_schema, files_beside, settings_of, standing_on
from onceonly.domain.errors import LogUnavailable
from onceonly.domain.offices import Configuration
from onceonly.readers.municipality import MunicipalityFaults, read_municipality
from onceonly.readers.municipality_schema import municipality_schema
from onceonly.readers.rules import read_law
from onceonly.security.jose import jwk_faults
from onceonly.usecases import configuration as usecase
from onceonly.usecases.configuration import Conflicting
from onceonly.usecases.opening import open_world
from onceonly.usecases.systems import tls_troubles


def apply(
    *,
    file: Annotated[
        Path | None, typer.Argument(help="The municipality file, YAML or JSON.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the difference, change nothing.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the file.")
    ] = False,
) -> None:
    """Check a municipality file whole, then put it in force; running processes follow."""
    law = read_law()
    if schema:
        typer.echo(json.dumps(municipality_schema(law), ensure_ascii=False, indent=2))
        return
    if file is None:
        fail("name the file: onceonly apply FILE", status=2)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        fail(f"{file}:1: file: cannot be read as UTF-8, name a readable file")
    try:
        configuration = read_municipality(
            text, law, jwk_faults=jwk_faults, beside=files_beside(file.parent)
        )
    except MunicipalityFaults as faults:
        fail("\n".join(f"{file}:{one}" for one in faults.faults))
    with standing_on(settings_of()) as ground:
        asyncio.run(check_schema(ground.addresses.owner))
        asyncio.run(_apply(configuration, ground, file, dry_run=dry_run))


async def _apply(
    configuration: Configuration, ground: Ground, file: Path, *, dry_run: bool
) -> None:
    try:
        async with open_world(
            ground.addresses.owner,
            keys=ground.keys,
            issuer=ground.settings.base_url,
            clock=ground.clock,
            role=None,
        ) as world:
            if dry_run:
                change = await usecase.compare(configuration, world)
            else:
                change = await usecase.apply(configuration, world, actor=getpass.getuser())
    except Conflicting as conflicting:
        fail(f"{file}:1: {conflicting}")
    except LogUnavailable:
        fail("the database does not answer; nothing was applied")
    for line in change.lines:
        typer.echo(line)
    # No fault of the file: it may be applied before the files are put there.
    for trouble in tls_troubles(configuration, ground.keys.directory, _machine_time()):
        typer.echo(f"{file}: not reached by TLS yet: {trouble}", err=True)
    if not dry_run:
        typer.echo(f"{configuration.code}: {len(change.lines)} changes in force")


def _machine_time() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
