"""The ASGI layer in front of a simulated API: path prefix, faults, journal, Date header.

A request is read whole, given to the app, journalled, and only then answered, so that a fault can
stand on either side of its effect. The control routes under `/_sim` bypass faults and journal.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.simulators import damage
from include.simulators.damage import Answer
from include.simulators.faults import FaultRule, Kind
from include.simulators.server import DROP
from include.simulators.simulation import Exchange, Simulation

CONTROL = "/_sim"


@dataclass(slots=True)
class _Recorder:
    """Collects what the inner app sends instead of sending it."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def answer(self) -> Answer:
        kept = [(k, v) for k, v in self.headers if k.lower() != b"content-length"]
        return Answer(self.status, kept, bytes(self.body))


class Gateway:
    """A simulated vendor, ready to be served; tests reach its parts through `.simulation`."""

    def __init__(self, app: ASGIApp, simulation: Simulation, *, prefix: str = "") -> None:
        self._app = app
        self._prefix = prefix.rstrip("/")
        self.simulation = simulation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        path = self._inner_path(scope["path"])
        if path is None:
            await self._send(damage.not_found(), send)
            return
        inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}
        body = await _read(receive)
        exchange = Exchange(scope["method"], path, "control", body)
        inner["state"] = {**scope.get("state", {}), "exchange": exchange}
        if path.startswith(CONTROL):
            await self._send(await self._call(inner, body), send)
            return
        exchange.api = self.simulation.api_name(exchange.method, path)
        await self._exchange(inner, exchange, send)

    def _inner_path(self, path: str) -> str | None:
        if self._prefix and path.startswith(self._prefix + "/"):
            return path[len(self._prefix) :]
        if not self._prefix or path.startswith(CONTROL):
            return path
        return None

    async def _exchange(self, scope: Scope, exchange: Exchange, send: Send) -> None:
        simulation = self.simulation
        rule = simulation.faults.draw(exchange.api)
        for listener in simulation.before:
            listener(exchange)
        if rule is not None and rule.kind is Kind.LATE:
            await asyncio.sleep(rule.seconds)
        answer = await self._handle(scope, exchange, rule)
        if rule is not None:
            answer = damage.apply(rule, answer, simulation.error_answer)
            if rule.kind is Kind.CODE:
                exchange.code = str(rule.code)
        self._record(exchange, answer, rule)
        if rule is not None and rule.kind is Kind.SLOW:
            await asyncio.sleep(rule.seconds)
        await self._deliver(answer, rule, scope, send)

    async def _handle(self, scope: Scope, exchange: Exchange, rule: FaultRule | None) -> Answer:
        if rule is not None and damage.prevents_handling(rule):
            return Answer(0, [], b"")
        answer = await self._call(scope, exchange.body)
        if rule is not None and rule.kind is Kind.TWICE:
            effect = exchange.effect
            await self._call(scope, exchange.body)
            exchange.effect = "; ".join(filter(None, (effect, exchange.effect)))
        return answer

    async def _call(self, scope: Scope, body: bytes) -> Answer:
        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        recorder = _Recorder()
        await self._app(dict(scope), receive, recorder)  # the router notes in it where it went
        return recorder.answer()

    def _record(self, exchange: Exchange, answer: Answer, rule: FaultRule | None) -> None:
        clock = self.simulation.clock
        self.simulation.journal.append(
            monotonic=clock.monotonic(),
            at=clock.now(),
            method=exchange.method,
            path=exchange.path,
            api=exchange.api,
            caller=exchange.caller,
            status=answer.status,
            code=exchange.code,
            effect=exchange.effect,
            fault=rule.kind.value if rule is not None else "",
        )

    async def _deliver(
        self, answer: Answer, rule: FaultRule | None, scope: Scope, send: Send
    ) -> None:
        if answer.status == 0:
            await scope["extensions"][DROP](reset=True)
            return
        await self._send(answer, send, rule)
        if answer.cut_short:
            await scope["extensions"][DROP](reset=False)

    async def _send(self, answer: Answer, send: Send, rule: FaultRule | None = None) -> None:
        now = self.simulation.clock.now().astimezone(UTC)
        headers = [
            *answer.headers,
            (b"date", format_datetime(now, usegmt=True).encode()),
            (b"content-length", str(answer.length).encode()),
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        remaining = len(answer.body) + answer.padding
        async for piece in damage.pieces(answer, rule):
            remaining -= len(piece)
            more = remaining > 0 or answer.cut_short
            await send({"type": "http.response.body", "body": piece, "more_body": more})


async def _read(receive: Receive) -> bytes:
    chunks = bytearray()
    while True:
        message = await receive()
        chunks += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(chunks)
