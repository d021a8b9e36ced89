"""Choose the demo's TCP ports, and say in words what stands in the way.

A default port that something else holds is replaced by a free one, since nobody asked for that
number; a port that was asked for is not, since someone will look for the page there.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from include.demo.errors import DemoError

LOOPBACK = "127.0.0.1"
DEFAULTS = {"airflow": 8080, "hap": 8090, "xiaoe": 8091}
NAMES = {"airflow": "Airflow", "hap": "明道云 HAP", "xiaoe": "小鹅通 Xiaoe-tong"}
SEARCHED = 200


@dataclass(frozen=True)
class Ports:
    """The port of each server of the demo, all on 127.0.0.1."""

    airflow: int
    hap: int
    xiaoe: int


def choose_ports(wanted: Mapping[str, int | None]) -> tuple[Ports, list[str]]:
    """Return the ports to use, and a sentence for each default that had to give way.

    Raises:
        DemoError: a port that was asked for is taken, or no free one was found near a default.
    """
    chosen: dict[str, int] = {}
    notes: list[str] = []
    for name, default in DEFAULTS.items():
        asked = wanted.get(name)
        port = asked or default
        if port in chosen.values() or not is_free(port):
            holder = holder_of(port)
            if asked:
                raise DemoError(
                    f"端口 {port}（{NAMES[name]}）已被占用：{holder}。换一个端口，或先停掉它。",
                    f"Port {port} for {NAMES[name]} is taken by {holder}: choose another.",
                )
            port = _next_free(port, set(chosen.values()))
            notes.append(
                f"端口 {default} 已被占用（{holder}），{NAMES[name]} 改用 {port} / "
                f"port {default} is taken by {holder}; using {port}"
            )
        chosen[name] = port
    return Ports(**chosen), notes


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port, the way our servers do."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    # macOS lets us bind beside a server that listens on all addresses.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) != 0


def holder_of(port: int) -> str:
    """Name the process that listens on the port, as far as the system tells us."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            address = connection.laddr
            listens = connection.status == psutil.CONN_LISTEN and address and address.port == port
            if listens and connection.pid:
                return f"{psutil.Process(connection.pid).name()}, pid {connection.pid}"
    except psutil.Error:  # macOS tells only root
        pass
    return "另一个程序 / another program"


def _next_free(port: int, used: set[int]) -> int:
    for candidate in range(port + 1, port + SEARCHED):
        if candidate not in used and candidate not in DEFAULTS.values() and is_free(candidate):
            return candidate
    raise DemoError(
        f"{port} 之后的 {SEARCHED} 个端口都被占用。",
        f"None of the {SEARCHED} ports after {port} is free.",
    )
