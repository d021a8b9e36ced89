"""A shop that does not stand still, so that a live schedule has something to find."""

from __future__ import annotations

import random
from collections.abc import Callable

from include.simulators.xiaoe.seed.people import fill_in, register
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.records import Order


class Ticker:
    """Lets something happen at each `tick`, drawn from a seeded source."""

    def __init__(self, shop: Shop, *, seed: int = 0) -> None:
        self._shop = shop
        self._random = random.Random(f"{seed}:live")
        self._kinds: dict[str, tuple[int, Callable[[], Order | None]]] = {
            "order": (60, self._order),
            "refund": (15, self._refund),
            "remark": (10, self._remark),
            "settle": (15, self._settle),
        }

    def tick(self) -> dict[str, str]:
        """Let one thing happen, and say what: the kind and the order's id."""
        with self._shop.lock:
            weights = [weight for weight, _ in self._kinds.values()]
            kind = self._random.choices(list(self._kinds), weights)[0]
            order = self._kinds[kind][1]()
            if order is None:
                kind, order = "order", self._order()
            return {"event": kind, "order_id": order.order_id}

    def _order(self) -> Order:
        shop, rng, now = self._shop, self._random, self._shop.clock.now()
        known = list(shop.users) if rng.random() < 0.5 else []
        user_id = rng.choice(known) if known else register(shop, rng, now).user_id
        goods = rng.choice([g for g in shop.goods.values() if g.sale_status == 1])
        order = shop.place_order(user_id, goods.goods_id)
        if order.pay_state != 1 and rng.random() < 0.9:
            order = shop.pay(order.order_id)
        if shop.forms and rng.random() < 0.7:
            fill_in(shop, rng, rng.choice(list(shop.forms.values())), user_id, goods.goods_id, now)
        return order

    def _refund(self) -> Order | None:
        order = self._pick(lambda o: o.actual_fee > o.refund_fee and o.aftersale_state != 1)
        if order is None:
            return None
        amount = None if self._random.random() < 0.6 else max(1, order.actual_fee // 3)
        left = order.actual_fee - order.refund_fee
        return self._shop.refund(order.order_id, min(amount or left, left))

    def _remark(self) -> Order | None:
        order = self._pick(lambda o: not o.remark)
        return order and self._shop.change_order(order.order_id, remark="已电话沟通")

    def _settle(self) -> Order | None:
        order = self._pick(lambda o: o.settle_state == 0)
        return order and self._shop.settle(order.order_id)

    def _pick(self, wanted: Callable[[Order], bool]) -> Order | None:
        paid = [o for o in self._shop.orders.current.values() if o.pay_state == 1 and wanted(o)]
        return self._random.choice(paid) if paid else None
