"""Which question shows the orders that changed: the update filter of list 2.0, point by point.

The filter rests on a single transcription of the vendor's page (contracts: xiaoe §6.1, §13.1). An
order whose times are known is asked for in ways whose right answers are known. A server that
ignores the filter answers with the orders of the last 30 days, which looks plausible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.errors import Bilingual, RejectedError
from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import Order
from include.doctor.context import DoctorContext
from include.doctor.findings import Finding, Setting, right, unknown, wrong
from include.source.windows import SECOND

FILTER = Bilingual("订单按更新时间查询", "orders by update time")
BOUNDS = Bilingual("时间条件的两端", "ends of the time filter")
TOGETHER = Bilingual("同时给出下单时间", "update and creation time together")
OLD = Bilingual("久远订单的更新", "updates of old orders")
_WHERE = Bilingual("小鹅通连接的扩展项", "extra of the shop's connection")
USE_CREATE = Setting("order_feed=create", _WHERE)
USE_UPDATE = Setting("order_feed=update", _WHERE)
# Before the vendor's first shop opened.
_NEVER = (datetime(2010, 1, 1, tzinfo=UTC), datetime(2010, 1, 1, 1, tzinfo=UTC))
_OLD_AGE = timedelta(days=33)

Range = tuple[datetime, datetime]


@dataclass(frozen=True)
class Witness:
    """An order whose creation and update times are known."""

    order_id: str
    created: datetime
    updated: datetime


def update_filter(context: DoctorContext) -> Iterator[Finding]:
    """Find out whether the filter works alone, with creation times, or not at all."""
    ask = _Question(context.xiaoe)
    alone, beside = ask.is_taken(None), ask.is_taken(_NEVER)
    if "ignored" in (alone, beside):
        yield _useless(context, "被忽略：返回了更新时间不符的订单", "the filter is ignored")
        return
    if alone == beside == "refused":
        yield _useless(context, "被拒绝", "the filter is refused in every form")
        return
    witnesses = _witnesses(context)
    if not witnesses:
        yield unknown(
            FILTER,
            "没有被忽略；近四个月没有订单，无法进一步验证",
            "not ignored; there is no order of the last four months to test it with",
            Bilingual("有订单后再运行", "run again when there are orders"),
        )
        return
    yield from _with_witness(context, ask, witnesses, alone=alone == "taken")


def _with_witness(
    context: DoctorContext, ask: _Question, witnesses: list[Witness], *, alone: bool
) -> Iterator[Finding]:
    newest = witnesses[0]
    around = (newest.updated - SECOND, newest.updated + SECOND)
    created = None if alone else _around(newest.created)
    if not alone and ask.shows_foreign(created):
        yield _useless(context, "与下单时间同用时被忽略", "ignored beside a creation time")
        return
    if not ask.shows(newest, around, created):
        yield _useless(context, "按订单自己的更新时间查不到它", "an order is not shown at its time")
        return
    if context.sync.order_feed == "create":
        yield right(
            FILTER, "有效；当前使用 create，可改为 update", "it works", settings=[USE_UPDATE]
        )
    elif alone:
        yield right(FILTER, "单独使用有效", "it works alone", settings=[USE_UPDATE])
    else:
        yield right(
            FILTER,
            "有效，但须同时给出下单时间；管道会逐段查询",
            "it works with creation times beside it, which are sent range by range",
            settings=[USE_UPDATE],
        )
    yield _bounds(ask, newest, created)
    yield _together(ask, newest, around)
    if alone:
        yield _old(context, ask, witnesses)


def _bounds(ask: _Question, newest: Witness, created: Range | None) -> Finding:
    moment = newest.updated
    start = ask.shows(newest, (moment, moment + SECOND), created)
    end = ask.shows(newest, (moment - SECOND, moment), created)
    zh = f"起点{'含' if start else '不含'}、终点{'含' if end else '不含'}；管道两端各多查一秒"
    words = {True: "inclusive", False: "exclusive"}
    return right(BOUNDS, zh, f"start {words[start]}, end {words[end]}; a second wider is asked")


def _together(ask: _Question, newest: Witness, around: Range) -> Finding:
    """Ask for the order at its update time, beside a creation time that is not its own."""
    try:
        overrides = ask.shows(newest, around, _NEVER)
    except RejectedError:
        return unknown(TOGETHER, "被拒绝", "refused")
    if overrides:
        return right(TOGETHER, "更新时间优先，下单时间不起作用", "the update time overrides")
    return right(TOGETHER, "两个条件同时生效", "both conditions hold (AND)")


def _old(context: DoctorContext, ask: _Question, witnesses: list[Witness]) -> Finding:
    horizon = context.shop_now() - _OLD_AGE
    old = next((one for one in witnesses if one.created < horizon), None)
    if old is None:
        return unknown(OLD, "没有 33 天以前的订单可供验证", "no order is old enough to tell")
    if ask.shows(old, (old.updated - SECOND, old.updated + SECOND), None):
        return right(OLD, "单独按更新时间也能查到", "they are shown by update time alone")
    return right(
        OLD,
        "单独按更新时间只含近 30 天下单的订单；管道会逐段补查更早的",
        "update time alone shows recent orders only; older ones are asked for range by range",
    )


def _useless(context: DoctorContext, zh: str, en: str) -> Finding:
    if context.sync.order_feed == "create":
        return right(
            FILTER, f"{zh}；已使用 create，不受影响", f"{en}; not used", settings=[USE_CREATE]
        )
    action = Bilingual(
        "在小鹅通连接的扩展项把 order_feed 设为 create",
        "set order_feed to create in the extra of the shop's connection",
    )
    return wrong(FILTER, zh, en, action, blocking=True, settings=[USE_CREATE])


def _witnesses(context: DoctorContext) -> list[Witness]:
    """Return orders with both times, newest first; those not changed for a while go before."""
    found = [
        Witness(info.order_id, info.created_time, info.update_time)
        for info in (order.order_info for order in context.orders)
        if info.created_time and info.update_time
    ]
    settled = context.shop_now() - timedelta(minutes=10)
    return sorted(found, key=lambda one: one.updated > settled)


def _around(moment: datetime) -> Range:
    return moment - SECOND, moment + SECOND


class _Question:
    """Asks order list 2.0 and compares what it shows with what was asked."""

    def __init__(self, client: XiaoeClient) -> None:
        self.client = client

    def is_taken(self, created: Range | None) -> str:
        """Ask for a time without orders: `taken`, `refused`, or `ignored` when orders come back."""
        try:
            return "ignored" if self._rows(_NEVER, created) else "taken"
        except RejectedError:
            return "refused"

    def shows(self, order: Witness, updated: Range, created: Range | None) -> bool:
        """Tell whether the order is among what the list shows for these times."""
        rows = self._rows(updated, created)
        return any(row.order_info.order_id == order.order_id for row in rows)

    def shows_foreign(self, created: Range | None) -> bool:
        """Tell whether orders of this creation time are shown for an update time of nobody."""
        return bool(self._rows(_NEVER, created))

    def _rows(self, updated: Range, created: Range | None) -> list[Order]:
        query = OrderQuery("update", *updated, created=created)
        return self.client.list_orders(query, 1, 100).rows
