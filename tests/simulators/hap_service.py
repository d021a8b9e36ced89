"""A HAP simulator for tests, spoken to in plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from include.simulators.clock import VirtualClock, parse_time
from include.simulators.hap.app import create_app
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import DEMO_APPKEY, DEMO_SIGN, HapStore
from include.simulators.hap.worksheet import Worksheet
from include.simulators.server import serve
from include.simulators.simulation import Simulation
from tests.in_process import mounted

KEYS = {"HAP-Appkey": DEMO_APPKEY, "HAP-Sign": DEMO_SIGN}
NOON = parse_time("2026-11-20 12:00:00")
TEXT = {"type": "Text", "required": False}


class Hap:
    """One simulator with a session of its own."""

    def __init__(self, url: str, store: HapStore, simulation: Simulation) -> None:
        self.url = url
        self.store = store
        self.simulation = simulation
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(KEYS)

    @property
    def settings(self) -> HapSettings:
        return self.store.settings

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=60, **options)

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        answer = self.send(method, path, body, **options).json()
        assert answer["success"] is True, answer
        return answer.get("data")

    def code(self, method: str, path: str, body: Any = None, **options: Any) -> int:
        answer = self.send(method, path, body, **options).json()
        assert answer["success"] is False, answer
        return int(answer["error_code"])

    def make(self, alias: str, *fields: dict[str, Any], name: str = "") -> Worksheet:
        specs = [{"name": field.get("alias", "?"), **field} for field in fields]
        body = {"name": name or alias, "alias": alias, "sectionId": "", "fields": specs}
        made = self.ok("POST", "/v3/app/worksheets", body)
        return self.store.sheet(made["worksheetId"])

    def add(self, sheet: str, **cells: Any) -> str:
        made = self.ok("POST", f"/v3/app/worksheets/{sheet}/rows", quiet(fields=entries(cells)))
        return str(made["id"])

    def add_many(self, sheet: str, rows: list[dict[str, Any]]) -> list[str]:
        made = self.ok("POST", f"/v3/app/worksheets/{sheet}/rows/batch", batch(rows))
        return list(made["rowIds"])

    def patch(self, sheet: str, row: str, **cells: Any) -> Any:
        body = quiet(fields=entries(cells))
        return self.ok("PATCH", f"/v3/app/worksheets/{sheet}/rows/{row}", body)

    def page(self, sheet: str, **body: Any) -> dict[str, Any]:
        body = {"pageSize": 1000, "pageIndex": 1, **body}
        return dict(self.ok("POST", f"/v3/app/worksheets/{sheet}/rows/list", body))

    def rows(self, sheet: str, **body: Any) -> list[dict[str, Any]]:
        return list(self.page(sheet, **body)["rows"])

    def values(self, sheet: str, field: str, **body: Any) -> list[Any]:
        return sorted(row[field] for row in self.rows(sheet, **body))

    def row(self, sheet: str, row: str) -> dict[str, Any]:
        return dict(self.ok("GET", f"/v3/app/worksheets/{sheet}/rows/{row}"))


@contextmanager
def served_hap(*, in_process: bool = True) -> Iterator[Hap]:
    store = HapStore.demo(HapSettings(qps=0), VirtualClock(NOON, frozen=True))
    app = create_app(store)
    with mounted(app) if in_process else serve(app) as url:
        yield Hap(url, store, app.simulation)


def entries(cells: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": name, "value": value} for name, value in cells.items()]


def quiet(**body: Any) -> dict[str, Any]:
    return {"triggerWorkflow": False, **body}


def batch(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return quiet(rows=[{"fields": entries(cells)} for cells in rows])


def condition(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"type": "condition", "field": field, "operator": operator, "value": value}


def group(*children: dict[str, Any], logic: str = "AND") -> dict[str, Any]:
    return {"type": "group", "logic": logic, "children": list(children)}


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "index": index} for index, value in enumerate(values, start=1)]
