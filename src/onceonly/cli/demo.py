"""`onceonly demo`: a Kreis in a box, played or left running."""

import fcntl
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from onceonly.cli.endings import fail
from onceonly.cli.ground import settings_of
from onceonly.demo import serving, story
from onceonly.demo.processes import Trouble
from onceonly.demo.stand import standing


def demo(
    *,
    serve: Annotated[bool, typer.Option("--serve", help="Leave the stand running.")] = False,
    state: Annotated[
        Path | None, typer.Option(help="Where the stand keeps its files between runs.")
    ] = None,
    households: Annotated[int, typer.Option(min=0, help="How many households there are.")] = 50,
    seed: Annotated[int, typer.Option(help="Which ones: the same seed, the same people.")] = 67,
) -> None:
    """Bring up the hub and the offices, play the story over HTTP, take everything down."""
    began = time.monotonic()
    # Whoever ends us ends the stand too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    people = ("--households", str(households), "--seed", str(seed))
    try:
        with (
            _directory(state) as directory,
            standing(directory, usual=serve, people=people) as stand,
        ):
            if serve:
                serving.serve(stand, typer.echo)
            typer.echo(f"The stand is up: hub {stand.hub}, {len(stand.systems)} office systems.")
            story.play(stand, typer.echo)
    except Trouble as trouble:
        fail(f"demo: {trouble}")
    except KeyboardInterrupt:
        typer.echo("stopping")
        return
    typer.echo(f"\nEverything is as told. {time.monotonic() - began:.0f} s.")


@contextmanager
def _directory(state: Path | None) -> Iterator[Path]:
    """The stand's own directory; a second stand beside the first gets one for itself."""
    directory = state or settings_of().data_dir.with_name("onceonly-demo")
    directory.mkdir(parents=True, exist_ok=True)
    # Whatever the umask: the account the database runs as walks through here.
    directory.chmod(directory.stat().st_mode | 0o011)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with tempfile.TemporaryDirectory(prefix="onceonly-demo-") as aside:
                Path(aside).chmod(0o755)
                yield Path(aside)
        else:
            yield directory
