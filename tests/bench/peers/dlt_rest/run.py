"""dlt: a declarative `rest_api` source with incremental loading, and a custom destination.

As its documentation advises: a cursor, page-number paging, dependent resources fetched in parallel,
a retry condition for errors that hide in a 200, a destination function that gets a hundred items a
call and upserts by key. Merging is not offered for custom destinations. `rest_api` cannot join two
endpoints into one item, so customers come from a transformer. Orders point at customers, so two
pipelines run one after the other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import dlt
import requests
from cells import customer_cells, order_cells
from dlt.sources.helpers.requests import Client
from dlt.sources.rest_api import rest_api_resources
from hap import Hap
from xiaoe import ANSWERS, DETAIL, ORDERS, THROTTLED, URL, USER, USER_FIELDS, fetch_token

TIME = "%Y-%m-%d %H:%M:%S"


def is_throttled(response: requests.Response | None, error: BaseException | None) -> bool:
    """Tell whether a 200 says "too many"."""
    return response is not None and response.ok and int(response.json()["code"]) in THROTTLED


CLIENT = Client(retry_condition=is_throttled, raise_for_status=False)


def orders_config(token: str) -> dict[str, Any]:
    """Return the list of orders that changed, oldest change first, and the detail of each."""
    since = datetime.fromisoformat(os.environ["BENCH_SINCE"]).strftime(TIME)
    until = datetime.fromisoformat(os.environ["BENCH_UNTIL"]).strftime(TIME)
    return {
        "client": {"base_url": URL, "session": CLIENT.session},
        "resource_defaults": {"endpoint": {"method": "POST"}},
        "resources": [
            {
                "name": "orders",
                "endpoint": {
                    "path": ORDERS,
                    "json": {
                        "access_token": token,
                        "update_time_start": "{incremental.start_value}",
                        "update_time_end": until,
                        "order_by": "updated_at",
                        "order_asc": "asc",
                        "page_size": 100,
                    },
                    "data_selector": "data.list",
                    "paginator": {
                        "type": "page_number",
                        "base_page": 1,
                        "page_body_path": "page",
                        "page_param": None,
                        "total_path": None,
                        "stop_after_empty_page": True,
                    },
                    "incremental": {
                        "cursor_path": "order_info.update_time",
                        "initial_value": since,
                    },
                },
            },
            {
                "name": "details",
                "parallelized": True,
                "include_from_parent": ["order_info"],
                "endpoint": {
                    "path": DETAIL,
                    "json": {
                        "access_token": token,
                        "order_id": "{resources.orders.order_info.order_id}",
                    },
                    "data_selector": "data",
                    "paginator": "single_page",
                },
            },
        ],
    }


def customers_of(orders: Any, token: str) -> Any:
    """Return a transformer that fetches each buyer once a run, some at a time."""
    seen: set[str] = set()

    @dlt.transformer(data_from=orders, name="customers", parallelized=True)
    def customers(rows: list[dict[str, Any]]) -> Iterator[Any]:
        for user_id in {row["order_info"]["user_id"] for row in rows} - seen:
            seen.add(user_id)
            yield fetch(user_id)

    @dlt.defer
    def fetch(user_id: str) -> dict[str, Any]:
        info = ask(USER, {"user_id": user_id, "data": USER_FIELDS})
        answers = ask(ANSWERS, {"user_id": user_id, "page": 1, "page_size": 50})
        return {"user_id": user_id, "info": info, "answers": answers["collection_list"]}

    def ask(path: str, body: dict[str, Any]) -> Any:
        answer = CLIENT.post(f"{URL}/{path}", json={"access_token": token, **body}).json()
        if int(answer["code"]):
            raise RuntimeError(f"{path}: code {answer['code']}")
        return answer["data"]

    return customers


@dlt.destination(batch_size=100, name="hap", max_parallel_load_jobs=1)
def hap(items: Any, table: Any) -> None:
    """Upsert a batch; what is thrown here is tried again by dlt, from this batch on."""
    app = Hap()
    if table["name"] == "customers":
        rows = [customer_cells(one["user_id"], one["info"], one["answers"]) for one in items]
        app.upsert("customers", rows)
        return
    infos = [one["_orders_order_info"] for one in items]
    people = app.find("customers", {info["user_id"] for info in infos})
    rows = []
    for info, one in zip(infos, items, strict=True):
        person = people.get(info["user_id"])
        rows.append(order_cells({"order_info": info}, one, person and person["rowId"]))
    app.upsert("orders", rows)


def main() -> None:
    """Load customers, then orders."""
    for table in ("customers", "details"):
        token = fetch_token()
        resources = {one.name: one for one in rest_api_resources(orders_config(token))}
        orders = resources["orders"]
        orders.selected = False
        orders.max_table_nesting = 0
        wanted = orders | customers_of(orders, token) if table == "customers" else resources[table]
        pipeline = dlt.pipeline(
            f"xiaoe_{table}", destination=hap, pipelines_dir=os.environ["BENCH_STATE"]
        )
        pipeline.run([wanted] if table == "customers" else [orders, wanted])


if __name__ == "__main__":
    main()
