"""Play the generated clients' stories against a hub of their own; `make clients` calls it.

    python examples/clients/play.py COMMAND …

Each command is one argument of words, in which `{hub}` and the like are filled in. Ends with the
status of the first that fails.
"""

import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from onceonly.demo.processes import Trouble
from onceonly.demo.stand import Stand, standing

BUT = "but-fachverfahren"


def told(stand: Stand) -> dict[str, str]:
    """What may stand in a command."""
    words = ("--issuer", stand.hub, "--client-id", BUT, "--key", str(stand.key(BUT)))
    return {
        "hub": stand.hub,
        "token": stand.onceonly("token", *words),
        "portal": str(stand.key("kita-online")),
        "office": str(stand.key("kita-fachverfahren")),
    }


def main() -> int:
    """Bring up the stand, run every command, bring it down."""
    with tempfile.TemporaryDirectory(prefix="onceonly-clients-") as directory:
        # The account that the database runs as walks through here.
        Path(directory).chmod(0o755)
        try:
            with standing(Path(directory)) as stand:
                return next(filter(None, (_run(one, stand) for one in sys.argv[1:])), 0)
        except Trouble as trouble:
            print(f"clients: {trouble}", file=sys.stderr)
            return 1


def _run(command: str, stand: Stand) -> int:
    words = shlex.split(command.format(**told(stand)))
    print(f"· {' '.join(shlex.split(command)[:3])}", flush=True)
    began = time.monotonic()
    done = subprocess.run(words, check=False)  # noqa: S603 -- what our own Makefile says
    print(f"  {time.monotonic() - began:.1f} s", flush=True)
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
