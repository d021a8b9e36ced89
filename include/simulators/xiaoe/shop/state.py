"""Everything a shop holds, and the few things that all its operations need."""

from __future__ import annotations

import random
import string
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from include.simulators.clock import SHANGHAI, VirtualClock
from include.simulators.xiaoe.shop.happenings import Happening
from include.simulators.xiaoe.shop.index import TimeIndex
from include.simulators.xiaoe.shop.order_book import OrderBook
from include.simulators.xiaoe.shop.records import (
    AfterSale,
    Form,
    FormAnswer,
    Goods,
    Purchase,
    User,
)

_ALPHANUMERIC = string.ascii_letters + string.digits


class Rules(Protocol):
    """How the shop behaves where the documentation is silent; `XiaoeSettings` is one."""

    @property
    def update_time_ignores(self) -> frozenset[str]:
        """Events that leave an order's update time alone."""

    @property
    def merged_orders(self) -> str:
        """What a merge does to the orders: `kept`, `moved` or `moved_silently`."""


@dataclass
class DefaultRules:
    """Every event moves the update time; a merge moves the orders to the remaining account."""

    update_time_ignores: frozenset[str] = frozenset()
    merged_orders: str = "moved"


class ShopState:
    """The shop's records by id. Read them freely as the truth; change them by operations only.

    `lock` guards readers in the server against a test or a ticker that changes the shop.
    """

    def __init__(
        self, app_id: str = "appDEMOshop0001", *, clock: VirtualClock | None = None, seed: int = 0
    ) -> None:
        self.app_id = app_id
        self.clock = clock or VirtualClock()
        self.rules: Rules = DefaultRules()
        self.lock = threading.RLock()
        self.listeners: list[Callable[[Happening], None]] = []
        self.random = random.Random(f"{seed}:ids")
        self.orders = OrderBook()
        self.users: dict[str, User] = {}
        self.users_by_time = TimeIndex()
        self.aliases: dict[str, str] = {}
        self.goods: dict[str, Goods] = {}
        self.goods_by_time = TimeIndex()
        self.forms: dict[str, Form] = {}
        self.answers: dict[int, FormAnswer] = {}
        self.answers_of_user: defaultdict[str, list[int]] = defaultdict(list)
        self.answers_of_form: defaultdict[str, list[int]] = defaultdict(list)
        self.purchases: dict[int, Purchase] = {}
        self.purchases_of_user: defaultdict[str, list[int]] = defaultdict(list)
        self.after_sales: dict[str, AfterSale] = {}
        self.after_sales_of_order: defaultdict[str, list[str]] = defaultdict(list)
        self.numbers: defaultdict[str, int] = defaultdict(int)

    def number(self, kind: str, first: int) -> int:
        """Return the next running number of a kind of record."""
        self.numbers[kind] += 1
        return first + self.numbers[kind] - 1

    def moment(self, at: datetime | None) -> datetime:
        """Return `at`, or the present, in whole seconds of Beijing time."""
        return (at or self.clock.now()).astimezone(SHANGHAI).replace(microsecond=0)

    def tell(self, kind: str, **facts: str) -> None:
        """Tell whoever listens that something happened, in the vendor's words (xiaoe §9.2)."""
        for listener in self.listeners:
            listener(Happening(kind, self.clock.now(), facts))

    def digits(self, length: int) -> str:
        """Return random decimal digits."""
        return f"{self.random.randrange(10**length):0{length}d}"

    def alphanumeric(self, length: int) -> str:
        """Return random letters and digits."""
        return "".join(self.random.choices(_ALPHANUMERIC, k=length))

    def hex(self, digits: int) -> str:
        """Return random hexadecimal digits, the same ones for the same seed."""
        return f"{self.random.getrandbits(digits * 4):0{digits}x}"
