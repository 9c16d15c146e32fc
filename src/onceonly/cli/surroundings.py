"""What the machine gives a process: a port, disks with room, and enough open files."""

import json
import resource
import shutil
import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from onceonly.domain.findings import FILLING, FULL, Finding, disk_findings

FILES_WANTED = 4096
"""Open files: callers, calls to providers, sessions, keys."""

_PATIENCE_S = 2


def port_findings(host: str, port: int) -> list[Finding]:
    """Whether `serve` can listen where it should, or already does."""
    try:
        with socket.create_server((host, port)):
            return []
    except OSError:
        if _serves(host, port):
            return []
        return [
            Finding(
                "port-taken",
                f"port {port} of {host} is taken, or not this machine's",
                "stop what listens there, or set ONCEONLY_HOST and ONCEONLY_PORT",
            )
        ]


def _serves(host: str, port: int) -> bool:
    """Whether it is a hub that listens there."""
    connection = HTTPConnection(host, port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/livez")
        return bool(json.loads(connection.getresponse().read()) == {"status": "ok"})
    except (OSError, ValueError, HTTPException):
        return False
    finally:
        connection.close()


def room_findings(*places: Path, full: float = FULL, filling: float = FILLING) -> list[Finding]:
    """Whether the disks of directories have room, each disk told once.

    `full`, `filling`: of a disk, how much must be free.
    """
    found: list[Finding] = []
    seen: set[int] = set()
    for place in places:
        try:
            disk, usage = place.stat().st_dev, shutil.disk_usage(place)
        except OSError:
            continue  # that it is not there is told otherwise
        if disk not in seen:
            free, total = usage.free, usage.total
            found += disk_findings(str(place), free=free, total=total, full=full, filling=filling)
        seen.add(disk)
    return found


def files_findings() -> list[Finding]:
    """Whether a process started like this one may open enough files; `serve` takes all it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most >= FILES_WANTED or most == resource.RLIM_INFINITY:
        return []
    return [
        Finding(
            "files-few",
            f"a process may open {most} files; under load it wants {FILES_WANTED}",
            f"`LimitNOFILE={FILES_WANTED}` in the unit of the service; elsewhere, as root before it"
            f" is started: ulimit -n {FILES_WANTED}",
        )
    ]
