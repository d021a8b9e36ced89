"""Groups changed orders into mapped tasks: one order a task while that is pleasant to look at.

A mapped task costs about a quarter of a CPU second in Airflow, whatever it does. Ids and times
only: no name and no phone enters XCom.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.source.orders import OrderRef

SINGLE_UP_TO = 50
TASKS = 50
ORDERS_PER_TASK = 200
MOST_TASKS = 1000  # Airflow's max_map_length is 1024
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Batch:
    """The orders of one mapped task."""

    orders: tuple[OrderRef, ...]

    @property
    def label(self) -> str:
        """Return the order id, or `first … (+n)`, for the grid."""
        first = self.orders[0].order_id
        return first if len(self.orders) == 1 else f"{first} … (+{len(self.orders) - 1})"

    def to_xcom(self) -> dict[str, Any]:
        """Return the batch in plain JSON: ids and times."""
        return {
            "label": self.label,
            "orders": [
                [
                    ref.order_id,
                    _iso(ref.created_at),
                    _iso(ref.updated_at),
                    list(map(list, ref.goods)),
                ]
                for ref in self.orders
            ],
        }

    @classmethod
    def from_xcom(cls, data: dict[str, Any]) -> Batch:
        """Read a batch back; who the customers are is not in it."""
        return cls(
            tuple(
                OrderRef(
                    order_id,
                    "",
                    _moment(created),
                    _moment(updated),
                    tuple((goods_id, goods_type) for goods_id, goods_type in goods),
                )
                for order_id, created, updated, goods in data["orders"]
            )
        )


def goods_of(batches: Iterable[Batch]) -> set[tuple[str, int | None]]:
    """Return the ids and types of all goods that the orders of these batches refer to."""
    return {goods for batch in batches for ref in batch.orders for goods in ref.goods}


def make_batches(refs: Sequence[OrderRef], *, few: bool = False) -> list[Batch]:
    """Return the batches, oldest orders first; a customer is not spread over two of them.

    Up to fifty orders make one task each, whoever bought them. With `few` there are as few tasks
    as can be: a preview must not count a customer of two orders twice.
    """
    ordered = sorted(refs, key=_age)
    if len(ordered) <= SINGLE_UP_TO and not few:
        return [Batch((ref,)) for ref in ordered]
    tasks = min(MOST_TASKS, max(1 if few else TASKS, math.ceil(len(ordered) / ORDERS_PER_TASK)))
    size = math.ceil(len(ordered) / tasks)
    batches: list[list[OrderRef]] = [[]]
    for orders in _by_customer(ordered):
        if batches[-1] and len(batches[-1]) + len(orders) > size and len(batches) < MOST_TASKS:
            batches.append([])
        batches[-1] += orders
    return [Batch(tuple(batch)) for batch in batches if batch]


def _by_customer(refs: Iterable[OrderRef]) -> list[list[OrderRef]]:
    groups: dict[str, list[OrderRef]] = {}
    for ref in refs:
        groups.setdefault(ref.user_id or ref.order_id, []).append(ref)
    return list(groups.values())


def _age(ref: OrderRef) -> tuple[datetime, str]:
    return (ref.created_at or _NEVER, ref.order_id)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
