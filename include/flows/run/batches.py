"""Groups changed orders into mapped tasks: one order a task while that is pleasant to look at.

A mapped task costs about a quarter of a CPU second in Airflow, whatever it does. Ids and times
only: no name and no phone enters XCom. Every mapped task is handed the list of all batches, so a
batch is one short text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.source.orders import OrderRef
from include.source.windows import SHOP_ZONE

SINGLE_UP_TO = 50
SMALLEST_BATCH = 20
ORDERS_PER_TASK = 200
AT_ONCE = 8  # so many tasks run at once; more of them would read the order list more often
MOST_TASKS = 1000  # Airflow's max_map_length is 1024
# Up to so many orders those of a customer stay together, however far apart they were made. Beyond,
# a batch holds what was made in one span of time: the order list can only be read by time, and each
# batch would have to read all of it to find its own orders.
TOGETHER_UP_TO = 1000
_NEVER = datetime.min.replace(tzinfo=UTC)
_ELSEWHERE = "g"

GoodsRef = tuple[str, int | None]


@dataclass(frozen=True)
class Batch:
    """The orders of one mapped task.

    `customers_elsewhere` are the orders whose customer comes with an order of another batch: the
    customer is fetched and written there, and looked up here.
    """

    orders: tuple[OrderRef, ...]
    customers_elsewhere: frozenset[str] = frozenset()
    goods: frozenset[GoodsRef] = frozenset()

    @property
    def label(self) -> str:
        """Return the order id, or `first … (+n)`, for the grid."""
        first = self.orders[0].order_id
        return first if len(self.orders) == 1 else f"{first} … (+{len(self.orders) - 1})"

    def to_xcom(self) -> dict[str, Any]:
        """Return the batch in plain JSON: ids and unix times, a line each."""
        goods = self.goods.union(*(ref.goods for ref in self.orders))
        return {
            "label": self.label,
            "orders": "\n".join(
                _line(ref, customer_elsewhere=ref.order_id in self.customers_elsewhere)
                for ref in self.orders
            ),
            "goods": sorted(map(list, goods), key=str),
            "buyers": "\n".join(self._buyers()),
        }

    def _buyers(self) -> Iterable[str]:
        """Return the user ids of the customers that come with this batch, each once."""
        own = (ref for ref in self.orders if ref.order_id not in self.customers_elsewhere)
        return dict.fromkeys(ref.user_id for ref in own if ref.user_id)

    @classmethod
    def from_xcom(cls, data: dict[str, Any]) -> Batch:
        """Read a batch back; which order is whose is not in it."""
        lines = [line.split("\t") for line in data["orders"].split("\n")]
        return cls(
            tuple(
                OrderRef(order_id, "", _moment(created), _moment(updated))
                for order_id, created, updated, _ in lines
            ),
            frozenset(
                order_id
                for order_id, _, _, customer_elsewhere in lines
                if customer_elsewhere == _ELSEWHERE
            ),
            frozenset((goods_id, goods_type) for goods_id, goods_type in data["goods"]),
        )


def goods_of(batches: Iterable[dict[str, Any]]) -> set[GoodsRef]:
    """Return the ids and types of all goods that these batches, as they cross XCom, refer to."""
    return {(goods_id, kind) for batch in batches for goods_id, kind in batch["goods"]}


def buyers_of(batches: Iterable[dict[str, Any]]) -> list[str]:
    """Return the user ids of all buyers in these batches, as they cross XCom, as far as known."""
    return sorted({name for batch in batches for name in batch["buyers"].split("\n") if name})


def make_batches(refs: Sequence[OrderRef], *, few: bool = False) -> list[Batch]:
    """Return the batches, oldest orders first.

    Up to fifty orders make one task each, whoever bought them. Beyond that, the first order of a
    customer brings the customer along; up to a thousand orders, a customer's orders are all in one
    batch as well. With `few` they always are, in as few tasks as can be: a preview must not count a
    customer of two orders twice.
    """
    ordered = sorted(refs, key=_age)
    if len(ordered) <= SINGLE_UP_TO and not few:
        return list(_with_customers_elsewhere([ref] for ref in ordered))
    size = max(ORDERS_PER_TASK, math.ceil(len(ordered) / MOST_TASKS))
    if few:
        parts = _together(ordered, size)
    elif len(ordered) <= TOGETHER_UP_TO:
        parts = _together(ordered, max(SMALLEST_BATCH, math.ceil(len(ordered) / AT_ONCE)))
    else:
        parts = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    return list(_with_customers_elsewhere(part for part in parts if part))


def _together(ordered: Sequence[OrderRef], size: int) -> list[list[OrderRef]]:
    """Return runs of about `size` orders, with all orders of a customer in one of them."""
    groups: dict[str, list[OrderRef]] = {}
    for ref in ordered:
        groups.setdefault(ref.user_id or ref.order_id, []).append(ref)
    parts: list[list[OrderRef]] = [[]]
    for group in groups.values():
        if parts[-1] and len(parts[-1]) + len(group) > size:
            parts.append([])
        parts[-1] += group
    return parts


def _with_customers_elsewhere(parts: Iterable[Sequence[OrderRef]]) -> Iterable[Batch]:
    """Yield the batches; a customer whom an earlier batch brings along is a guest in later ones."""
    met: set[str] = set()
    for part in parts:
        customers_elsewhere = {ref.order_id for ref in part if ref.user_id in met}
        met.update(ref.user_id for ref in part if ref.user_id)
        yield Batch(tuple(part), frozenset(customers_elsewhere))


def _age(ref: OrderRef) -> tuple[datetime, str]:
    return (ref.created_at or _NEVER, ref.order_id)


def _line(ref: OrderRef, *, customer_elsewhere: bool) -> str:
    moments = (_unix(ref.created_at), _unix(ref.updated_at))
    return "\t".join((ref.order_id, *moments, _ELSEWHERE if customer_elsewhere else ""))


def _unix(moment: datetime | None) -> str:
    return str(int(moment.timestamp())) if moment else ""


def _moment(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text), SHOP_ZONE) if text else None
