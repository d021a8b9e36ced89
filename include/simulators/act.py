"""`python -m include.simulators.act`: lets something happen in a running demo.

`order`: somebody buys something. `fail`: an order changes, and a business rule of HAP refuses its
row (430021), so that everybody can rehearse a repair. `repair`: HAP takes the row again. Each
prints what to do next. Speaks to the simulators over HTTP alone, as another process would.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from include.simulators.clock import SHANGHAI

TIMEOUT = 10
PORTS = {"airflow": 8080, "xiaoe": 8091, "hap": 8090}
MARK = "演练：改过备注"
_EARLIER = timedelta(minutes=2)  # a run leaves out what is younger than half a minute
_FORM = "%Y-%m-%dT%H:%M"


class Demo:
    """Where a running demo answers."""

    def __init__(self, airflow: str, xiaoe: str, hap: str, *, options: str = "") -> None:
        self.airflow, self.xiaoe, self.hap = airflow, xiaoe, hap
        self.options = options
        self._session = requests.Session()
        self._session.trust_env = False

    def act(self, operation: str, **arguments: object) -> dict[str, Any]:
        """Let something happen in the shop."""
        answer: dict[str, Any] = self._json("POST", f"{self.xiaoe}/_sim/act/{operation}", arguments)
        return answer

    def orders(self) -> list[dict[str, Any]]:
        """Return every order of the shop."""
        answer: list[dict[str, Any]] = self._json("GET", f"{self.xiaoe}/_sim/truth/orders")
        return answer

    def refuse(self, order_ids: Sequence[str]) -> None:
        """Let HAP refuse the rows of these orders, and no others."""
        rules = [
            {
                "type": "group",
                "logic": "AND",
                "children": [
                    {"type": "condition", "field": "order_id", "operator": "eq", "value": [name]}
                ],
            }
            for name in order_ids
        ]
        self._json("PUT", f"{self.hap}/_sim/rules/orders", rules)

    def page(self) -> str:
        """Return the address of the page with the last minutes in its form."""
        now = datetime.now(SHANGHAI)
        since, until = now - timedelta(minutes=10), now + timedelta(minutes=1)
        asked = {"dag": "xiaoe_orders", "since": f"{since:{_FORM}}", "until": f"{until:{_FORM}}"}
        return f"{self.airflow}/plugin/xiaoe/xiaoe/?{urlencode(asked)}"

    def _json(self, method: str, url: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
        answer = self._session.request(method, url, json=body, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()


def order(demo: Demo) -> list[str]:
    """Let a customer buy the first good on sale, and pay."""
    known = max(demo.orders(), key=lambda one: one["created_at"])
    at = f"{datetime.now(SHANGHAI) - _EARLIER:%Y-%m-%d %H:%M:%S}"
    placed = demo.act("place_order", user_id=known["user_id"], goods=_good(known), at=at)
    if placed["pay_state"] != 1:
        demo.act("pay", order_id=placed["order_id"], at=at)
    return [
        f"新订单 {placed['order_id']} 已在小鹅通里 / a new order is in the shop",
        f"打开 {demo.page()}",
        "点「一次读完」，十几秒后它出现在明道云的「订单」里 "
        "/ press One run; it is in HAP within seconds",
        f"      {demo.hap}/#orders",
    ]


def fail(demo: Demo) -> list[str]:
    """Let the newest order change, and HAP refuse its row."""
    newest = max(demo.orders(), key=lambda one: one["created_at"])
    order_id = newest["order_id"]
    demo.refuse([order_id])
    at = f"{datetime.now(SHANGHAI) - _EARLIER:%Y-%m-%d %H:%M:%S}"
    demo.act("change_order", order_id=order_id, at=at, remark=MARK)
    return [
        f"订单 {order_id} 变了，明道云将拒绝写入它的行（430021）"
        " / it has changed, and HAP is going to refuse its row",
        f"1. 打开 {demo.page()}",
        "   点「一次读完」：运行结束后第一块变成「部分失败」，下面写明哪个订单、为什么、怎么办"
        " / press One run; the page then says which order failed, why, and what to do",
        f"2. 修好 / repair: .venv/bin/python -m include.simulators.act repair{demo.options}"
        "（或在工作表页面打开该行 / or open the row on the worksheet page）",
        "3. 再点一次「一次读完」，或清除红色方块（Clear）：变绿，异常自动变为 已解决"
        " / press One run again, or clear the red square: it is green and the error closes itself",
    ]


def repair(demo: Demo) -> list[str]:
    """Let HAP take every row again."""
    demo.refuse([])
    return [
        "明道云不再拒绝任何行 / HAP refuses no row any more",
        f"再读一次 / read again: {demo.page()}",
    ]


def _good(known: dict[str, Any]) -> str:
    return str(known["lines"][0]["goods_id"])


ACTS: dict[str, Callable[[Demo], list[str]]] = {"order": order, "fail": fail, "repair": repair}


def main(arguments: Sequence[str] | None = None) -> int:
    """Let it happen; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m include.simulators.act", description=__doc__)
    parser.add_argument("act", choices=ACTS)
    for name, port in PORTS.items():
        parser.add_argument(f"--{name}-port", dest=name, type=int, default=port)
    options = parser.parse_args(arguments)
    ports = {name: getattr(options, name) for name in PORTS}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    other = "".join(f" --{name}-port {port}" for name, port in ports.items() if port != PORTS[name])
    try:
        lines = ACTS[options.act](Demo(**urls, options=other))
    except requests.ConnectionError:
        sys.stderr.write(
            "演示没有在运行，或用了别的端口（见 make demo 的结尾）"
            " / no demo is running there; make demo tells its ports at its end\n"
        )
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
