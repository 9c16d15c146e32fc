"""What every command stands on: settings, the database they mean, keys, the clock."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onceonly.cli.endings import WRONG_USE, fail
from onceonly.cli.schema import NOT_LET_IN, head, upgrade
from onceonly.domain.calendar import german_day
from onceonly.domain.errors import LogUnavailable
from onceonly.embedded import Addresses, EmbeddedPostgres, EmbeddedUnavailable
from onceonly.readers.municipality import Beside
from onceonly.security.keys import KeyFiles, KeyTrouble
from onceonly.security.signatures import SUFFIX, signers
from onceonly.settings import Clock, Settings, SettingsFault, clock_of, read_settings
from onceonly.store.database import Database, Rejected
from onceonly.usecases import examination
from onceonly.usecases.sequencing import make_months


@dataclass(frozen=True, slots=True)
class Ground:
    """Settings, the addresses they lead to, the embedded server if it is one, keys and clock."""

    settings: Settings
    addresses: Addresses
    server: EmbeddedPostgres | None
    keys: KeyFiles
    clock: Clock


def settings_of(**words: object) -> Settings:
    """The settings; every offender is named and the command ends with 2."""
    try:
        return read_settings(words=words)
    except SettingsFault as fault:
        fail("\n".join(fault.faults), status=WRONG_USE)


@contextmanager
def standing_on(settings: Settings, *, migrate: bool = True) -> Iterator[Ground]:
    """Join the database the settings mean; the embedded one is migrated on the way."""
    keys = keys_of(settings)
    clock = clock_of(settings)
    given = addresses_of(settings)
    if given is not None:
        yield Ground(settings, given, None, keys, clock)
        return
    server = EmbeddedPostgres(settings.data_dir)
    try:
        addresses = server.join()
    except EmbeddedUnavailable as trouble:
        fail(str(trouble))
    try:
        if migrate and asyncio.run(_schema(addresses.app)) != head():
            upgrade(addresses.owner)
            asyncio.run(months_ahead(addresses.owner, clock))
        yield Ground(settings, addresses, server, keys, clock)
    finally:
        server.leave()


def addresses_of(settings: Settings) -> Addresses | None:
    """The addresses that are set; None: the embedded database is meant."""
    url = settings.database_url
    if url is None:
        return None
    return Addresses(
        owner=settings.owner_url or url,
        app=url,
        sequencer=settings.sequencer_url or url,
        auditor=settings.auditor_url or url,
    )


def keys_of(settings: Settings) -> KeyFiles:
    """The long-lived secrets; development makes the directory."""
    try:
        return KeyFiles(settings.keys, create=not settings.production, clock=clock_of(settings))
    except KeyTrouble as trouble:
        fail(str(trouble))


def files_beside(folder: Path) -> Beside:
    """The files of rules that stand beside a municipality file, with their signatures."""

    def read(name: str) -> tuple[str, str]:
        layer = folder / name
        lines = layer.with_name(layer.name + SUFFIX)
        return layer.read_text("utf-8-sig"), lines.read_text("utf-8") if lines.exists() else ""

    return Beside(read, signers)


async def months_ahead(owner_url: str, clock: Clock) -> None:
    """Make the partitions that entries of the coming months lie in; the worker keeps on with it."""
    database = await Database.open(owner_url, role=None, size=1)
    try:
        await make_months(database, german_day(clock()))
    finally:
        await database.close()


async def check_schema(url: str) -> None:
    """End with 1 when the database has not the schema of this version, or does not let us see."""
    try:
        found = await _schema(url)
    except LogUnavailable:
        fail("the database does not answer; start it, or see ONCEONLY_DATABASE_URL")
    except Rejected as refused:
        if refused.state.startswith(NOT_LET_IN):
            fail(
                f"the database does not let us in ({refused.state}); mend user, password and database"
                " in the address, or make them, see docs/operations.md, Roles"
            )
        fail(
            f"the database refuses its user ({refused.state}); make the user a member of the role"
            " its address is for, see docs/operations.md"
        )
    if found is not None and found > head():
        fail(
            f"the database is at {found}, newer than this program ({head()}): it was migrated for a"
            " newer one; start that"
        )
    if found != head():
        fail(f"the database is at {found or 'nothing'}, not {head()}; run `onceonly migrate`")


async def check_keys(ground: Ground, url: str, *, role: str | None = "onceonly_app") -> None:
    """End with 1 when a key is gone that the database was used with: none is made in its place."""
    database = await Database.open(url, role=role, size=1)
    try:
        await examination.check_keys(database, ground.keys)
    except KeyTrouble as trouble:
        fail(str(trouble))
    except LogUnavailable:
        fail("the database does not answer; start it and try again")
    finally:
        await database.close()


async def check_rights(ground: Ground) -> None:
    """In production, end with 1 when the serving user is superuser, BYPASSRLS or owner of tables."""
    if not ground.settings.production:
        return
    database = await Database.open(ground.addresses.app, role=None, size=1)
    try:
        too_much = await database.may_too_much()
    finally:
        await database.close()
    if too_much:
        fail(
            "ONCEONLY_DATABASE_URL: its user is superuser, has BYPASSRLS or owns the tables; take"
            " one that is a member of onceonly_app alone"
        )


async def _schema(url: str) -> str | None:
    database = await Database.open(url, size=1)
    try:
        return await database.schema()
    finally:
        await database.close()
