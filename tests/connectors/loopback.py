"""A server on 127.0.0.1 that answers each request with the next act of a script, faults included.

It works on bare sockets, because the interesting answers are those that no HTTP framework sends.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

Act = Callable[[socket.socket], bool]
"""Answers on the socket; returns whether the connection stays open."""


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answer(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None, close: bool = False
) -> Act:
    """Answer properly: bytes as they are, anything else as JSON."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"Content-Type": "application/json", "Content-Length": str(len(payload))}
    return raw(_head(status, {**head, **(headers or {})}) + payload, close=close)


def raw(data: bytes, *, close: bool = True) -> Act:
    def act(client: socket.socket) -> bool:
        client.sendall(data)
        return not close

    return act


def drip(data: bytes, *, every: float, head: bytes | None = None) -> Act:
    """Send ``data`` one byte at a time; ``head`` goes out at once before it."""

    def act(client: socket.socket) -> bool:
        client.sendall(_head(200, {"Content-Length": str(len(data))}) if head is None else head)
        for byte in data:
            time.sleep(every)
            client.sendall(bytes([byte]))
        return False

    return act


def reset(after: bytes = b"") -> Act:
    """Break the connection with RST, after some bytes if there are any."""

    def act(client: socket.socket) -> bool:
        if after:
            client.sendall(after)
            time.sleep(0.05)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return act


def silent(seconds: float) -> Act:
    def act(_: socket.socket) -> bool:
        time.sleep(seconds)
        return False

    return act


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Loopback:
    """The server: `script` holds the acts to come, `always` the act after the last of them."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.script: deque[Act] = deque()
        self.always: Act = answer({"code": 0, "msg": "ok", "data": {}})
        self.route: Callable[[Request], Act] | None = None
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def will(self, *acts: Act) -> Loopback:
        self.script.extend(acts)
        return self

    def run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as reader:
            try:
                while (request := _read(reader)) is not None:
                    self.requests.append(request)
                    if not self._next(request)(client):
                        return
            except OSError:
                return

    def _next(self, request: Request) -> Act:
        if self.script:
            return self.script.popleft()
        return self.route(request) if self.route else self.always


def _read(reader: Any) -> Request | None:
    line = reader.readline().decode()
    if not line:
        return None
    method, target, _ = line.split(" ", 2)
    headers = {}
    while (header := reader.readline().decode().strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return Request(method, target, headers, reader.read(int(headers.get("content-length", 0))))


@contextmanager
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(timeout=5)
