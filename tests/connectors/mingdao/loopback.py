"""Scripted answers in HAP's envelope, for what no honest server would answer."""

from __future__ import annotations

from typing import Any

from connectors.http.retries import RetryRules
from connectors.http.transport import Transport
from connectors.mingdao.client import MingdaoClient
from tests.connectors.loopback import Act, Loopback, Request, answer

# base64, as a real Sign looks like, with the signs that a URL would quote
SIGN = "c2lnbi1jYW5hcnk+/z8+canary=="
APPKEY = "ak_canary_0001"


class Script:
    """Answers in their order, the last one for ever; and the requests that came."""

    def __init__(self, server: Loopback) -> None:
        self.base_url = server.url
        self.requests = server.requests
        self._answers: list[Act] = []
        server.route = self._next

    def answer(self, data: Any = None, status: int = 200, **envelope: Any) -> None:
        """Add one answer; without `envelope` a plain success."""
        body = envelope or {"data": data, "success": True, "error_code": 1}
        self._answers.append(answer(body, status))

    def answer_raw(self, body: Any, status: int = 200) -> None:
        """Add an answer of any shape; a string goes out as it is."""
        self._answers.append(answer(body.encode() if isinstance(body, str) else body, status))

    @property
    def last(self) -> Request:
        """The latest request."""
        return self.requests[-1]

    def client(self, **settings: Any) -> MingdaoClient:
        """Return a client that does not wait long between its tries."""
        retries = RetryRules(first_wait=0.001, longest_wait=2.0)
        transport = Transport(self.base_url, allow_http=True, retries=retries)
        return MingdaoClient(transport, appkey=APPKEY, sign=SIGN, **settings)

    def _next(self, _: Request) -> Act:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
