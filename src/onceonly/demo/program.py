"""Running an office system as a program of its own: its words, its state, its port."""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from onceonly.demo.cabinet import Cabinet
from onceonly.demo.door import Door
from onceonly.demo.keys import key_file
from onceonly.demo.office import Office, Specialty
from onceonly.demo.people import Case


def run(
    argv: Sequence[str] | None,
    *,
    office: str,
    client_id: str,
    specialty: Specialty,
    cases: Callable[[str], tuple[Case, ...]],
) -> None:
    """Serve until told to stop. `cases(month)` are the files as of the running month."""
    words = _words(office).parse_args(argv)
    state: Path = words.state
    key_file(state, client_id)
    own_url = f"http://127.0.0.1:{words.port}"
    door = Door(words.hub, own_url, time.time) if words.hub else None
    cabinet = Cabinet(state / f"{office}.sqlite", cases(time.strftime("%Y-%m")))
    desk = Office(cabinet, specialty, door, time.time, talkative=words.talkative)
    try:
        uvicorn.run(
            desk.app(), host="127.0.0.1", port=words.port, log_level="warning", access_log=False
        )
    finally:
        cabinet.close()


def _words(office: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"onceonly.demo.{office}")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="directory of its key and files")
    parser.add_argument("--hub", help="issuer URL; without it nobody's bearer is checked")
    parser.add_argument("--talkative", action="store_true", help="send more than was asked")
    return parser
