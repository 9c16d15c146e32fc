"""Ports of a stand: nobody else comes upon them between being found and being listened on."""

import socket

import pytest

from onceonly.demo.processes import ports


def test_a_port_that_was_found_is_free_for_nobody_but_whom_it_is_for() -> None:
    for port in ports([0] * 9):
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)) as ours:
            assert ours.getsockname()[1] == port


def test_a_wished_port_is_had_when_nobody_listens_there() -> None:
    (free,) = ports([0])

    assert ports([free]) == [free]
    with socket.create_server(("127.0.0.1", free)):
        assert ports([free]) != [free]
