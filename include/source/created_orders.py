"""Every order created in a window, in full, by order list 2.0.

For a comparison of what is there, not of what changed: the creation time never moves, so a change
that left no trace in the update time is in the rows all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import Order, Page
from include.source.paging import WindowReader
from include.source.windows import SECOND, Window

DAY = timedelta(days=1) - SECOND
WEEK = timedelta(days=7) - SECOND


def orders_created(client: XiaoeClient, window: Window, page_size: int = 100) -> Iterator[Order]:
    """Yield the list row of each order that was created in the window, complete and proven.

    A row that cannot be read is noted with the day on which it stands, or with two of them. Raises
    what `WindowReader` raises.
    """

    def ask(asked: Window, number: int) -> Page[Order]:
        since, until = asked.asked
        query = OrderQuery("created", since, until, part=f"created {asked.days}")
        return client.list_orders(query, number, page_size)

    reader = WindowReader[Order](
        "order.list",
        ask,
        key=lambda order: order.order_info.order_id,
        moment=lambda order: order.order_info.created_time,
        field="created_time",
        unreadable=client.unreadable,
        narrow=DAY,
    )
    for part in window.cut(WEEK):
        yield from reader.read(part)
