"""Order list 2.0: `xe.ecommerce.order.list/1.0.0` (xiaoe §6.4), the main incremental source."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from include.simulators.xiaoe.call import Call
from include.simulators.xiaoe.dialect import Json
from include.simulators.xiaoe.order_rows import order_row
from include.simulators.xiaoe.order_slices import moment_of, slice_of
from include.simulators.xiaoe.pages import Fetch, Page, Paging, beyond, listing, of_sequence
from include.simulators.xiaoe.shop.records import Order
from include.simulators.xiaoe.windows import Window, order_windows

PAGING = Paging(default_size=100, max_size=100)
_SORTS = {
    "created_at": "created",
    "pay_time": "pay",
    "settle_time": "settle",
    "updated_at": "update",
}


def list_orders(call: Call) -> Json:
    """Answer one page of orders."""
    page = PAGING.read(call)
    windows = order_windows(call)
    total, fetch = select_orders(call, windows)
    settings = call.settings
    cap = beyond(call, page, settings.order_depth_cap, settings.order_depth_answer)
    shown = cap or Page(page.number, 0, 0)
    head = {"page": page.number, "page_size": page.size}
    return {**head, **listing(call, shown, total, fetch, order_row)}


def select_orders(call: Call, windows: list[Window]) -> tuple[int, Fetch[Order]]:
    """Return how many orders match, and how to fetch a range of them in the order asked for."""
    primary = windows[0].dimension if windows else "created"
    wanted = call.text("order_by") if call.settings.order_by_honoured else ""
    sort = _SORTS.get(wanted, primary)
    descending = call.text("order_asc").lower() != "asc"
    if len(windows) == 1 and sort == primary and not _has_filters(call):
        return slice_of(call, windows[0], descending=descending)
    orders = [order for order in _candidates(call, windows) if _matches(call, order, windows)]
    orders.sort(key=lambda order: _sort_key(order, sort), reverse=descending)
    return len(orders), of_sequence(orders)


def _sort_key(order: Order, dimension: str) -> tuple[bool, datetime, int]:
    moment = moment_of(order, dimension)
    return (moment is not None, moment or order.created_at, order.number)


def _has_filters(call: Call) -> bool:
    names = ("user_id", "order_id", "order_type", "order_state", "aftersale_show_state")
    return any(call.text(name) for name in (*names, "settle_status")) or bool(
        call.list_of("marketing_play")
    )


def _candidates(call: Call, windows: list[Window]) -> Iterable[Order]:
    book = call.shop.orders
    order_id, user_id = call.text("order_id"), call.text("user_id")
    ids: Iterable[str]
    if order_id:
        ids = [order_id] if order_id in book.listed else []
    elif user_id:
        ids = book.ids_of_user(user_id)
    elif windows:
        index = book.by_time[windows[0].dimension]
        ids = index.ids(*index.span(windows[0].start, windows[0].end))
    else:
        ids = list(book.listed)
    return (book.listed[order_id] for order_id in ids)


def _matches(call: Call, order: Order, windows: list[Window]) -> bool:
    wanted = {
        "order_id": order.order_id,
        "user_id": order.user_id,
        "order_type": order.order_type,
        "order_state": order.state,
        "aftersale_show_state": order.aftersale_state,
        "settle_status": order.settle_state,
    }
    return (
        all(call.text(name) in {"", str(value)} for name, value in wanted.items())
        and _matches_marketing(call, order)
        and all(w.holds(moment_of(order, w.dimension), call.settings) for w in windows)
    )


def _matches_marketing(call: Call, order: Order) -> bool:
    # one element only: [1] promoter, [3] coupon
    plays = {str(play) for play in call.list_of("marketing_play")}
    return (
        not plays
        or ("1" in plays and bool(order.share_user_id))
        or ("3" in plays and order.coupon > 0)
    )
