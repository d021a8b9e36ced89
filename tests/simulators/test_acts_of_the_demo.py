"""What the end of `make demo` offers to try, and a second start that goes on where one ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import requests

from include.simulators import act
from include.simulators.clock import VirtualClock
from include.simulators.xiaoe import snapshot
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.shop import Shop

HEADERS = {"HAP-Appkey": "demo-appkey", "HAP-Sign": "demo-sign"}


@contextmanager
def serving(state: Path) -> Iterator[dict[str, str]]:
    """Serve both, as the demo does; yield their addresses."""
    command = [sys.executable, "-m", "include.simulators", "--days", "2", "--state", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        parts = process.stdout.readline().split()[1:]
        try:
            yield dict(part.split("=", 1) for part in parts)
        finally:
            process.send_signal(signal.SIGTERM)


def orders(urls: dict[str, str]) -> dict[str, Any]:
    every = requests.get(f"{urls['xiaoe']}/_sim/truth/orders", timeout=60).json()
    return {order["order_id"]: order for order in every}


def options(urls: dict[str, str]) -> list[str]:
    return [part for name in urls for part in (f"--{name}-port", urls[name].rpartition(":")[2])]


def test_the_shop_goes_on_where_it_ended_with_what_happened_in_it(tmp_path, capsys):
    with serving(tmp_path) as urls:
        before = orders(urls)
        assert act.main(["order", *options(urls)]) == 0
        after = orders(urls)
        (placed,) = after.keys() - before.keys()
        assert placed in capsys.readouterr().out
        assert after[placed]["pay_state"] == 1
    with serving(tmp_path) as urls:
        assert orders(urls) == after
        assert act.main(["order", *options(urls)]) == 0
        assert len(orders(urls)) == len(after) + 1


def test_a_failure_can_be_rehearsed_and_repaired(tmp_path, capsys):
    with serving(tmp_path) as urls:
        fields = [{"name": "订单号", "alias": "order_id", "type": "Text", "isTitle": True}]
        body = {"name": "订单", "alias": "orders", "fields": fields}
        made = f"{urls['hap']}/v3/app/worksheets"
        assert requests.post(made, json=body, headers=HEADERS, timeout=60).json()["success"]
        assert act.main(["fail", *options(urls)]) == 0
        told = capsys.readouterr().out
        (changed,) = [one for one in orders(urls).values() if one["remark"] == act.MARK]
        assert changed["order_id"] in told
        rules = f"{urls['hap']}/_sim/rules/orders"
        assert changed["order_id"] in requests.get(rules, timeout=60).text
        # the printed command repairs what was broken, on these ports
        command = told[told.index("act repair") :].split("（")[0].split()[1:]
        assert act.main(command) == 0
        assert requests.get(rules, timeout=60).json() == []


def test_where_no_demo_runs_it_says_so(capsys):
    assert act.main(["order", "--xiaoe-port", "9", "--hap-port", "9"]) == 1
    assert "make demo" in capsys.readouterr().err


def test_a_shop_is_the_same_after_it_was_kept(tmp_path):
    clock = VirtualClock(None)
    shop = demo_shop(3, days=9, orders_per_day=4, clock=clock)
    snapshot.save(shop, tmp_path / "shop.json")
    again = Shop(clock=clock, seed=3)
    snapshot.load(again, tmp_path / "shop.json")
    for kind in ("users", "goods", "forms", "answers", "purchases", "after_sales", "aliases"):
        assert getattr(again, kind) == getattr(shop, kind), kind
    assert again.orders.current == shop.orders.current
    shop.orders.reveal(clock.now())
    for dimension, index in shop.orders.by_time.items():
        assert len(again.orders.by_time[dimension]) == len(index)
    for record in (
        "answers_of_user",
        "answers_of_form",
        "purchases_of_user",
        "after_sales_of_order",
    ):
        kept = {name: ids for name, ids in getattr(shop, record).items() if ids}
        assert {name: ids for name, ids in getattr(again, record).items() if ids} == kept
    user = again.register_user("新客户")
    assert asdict(user)["number"] == 1 + max(one.number for one in shop.users.values())


@pytest.mark.parametrize("name", ["rowid", "a/b"])
def test_the_address_of_a_row_in_haps_client_leads_to_the_row_on_the_page(tmp_path, name):
    with serving(tmp_path) as urls:
        address = f"{urls['hap']}/worksheet/w1/row/{name}"
        answer = requests.get(address, allow_redirects=False, timeout=60)
        if name == "rowid":
            assert answer.headers["location"].endswith("#w1/rowid")
        else:
            assert answer.status_code == 404
