"""Lets the acts of a history happen in the simulated shop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.records import Order
from tests.histories.history import Act, Kind

PRICE = 1000
LATE_SECONDS = (60, 600, 1200)
IMPORTED_DAYS = (1, 29, 32, 60, 100, 180)


class Actor:
    """Does what an act says, to an order that it fits; an act that fits none does nothing."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.goods = shop.add_goods("课程", 1, PRICE).goods_id
        self.user = shop.register_user("示例").user_id
        self.hidden_until: dict[str, datetime] = {}
        self._does: dict[Kind, Callable[[int], object]] = {
            "place": self._place,
            "crowd": self._crowd,
            "late": self._late,
            "import": self._import,
            "pay": lambda n: self._to(n, lambda o: o.pay_state == 0, self._pay),
            "close": lambda n: self._to(n, lambda o: o.pay_state == 0, self._close),
            "settle": lambda n: self._to(n, _is_paid, self._settle),
            "settle all": self._settle_all,
            "refund a part": lambda n: self._to(n, _is_refundable, self._refund_part),
            "refund": lambda n: self._to(n, _is_refundable, self._refund),
            "remark": lambda n: self._to(n, lambda o: True, self._remark),
            "hide": lambda n: self._to(n, lambda o: True, self._hide),
        }

    def do(self, act: Act) -> None:
        """Let an act happen now."""
        self._does[act.kind](act.number)

    def _to(self, number: int, fits: Callable[[Order], bool], do: Callable[[str], object]) -> None:
        fitting = [order.order_id for order in self._visible() if fits(order)]
        if fitting:
            do(fitting[number % len(fitting)])

    def _visible(self) -> list[Order]:
        """Return the orders that lists show by now: the others have no buyer who could act."""
        now = self.shop.clock.now()
        return [
            order
            for order_id, order in self.shop.orders.current.items()
            if self.hidden_until.get(order_id, now) <= now
        ]

    def _place(self, number: int) -> None:
        order = self.shop.place_order(self.user, self.goods)
        if number % 2:
            self._pay(order.order_id)

    def _crowd(self, number: int) -> None:
        for _ in range(3 + number % 4):
            self._place(number)

    def _late(self, number: int) -> None:
        seconds = LATE_SECONDS[number % len(LATE_SECONDS)]
        order = self.shop.place_order(self.user, self.goods, visible_after=seconds)
        self.hidden_until[order.order_id] = order.created_at + timedelta(seconds=seconds)

    def _import(self, number: int) -> None:
        days = IMPORTED_DAYS[number % len(IMPORTED_DAYS)]
        created = self.shop.clock.now() - timedelta(days=days, seconds=number)
        self.shop.import_order(self.user, self.goods, created_at=created)

    def _pay(self, order_id: str) -> None:
        self.shop.pay(order_id)

    def _close(self, order_id: str) -> None:
        self.shop.close(order_id)

    def _settle(self, order_id: str) -> None:
        self.shop.settle(order_id)

    def _settle_all(self, number: int) -> None:
        for order in [order for order in self._visible() if _is_paid(order)][: 3 + number % 4]:
            self.shop.settle(order.order_id)

    def _refund_part(self, order_id: str) -> None:
        self.shop.refund(order_id, 1)

    def _refund(self, order_id: str) -> None:
        self.shop.refund(order_id)

    def _remark(self, order_id: str) -> None:
        self.shop.change_order(order_id, remark=f"{self.shop.clock.now():%H%M%S}")

    def _hide(self, order_id: str) -> None:
        self.shop.hide_order(order_id)


def _is_paid(order: Order) -> bool:
    return order.pay_state == 1


def _is_refundable(order: Order) -> bool:
    return _is_paid(order) and order.refund_fee < order.actual_fee
