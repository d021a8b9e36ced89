"""The real transport on a simulated API in the same process: no socket, no second thread.

A history makes hundreds of calls and a run of the tests makes thousands of histories; a loopback
socket would take most of the time. Everything above the socket is the real thing.
"""

from __future__ import annotations

import io
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from starlette.types import ASGIApp, Message
from urllib3 import HTTPResponse

from connectors.retries import RetryRules
from connectors.transport import Transport

ADDRESS = "http://127.0.0.1:9"


class InProcessTransport(Transport):
    """`Transport` whose sessions hand their requests to an app instead of to the network."""

    def __init__(self, app: ASGIApp, retries: RetryRules | None = None) -> None:
        super().__init__(ADDRESS, allow_http=True, retries=retries)
        self._own_session = requests.Session()
        self._own_session.trust_env = False
        self._own_session.mount("http://", AppAdapter(app))

    def _session(self) -> requests.Session:
        return self._own_session


class AppAdapter(BaseAdapter):
    """Calls an ASGI app that never waits, and reads its answer as one from a socket is read."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self.app = app

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        body = request.body or b""
        sent = [body.encode() if isinstance(body, str) else body]
        answer: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": sent[0], "more_body": False}

        async def send(message: Message) -> None:
            answer.append(message)

        _run(self.app(_scope(request), receive, send))  # type: ignore[arg-type]
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is open."""


def _run(call: Coroutine[Any, Any, None]) -> None:
    """Drive a coroutine that has nothing to wait for: a real loop would cost as much again."""
    try:
        while call.send(None) is None:  # it only lets others go first: `sleep(0)`
            continue
    except StopIteration:
        return
    raise RuntimeError("the app waits for something: serve it on a socket instead")


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
        "headers": [(k.lower().encode(), str(v).encode()) for k, v in request.headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 9),
    }


def _response(request: requests.PreparedRequest, answer: list[Message]) -> requests.Response:
    response = requests.Response()
    response.request, response.url = request, request.url or ""
    response.status_code = answer[0]["status"]
    response.headers.update({k.decode(): v.decode() for k, v in answer[0]["headers"]})
    body = b"".join(message.get("body", b"") for message in answer[1:])
    response.raw = HTTPResponse(io.BytesIO(body), preload_content=False)
    return response
