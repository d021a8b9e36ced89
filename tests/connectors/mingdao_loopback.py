"""A loopback server that gives scripted answers, for what no honest server would answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connectors.mingdao.client import MingdaoClient
from connectors.retries import RetryRules
from connectors.transport import Transport

# base64, as a real Sign looks like, with the signs that a URL would quote
SIGN = "c2lnbi1jYW5hcnk+/z8+canary=="
APPKEY = "ak_canary_0001"


@dataclass
class Request:
    """What arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Script:
    """Answers in their order, the last one for ever; and the requests that came."""

    base_url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def answer(self, data: Any = None, status: int = 200, **envelope: Any) -> None:
        """Add one answer; without `envelope` a plain success."""
        body = envelope or {"data": data, "success": True, "error_code": 1}
        self.answers.append((status, body))

    def answer_raw(self, text: str, status: int = 200) -> None:
        """Add an answer that is no JSON."""
        self.answers.append((status, text))

    def next(self, request: Request) -> tuple[int, bytes]:
        self.requests.append(request)
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return status, (body if isinstance(body, str) else json.dumps(body)).encode()

    @property
    def last(self) -> Request:
        """The latest request."""
        return self.requests[-1]

    def client(self, **settings: Any) -> MingdaoClient:
        """Return a client that does not wait long between its tries."""
        transport = Transport(
            self.base_url,
            allow_http=True,
            retries=RetryRules(first_wait=0.001, longest_wait=2.0),
        )
        return MingdaoClient(transport, appkey=APPKEY, sign=SIGN, **settings)


@contextmanager
def scripted_server() -> Iterator[Script]:
    """Serve a script on a free port of 127.0.0.1."""
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(sent) if sent else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = script.next(Request(self.command, self.path, headers, body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    script.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
