"""Ranges of listed orders by one of their times, at the price of a bisection.

Orders of one second have no documented sequence: `tie_break` may put them into another one for each
request, which is how paging inside a crowded second loses rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime

from include.simulators.xiaoe.call import Call
from include.simulators.xiaoe.pages import Fetch
from include.simulators.xiaoe.shop.records import Order
from include.simulators.xiaoe.windows import Window


def moment_of(order: Order, dimension: str) -> datetime | None:
    """Return an order's time in one of the four dimensions."""
    if dimension == "created":
        return order.created_at
    if dimension == "update":
        return order.updated_at
    return order.paid_at if dimension == "pay" else order.settled_at


def slice_of(call: Call, window: Window, *, descending: bool) -> tuple[int, Fetch[Order]]:
    """Return how many listed orders lie in the window, and how to fetch some of them in order."""
    book, settings = call.shop.orders, call.settings
    index = book.by_time[window.dimension]
    low, high = index.span(
        window.start,
        window.end,
        with_start=settings.window_start == "inclusive",
        with_end=settings.window_end == "inclusive",
    )

    def fetch(start: int, end: int) -> Iterator[Order]:
        if descending:
            ids = index.ids(max(low, high - end), high - start, descending=True)
        else:
            ids = index.ids(low + start, min(high, low + end))
        return (book.listed[order_id] for order_id in ids)

    if settings.tie_break == "stable":
        return high - low, fetch
    return high - low, _retied(call, window.dimension, fetch, high - low)


def _retied(call: Call, dimension: str, fetch: Fetch[Order], total: int) -> Fetch[Order]:
    """Put the orders of one second into another sequence, also across a page's edges."""
    seed = next(call.shop.orders.shuffles) if call.settings.tie_break == "random" else None

    def groups(start: int, end: int) -> tuple[int, list[Order]]:
        orders = list(fetch(start, end))
        first, last = moment_of(orders[0], dimension), moment_of(orders[-1], dimension)
        while start > 0 and moment_of(_one(fetch, start - 1), dimension) == first:
            start -= 1
        while end < total and moment_of(_one(fetch, end), dimension) == last:
            end += 1
        return start, list(fetch(start, end))

    def refetch(start: int, end: int) -> list[Order]:
        begin, orders = groups(start, end)
        rank = {o.order_id: _rank(o.number, seed) for o in orders}
        times = [moment_of(order, dimension) for order in orders]
        position = {moment: times.index(moment) for moment in set(times)}
        orders.sort(key=lambda o: (position[moment_of(o, dimension)], rank[o.order_id]))
        return orders[start - begin : end - begin]

    return refetch


def _one(fetch: Fetch[Order], position: int) -> Order:
    return next(iter(fetch(position, position + 1)))


def _rank(number: int, seed: int | None) -> float:
    return -number if seed is None else random.Random(f"{seed}:{number}").random()
