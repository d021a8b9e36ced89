"""A small stand-in for HAP: keeps rows, finds them by the filters that the orders flow sends.

The flow's own code runs on it (look-ups, error rows, the writer, settling); what HAP itself may do
wrong is the business of other tests, and its simulator would take most of a history's time.
"""

from __future__ import annotations

from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from connectors.http.threads import Threads
from connectors.mingdao import models
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.connection import DEFAULT_CONNECTION
from include.destination.sheets.fields import Field
from include.destination.sheets.worksheets import WORKSHEETS

Cells = dict[str, Any]


class Shelf(MingdaoClient):
    """The calls of HAP's client that the orders flow makes, on dictionaries."""

    def __init__(self) -> None:
        self.threads = Threads()
        self.zone = ZoneInfo("Asia/Shanghai")
        self.trigger_workflow = False
        self.conn_id = DEFAULT_CONNECTION
        self.rows: dict[str, dict[str, Cells]] = {sheet.alias: {} for sheet in WORKSHEETS}
        self._ids = count(1)

    def worksheet(self, ws: str) -> models.Worksheet:
        return STRUCTURE[ws]

    def list_rows(self, ws: str, *, page_size=1000, page_index=1, filter=None, **_: Any):  # noqa: A002
        found = [
            models.Row(row_id, dict(cells))
            for row_id, cells in self.rows[ws].items()
            if filter is None or _matches(filter, cells)
        ]
        start = (page_index - 1) * page_size
        return models.RowPage(found[start : start + page_size], len(found))

    def create_rows(self, ws: str, rows: Any, **_: Any) -> list[str]:
        ids = [f"row-{next(self._ids)}" for _ in rows]
        self.rows[ws] |= {row_id: dict(cells) for row_id, cells in zip(ids, rows, strict=True)}
        return ids

    def update_row(self, ws: str, row_id: str, cells: Any, **_: Any) -> None:
        self.rows[ws][row_id] |= cells

    def update_rows(self, ws: str, row_ids: Any, cells: Any, **_: Any) -> list[str]:
        for row_id in row_ids:
            self.update_row(ws, row_id, cells)
        return []


def _matches(condition: dict[str, Any], cells: Cells) -> bool:
    if condition["type"] == "group":
        join = any if condition["logic"] == "OR" else all
        return join(_matches(child, cells) for child in condition["children"])
    held = cells.get(condition["field"])
    if condition["operator"] == "between":
        since, until = condition["value"]
        return bool(since <= (held or "") <= until)
    assert condition["operator"] == "eq", "the stand-in knows two operators"
    return condition["value"][0] in (held if isinstance(held, list) else [held])


def _live(field: Field) -> models.Field:
    # an option's key is its label: then a cell reads back as it was written
    options = [models.Option(key=label, value=label) for label in field.options]
    return models.Field(
        id=field.alias,
        name=field.label,
        alias=field.alias,
        type=field.type.value,
        is_title=field.title,
        options=options,
    )


STRUCTURE = {
    sheet.alias: models.Worksheet(
        id=sheet.alias,
        name=sheet.label,
        alias=sheet.alias,
        fields=[_live(field) for field in sheet.fields],
    )
    for sheet in WORKSHEETS
}
