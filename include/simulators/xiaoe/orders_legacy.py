"""Order lists 1.0 and 1.1: `xe.order.list.get/1.0.0` and `/1.0.1` (xiaoe §6.2, §6.3).

They know creation time alone, in unix seconds, sorted by creation; 1.0 nests its parameters and
counts pages from 0. Prices are 元, unlike everywhere in list 2.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from include.simulators.clock import format_time
from include.simulators.xiaoe.call import Call
from include.simulators.xiaoe.dialect import Json
from include.simulators.xiaoe.money import in_unit, yuan
from include.simulators.xiaoe.order_rows import is_odd, ship_state
from include.simulators.xiaoe.order_slices import slice_of
from include.simulators.xiaoe.pages import Fetch, Paging, listing, of_sequence
from include.simulators.xiaoe.shop.records import Order
from include.simulators.xiaoe.windows import DAY, Window, bounded

_PAGING_1_0 = Paging(key="page_index", first=0, default_size=10, max_size=50)
_PAGING_1_1 = Paging(key="page_index", first=1, default_size=200, max_size=200)
# pay_type of 2.0 → pay_way of 1.x (xiaoe §10.4)
PAY_WAYS = {-1: 0, 1: 0, 2: 1, 3: 4, 4: 5, 8: 7, 9: 14}
_NO_SALES = -1
_FILTERS = (
    "order_id",
    "user_id",
    "transaction_id",
    "out_order_id",
    "resource_id",
    "resource_type",
    "order_state",
    "ship_state",
    "sales_state",
)


def list_orders_1_0(call: Call) -> Json:
    """Answer one page of list 1.0: at most 24 hours, newest first by default."""
    return _list(call, _PAGING_1_0, DAY, descending_by_default=True)


def list_orders_1_1(call: Call) -> Json:
    """Answer one page of list 1.1: at most 7 days, oldest first by default."""
    return _list(call, _PAGING_1_1, 7 * DAY, descending_by_default=False)


def legacy_state(call: Call, order: Order) -> int:
    """Return the order's state in the 1.x family (xiaoe §10.2)."""
    if is_odd(call, order):
        return 99
    if order.state == 5:
        return 7 if order.close_type == 2 else 6
    if order.aftersale_state == 3:
        return call.settings.legacy_full_refund_state
    if order.aftersale_state in {1, 2}:
        return {1: 8, 2: 11}[order.aftersale_state]
    return 1 if order.pay_state == 1 else 0


def _list(
    call: Call, paging: Paging, limit: timedelta, *, descending_by_default: bool
) -> dict[str, Json]:
    page = paging.read(call)
    window = _window(call, limit)
    column, _, direction = call.text("order_by").partition(":")
    descending = direction == "desc" if direction else descending_by_default
    total, fetch = _select(call, window, column, descending=descending)
    return listing(call, page, total, fetch, legacy_row)


def _window(call: Call, limit: timedelta) -> Window | None:
    start, end = call.unix("begin_time"), call.unix("end_time")
    if start is None and end is None and not call.settings.default_window_for_ids:
        ids = ("order_id", "user_id", "transaction_id", "out_order_id")
        if any(call.text(name) for name in ids):
            return None
    if end is None:
        end = call.now
        if start is not None and call.settings.missing_bound == "error":
            raise call.bad_parameter("end_time")
    # an empty begin means 24 hours before the end, whatever the widest window is
    return bounded(call, "created", start or end - DAY, end, limit=limit)


def _select(
    call: Call, window: Window | None, column: str, *, descending: bool
) -> tuple[int, Fetch[Order]]:
    filters = {name: call.text(name) for name in _FILTERS if call.text(name)}
    by_update = column == "updated_at" and call.settings.legacy_order_by_updated
    if window is not None and not filters and not by_update:
        return slice_of(call, window, descending=descending)
    orders = [o for o in _in_window(call, window) if _matches(call, o, filters)]
    if by_update:
        orders.sort(key=lambda order: (order.updated_at, order.number))
    if descending:
        orders.reverse()
    return len(orders), of_sequence(orders)


def _in_window(call: Call, window: Window | None) -> Iterable[Order]:
    if window is None:
        return sorted(call.shop.orders.listed.values(), key=lambda o: (o.created_at, o.number))
    total, fetch = slice_of(call, window, descending=False)
    return fetch(0, total)


def _matches(call: Call, order: Order, filters: dict[str, str]) -> bool:
    line = order.lines[0]
    facts = {
        "order_id": order.order_id,
        "user_id": order.user_id,
        "transaction_id": order.transaction_id,
        "out_order_id": order.out_order_id,
        "resource_id": line.goods_id,
        "resource_type": line.goods_type,
        "order_state": legacy_state(call, order),
        "ship_state": ship_state(order),
        "sales_state": sales_state(order),
    }
    return all(str(facts[name]) == value for name, value in filters.items())


def legacy_row(call: Call, order: Order) -> dict[str, Json]:
    """Write an order as list 1.1 does; list 1.0's table is its older cousin."""
    line, key = order.lines[0], order.order_id
    price = yuan(order.actual_fee)
    row = {
        "order_id": order.order_id,
        "user_id": order.user_id,
        "resource_type": line.goods_type,
        "resource_id": line.goods_id,
        "title": order.goods_name,
        "count": line.count,
        "price": price if call.settings.legacy_price == "string" else float(price),
        "coupon_id": f"cu_{order.number}" if order.coupon else "",
        "coupon_name": "满减券" if order.coupon else "",
        "coupon_price": order.coupon,
        **_legacy_states(call, order),
        "pay_way": PAY_WAYS.get(order.pay_type, 0),
        "collection_way": -1,
        "out_order_id": order.out_order_id,
        "transaction_id": order.transaction_id,
        "client_type": order.client_type,
        "system_info": "",
        "created_time": format_time(order.created_at),
        "pay_time": call.dialect.time(order.paid_at, f"pay:{key}"),
        "refund_time": call.dialect.time(order.refunded_at, f"refund:{key}"),
        "settle_time": _settle_time(call, order),
        "refund_money": _refund_money(call, order),
        "receiver_name": order.receiver.name if order.receiver else "",
        "receiver_detail": order.receiver.detail if order.receiver else "",
        "receiver_phone": order.receiver.phone if order.receiver else "",
        "order_type": [6, 8] if order.discount else [6],
        "discount_price": order.discount,
        "discount_data": _discounts(order),
        "team_buy_state": 0,
        "goods_no": "",
    }
    return call.dialect.row(key, row)


def _legacy_states(call: Call, order: Order) -> dict[str, Json]:
    return {
        "order_state": legacy_state(call, order),
        "ship_state": ship_state(order),
        "sales_state": sales_state(order),
        "after_sales_state": {0: 0, 1: 1, 2: 2, 3: 2}[order.aftersale_state],
    }


def sales_state(order: Order) -> int:
    """Return 1 partial refund, 2 full refund, -1 none."""
    return {2: 1, 3: 2}.get(order.aftersale_state, _NO_SALES)


def _settle_time(call: Call, order: Order) -> str | None:
    if call.settings.settle_time_garbage and order.settled_at is None:
        return "o_xxxx"
    return call.dialect.time(order.settled_at, f"settle:{order.order_id}")


def _refund_money(call: Call, order: Order) -> Json:
    if not order.refund_fee:
        return ""
    return in_unit(order.refund_fee, call.settings.legacy_refund_unit)


def _discounts(order: Order) -> list[Json]:
    if not order.discount:
        return []
    return [{"discount_name": "优惠券", "discount_type": 1, "discount_price": order.discount}]
