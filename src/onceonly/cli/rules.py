"""`onceonly rules …`: the law as a person reads it, tries it and compares it."""

import asyncio
import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from onceonly.cli.endings import FOUND_A_FAULT, WRONG_USE, fail
from onceonly.cli.ground import check_schema, settings_of, standing_on
from onceonly.cli.telling import line, members, verdict
from onceonly.domain.calendar import Month, german_day
from onceonly.domain.errors import LogUnavailable
from onceonly.domain.hypotheses import Hypothesis, posed
from onceonly.domain.judge import decide
from onceonly.domain.offices import Configuration, Origin
from onceonly.domain.rules import Law, Rule
from onceonly.readers.differences import differences
from onceonly.readers.documents import LawFaults
from onceonly.readers.layers import law_with, misfits
from onceonly.readers.lines import read_document
from onceonly.readers.rules import read_law
from onceonly.security.signatures import (
    SUFFIX,
    NoKey,
    approver_key,
    lines_with,
    signed,
    spelled,
)
from onceonly.settings import clock_of
from onceonly.store.database import Database
from onceonly.usecases.configuration import configurations

_NAME = re.compile(r"\S{1,128}")

program = typer.Typer(help="The law as data: what may move, by which right.", no_args_is_help=True)

Day = Annotated[str | None, typer.Option("--at", help="Day of transmission, YYYY-MM-DD.")]
Here = Annotated[
    str | None, typer.Option("--municipality", help="As this one has it, with its layers.")
]
English = Annotated[bool, typer.Option("--english", help="In English.")]


@program.callback()
def words() -> None:
    """The law as data: what may move, by which right."""


@program.command()
def table(
    *,
    at: Day = None,
    consumer: Annotated[str | None, typer.Option(help="Only this procedure's rows.")] = None,
    provider: Annotated[str | None, typer.Option(help="Only rows of this kind of office.")] = None,
    evidence: Annotated[str | None, typer.Option(help="Only this evidence type's rows.")] = None,
    municipality: Here = None,
    english: English = False,
) -> None:
    """Print the rule table: every row in force on a day."""
    law, day = _in_force(municipality), _day(at)
    for row in law.rules:
        if row.in_force_on(day) and _wanted(row, consumer, provider, evidence):
            typer.echo(line(row, german=not english))


@program.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A row, like R10a.")],
    *,
    municipality: Here = None,
    english: English = False,
) -> None:
    """Show one row whole: what moves, who may ask, in which ways, what follows."""
    law = _in_force(municipality)
    row = law.rule(id_)
    if row is None:
        fail(f"{id_}: no row; `onceonly rules table` lists them")
    for name, value in members(row, law, german=not english):
        typer.echo(f"{name:<15} {value}")


@program.command()
def simulate(
    *,
    asking: Annotated[str, typer.Option(help="Kind of the asking office.")],
    procedure: Annotated[str, typer.Option(help="Its procedure.")],
    evidence: Annotated[str, typer.Option(help="Evidence type.")],
    asked: Annotated[str | None, typer.Option(help="Kind of the office asked.")] = None,
    profile: Annotated[str | None, typer.Option(help="How much.")] = None,
    fact: Annotated[str | None, typer.Option(help="What for.")] = None,
    role: Annotated[str | None, typer.Option(help="The person's role.")] = None,
    age: Annotated[int | None, typer.Option(min=0, max=120, help="The person's age.")] = None,
    nationality: Annotated[list[str] | None, typer.Option(help="Like DE; several.")] = None,
    submitted: Annotated[bool, typer.Option(help="A copy the office was handed.")] = False,
    choice: Annotated[bool, typer.Option(help="The person chose online.")] = False,
    notice: Annotated[str, typer.Option(help="The text read before.")] = "wahl-67f-v1",
    refused: Annotated[bool, typer.Option(help="The person refused the retrieval.")] = False,
    norm: Annotated[str | None, typer.Option(help="Norm of a justification.")] = None,
    reason: Annotated[str, typer.Option(help="Its reason.")] = "person-unable",
    stated: Annotated[list[str] | None, typer.Option(help="What the office asserts.")] = None,
    agreement: Annotated[bool, typer.Option(help="An agreement (§ 79 SGB X) is there.")] = False,
    month: Annotated[str | None, typer.Option(help="Reference month, YYYY-MM.")] = None,
    at: Day = None,
    municipality: Here = None,
    english: English = False,
) -> None:
    """Decide a case that never was, and show every step on the way."""
    law = _in_force(municipality)
    hypothesis = Hypothesis(
        asking=asking,
        procedure=procedure,
        evidence_type=evidence,
        day=_day(at),
        asked=asked,
        profile=profile,
        fact=fact,
        role=role,
        origin=Origin.SUBMITTED if submitted else Origin.ISSUED,
        month=None if month is None else _month(month),
        age=age,
        nationalities=tuple(nationality or ()),
        chosen=choice,
        notice=notice,
        refused=refused,
        norm=norm,
        reason=reason,
        assertions=tuple(stated or ()),
        agreed=agreement,
    )
    try:
        question, facts = posed(hypothesis, law)
    except KeyError as unknown:
        fail(
            f"{unknown.args[0]}: no code of the law; `onceonly rules table` shows them",
            status=WRONG_USE,
        )
    decision = decide(question, facts, law)
    item, kind = question.item, None if question.provider is None else question.provider.kind
    typer.echo(
        f"{asking} ({procedure}) <- {kind or '-'}: {item.evidence_type} {item.profile},"
        f" {item.fact}, {question.request.by_ref[item.person].role}"
    )
    for one in verdict(decision, law, german=not english):
        typer.echo(one)


