"""Applying a municipality file: what changes is an entry, and in force at once everywhere."""

from dataclasses import dataclass
from hashlib import sha256

from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.offices import Configuration
from onceonly.readers.municipality import configuration_of, differences, document_of
from onceonly.security.seals import canonical
from onceonly.store import configuration as stored
from onceonly.store.database import Database
from onceonly.usecases.log import ADMINISTRATION, entry
from onceonly.usecases.world import World


class Conflicting(Exception):
    """Another municipality of this installation already has it; the message says what."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a file changes, as `+ - ~ path` lines; none: it is in force already."""

    municipality: int | None
    version: int
    lines: tuple[str, ...]


async def configurations(database: Database) -> dict[int, Configuration]:
    """What is in force, by the municipality's number.

    Raises:
        LogUnavailable: the database did not answer.
    """
    async with database.outside() as connection:
        numbers = [one.number for one in await stored.municipalities(connection)]
    found: dict[int, Configuration] = {}
    for number in numbers:
        async with database.within(number) as connection:
            current = await stored.current(connection)
        if current is not None:
            found[number] = configuration_of(current[1])
    return found


async def compare(configuration: Configuration, world: World) -> Change:
    """What applying would change; nothing is written.

    Raises:
        Conflicting: a client or identity provider belongs to another municipality.
        LogUnavailable: the database did not answer.
    """
    async with world.database.outside() as connection:
        known = await stored.municipalities(connection)
    mine = next((one for one in known if one.code == configuration.code), None)
    before: Configuration | None = None
    for one in known:
        async with world.database.within(one.number) as connection:
            current = await stored.current(connection)
        if current is None:
            continue
        other = configuration_of(current[1])
        if one.code == configuration.code:
            before = other
        else:
            _check_apart(configuration, other)
    lines = tuple(differences(before, configuration))
    return Change(mine.number if mine else None, mine.version if mine else 0, lines)


def _check_apart(one: Configuration, other: Configuration) -> None:
    shared = sorted(one.clients.keys() & other.clients.keys())
    if shared:
        raise Conflicting(
            f"clients {', '.join(shared)} belong to {other.code}; name them otherwise"
        )
    mine = {(provider.issuer, provider.audience) for provider in one.identity_providers}
    theirs = {(provider.issuer, provider.audience) for provider in other.identity_providers}
    if mine & theirs:
        raise Conflicting(f"an identity provider's audience belongs to {other.code}; use another")


async def apply(configuration: Configuration, world: World, *, actor: str) -> Change:
    """Put a municipality file in force; the change and its entry are one statement.

    Raises:
        Conflicting: a client or identity provider belongs to another municipality.
        LogUnavailable: it is not on record, so it is not in force.
    """
    while True:
        change = await compare(configuration, world)
        if not change.lines and change.version:
            return change
        number = change.municipality
        if number is None:
            async with world.database.outside() as connection:
                number = await stored.name(connection, configuration.code)
        changed = entry(
            Event.CONFIGURATION_CHANGED,
            {"actor": actor, "municipality": configuration.code, "changes": list(change.lines)},
            world,
            municipality=number,
            at=world.clock(),
            retention=ADMINISTRATION,
        )
        rules = _rules_changed(configuration, change, number, world, actor=actor)
        async with world.database.within(number) as connection:
            if await stored.record_change(
                connection,
                document_of(configuration),
                seen=change.version,
                at=world.clock(),
                entries=[changed, *rules],
            ):
                return change


def _rules_changed(
    configuration: Configuration, change: Change, number: int, world: World, *, actor: str
) -> list[SealedEntry]:
    """An entry where the layers over the law are others than before."""
    if not any("layers[" in line for line in change.lines):
        return []
    layers = [
        {
            "kind": one.kind,
            "signed_by": list(one.signed_by),
            "hash": sha256(canonical(one.document)).hexdigest(),
        }
        for one in configuration.layers
    ]
    payload = {"actor": actor, "municipality": configuration.code, "layers": layers}
    return [
        entry(
            Event.RULES_CHANGED,
            payload,
            world,
            municipality=number,
            at=world.clock(),
            retention=ADMINISTRATION,
        )
    ]
