"""Groups changed orders into mapped tasks: one order a task while that is pleasant to look at.

A mapped task costs about a quarter of a CPU second in Airflow, whatever it does. Ids and times
only: no name and no phone enters XCom. Every mapped task is handed the list of all batches, so an
order of a batch is three values.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from include.mapping.labels import RESOURCE_TYPES
from include.source.orders import OrderRef
from include.source.windows import SHOP_ZONE

SINGLE_UP_TO = 50
SMALLEST_BATCH = 20
ORDERS_PER_TASK = (200, 500)  # the more there are, the fuller a task: starting one costs as well
AT_ONCE = 8  # so many tasks run at once; more of them would read the order list more often
MOST_TASKS = 1000  # Airflow's max_map_length is 1024
# Up to so many orders those of a customer stay together, however far apart they were made. Beyond,
# a batch holds what was made in one span of time: the order list can only be read by time, and each
# batch would have to read all of it to find its own orders.
TOGETHER_UP_TO = 1000
TOGETHER_AT_ONCE = 3  # so few batches, for each of them reads all of the list
_NEVER = datetime.min.replace(tzinfo=UTC)

GoodsRef = tuple[str, int | None]


class BatchOrder(NamedTuple):
    """An order of a batch: its id, and its times in unix seconds where they are known."""

    order_id: str
    created: int | None = None
    updated: int | None = None

    @property
    def created_at(self) -> datetime | None:
        """Return when the order was made, in Beijing."""
        return _moment(self.created)

    @property
    def updated_at(self) -> datetime | None:
        """Return the version that was listed."""
        return _moment(self.updated)

    @property
    def is_retried(self) -> bool:
        """Tell whether the order is tried again: its version is not known beforehand."""
        return self.updated is None


@dataclass(frozen=True)
class Batch:
    """The orders of one mapped task; which order is whose is not in it.

    Of the orders `with_customer` the customer is fetched and written by this task; of those with
    the `customer_elsewhere` that comes with an order of another batch, and is looked up here.
    `buyers` are the user ids of the former, `goods` are the types of what
    any of the orders refers to, by goods id. `held` are those orders of which HAP may hold an older
    version; None where nobody has looked.
    """

    with_customer: tuple[BatchOrder, ...]
    customer_elsewhere: tuple[BatchOrder, ...] = ()
    goods: Mapping[str, int | None] = field(default_factory=dict)
    buyers: tuple[str, ...] = ()
    held: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        refs: Iterable[OrderRef],
        elsewhere: Collection[str] = (),
        absent: Collection[str] | None = None,
    ) -> Batch:
        """Return a batch of these orders; `elsewhere` names those whose customer is.

        `absent` are the orders that HAP does not hold, None where nobody has looked.
        """
        by_age = sorted(refs, key=_age)
        held = [ref.order_id for ref in by_age if absent is not None and ref.order_id not in absent]
        own = [ref for ref in by_age if ref.order_id not in elsewhere]
        others = [ref for ref in by_age if ref.order_id in elsewhere]
        return cls(
            tuple(map(_order, own)),
            tuple(map(_order, others)),
            types_of(goods for ref in by_age for goods in ref.goods),
            tuple(dict.fromkeys(ref.user_id for ref in own if ref.user_id)),
            None if absent is None else tuple(held),
        )

    def without(self, order_ids: Collection[str]) -> Batch:
        """Return the same batch without these orders; what they refer to stays."""
        own, others = (
            tuple(order for order in part if order.order_id not in order_ids)
            for part in (self.with_customer, self.customer_elsewhere)
        )
        return replace(self, with_customer=own, customer_elsewhere=others)

    @property
    def orders(self) -> list[BatchOrder]:
        """Return all orders, the oldest first."""
        every = (*self.with_customer, *self.customer_elsewhere)
        return sorted(every, key=lambda order: (order.created_at or _NEVER, order.order_id))

    @property
    def label(self) -> str:
        """Return the order id, or `first … (+n)`, for the grid."""
        orders = self.orders
        first = orders[0].order_id
        return first if len(orders) == 1 else f"{first} … (+{len(orders) - 1})"


@dataclass(frozen=True)
class BatchRefs:
    """What the orders of a batch refer to: the batch, as a task reads it that needs no order.

    With 100,000 orders that is 25 MiB less for each such task.
    """

    goods: Mapping[str, int | None]
    buyers: tuple[str, ...]


def goods_of(batches: Iterable[Batch | BatchRefs]) -> set[GoodsRef]:
    """Return the ids and types of all goods that these batches refer to."""
    return set(types_of(goods for batch in batches for goods in batch.goods.items()).items())


def buyers_of(batches: Iterable[Batch | BatchRefs]) -> list[str]:
    """Return the user ids of all buyers in these batches, as far as known."""
    return sorted({name for batch in batches for name in batch.buyers})


def make_batches(
    refs: Sequence[OrderRef], *, absent: Collection[str] | None = None, few: bool = False
) -> list[Batch]:
    """Return the batches, oldest orders first; `absent` as for `Batch.of`.

    Up to fifty orders make one task each, whoever bought them. Beyond that, the first order of a
    customer brings the customer along; up to a thousand orders, a customer's orders are all in one
    batch as well. With `few` they always are, in as few tasks as can be: a preview must not count a
    customer of two orders twice.
    """
    ordered = sorted(refs, key=_age)
    if len(ordered) <= SINGLE_UP_TO and not few:
        return list(_with_customers_elsewhere(([ref] for ref in ordered), absent))
    least, most = ORDERS_PER_TASK
    size = min(most, max(least, math.ceil(len(ordered) / AT_ONCE)))
    size = max(size, math.ceil(len(ordered) / MOST_TASKS))
    if few:
        parts = _together(ordered, size)
    elif len(ordered) <= TOGETHER_UP_TO:
        parts = _together(ordered, max(SMALLEST_BATCH, math.ceil(len(ordered) / TOGETHER_AT_ONCE)))
    else:
        parts = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    return list(_with_customers_elsewhere((part for part in parts if part), absent))


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


def _with_customers_elsewhere(
    parts: Iterable[Sequence[OrderRef]], absent: Collection[str] | None
) -> Iterable[Batch]:
    """Yield the batches; the customer whom an earlier batch brings along is elsewhere in others."""
    met: set[str] = set()
    for part in parts:
        elsewhere = {ref.order_id for ref in part if ref.user_id in met}
        met.update(ref.user_id for ref in part if ref.user_id)
        yield Batch.of(part, elsewhere, absent)


def types_of(goods: Iterable[GoodsRef]) -> dict[str, int | None]:
    """Return the type of each good; a line without one that we know never hides another's."""
    return dict(sorted(goods, key=lambda one: (one[0], one[1] in RESOURCE_TYPES, one[1] or 0)))


def _age(ref: OrderRef) -> tuple[datetime, str]:
    return (ref.created_at or _NEVER, ref.order_id)


def _order(ref: OrderRef) -> BatchOrder:
    return BatchOrder(ref.order_id, _unix(ref.created_at), _unix(ref.updated_at))


def _unix(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, SHOP_ZONE)
