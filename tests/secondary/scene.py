"""A small shop in which everything secondary tells something, and one interface at a time fails.

What an order, a customer or a good can lack is there to be lacked: promoters that the detail alone
tells, validity that the purchase records alone tell, users whose forms leave the company open,
summaries, columns with contents.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from urllib3 import HTTPResponse

from connectors.http.retries import RetryRules
from connectors.http.transport import Call, Transport
from connectors.state.files import FileState
from include.flows.run.context import SyncContext
from include.flows.run.interfaces import Interfaces
from include.flows.run.outages import SharedOutages
from include.simulators.clock import VirtualClock, parse_time
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop as SimulatedShop
from tests.error_rows import entity_of
from tests.pipeline.copies import copied
from tests.pipeline.nights import Night, night
from tests.pipeline.world import World, open_world

NOON = parse_time("2026-11-20 12:00:00")
SECONDARY = (
    "order.detail",
    "purchase",
    "user.by_id",
    "user.info",
    "information.user",
    "information.form",
    "information.form.result",
    "goods.detail",
    "goods.relation",
    "after_sale.list",
)
FAULTS = ("5xx", "-1", "2017", "timeout", "nonsense")
_RULES: dict[str, dict[str, Any]] = {
    "5xx": {"kind": Kind.STATUS, "status": 502},
    "-1": {"kind": Kind.CODE, "code": -1},
    "2017": {"kind": Kind.CODE, "code": 2017},
}
Fault = str | Callable[[Any], None]
"""One of `FAULTS`, or what changes the JSON of an answer."""
SHEETS = {
    "orders": "order_id",
    "customers": "user_id",
    "goods": "goods_id",
    "columns": "column_id",
    "collected_info": "record_id",
}
_NO_CONTENT = {"rowid", "autoid", "ctime", "utime", "caid", "uaid", "synced_at"}


def _raw(body: bytes) -> HTTPResponse:
    return HTTPResponse(io.BytesIO(body), preload_content=False)


def _plain(name: str, cell: Any, keys: dict[Any, Any]) -> Any:
    """Return a cell without what differs from run to run: row ids, the order of a JSON text."""
    if name == "source_hash":  # it is made from row ids as well
        return "partial" if str(cell).endswith("partial") else "whole"
    if isinstance(cell, list):
        return sorted(keys.get(one, "?") for one in cell)
    return json.loads(cell) if isinstance(cell, str) and cell.startswith("{") else cell


class FaultyTransport(Transport):
    """Waits for nothing between its tries; one interface times out, or talks nonsense.

    A real time-out would have to be waited for.
    """

    def __init__(self, url: str, failing: dict[str, Fault], waited: list[float]) -> None:
        super().__init__(url, allow_http=True, retries=RetryRules(first_wait=0.0))
        self.failing = failing
        self.waited = waited

    def _request(self, call: Call) -> requests.Response:
        fault = self.failing.get(call.api)
        if fault == "timeout":
            self.waited.append(self._deadlines.read)
            raise requests.ReadTimeout("no answer") from TimeoutError()
        response = super()._request(call)
        if callable(fault):
            read = json.loads(response.raw.read())
            fault(read)
            response.raw = _raw(json.dumps(read).encode())
        if fault == "nonsense":
            response.raw = _raw(b'{"code": 0, "msg": "success", "data": [["<?php", false], "W"]}')
        return response


@dataclass(kw_only=True)
class Scene(World):
    """The shop and the app in this process; `failing` names the interface that fails, and how.

    `waited` are the seconds that would have been waited for answers. Where tasks share them, what
    is out is known to all of them.
    """

    failing: dict[str, Fault] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    shares_outages: bool = False

    def transport(self, url: str) -> Transport:
        return FaultyTransport(url, self.failing if url == self.xiaoe_url else {}, self.waited)

    def context(self, *handed_on, **changes) -> SyncContext:
        if not self.shares_outages:
            return super().context(*handed_on, **changes)
        outages = SharedOutages(
            FileState(self.tokens / "outages", self.seconds), self.app_id, self.seconds
        )
        return super().context(*handed_on, interfaces=Interfaces(outages, self.seconds), **changes)

    def seconds(self) -> float:
        return sum(self.waited)

    def fail(self, api: str, fault: Fault) -> None:
        self.failing[api] = fault
        if isinstance(fault, str) and fault in _RULES:
            self.xiaoe_faults.set([FaultRule(api=api, **_RULES[fault])])

    def recover(self) -> None:
        self.failing.clear()
        self.xiaoe_faults.clear()

    def live_run(self) -> str | None:
        """Run the orders DAG over the last days, all its steps in their order."""
        now = self.source.clock.now()
        return self.orders(now - timedelta(days=9), now + timedelta(seconds=1), live=True)

    def night(self) -> Night:
        return night(self, now=self.source.clock.now() + timedelta(minutes=1))

    def orders_in_hap(self) -> set[str]:
        return {str(row["order_id"]) for row in plain_rows(self.store, "orders")}

    def open_errors(self) -> set[tuple[str, str]]:
        """Return entity and record of the rows of 同步异常 that are not solved."""
        return {
            (entity_of(row), str(row["record_id"]))
            for row in plain_rows(self.store, "sync_errors")
            if row["status"] in ("待处理", "重试")
        }

    def config_row(self, api: str) -> dict[str, Any]:
        (row,) = (row for row in plain_rows(self.store, "sync_config") if row["api"] == api)
        return row

    def content(self) -> dict[str, dict[str, Any]]:
        """Return every cell of the business sheets by sheet and key, relations as keys."""
        rows = {sheet: plain_rows(self.store, sheet) for sheet in SHEETS}
        keys = {row["rowid"]: row[SHEETS[sheet]] for sheet, found in rows.items() for row in found}
        return {
            f"{sheet}:{row[SHEETS[sheet]]}": {
                name: _plain(name, cell, keys)
                for name, cell in row.items()
                if name not in _NO_CONTENT
            }
            for sheet, found in rows.items()
            for row in found
        }


@contextmanager
def scene(tokens: Path, *, base: bool, customers: int = 4) -> Iterator[Scene]:
    """Open the app set up, with the shop's past in it where `base` says so."""
    facts: dict[str, Any] = {"one_batch": True}

    @contextmanager
    def make(first: Path) -> Iterator[Scene]:
        xiaoe = XiaoeSettings(rate_limits=False, list_expiry="dashes")
        with open_world(_shop(customers), first, xiaoe=xiaoe, kind=Scene, **facts) as opened:
            opened.set_up()
            if base:
                opened.base_data()
                opened.live_run()
            yield opened

    with copied(f"{customers} {base=}", tokens, make, kind=Scene, **facts) as opened:
        yield opened


