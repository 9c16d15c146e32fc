"""What the log answers: shown in the document."""

from collections.abc import Mapping
from typing import Any

_HEAD_EXAMPLE = (
    "hub.example/log/1\n4712\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n"
    "\u2014 hub.example/log/1 jz0cB2Jhc2U2NCBvZiBrZXkgaWQgYW5kIHNpZ25hdHVyZQ==\n"
)
LOG_EXAMPLES: Mapping[str, Any] = {
    "getLogCheckpoint": _HEAD_EXAMPLE,
    "getLogKey": "hub.example/log/1+8f3d1c07+AbGmnCkDqUFaSm1vV2dKZ0Z0b1R6d3JqVjNrcE9oWnE1Yk4=\n",
    "getLogTile": "(32 bytes for each hash)",
    "getLogEntry": {
        "entry": "01994a3e-7c22-7b20-9c3e-5f708192a3b4",
        "position": 4711,
        "at": "2026-11-25T10:00:00.120Z",
        "event": "evidence:released",
        "retrieval": "01994a3e-7c1c-7a10-8b2d-4e6f8091a2b3",
        "payload": {"consumer": "but", "provider": "jobcenter", "evidence_type": "ben.sgb2"},
    },
    "getLogProof": (
        "c2sp.org/tlog-proof@v1\nindex 1\nmNfXz3D8x3mYkQ6k5s8vVdA1b0cCq1m3Qd3mJr5yJ1c=\n\n"
        + _HEAD_EXAMPLE
    ),
}
"""By operation."""
