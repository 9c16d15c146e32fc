"""What a data directory keeps beside the data: passwords, the port, whether roles were made."""

import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from onceonly.embedded.roles import LOGINS

# Below the ports the kernel gives to outgoing connections: one of those may hold ours while the
# server is down, or even reach itself.
_FIRST_PORT, _PORTS = 20_000, 12_000


@dataclass(frozen=True, slots=True)
class Kept:
    """Small files of one directory, readable by us alone, each written whole or not at all."""

    folder: Path

    def read(self, name: str) -> str | None:
        """What was written; None: nothing."""
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError:
            return None

    def write(self, name: str, text: str) -> Path:
        """Write it in the place of what was there."""
        part = self.folder / f"{name}.part"
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        return part.rename(self.folder / name)

    def forget(self, name: str) -> None:
        """Remove it, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    def passwords(self) -> dict[str, str]:
        """By the names of the addresses, and `superuser`: those of before, or new ones."""
        kept = self.read("passwords")
        if kept is not None:
            return dict(json.loads(kept))
        made = {name: secrets.token_hex(24) for name in ("superuser", *LOGINS)}
        self.write("passwords", json.dumps(made))
        return made

    def port(self) -> int:
        """The port of before, or a free one."""
        kept = self.read("port")
        if kept is not None:
            return int(kept)
        port = _some_port()
        while taken(port):
            port = _some_port()
        self.write("port", str(port))
        return port


def taken(port: int) -> bool:
    """Whether somebody listens at this port of the loopback address."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return False
    except OSError:
        return True


def _some_port() -> int:
    return _FIRST_PORT + secrets.randbelow(_PORTS)
