"""HAP's V3 calls as the peers make them, and an upsert in batches as any user would write it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

import requests

URL = os.environ.get("BENCH_HAP_URL", "")
HEADERS = {"HAP-Appkey": "demo-appkey", "HAP-Sign": "demo-sign"}
LOOKED_UP, CREATED = 100, 50  # 50: what the vendor advises for rows with relations
KEYS = {"customers": "user_id", "orders": "order_id"}

Cells = dict[str, Any]


class HapError(Exception):
    """HAP refused a call."""


class Hap:
    """One app. The rate limit's answer says "not carried out", so that any call may be repeated."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.headers.update(HEADERS)
        self._options: dict[str, dict[str, dict[str, str]]] = {}

    def find(self, sheet: str, keys: Iterable[str]) -> dict[str, Cells]:
        """Return the rows with these keys, by key."""
        name, wanted = KEYS[sheet], sorted(set(keys))
        found: dict[str, Cells] = {}
        for start in range(0, len(wanted), LOOKED_UP):
            part = wanted[start : start + LOOKED_UP]
            same = [
                {"type": "condition", "field": name, "operator": "eq", "value": [key]}
                for key in part
            ]
            body = {
                "pageSize": 1000,
                "pageIndex": 1,
                "filter": {"type": "group", "logic": "OR", "children": same},
            }
            rows = self._call("POST", f"{sheet}/rows/list", body)["rows"]
            found |= {row[name]: row for row in rows if row.get(name) in part}
        return found

    def create(self, sheet: str, rows: list[Cells]) -> None:
        """Create rows, some at once."""
        for start in range(0, len(rows), CREATED):
            part = [{"fields": self._fields(sheet, row)} for row in rows[start : start + CREATED]]
            self._call("POST", f"{sheet}/rows/batch", {"rows": part, "triggerWorkflow": False})

    def create_one(self, sheet: str, row: Cells) -> str:
        """Create a row and return its id."""
        body = {"fields": self._fields(sheet, row), "triggerWorkflow": False}
        return str(self._call("POST", f"{sheet}/rows", body)["id"])

    def update(self, sheet: str, row_id: str, cells: Cells) -> None:
        """Change a row."""
        body = {"fields": self._fields(sheet, cells), "triggerWorkflow": False}
        self._call("PATCH", f"{sheet}/rows/{row_id}", body)

    def upsert(self, sheet: str, rows: Iterable[Cells]) -> None:
        """Look the keys up, create what is missing, change the others; the last of a key counts."""
        latest = {row[KEYS[sheet]]: row for row in rows}
        found = self.find(sheet, latest)
        self.create(sheet, [row for key, row in latest.items() if key not in found])
        for key, row in latest.items():
            if key in found:
                self.update(sheet, found[key]["rowId"], row)

    def _fields(self, sheet: str, cells: Cells) -> list[Cells]:
        options = self._options_of(sheet)
        return [
            {"id": name, "value": [options[name][value]] if name in options and value else value}
            for name, value in cells.items()
        ]

    def _options_of(self, sheet: str) -> dict[str, dict[str, str]]:
        """Return the keys of a sheet's options by field and label; a select is written by key."""
        if sheet not in self._options:
            fields = self._call("GET", sheet)["fields"]
            self._options[sheet] = {
                field["alias"]: {one["value"]: one["key"] for one in field["options"]}
                for field in fields
                if field.get("options") and field.get("alias")
            }
        return self._options[sheet]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        for _ in range(5):
            url = f"{URL}/v3/app/worksheets/{path}"
            answer = self._session.request(method, url, json=body, timeout=30)
            if answer.status_code != 503:
                break
            time.sleep(1)
        told = answer.json()
        if not told.get("success"):
            raise HapError(f"{method} {path.split('/')[0]}: {told.get('error_code')}")
        return told["data"]
