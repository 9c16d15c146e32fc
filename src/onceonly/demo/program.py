"""Running an office system as a program of its own: its words, its state, its port."""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from onceonly.demo.cabinet import Cabinet
from onceonly.demo.desk import Desk
from onceonly.demo.door import Door
from onceonly.demo.keys import key_file
from onceonly.demo.months import month_of
from onceonly.demo.office import Office
from onceonly.demo.papers import Specialty, cases
from onceonly.demo.registry import USUAL_COUNT, USUAL_SEED, households

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class OfficeSystem:
    """One program: whose it is, as which client it asks, what it has on file.

    An online application has nothing on file. `elsewhere`: parents who live on their own are filed
    too.
    """

    office: str
    client_id: str
    specialties: tuple[Specialty, ...] = ()
    elsewhere: bool = False


def run(system: OfficeSystem, argv: Sequence[str] | None = None) -> None:
    """Serve until told to stop. The files are those of the running month."""
    words = _words(system.client_id).parse_args(argv)
    clock = _clock(words.now)
    key = key_file(words.state, system.client_id)
    month = month_of(datetime.fromtimestamp(clock(), UTC))
    people = households(month, seed=words.seed, count=words.households)
    filed = cases(system.specialties, people, elsewhere=system.elsewhere)
    cabinet = Cabinet(words.state / f"{system.client_id}.sqlite", filed)
    office = Office(
        cabinet,
        system.specialties,
        door=Door(words.hub, f"http://127.0.0.1:{words.port}", clock) if words.hub else None,
        desk=Desk(words.hub, system.client_id, key, clock) if words.hub else None,
        clock=clock,
        talkative=words.talkative,
    )
    try:
        uvicorn.run(
            office.app(), host="127.0.0.1", port=words.port, log_level="warning", access_log=False
        )
    finally:
        cabinet.close()


def _clock(played: str | None) -> Clock:
    """The real clock, or one that plays the day `PLAYED@REAL`, as the hub does."""
    if played is None:
        return time.time
    there, _, here = played.partition("@")
    ahead = datetime.fromisoformat(there).timestamp() - datetime.fromisoformat(here).timestamp()
    return lambda: time.time() + ahead


def _words(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="directory of its key and files")
    parser.add_argument("--hub", help="issuer URL; without it nobody's bearer is checked")
    parser.add_argument("--now", help="a played day, PLAYED@REAL, both RFC 3339")
    parser.add_argument("--seed", type=int, default=USUAL_SEED, help="which people there are")
    parser.add_argument("--households", type=int, default=USUAL_COUNT, help="how many households")
    parser.add_argument("--talkative", action="store_true", help="send more than was asked")
    return parser
