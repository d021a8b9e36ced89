"""The way it is done today: a no-code workflow with code blocks, ported step by step.

Page by page of order list 1.1, by creation time in windows of a week; each order in a sub-process
of its own: detail, collected info of its first form, find the customer, add or update, find the
order, add or update. One call at a time, nothing remembered between two runs but where the last one
ended. A sub-process that fails ends alone, and nobody hears of it. Inside HAP the last four steps
are nodes and no API calls; here they are V3 calls.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from cells import customer_cells, legacy_order_cells
from hap import Hap, HapError
from xiaoe import (
    ANSWERS,
    DETAIL,
    ORDERS_BY_CREATION,
    USER,
    USER_FIELDS,
    XiaoeError,
    call,
    fetch_token,
)

PAGE = 50
WEEK = timedelta(days=7)


def main() -> None:
    """Read the time since the last run, or the whole range in the first."""
    state = Path(os.environ["BENCH_STATE"]) / "until"
    since = datetime.fromisoformat(
        state.read_text() if state.exists() else os.environ["BENCH_SINCE"]
    )
    until = datetime.fromisoformat(os.environ["BENCH_UNTIL"])
    workflow = Workflow()
    while since < until:
        end = min(since + WEEK, until)
        workflow.read(since, end)
        since = end
    state.write_text(until.isoformat())


class Workflow:
    """The main process and its sub-process."""

    def __init__(self) -> None:
        self._session, self._hap, self._token = requests.Session(), Hap(), fetch_token()

    def read(self, since: datetime, until: datetime) -> None:
        """Read a window page by page, as long as pages hold something."""
        number = 1
        while True:
            body = {
                "begin_time": str(int(since.timestamp())),
                "end_time": str(int(until.timestamp())),
                "order_by": "updated_at:asc",
                "page_index": number,
                "page_size": PAGE,
            }
            page = self._ask(ORDERS_BY_CREATION, body)
            for order in page["list"]:
                try:
                    self.sync(order)
                except (HapError, XiaoeError, requests.RequestException) as error:
                    print(f"{order['order_id']}: {type(error).__name__}", file=sys.stderr)
            if number * PAGE >= int(page["total"]):
                return
            number += 1

    def sync(self, order: dict[str, Any]) -> None:
        """Bring one order over."""
        detail = self._ask(DETAIL, {"order_id": order["order_id"]})
        user_id = order["user_id"]
        info = self._ask(USER, {"user_id": user_id, "data": USER_FIELDS})
        asked = {
            "user_id": user_id,
            "resource_id": order["resource_id"],
            "page": 1,
            "page_size": PAGE,
        }
        answers = self._ask(ANSWERS, asked)["collection_list"][:1]
        customer = self._save("customers", user_id, customer_cells(user_id, info, answers))
        cells = legacy_order_cells(order, detail, customer)
        self._save("orders", order["order_id"], cells)

    def _save(self, sheet: str, key: str, cells: dict[str, Any]) -> str:
        found = self._hap.find(sheet, [key]).get(key)
        if found is None:
            return self._hap.create_one(sheet, cells)
        self._hap.update(sheet, found["rowId"], cells)
        return str(found["rowId"])

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        return call(self._session, path, {"access_token": self._token, **body})


if __name__ == "__main__":
    main()
