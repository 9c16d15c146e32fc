"""Starting programs, waiting for them, ending them."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from onceonly.demo.plain import client

PATIENCE_S = 120


class Trouble(Exception):
    """Something did not come up or is not as told; the message says what."""


def ports(wishes: Iterable[int]) -> list[int]:
    """Different loopback ports nobody listens on; each the wished one if it is free."""
    with ExitStack() as held:
        found = [held.enter_context(_listener(wish)) for wish in wishes]
        return [one.getsockname()[1] for one in found]


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        return socket.create_server(("127.0.0.1", 0))


@contextmanager
def program(
    name: str, words: list[str], directory: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs until the end of the block; its words go to `name.log`."""
    with (directory / f"{name}.log").open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 -- our own programs
            words, env=dict(environment), stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(url: str, name: str, process: subprocess.Popen[bytes], directory: Path) -> None:
    """Wait until the program answers there.

    Raises:
        Trouble: it ended, or does not answer.
    """
    said = f"{name} did not come up; its last words are in {directory / f'{name}.log'}"
    with client(timeout=2) as http:

        def up() -> bool:
            if process.poll() is not None:
                raise Trouble(said)
            try:
                return http.get(url).is_success
            except httpx.TransportError:
                return False

        wait_until(up, said)


def wait_until(holds: Callable[[], bool], otherwise: str) -> None:
    """Look again and again.

    Raises:
        Trouble: it does not come to hold.
    """
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise Trouble(otherwise)
        time.sleep(0.05)
