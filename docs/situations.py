"""What is made to happen in the demo before a picture is taken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from docs.camera import Demo

ORDERS, NIGHT = "xiaoe_orders", "xiaoe_reconcile"
OVER = ("success", "failed")
Task = dict[str, Any]  # a task instance as Airflow's REST API tells it


def let_an_order_fail(demo: Demo) -> dict[str, Any]:
    """Let a few orders change, of which HAP refuses one; return the task that failed."""
    since = datetime.now(UTC)
    for _ in range(8):
        demo.call("POST", f"{demo.xiaoe}/_sim/act/tick", {})
    time.sleep(35)  # a run leaves out what is younger than half a minute
    orders = demo.call("GET", f"{demo.xiaoe}/_sim/truth/orders")
    newest = max(orders, key=lambda order: order["updated_at"])["order_id"]
    refused = {"type": "condition", "field": "order_id", "operator": "eq", "value": [newest]}
    rule = {"type": "group", "logic": "AND", "children": [refused]}
    demo.call("PUT", f"{demo.hap}/_sim/rules/orders", [rule])
    run_and_wait(demo, ORDERS, {"since": (since - timedelta(seconds=5)).isoformat()})
    demo.call("PUT", f"{demo.hap}/_sim/rules/orders", [])
    path = f"dags/{ORDERS}/dagRuns/~/taskInstances?state=failed&order_by=-start_date&limit=1"
    failed: dict[str, Any] = demo.rest("GET", path)["task_instances"][0]
    return failed


def run_and_wait(demo: Demo, dag: str, conf: object) -> str:
    """Run a DAG by hand until it is over; return the run's id."""
    body = {"logical_date": None, "conf": conf}
    run = str(demo.rest("POST", f"dags/{dag}/dagRuns", body)["dag_run_id"])
    _wait(demo, f"dags/{dag}/dagRuns/{run}", OVER)
    return run


def ask(demo: Demo) -> str:
    """Let a night find no user any more, so that it asks; return the run, which waits."""
    settings = f"{demo.xiaoe}/_sim/settings"
    demo.call("PATCH", settings, {"stream": "empty", "distorted_apis": "user.list*"})
    body: dict[str, Any] = {"logical_date": None, "conf": {}}
    run = str(demo.rest("POST", f"dags/{NIGHT}/dagRuns", body)["dag_run_id"])
    _wait(demo, f"dags/{NIGHT}/dagRuns/{run}/taskInstances/ask", ("awaiting_input",))
    demo.call("PATCH", settings, {"stream": "normal", "distorted_apis": "*"})
    return run


def answer(demo: Demo, option: str) -> None:
    """Answer every question that waits."""
    asked = demo.rest("GET", "dags/~/dagRuns/~/hitlDetails?response_received=false")
    for one in asked["hitl_details"]:
        task = one["task_instance"]
        path = (
            f"dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/ask/-1/hitlDetails"
        )
        demo.rest("PATCH", path, {"chosen_options": [option], "params_input": {}})


def clear(demo: Demo, failed: Task) -> None:
    """Clear an order's task and what follows it, as a person would, and wait for the end."""
    run, settle = failed["dag_run_id"], "settle"
    body = {
        "dry_run": False,
        "dag_run_id": run,
        "task_ids": [["sync_orders", failed["map_index"]]],
        "only_failed": False,
        "include_downstream": True,
        "reset_dag_runs": True,
    }
    demo.rest("POST", f"dags/{ORDERS}/clearTaskInstances", body)
    time.sleep(5)
    _wait(demo, f"dags/{ORDERS}/dagRuns/{run}/taskInstances/{settle}", OVER)


def lose_a_row(demo: Demo) -> None:
    """Let a person delete an order's row in HAP."""
    newest = f"{demo.hap}/_sim/view/rows/orders?size=1&sort=created_at&asc=false"
    rows = demo.call("GET", newest)["rows"]
    edit = {"sheet": "orders", "row": rows[0]["rowid"], "delete": True}
    demo.call("POST", f"{demo.hap}/_sim/human", edit)


@contextmanager
def not_answering(demo: Demo, system: str) -> Iterator[None]:
    """Let one of the two systems answer 503 to everything."""
    faults = f"{system}/_sim/faults"
    demo.call("PUT", faults, {"rules": [{"api": "*", "kind": "status", "status": 503}]})
    try:
        yield
    finally:
        demo.call("DELETE", faults)


def _wait(demo: Demo, path: str, states: tuple[str, ...]) -> None:
    while demo.rest("GET", path)["state"] not in states:
        time.sleep(1)
