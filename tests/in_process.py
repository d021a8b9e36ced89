"""Simulated APIs that are called in the same process: no socket, no second thread.

A run of the tests sends hundreds of thousands of requests, and a loopback socket would take most of
the time. Everything above the socket is the real thing: sessions, retries, the reading of answers.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from starlette.types import ASGIApp, Message
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from include.simulators.server import DROP

_APPS: WeakValueDictionary[str, ASGIApp] = WeakValueDictionary()
_PORTS = count()
_ONE_AT_A_TIME = threading.RLock()  # as on the one event loop of a server


def mount(app: ASGIApp, url: str = "") -> str:
    """Let every `requests` session of this process reach an app without a socket.

    Returns the URL: the given one, at which the app may be served to other processes, or a new one
    on a port that nobody listens to. It holds for as long as the app is in use.
    """
    url = url or f"http://127.0.0.1:{1 + next(_PORTS) % 30_000}"
    _APPS[url] = app
    return url


@contextmanager
def mounted(app: ASGIApp) -> Iterator[str]:
    """Mount an app for a while, in the place of `serve`."""
    url = mount(app)
    yield url
    _APPS.pop(url, None)


class AppAdapter(BaseAdapter):
    """Calls an ASGI app that never waits, and reads its answer as one from a socket is read."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self.app = app

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        with _ONE_AT_A_TIME:
            answer = _answer(self.app, request)
        head, body = answer[0], b"".join(message.get("body", b"") for message in answer[1:])
        raw = HTTPResponse(
            io.BytesIO(body),
            headers=[(k.decode(), v.decode()) for k, v in head["headers"]],
            status=head["status"],
            preload_content=False,
            request_method=request.method,
        )
        return HTTPAdapter.build_response(self, request, raw)

    def close(self) -> None:
        """Nothing is open."""


class _Dropped(Exception):  # noqa: N818 - what a fault does to a connection
    """The connection is gone; what was sent before may have arrived."""


def _answer(app: ASGIApp, request: requests.PreparedRequest) -> list[Message]:
    body = request.body or b""
    sent = body.encode() if isinstance(body, str) else body
    answer: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message)

    try:
        _run(app(_scope(request), receive, send))
    except _Dropped:
        if not answer:
            lost = ProtocolError("Connection aborted.", ConnectionResetError(104, "reset by peer"))
            raise requests.ConnectionError(lost, request=request) from None
    return answer


def _run(call: Coroutine[Any, Any, None]) -> None:
    """Drive a coroutine that has nothing to wait for: a real loop would cost as much again."""
    try:
        while call.send(None) is None:  # it only lets others go first: `sleep(0)`
            continue
    except StopIteration:
        return
    raise RuntimeError("the app waits for something: serve it on a socket instead")


async def _drop(*, reset: bool) -> None:
    raise _Dropped


def _scope(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(request.url or "")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": url.path,
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": [
            (b"host", url.netloc.encode()),
            *((k.lower().encode(), str(v).encode()) for k, v in request.headers.items()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", url.port or 80),
        "extensions": {DROP: _drop},
    }


_over_the_network = requests.Session.get_adapter


def _adapter(session: requests.Session, url: str | bytes) -> BaseAdapter:
    text = url.decode() if isinstance(url, bytes) else url
    app = _APPS.get("/".join(text.split("/", 3)[:3]))
    return AppAdapter(app) if app else _over_the_network(session, text)


requests.Session.get_adapter = _adapter  # type: ignore[method-assign, assignment]
