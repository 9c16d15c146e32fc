"""`onceonly doctor`: look at everything the hub stands on; each fault with its remedy."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from onceonly.cli.ground import addresses_of, files_beside, settings_of
from onceonly.cli.schema import head
from onceonly.cli.spans import tracing_findings
from onceonly.cli.surroundings import files_findings, port_findings, room_findings
from onceonly.domain.errors import LogUnavailable
from onceonly.domain.findings import Finding
from onceonly.domain.offices import Configuration
from onceonly.domain.rules import Law
from onceonly.embedded import Addresses, EmbeddedPostgres, EmbeddedUnavailable
from onceonly.readers.documents import LawFaults
from onceonly.readers.municipality import MunicipalityFaults, read_municipality
from onceonly.readers.rules import read_law
from onceonly.security.jose import jwk_faults
from onceonly.security.keys import KeyFiles, KeyTrouble
from onceonly.settings import Settings, clock_of
from onceonly.usecases.condition import Examined
from onceonly.usecases.examination import examine


def doctor(
    *,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Municipality files that should be in force.")
    ] = None,
) -> None:
    """Look at everything the hub stands on; exit 1 when something is wrong."""
    settings = settings_of()
    found: list[Finding] = []
    law = _law(found)
    configurations = [] if law is None else _read(files or [], law, found)
    keys = _keys(settings, found)
    with ExitStack() as stack:
        addresses = addresses_of(settings) or _embedded(settings, stack, found)
        if addresses is not None:
            found += asyncio.run(_examine(settings, addresses, keys, configurations, law))
    embedded = [] if settings.database_url else [settings.data_dir]
    found += room_findings(settings.keys, *embedded)
    found += port_findings(settings.host, settings.port) + files_findings()
    found += tracing_findings(settings)
    _report(found)
    if any(one.grave for one in found):
        raise typer.Exit(1)


def _law(found: list[Finding]) -> Law | None:
    """The shipped law."""
    try:
        return read_law()
    except LawFaults as faults:
        found += [
            Finding(
                "law-faults",
                str(one),
                "mend that line, or install the program anew; until then nothing starts",
            )
            for one in faults.faults
        ]
        return None


def _read(files: Sequence[Path], law: Law, found: list[Finding]) -> list[Configuration]:
    """By the law, the municipality files and the layers beside them."""
    read: list[Configuration] = []
    for file in files:
        try:
            text = file.read_text("utf-8-sig")
            beside = files_beside(file.parent)
            read.append(read_municipality(text, law, jwk_faults=jwk_faults, beside=beside))
        except (OSError, UnicodeDecodeError):
            found.append(
                Finding(
                    "file-faults", f"{file}: it cannot be read as UTF-8", "name a readable file"
                )
            )
        except MunicipalityFaults as faults:
            found += [
                Finding("file-faults", f"{file}:{one}", "mend that line of the file")
                for one in faults.faults
            ]
    return read


def _keys(settings: Settings, found: list[Finding]) -> KeyFiles | None:
    try:
        keys = KeyFiles(settings.keys, create=not settings.production, clock=clock_of(settings))
    except KeyTrouble as trouble:
        found.append(_unusable(str(trouble)))
        return None
    found += [_unusable(one) for one in keys.faults()]
    return keys


def _unusable(trouble: str) -> Finding:
    what, _, remedy = trouble.rpartition("; ")
    return Finding("keys-unusable", what, remedy)


def _embedded(settings: Settings, stack: ExitStack, found: list[Finding]) -> Addresses | None:
    server = EmbeddedPostgres(settings.data_dir)
    try:
        addresses = server.join()
    except EmbeddedUnavailable as trouble:
        what, _, remedy = str(trouble).rpartition("; ")
        found.append(Finding("data-directory", what, remedy))
        return None
    stack.callback(server.leave)
    return addresses


async def _examine(
    settings: Settings,
    addresses: Addresses,
    keys: KeyFiles | None,
    files: Sequence[Configuration],
    law: Law | None,
) -> list[Finding]:
    clock = clock_of(settings)
    what = Examined(
        addresses={
            "ONCEONLY_DATABASE_URL": addresses.app,
            "ONCEONLY_OWNER_URL": addresses.owner,
            "ONCEONLY_SEQUENCER_URL": addresses.sequencer,
            "ONCEONLY_AUDITOR_URL": addresses.auditor,
        },
        keys=keys,
        issuer=settings.base_url,
        head=head(),
        production=settings.production,
        now=clock(),
        clock=clock,
        real_now=lambda: datetime.now(UTC),  # noqa: TID251 -- the machine's clock is looked at
        files=files,
        law=law,
    )
    try:
        return await examine(what)
    except LogUnavailable:
        return [
            Finding("database-away", "the database stopped answering meanwhile", "look at it again")
        ]


def _report(found: Sequence[Finding]) -> None:
    """Faults first, each with what to do on a line of its own."""
    for one in sorted(found, key=lambda one: not one.grave):
        typer.echo(f"{'fault' if one.grave else 'warning'} {one.code}: {one.what}")
        typer.echo(f"  remedy: {one.remedy}")
    grave = sum(one.grave for one in found)
    if not found:
        typer.echo("all is well")
    else:
        typer.echo(f"{grave} faults, {len(found) - grave} warnings; see docs/operations.md, Doctor")
