"""The shop as tests, the demo and the API see it."""

from __future__ import annotations

from typing import Any

from include.simulators.xiaoe.shop.catalogue import Catalogue
from include.simulators.xiaoe.shop.people import People
from include.simulators.xiaoe.shop.refunds import Refunds


class Shop(Refunds, People, Catalogue):
    """A running shop: its records are the truth, its methods what can happen to them.

    `orders.current`, `users`, `goods`, `forms`, `answers`, `purchases` and `after_sales` are plain
    dictionaries by id. All money is int 分.
    """

    def counts(self) -> dict[str, Any]:
        """Return how many records of each kind there are."""
        return {
            "orders": len(self.orders.current),
            "users": len(self.users),
            "goods": len(self.goods),
            "forms": len(self.forms),
            "answers": len(self.answers),
            "purchases": len(self.purchases),
            "after_sales": len(self.after_sales),
        }
