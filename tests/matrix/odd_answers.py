"""A simulated shop in whose answers single fields hold odd values, as raw JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.simulators.xiaoe.endpoints import api_name

MARK = "@odd {}@"
# Where the answers of an interface hold a record: its key, or "" where the request names it.
KEYS: Mapping[str, tuple[str, ...]] = {
    "order.list": ("order_info", "order_id"),
    "user.list.cursor": ("user_id",),
    "user.by_id": ("user_id",),
    "goods.list": ("resource_id",),
    "goods.relation": ("resource_id",),
    "information.form": ("form_id",),
    "information.form.result": ("id",),
}
# A form's record is the same whichever interface shows it.
SAME_RECORDS = {"information.user": "information.form.result"}


@dataclass(frozen=True)
class Plant:
    """One odd value: the interface, the record, the path of the field in it, the raw JSON.

    `record` is what the row's key holds; of an interface without keyed rows, what the request asks.
    """

    api: str
    record: str
    path: tuple[str, ...]
    odd: str

    def __str__(self) -> str:
        return f"{self.api} {'.'.join(self.path)} = {self.odd[:40]}"


class OddAnswers:
    """Stands before the simulated shop, and plants odd values into what it answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.plants: list[Plant] = []
        self.shown: set[Plant] = set()  # those that an answer held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = bytearray()
        answer: list[Message] = []

        async def heard() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def collect(message: Message) -> None:
            answer.append(message)

        await self.app(scope, heard, collect)
        api = api_name(scope["method"], scope["path"])
        api = SAME_RECORDS.get(api, api)
        planted = [plant for plant in self.plants if plant.api == api]
        if not planted:
            for message in answer:
                await send(message)
            return
        body = b"".join(message.get("body", b"") for message in answer[1:])
        body = self._plant(planted, bytes(asked).decode(), body)
        head = answer[0]
        kept = [(k, v) for k, v in head["headers"] if k.lower() != b"content-length"]
        kept.append((b"content-length", str(len(body)).encode()))
        await send({**head, "headers": kept})
        await send({"type": "http.response.body", "body": body})

    def _plant(self, plants: list[Plant], asked: str, body: bytes) -> bytes:
        answer = json.loads(body)
        found: dict[str, str] = {}
        for number, plant in enumerate(plants):
            for row in _rows(answer.get("data"), plant, asked):
                mark = MARK.format(number)
                _put(row, plant.path, mark)
                found[mark] = plant.odd
                self.shown.add(plant)
        text = json.dumps(answer, ensure_ascii=False)
        for mark, odd in found.items():
            text = text.replace(json.dumps(mark), odd)
            text = text.replace(_escaped(json.dumps(mark)), _escaped(odd))
        return text.encode("utf-8", "surrogatepass")


def _escaped(text: str) -> str:
    """Return a text as it stands in JSON text within JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _rows(data: Any, plant: Plant, asked: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of an answer that hold the plant's record."""
    if plant.api in KEYS:
        for row in _every_object(data):
            if str(_at(row, KEYS[plant.api])) == plant.record:
                yield row
    elif json.dumps(plant.record) in asked and isinstance(data, dict):
        rows = data.get("list", data.get("resource_info", data))
        yield from rows[:1] if isinstance(rows, list) else [rows]


def _every_object(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        yield data
    for part in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _every_object(part)


def _at(row: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        row = row.get(name) if isinstance(row, dict) else None
    return row


def _put(row: dict[str, Any], path: tuple[str, ...], mark: str) -> None:
    """Put a mark at a path; of a list the first element is meant, of JSON text what it holds."""
    *blocks, last = path
    target: Any = row
    for number, name in enumerate(blocks):
        inner = target.get(name)
        if isinstance(inner, str) and inner.startswith(("[", "{")):
            _put_into_text(target, name, path[number + 1 :], mark)
            return
        if not inner or not isinstance(inner, list | dict):
            inner = target[name] = {}
        target = inner[0] if isinstance(inner, list) else inner
    target[last] = mark


def _put_into_text(target: dict[str, Any], name: str, path: tuple[str, ...], mark: str) -> None:
    inner = json.loads(target[name])
    _put({"": inner}, ("", *path), mark)
    target[name] = json.dumps(inner, ensure_ascii=False)
