"""How many calls a second the simulators answer at most: a benchmark must not measure them."""

from __future__ import annotations

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench import stages
from tests.bench.data_set import last_order_at
from tests.bench.fresh_process import run_fresh
from tests.bench.load import must
from tests.bench.progress import say
from tests.bench.vendors import Vendors, serve_vendors

SECONDS = 4.0
PROCESSES, THREADS = 2, 4
ORDERS = 200

Shot = tuple[str, str, dict[str, Any], dict[str, str]]


def measure_ceiling(folder: Path) -> dict[str, dict[str, int]]:
    """Ask both as fast as this machine can, without limits and without latency.

    Returns calls a second, and calls a second of the simulator's own CPU, by api.
    """
    say("how many calls a second the simulators answer")
    until = last_order_at(datetime.now().astimezone())
    with serve_vendors(folder, ORDERS, until) as vendors:
        site = stages.Site(vendors.urls["xiaoe"], vendors.urls["hap"], folder / "shared")
        must(run_fresh(stages.provision, site, patience=600))
        vendors.conditions(limits=False, latency=0)
        token = must(run_fresh(fetch_token, vendors.urls["xiaoe"], patience=60))
        order_id = vendors.orders()[0]["order_id"]
        found = {
            "order.detail": _rate(vendors, _detail(vendors.urls["xiaoe"], token, order_id)),
            "hap.rows.list": _rate(vendors, _look_up(vendors.urls["hap"])),
        }
        vendors.stop()
    return found


def fetch_token(url: str) -> str:
    """Return an access token, in the plainest way."""
    client = _client(url)
    query = "&".join(f"{name}={value}" for name, value in stages.SHOP.items())
    client.request("GET", f"/token?{query}&grant_type=client_credential")
    return str(json.loads(client.getresponse().read())["data"]["access_token"])


def fire(shot: Shot, seconds: float) -> int:
    """Send one call again and again from some threads; return how often it was answered."""
    counts: list[int] = []

    def work() -> None:
        url, path, body, headers = shot
        client, text, count = _client(url), json.dumps(body), 0
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            client.request("POST", path, text, {"Content-Type": "application/json", **headers})
            client.getresponse().read()
            count += 1
        counts.append(count)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _rate(vendors: Vendors, shot: Shot) -> dict[str, int]:
    before = vendors.mark().cpu_seconds
    with ThreadPoolExecutor(PROCESSES) as pool:
        ended = [
            pool.submit(run_fresh, fire, shot, SECONDS, patience=120) for _ in range(PROCESSES)
        ]
        answered = sum(must(future.result()) for future in ended)
    used = vendors.mark().cpu_seconds - before
    return {"second": round(answered / SECONDS), "cpu_second": round(answered / max(used, 0.01))}


def _detail(url: str, token: str, order_id: str) -> Shot:
    return url, "/xe.order.detail/1.0.0", {"access_token": token, "order_id": order_id}, {}


def _look_up(url: str) -> Shot:
    """A look-up of a hundred keys, the most frequent call to HAP."""
    keys = [
        {"type": "condition", "field": "order_id", "operator": "eq", "value": [f"o_{number}"]}
        for number in range(100)
    ]
    body = {
        "pageSize": 1000,
        "pageIndex": 1,
        "filter": {"type": "group", "logic": "OR", "children": keys},
    }
    headers = {"HAP-Appkey": stages.APP["appkey"], "HAP-Sign": stages.APP["sign"]}
    return url, "/v3/app/worksheets/orders/rows/list", body, headers


def _client(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
