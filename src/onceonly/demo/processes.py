"""Starting programs, waiting for them, ending them."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from onceonly.demo.plain import client

PATIENCE_S = 120


class Trouble(Exception):
    """Something did not come up or is not as told; the message says what."""


_HELD: list[socket.socket] = []


def ports(wishes: Iterable[int]) -> list[int]:
    """Different loopback ports nobody listens on; each the wished one if it is free.

    They stay bound, and nobody listens on them but whom they are for, until this process ends: a
    second stand that looks for free ports finds others, and none of its systems answers for ours.
    """
    found = [_bound(wish) for wish in wishes]
    _HELD.extend(found)
    return [one.getsockname()[1] for one in found]


def _bound(port: int) -> socket.socket:
    one = socket.socket()
    # Both must say so, or whom it is for could not listen there.
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind(("127.0.0.1", port))
    except OSError:
        one.bind(("127.0.0.1", 0))
    return one


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
