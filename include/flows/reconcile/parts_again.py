"""Parts of the shop's lists that showed a row without an id which could not be read.

Such a row names nobody who could be asked for again, so every night reads the part in which it
stood: the purchases of a user, the orders of some days. What is not there any more is well, and
whatever order the part shows by now goes the way of all orders: none is lost with its error row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from connectors.errors import CallError, NotFound
from include.flows.orders.list import not_in_hap
from include.flows.run.context import SyncContext
from include.flows.run.turns import drawn
from include.flows.run.unreadable_rows import Part, part_of
from include.flows.run.window import LAG
from include.source.created_orders import orders_created
from include.source.full_lists import user_purchases
from include.source.orders import CreateFeed, OrderRef, ref_of
from include.source.update_feed import UpdateFeed
from include.source.windows import SECOND, SHOP_ZONE, Window

log = logging.getLogger(__name__)

MOST_A_NIGHT = 50  # the others' turn comes
DAY = timedelta(days=1)


@dataclass
class PartsAgain:
    """What was read again: the parts, each to its end, and the orders in them that HAP lacks."""

    parts: set[Part] = field(default_factory=set)
    orders: dict[str, OrderRef] = field(default_factory=dict)


def read_parts_again(
    context: SyncContext, record_ids: Collection[str], now: datetime
) -> PartsAgain:
    """Read the parts again in which the rows stood that are on record by these ids.

    What cannot be read now stays on record. Raises AuthenticationError alone.
    """
    again = PartsAgain()
    parts = {one for one in map(part_of, record_ids) if one[0] in _READERS and one[1]}
    for api, part in drawn(parts, MOST_A_NIGHT):
        try:
            refs = list(_READERS[api](context, part, now)) if context.enabled(api) else None
        except NotFound:
            refs = []  # whom the rows were about is gone
        except CallError as error:
            log.warning("%s %s 暂时无法重读 / cannot be read again now: %s", api, part, error)
            continue
        if refs is not None:
            again.parts.add((api, part))
            again.orders |= {ref.order_id: ref for ref in not_in_hap(context, refs)}
    return again


def _orders(context: SyncContext, part: str, now: datetime) -> Iterable[OrderRef]:
    dimension, _, days = part.partition(" ")
    window, size = _window(days, now), context.settings.page_size("order.list")
    if dimension == "update":
        return UpdateFeed(context.xiaoe, size).read(window)
    return map(ref_of, orders_created(context.xiaoe, window, size))


def _orders_created(context: SyncContext, part: str, now: datetime) -> Iterable[OrderRef]:
    """Read both lists: only 2.0 tells the version of an order."""
    size = context.settings.page_size("order.list.created")
    for _ in CreateFeed(context.xiaoe, size).read(_window(part.partition(" ")[2], now)):
        pass
    return _orders(context, part, now)


def _purchases(context: SyncContext, part: str, now: datetime) -> Iterable[OrderRef]:
    """Read the records of a user; the orders that lack one have error rows of their own."""
    list(user_purchases(context.xiaoe, part, context.settings.page_size("purchase")))
    return ()


def _window(days: str, now: datetime) -> Window:
    """Return whole days, as `Window.days` tells them, as far as they are over."""
    first, *_ = ends = [date.fromisoformat(day) for day in days.split(" ")]
    since = datetime.combine(first, time.min, SHOP_ZONE)
    end = datetime.combine(ends[-1], time.min, SHOP_ZONE) + DAY
    return Window(since, max(since, min(end, now.replace(microsecond=0) - LAG) - SECOND))


_READERS: Mapping[str, Callable[[SyncContext, str, datetime], Iterable[OrderRef]]] = {
    "order.list": _orders,
    "order.list.created": _orders_created,
    "purchase": _purchases,
}
