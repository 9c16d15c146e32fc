"""`log-verify`: `onceonly log verify` on a large export, against hashing the same bytes once."""

import hashlib
import hmac
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

from bench.figures import Figure
from onceonly.merkle.export import entry_line, head_line, tile_line
from onceonly.merkle.note import Checkpoint, Signer
from onceonly.merkle.tiles import WIDTH, Frontier
from onceonly.merkle.tree import leaf_hash

ENTRIES = int(os.environ.get("BENCH_ENTRIES", "1000000"))
_LOG = Signer.of("bench.example/log/1", bytes(range(32)))
_PAYLOAD = {
    "at": "2026-11-25T10:00:00.000Z",
    "consumer": "but",
    "event": "answer:received",
    "evidence_type": "ben.sgb2",
    "fields": ["state", "from_month", "to_month"],
    "provider": "jobcenter",
    "state": "released",
}
_PROGRAM = """
import resource, sys
from pathlib import Path
from onceonly.merkle import export
from onceonly.merkle.note import VerifierKey
grown = []
def tell(done, of):
    if done in (102400, of):
        grown.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
with open(sys.argv[1], "rb") as lines:
    export.verify(lines, VerifierKey.parse(sys.argv[2]), progress=tell)
print(grown[-1] - grown[0])
"""


def measured(directory: Path) -> list[Figure]:
    """Entries a second, by the processor's clock, and what it holds."""
    export = directory / "export.jsonl"
    _write(export)
    (directory / "key").write_text(_LOG.verifier.line())
    words = ["log", "verify", str(export), "--key", str(directory / "key")]
    took = _processor_s([sys.executable, "-m", "onceonly", *words])
    hashed = _hashed_s(export)
    program = [sys.executable, "-c", _PROGRAM, str(export), _LOG.verifier.line()]
    grown = int(subprocess.run(program, check=True, capture_output=True, text=True).stdout) / 1024
    speed = ENTRIES / took
    print(
        f"log-verify: {speed:,.0f} entries/s of {ENTRIES:,}; goal 100,000; "
        f"{took / hashed:.1f} times one SHA-256 of the same bytes; grows {grown:.1f} MB; goal 50"
    )
    return [
        {"name": "log-verify", "entries_per_s": speed, "sha256_s": hashed, "grown_mb": grown},
    ]


def _write(export: Path) -> None:
    """An export, its first line written last."""
    frontier = Frontier(0, [])
    leaves: list[bytes] = []
    body = export.with_suffix(".body")
    with body.open("w") as out:
        for position in range(ENTRIES):
            entry = str(UUID(int=position << 64 | 0x7 << 76))
            payload = json.dumps({**_PAYLOAD, "entry": entry}, separators=(",", ":")).encode()
            salt = position.to_bytes(32, "big")
            commitment = hmac.digest(salt, payload, "sha256")
            out.write(entry_line(position, entry, commitment, (salt, payload)))
            leaves.append(leaf_hash(commitment))
            if len(leaves) == WIDTH or position == ENTRIES - 1:
                out.write(tile_line(position // WIDTH, leaves))
                frontier.add(leaves)
                leaves = []
    head = Checkpoint(_LOG.name, ENTRIES, frontier.root())
    first = head_line(origin=_LOG.name, checkpoint=_LOG.sign(head.text()), municipality=None)
    with export.open("w") as out, body.open() as lines:
        out.write(first)
        out.writelines(lines)
    body.unlink()


def _processor_s(words: list[str]) -> float:
    """Processor seconds of a program: a busy neighbour lengthens the wall's."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _hashed_s(export: Path) -> float:
    began = time.process_time()
    with export.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return time.process_time() - began
