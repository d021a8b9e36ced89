"""The two simulated vendors: start them, and read from outside what arrived.

Reads over HTTP what anyone could read; nothing here imports a client of ours, so that a mistake
there cannot hide a missing row here.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from include.demo.errors import DemoError
from include.demo.ports import Ports
from include.demo.processes import Fleet, Service
from include.demo.settings import HAP_APP, PROJECT, SHOP, Folders, service_environment

TIMEOUT = (5, 30)
PAGE = 1000
WORKSHEET = 0  # the item type in an app's structure
STRUCTURE = "structure"  # an effect on a worksheet's fields, not on its rows
NO_REFUND = "无售后"
SHOP_TIME = "%Y-%m-%d %H:%M:%S"  # Beijing time


@dataclass(frozen=True)
class Worksheet:
    """A worksheet of the HAP app and how many rows it has."""

    alias: str
    name: str
    rows: int


class Simulators:
    """Both vendors on loopback."""

    def __init__(self, ports: Ports, folders: Folders) -> None:
        self._hap = f"http://127.0.0.1:{ports.hap}"
        self._xiaoe = f"http://127.0.0.1:{ports.xiaoe}"
        self._ports = ports
        self._folders = folders
        self._session = requests.Session()
        self._session.trust_env = False

    @property
    def page(self) -> str:
        """The page that shows the worksheets."""
        return f"{self._hap}/"

    def start(self, fleet: Fleet) -> None:
        """Start both in one process; see `wait`."""
        command = [sys.executable, "-m", "include.simulators"]
        command += ["--xiaoe-port", str(self._ports.xiaoe), "--hap-port", str(self._ports.hap)]
        command += ["--state", str(self._folders.simulators)]
        self._service = Service(
            name="simulators",
            command=command,
            environment=service_environment(),
            log=self._folders.logs / "simulators.log",
            folder=PROJECT,
            order=0,
        )
        fleet.start(self._service)

    def wait(self, fleet: Fleet, patience: float = 60.0) -> None:
        """Wait until both answer."""
        deadline = time.monotonic() + patience
        while not (self._answers(self._hap) and self._answers(self._xiaoe)):
            fleet.check()
            if time.monotonic() > deadline:
                raise DemoError(
                    "模拟服务没有应答。", "The simulators do not answer.", log=self._service.log
                )
            time.sleep(0.1)

    def worksheets(self) -> list[Worksheet]:
        """Return the HAP app's worksheets with their numbers of rows, in the app's order."""
        app = self._hap_call("GET", "/v3/app")
        items = [item for section in app["sections"] for item in section["items"]]
        return [
            Worksheet(item["alias"], item["name"], self._count(item["id"]))
            for item in items
            if item["type"] == WORKSHEET
        ]

    def orders_by_refund(self) -> Counter[str]:
        """Count the orders in HAP by their after-sale state."""
        states: Counter[str] = Counter()
        page = 1
        while True:
            data = self._list_rows("orders", page, PAGE, ["refund_state"])
            for row in data["rows"]:
                options = row.get("refund_state") or []
                states[options[0]["value"] if options else NO_REFUND] += 1
            if len(data["rows"]) < PAGE:
                return states
            page += 1

    def shop_counts(self) -> dict[str, int]:
        """Return how many goods, users, answers and so on the simulated shop has."""
        counts: dict[str, int] = self._session.get(
            f"{self._xiaoe}/_sim/state", timeout=TIMEOUT
        ).json()
        return counts

    def shop_orders_changed(self, since: datetime, until: datetime) -> int:
        """Ask the shop's open API how many orders changed in a time; both ends included."""
        credentials = {**SHOP, "grant_type": "client_credential"}
        token = self._shop_answer(
            self._session.get(f"{self._xiaoe}/token", params=credentials, timeout=TIMEOUT)
        )["access_token"]
        body = {
            "access_token": token,
            "update_time_start": since.strftime(SHOP_TIME),
            "update_time_end": until.strftime(SHOP_TIME),
            "page": 1,
            "page_size": 1,
        }
        url = f"{self._xiaoe}/xe.ecommerce.order.list/1.0.0"
        data = self._shop_answer(self._session.post(url, json=body, timeout=TIMEOUT))
        return int(data["total"])

    def rows_written(self) -> Counter[str]:
        """Count the rows that this run created, changed or deleted, by worksheet.

        The simulator's journal notes each effect as `create orders 12`, several joined by `; `.
        """
        answer = self._session.get(f"{self._hap}/_sim/journal", timeout=TIMEOUT)
        rows: Counter[str] = Counter()
        for entry in answer.json():
            for effect in filter(None, entry["effect"].split("; ")):
                kind, sheet, number = effect.split(" ")
                rows[sheet] += int(number) if kind != STRUCTURE else 0
        return rows

    def _count(self, worksheet: str) -> int:
        data = self._list_rows(worksheet, 1, 1, ["rowid"])
        return int(data["total"])

    def _list_rows(self, worksheet: str, page: int, size: int, fields: list[str]) -> dict[str, Any]:
        body = {"pageSize": size, "pageIndex": page, "fields": fields, "includeTotalCount": True}
        data = self._hap_call("POST", f"/v3/app/worksheets/{worksheet}/rows/list", body)
        # The vendor's own description spells the key "total\t".
        return {key.strip(): value for key, value in data.items()}

    def _hap_call(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = {"HAP-Appkey": HAP_APP["appkey"], "HAP-Sign": HAP_APP["sign"]}
        answer = self._session.request(
            method, self._hap + path, json=body, headers=headers, timeout=TIMEOUT
        ).json()
        if not answer.get("success"):
            raise DemoError(f"模拟 HAP 拒绝了 {path}。", f"The HAP simulator refused {path}.")
        data: dict[str, Any] = answer["data"]
        return data

    def _shop_answer(self, answer: requests.Response) -> dict[str, Any]:
        envelope = answer.json()
        if envelope["code"] != 0:
            raise DemoError("模拟小鹅通拒绝了请求。", "The shop's simulator refused a request.")
        data: dict[str, Any] = envelope["data"]
        return data

    def _answers(self, url: str) -> bool:
        try:
            return self._session.get(f"{url}/_sim/health", timeout=TIMEOUT).ok
        except requests.RequestException:
            return False
