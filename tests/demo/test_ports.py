"""Ports: a default that is taken gives way with a word, one that was asked for is an error."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from include.demo import ports
from include.demo.errors import DemoError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_ports_that_are_free_are_used() -> None:
    wanted = {name: free_port() for name in ports.DEFAULTS}
    chosen, notes = ports.choose_ports(wanted)
    assert chosen == ports.Ports(**wanted)
    assert notes == []


def test_a_default_that_is_taken_gives_way_and_says_to_what(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ports.DEFAULTS, "airflow", taken)
    chosen, notes = ports.choose_ports({"hap": free_port(), "xiaoe": free_port()})
    assert chosen.airflow != taken
    assert ports.is_free(chosen.airflow)
    assert f"pid {os.getpid()}" in notes[0]
    assert f"using {chosen.airflow}" in notes[0]


def test_a_port_that_was_asked_for_is_not_replaced(taken: int) -> None:
    with pytest.raises(DemoError, match=rf"{taken}.*pid {os.getpid()}"):
        ports.choose_ports({"airflow": taken})


def test_one_port_cannot_serve_two() -> None:
    port = free_port()
    with pytest.raises(DemoError):
        ports.choose_ports({"airflow": port, "hap": port})


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_server_on_any_address_takes_the_port(address: str) -> None:
    with socket.create_server((address, 0)) as server:
        assert not ports.is_free(server.getsockname()[1])


def test_a_port_of_a_connection_that_has_just_ended_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()  # the side that closes first keeps the port in TIME_WAIT
        client.close()
    assert ports.is_free(port)
