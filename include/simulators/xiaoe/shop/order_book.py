"""All orders, and the view of them that the order lists have.

Lists may lag behind the details, and an order may surface late with an old time (xiaoe §6.4, "not
determined"). So every version waits in a queue until the list is allowed to see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from include.simulators.xiaoe.shop.index import TimeIndex
from include.simulators.xiaoe.shop.records import Order

DIMENSIONS = ("created", "update", "pay", "settle")


class OrderBook:
    """Orders by id: `current` is the truth, `listed` and the indexes are what lists show."""

    def __init__(self) -> None:
        self.current: dict[str, Order] = {}
        self.listed: dict[str, Order] = {}
        self.by_time = {dimension: TimeIndex() for dimension in DIMENSIONS}
        self._by_user: dict[str, dict[str, None]] = {}
        self._pending: list[tuple[datetime, int, str, Order | None]] = []
        self._ticket = count()
        self.shuffles = count()  # one for each answer in which equals come in another sequence

    def put(self, order: Order, at: datetime, *, visible_after: float = 0) -> None:
        """Store a version made at `at`; lists see it `visible_after` seconds later."""
        self.current[order.order_id] = order
        self._announce(order.order_id, order, at, visible_after)

    def remove(self, order_id: str, at: datetime) -> None:
        """Take an order away from details at once and from lists with the usual lag."""
        del self.current[order_id]
        self._announce(order_id, None, at, 0)

    def reveal(self, until: datetime) -> None:
        """Let the lists see every version that was due by `until`."""
        due: dict[str, Order | None] = {}
        while self._pending and self._pending[0][0] <= until:
            _, _, order_id, order = heappop(self._pending)
            due[order_id] = order
        if not due:
            return
        for order_id in due:
            self._unlist(order_id)
        self._list([order for order in due.values() if order is not None])

    def ids_of_user(self, user_id: str) -> Iterable[str]:
        """Return the ids of a user's listed orders, oldest first."""
        return list(self._by_user.get(user_id, ()))

    def orders_of_user(self, user_id: str) -> list[Order]:
        """Return the present versions of a user's orders."""
        return [order for order in self.current.values() if order.user_id == user_id]

    def _announce(
        self, order_id: str, order: Order | None, at: datetime, visible_after: float
    ) -> None:
        visible = at + timedelta(seconds=visible_after)
        heappush(self._pending, (visible, next(self._ticket), order_id, order))

    def _unlist(self, order_id: str) -> None:
        order = self.listed.pop(order_id, None)
        if order is None:
            return
        for dimension, moment in _times(order):
            self.by_time[dimension].remove(moment, order.number)
        self._by_user[order.user_id].pop(order_id, None)

    def _list(self, orders: list[Order]) -> None:
        for dimension in DIMENSIONS:
            self.by_time[dimension].add_all(
                (moment, order.number, order.order_id)
                for order in orders
                for named, moment in _times(order)
                if named == dimension
            )
        for order in orders:
            self.listed[order.order_id] = order
            self._by_user.setdefault(order.user_id, {})[order.order_id] = None


def _times(order: Order) -> list[tuple[str, datetime]]:
    times = [("created", order.created_at), ("update", order.updated_at)]
    if order.paid_at is not None:
        times.append(("pay", order.paid_at))
    if order.settled_at is not None:
        times.append(("settle", order.settled_at))
    return times