@program.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A folder of law.")],
    new: Annotated[Path | None, typer.Argument(help="Another; the shipped one if absent.")] = None,
) -> None:
    """Compare two laws: `+ - ~` rows and lists. Ends with 1 where they differ."""
    before, after = _law(old), read_law() if new is None else _law(new)
    found = list(differences(before, after))
    for one in found:
        typer.echo(one)
    if found:
        raise typer.Exit(FOUND_A_FAULT)


@program.command()
def sign(
    file: Annotated[Path, typer.Argument(help="A file of rules: Land law or a narrowing.")],
    *,
    name: Annotated[str, typer.Option(help="The approver, as the municipality file names them.")],
    key: Annotated[Path, typer.Option(help="Their private Ed25519 key: PEM, or 32 bytes.")],
) -> None:
    """Sign a file of rules; the signature is kept beside it, and a change of the file undoes it."""
    if not _NAME.fullmatch(name):
        fail("--name: write the approver's name as the file does, without spaces", status=WRONG_USE)
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        fail(f"{file}: cannot be read as UTF-8, name a readable file", status=WRONG_USE)
    held = read_document(text)
    if held.faults or not isinstance(held.value, dict):
        fail("\n".join(f"{file}:{one}" for one in held.faults) or f"{file}:1: is no file of rules")
    try:
        secret = approver_key(key)
    except NoKey:
        fail(
            f"{key}: is no private Ed25519 key;"
            f" `openssl genpkey -algorithm ed25519 -out {key}` makes one",
            status=WRONG_USE,
        )
    beside = file.with_name(file.name + SUFFIX)
    lines = beside.read_text("utf-8") if beside.exists() else ""
    beside.write_text(lines_with(lines, name, signed(held.value, secret)), "utf-8")
    typer.echo(f"{beside}: signed by {name}, {spelled(secret)}")


def _in_force(municipality: str | None) -> Law:
    """The shipped law, or a municipality's; what of its layers fits no more is said beside."""
    law = read_law()
    if municipality is None:
        return law
    with standing_on(settings_of()) as ground:
        asyncio.run(check_schema(ground.addresses.app))
        configuration = asyncio.run(_configuration(ground.addresses.app, municipality))
    if configuration is None:
        fail(
            f"{municipality}: no municipality is in force under that code; see `onceonly apply`",
            status=WRONG_USE,
        )
    here = law_with(law, configuration.layers)
    for one in misfits(law, configuration.layers):
        typer.echo(f"{municipality}: {one}; what it may mean is closed", err=True)
    if here.shut:
        typer.echo(f"{municipality}: nothing moves there until that is mended", err=True)
    return here


async def _configuration(url: str, code: str) -> Configuration | None:
    try:
        database = await Database.open(url, size=1)
        try:
            found = await configurations(database)
        finally:
            await database.close()
    except LogUnavailable:
        fail("the database does not answer; start it, or see ONCEONLY_DATABASE_URL")
    return next((one for one in found.values() if one.code == code), None)


def _law(folder: Path) -> Law:
    if not folder.is_dir():
        fail(f"{folder}: no folder", status=WRONG_USE)
    try:
        return read_law(folder)
    except LawFaults as faults:
        fail("\n".join(f"{folder}/{one}" for one in faults.faults))


def _day(at: str | None) -> date:
    if at is None:
        return german_day(clock_of(settings_of())())
    try:
        return date.fromisoformat(at)
    except ValueError:
        fail(f"--at {at}: not a day, write YYYY-MM-DD", status=WRONG_USE)


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        fail(f"--month {text}: not a month, write YYYY-MM", status=WRONG_USE)


def _wanted(row: Rule, consumer: str | None, provider: str | None, evidence: str | None) -> bool:
    types = [one.evidence_type for one in row.evidence]
    return (
        (consumer is None or consumer in row.consumers or "any" in row.consumers)
        and (provider is None or provider in row.providers)
        and (evidence is None or evidence in types or (not types and not row.via_hub))
    )
