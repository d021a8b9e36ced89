"""Orders by their ids and times, and the feed `create`, which reads them by creation time.

The feed `update` reads order list 2.0 by `update_time_*` (see `update_feed`); `create` reads order
list 1.1 and re-reads the days whose orders can still change (see `rhythm`). Both name the orders
and their times; what an order holds is read later, in one way for both, so that both end in the
same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import LegacyOrder, Order, Page
from include.source.paging import WindowReader
from include.source.windows import Window

CREATED_SPAN = timedelta(days=6)  # order list 1.1 takes 7 days (contracts: xiaoe §6.1)


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order's id and times, and the ids that its customer and goods are grouped by."""

    order_id: str
    user_id: str
    created_at: datetime | None
    updated_at: datetime | None
    goods: tuple[tuple[str, int | None], ...] = ()


class CreateFeed:
    """Order list 1.1 by creation time."""

    def __init__(self, client: XiaoeClient, page_size: int = 200) -> None:
        self.client = client
        self.page_size = page_size

    def read(self, window: Window) -> Iterator[OrderRef]:
        """Yield every order that was created in the window once."""
        reader = WindowReader[LegacyOrder](
            "order.list.created",
            self._ask,
            key=lambda order: order.order_id,
            moment=lambda order: order.created_time,
            field="created_time",
            unreadable=self.client.unreadable,
        )
        for part in window.cut(CREATED_SPAN):
            for order in reader.read(part):
                yield OrderRef(
                    order.order_id,
                    order.user_id or "",
                    order.created_time,
                    None,
                    ((order.resource_id, order.resource_type),) if order.resource_id else (),
                )

    def _ask(self, window: Window, number: int) -> Page[LegacyOrder]:
        since, until = window.asked
        part = f"created {window.days}"
        return self.client.list_orders_created(since, until, number, self.page_size, part=part)


def ref_of(order: Order) -> OrderRef:
    """Return the ids and times of an order of list 2.0."""
    info = order.order_info
    goods = tuple(
        (line.resource_id, line.resource_type) for line in order.good_list if line.resource_id
    )
    return OrderRef(info.order_id, info.user_id or "", info.created_time, info.update_time, goods)
