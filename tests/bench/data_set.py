"""The shop that is loaded: plain orders over four weeks, buyers who come back, answered forms."""

from __future__ import annotations

import pickle
import random
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from include.simulators.clock import SHANGHAI, VirtualClock
from include.simulators.xiaoe.seed import plain_shop
from include.simulators.xiaoe.seed.people import fill_in
from include.simulators.xiaoe.seed.vocabulary import FORMS
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop

SEED = 7
SPAN = timedelta(days=28)  # within one window of either order list
ANSWERED = 0.7  # of the orders, as in the demo's shop
OLDER = timedelta(days=40)  # the shop did not open yesterday: one order lies before what is loaded
_KEPT = ("users", "goods", "forms", "answers", "answers_of_user")


def last_order_at(now: datetime) -> datetime:
    """Return when the history ends: early enough that no scheduled run reaches into it."""
    return now.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)


def build_shop(orders: int, until: datetime) -> Shop:
    """Return the shop; the same for the same size, but for the times."""
    since = until - SPAN
    shop = plain_shop(orders, since=since, until=until, seed=SEED, clock=VirtualClock())
    rng = random.Random(SEED)
    forms = [
        shop.add_form(name, questions, at=since, repeatable=repeatable)
        for name, repeatable, questions in FORMS
    ]
    for order in list(shop.orders.current.values()):
        if rng.random() < ANSWERED:
            at = order.created_at + timedelta(minutes=1)
            fill_in(shop, rng, rng.choice(forms), order.user_id, order.lines[0].goods_id, at)
    buyer, good = next(iter(shop.users)), next(g for g in shop.goods.values() if g.price)
    order = shop.place_order(buyer, good.goods_id, at=until - OLDER)
    shop.pay(order.order_id, at=until - OLDER + timedelta(seconds=20))
    return shop


def save_truth(shop: Shop, path: Path, until: datetime) -> None:
    """Keep what is true in the shop since the load begins, for checks in another process."""
    truth = {name: dict(getattr(shop, name)) for name in _KEPT}
    loaded = {
        order_id: order
        for order_id, order in shop.orders.current.items()
        if order.created_at >= until - SPAN
    }
    with path.open("wb") as file:
        pickle.dump(truth | {"orders": loaded}, file)


def load_truth(path: Path) -> Any:
    """Return the shop's records and switches under the names that they have in the shop itself."""
    with path.open("rb") as file:
        truth = pickle.load(file)
    orders = SimpleNamespace(current=truth.pop("orders"))
    return SimpleNamespace(orders=orders, rules=XiaoeSettings(), **truth)
