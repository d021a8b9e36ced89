"""Which orders changed, or were created, in a window: the two feeds.

`update` reads order list 2.0 by `update_time_*`; `create` reads order list 1.1 by creation time and
re-reads the days whose orders can still change. Both name the orders and their times; what an order
holds is read later, in one way for both, so that both end in the same rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from connectors.errors import ContractError, RejectedError, Words
from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import LegacyOrder, Order, Page
from include.source.paging import WindowReader
from include.source.windows import Window

log = logging.getLogger(__name__)

LIST_SPAN = timedelta(days=30)  # order list 2.0 takes 31 days (contracts: xiaoe §6.1)
CREATED_SPAN = timedelta(days=6)  # order list 1.1 takes 7 days
# Orders older than this are left to the nightly reconciliation.
HORIZON = timedelta(days=186)
# What the update filter covers when the server silently adds its default creation window.
DEFAULT_CREATION_WINDOW = timedelta(days=29)


@dataclass(frozen=True)
class OrderRef:
    """An order's id and times, and the ids that its customer and goods are grouped by."""

    order_id: str
    user_id: str
    created_at: datetime | None
    updated_at: datetime | None
    goods: tuple[tuple[str, int | None], ...] = ()


class Feed(Protocol):
    """A way to see which orders changed."""

    def read(self, window: Window) -> Iterator[OrderRef]:
        """Yield every order of the window once."""
        ...


class UpdateFeed:
    """Order list 2.0 by update time.

    Whether the update filter works alone, wants `created_time_*` beside it, is ANDed with that or
    overrides it, or silently gets the default creation window is not documented (contracts: xiaoe
    §6.4, §11). Every answer is survived: the window is asked alone, and then once for each older
    range of creation time, until a row shows that the creation time does not limit the answer.
    """

    def __init__(self, client: XiaoeClient, page_size: int = 100) -> None:
        self.client = client
        self.page_size = page_size
        self.limited: bool | None = None  # by creation time; None while no row has shown it
        self.refused = False  # the update filter alone is refused

    def read(self, window: Window) -> Iterator[OrderRef]:  # noqa: D102
        seen: set[str] = set()
        for part in window.cut(LIST_SPAN):
            for created in self._creation_ranges(part):
                for order in self._read(part, created):
                    ref = ref_of(order)
                    self._learn(ref, created, part)
                    if ref.order_id not in seen:
                        seen.add(ref.order_id)
                        yield ref

    def _creation_ranges(self, window: Window) -> Iterator[Window | None]:
        """Yield no range first, then older and older ones, as long as they can show more."""
        if not self.refused:
            yield None  # reading it may show that it is refused
        until = window.until if self.refused else window.until - DEFAULT_CREATION_WINDOW
        oldest = window.since - HORIZON
        while until > oldest and self.limited is not False:
            since = max(oldest, until - LIST_SPAN)
            yield Window(since, until)
            until = since

    def _read(self, window: Window, created: Window | None) -> Iterator[Order]:
        reader = WindowReader[Order](
            "order.list",
            lambda asked, number: self._ask(asked, created, number),
            key=lambda order: order.order_info.order_id,
            inside=lambda asked, order: asked.covers_when_asked(updated_at(order)),
            wanted=lambda asked, order: asked.covers(updated_at(order)),
        )
        try:
            yield from reader.read(window)
        except RejectedError:
            if created is not None:
                raise
            log.info(
                "更新时间条件须与下单时间同用 / the update filter needs creation times beside it"
            )
            self.refused = True

    def _ask(self, window: Window, created: Window | None, number: int) -> Page[Order]:
        since, until = window.asked
        query = OrderQuery(
            dimension="update",
            since=since,
            until=until,
            created=created.asked if created else None,
        )
        return self.client.list_orders(query, number, self.page_size)

    def _learn(self, ref: OrderRef, created: Window | None, window: Window) -> None:
        """A row created outside what was asked shows that creation time does not limit the list."""
        if ref.created_at is None:
            return
        if created is not None and not created.covers_when_asked(ref.created_at):
            self.limited = False
        older = timedelta(days=32) + window.span
        if created is None and ref.created_at < window.until - older:
            self.limited = False


class CreateFeed:
    """Order list 1.1 by creation time."""

    def __init__(self, client: XiaoeClient, page_size: int = 200) -> None:
        self.client = client
        self.page_size = page_size

    def read(self, window: Window) -> Iterator[OrderRef]:  # noqa: D102
        reader = WindowReader[LegacyOrder](
            "order.list.created",
            self._ask,
            key=lambda order: order.order_id,
            inside=lambda asked, order: asked.covers_when_asked(created_time(order)),
            wanted=lambda asked, order: asked.covers(created_time(order)),
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
        return self.client.list_orders_created(since, until, number, self.page_size)


FEEDS: dict[str, Callable[[XiaoeClient], Feed]] = {"update": UpdateFeed, "create": CreateFeed}


def ref_of(order: Order) -> OrderRef:
    """Return the ids and times of an order of list 2.0."""
    info = order.order_info
    goods = tuple(
        (line.resource_id, line.resource_type) for line in order.good_list if line.resource_id
    )
    return OrderRef(info.order_id, info.user_id or "", info.created_time, info.update_time, goods)


def updated_at(order: Order) -> datetime:
    """Return the order's update time; raises ContractError when the list does not tell it."""
    return _told(order.order_info.update_time, "order.list", "update_time")


def created_time(order: LegacyOrder) -> datetime:
    """Return the order's creation time; raises ContractError when the list does not tell it."""
    return _told(order.created_time, "order.list.created", "created_time")


def _told(moment: datetime | None, api: str, field: str) -> datetime:
    if moment is None:
        raise ContractError(
            api,
            Words(f"订单没有 {field}", f"an order has no {field}"),
            Words("联系小鹅通,或改用另一种 order_feed", "use the other order_feed"),
        )
    return moment
