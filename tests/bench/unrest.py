"""A shop that does not stand still while its order lists are read."""

from __future__ import annotations

from include.simulators.simulation import Exchange
from include.simulators.xiaoe.shop import Shop

LISTS = frozenset({"order.list", "order.list.created", "order.list.old"})
CHANGES = 12
_STEP = 5


class Unrest:
    """With each page of an order list that is asked for, an order of an earlier page changes.

    Every third change is a refund in full, the others are remarks. The first page is spared: a
    change before anything was read endangers nobody. Once it is `over`, nothing changes any more.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._oldest = sorted(shop.orders.current.values(), key=lambda one: one.created_at)
        self._pages = 0
        self.over = False

    def __call__(self, exchange: Exchange) -> None:
        """Let something change before the request is answered."""
        if exchange.api not in LISTS or self.over:
            return
        self._pages += 1
        number = self._pages - 2
        if not 0 <= number < min(CHANGES, len(self._oldest) // _STEP):
            return
        order = self._shop.orders.current[self._oldest[number * _STEP].order_id]
        if number % 3 == 2 and order.actual_fee > order.refund_fee:
            self._shop.refund(order.order_id)
        else:
            self._shop.change_order(order.order_id, remark=f"已电话沟通 {number}")