def happens(source: SimulatedShop) -> None:
    """Let things happen that a live run sees: new orders of old and new buyers, of a new good."""
    source.clock.advance(600)
    users = list(source.users.values())
    new_good = source.add_goods("新课", 3, 19900, line_price=29900, valid_days=90, summary="新")
    old_good = next(iter(source.goods.values()))
    newcomers = [
        source.register_user(
            f"新客{n}", bind_phone=f"1370000{n:04d}", company=f"新公司{n}", job="总监"
        )
        for n in range(11)
    ]
    form = next(iter(source.forms.values()))
    for number, user in enumerate([*users[:3], *newcomers]):
        source.clock.advance(1)
        source.answer_form(form.form_id, user.user_id, {"姓名": f"新名{number}"})
        good = new_good if number % 2 else old_good
        order = source.place_order(
            user.user_id, good.goods_id, share_user_id=users[0].user_id, share_nickname="推广甲"
        )
        source.pay(order.order_id)
    # an old order changes
    first = next(iter(source.orders.current))
    source.refund(first, 100)


def _shop(customers: int) -> SimulatedShop:
    shop = SimulatedShop(clock=VirtualClock(NOON, frozen=True), seed=1)
    opened = NOON - timedelta(days=50)
    course = shop.add_goods("高效沟通", 3, 9900, at=opened, valid_days=30, summary="简介一")
    book = shop.add_goods("电子书", 20, 1900, at=opened, valid_days=60, summary="简介二")
    column = shop.add_goods("专栏", 6, 39900, at=opened, contents=[course, book], valid_days=365)
    form = shop.add_form("登记表", ("姓名", "手机号"), at=opened)
    for number in range(customers):
        user = shop.register_user(
            f"客户{number}",
            at=opened,
            bind_phone=f"138{number:08d}",
            company=f"公司{number}",
            job="经理",
            email=f"n{number}@example.com",
        )
        typed = {"姓名": f"姓名{number}", "手机号": f"139{number:08d}"}
        shop.answer_form(form.form_id, user.user_id, typed, at=NOON - timedelta(days=9))
        for again, good in enumerate((course, column)):
            at = NOON - timedelta(days=8 - again, minutes=number)
            facts = {"share_user_id": "u_promoter", "share_nickname": "推广甲"} if again else {}
            order = shop.place_order(user.user_id, good.goods_id, at=at, **facts)
            shop.pay(order.order_id, at=at + timedelta(seconds=20))
    return shop
