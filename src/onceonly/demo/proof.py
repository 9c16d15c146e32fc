"""What remains for those who trust nobody: the whole log, verified without the hub."""

import subprocess
import sys
from pathlib import Path

import httpx

from onceonly.demo.processes import wait_until
from onceonly.demo.told import Told


def play(told: Told) -> None:
    """Export everything the story did, verify it offline, then flip a byte and be told where."""
    told.chapter("Trust nobody")
    directory = told.stand.directory
    export, key = directory / "log.jsonl", directory / "log.key"
    told.step("An auditor takes the log away: one file, and the hub's public key.")
    wait_until(lambda: _sequenced(told), "not every entry has its position")
    told.stand.onceonly("log", "export", str(export))
    key.write_text(httpx.get(f"{told.stand.hub}/v1/log/key", trust_env=False).text)
    told.line(f"{export} ({export.stat().st_size // 1024} kB), {key.read_text().strip()}")

    told.step("Elsewhere, without hub and database: onceonly log verify log.jsonl --key log.key")
    whole = _verify(export, key)
    told.line(whole.stdout.strip())
    told.check(whole.returncode == 0, "the log could not be verified")

    place = told.stand.directory / "changed.jsonl"
    position = _flip(export, place)
    told.step(
        f"Somebody changes one byte of the entry at position {position}, and we verify again."
    )
    changed = _verify(place, key)
    told.line(changed.stdout.strip().splitlines()[-1])
    told.check(changed.returncode == 1, "nobody noticed")
    told.check(
        changed.stdout.strip().splitlines()[-1].startswith(f"position {position}: "),
        "another position was named",
    )


def _sequenced(told: Told) -> bool:
    """Whether everything that was written has its position; the worker needs less than a second."""
    shown = told.stand.onceonly("log", "show", "--json").splitlines()
    # What this reading itself wrote, and the one before it, may come later.
    return sum('"position": null' in one for one in shown) <= 1


def _verify(export: Path, key: Path) -> subprocess.CompletedProcess[str]:
    """The program, with no setting of this stand: it needs none."""
    return subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-m", "onceonly", "log", "verify", str(export), "--key", str(key)],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


def _flip(export: Path, changed: Path) -> int:
    """Write the export with one byte of one payload changed; at which position."""
    lines = export.read_bytes().splitlines(keepends=True)
    places = [n for n, one in enumerate(lines) if b'"payload"' in one]
    place = places[len(places) // 2]
    line = bytearray(lines[place])
    at = line.index(b'"payload":"') + len(b'"payload":"') + 8
    line[at] = ord("B") if line[at] == ord("A") else ord("A")
    lines[place] = bytes(line)
    changed.write_bytes(b"".join(lines))
    return int(line.split(b'"position":')[1].split(b",")[0])
